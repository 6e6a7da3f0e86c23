//! Every option of curl by name and arity.
//!
//! Source: `curl --help all` and the manual of curl 7.88.1; later ones from <https://curl.se/docs/manpage.html>.

use Arity::{Flag, Switch, Value};
use Effect::{Harmless, Shaping, Unsupported};

/// An option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CurlOption {
    /// Its long name without dashes; a switch that `--help` lists as `--no-name` stands under `name`.
    pub(crate) name: &'static str,
    /// Its letter.
    pub(crate) letter: Option<char>,
    /// What follows it.
    pub(crate) arity: Arity,
    /// What it means for the request.
    pub(crate) effect: Effect,
}

/// What follows an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arity {
    /// Nothing.
    Flag,
    /// Nothing; `--no-name` switches it off.
    Switch,
    /// A value.
    Value,
}

/// What an option means for the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It shapes the request or the way it takes, and is honoured.
    Shaping,
    /// It changes nothing about the request: output, retries, other protocols.
    Harmless,
    /// It would change the request or the connection, and cannot be honoured.
    Unsupported,
}

/// The option of a letter.
pub(crate) fn by_letter(letter: char) -> Option<&'static CurlOption> {
    OPTIONS.iter().find(|option| option.letter == Some(letter))
}

/// What a long name stands for.
pub(crate) enum Named {
    /// This option.
    One(&'static CurlOption),
    /// The start of several.
    Several,
    /// None.
    Unknown,
}

/// The option of a long name, in any case; an unambiguous start of it will do, as for curl.
pub(crate) fn by_name(name: &str) -> Named {
    if let Some(option) = OPTIONS.iter().chain(NEWER).find(|option| option.name.eq_ignore_ascii_case(name)) {
        return Named::One(option);
    }
    let starts = |option: &&CurlOption| {
        option.name.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let mut starting = OPTIONS.iter().filter(starts);
    match (starting.next(), starting.next()) {
        (Some(option), None) => Named::One(option),
        (Some(_), Some(_)) => Named::Several,
        _ => Named::Unknown,
    }
}

const fn option(name: &'static str, letter: char, arity: Arity, effect: Effect) -> CurlOption {
    CurlOption { name, letter: Some(letter), arity, effect }
}

const fn long(name: &'static str, arity: Arity, effect: Effect) -> CurlOption {
    CurlOption { name, letter: None, arity, effect }
}

/// The options of curl 7.88.1.
static OPTIONS: &[CurlOption] = &[
    long("abstract-unix-socket", Value, Unsupported),
    long("alpn", Switch, Harmless),
    long("alt-svc", Value, Harmless),
    long("anyauth", Switch, Unsupported),
    option("append", 'a', Switch, Harmless),
    long("aws-sigv4", Value, Shaping),
    long("basic", Switch, Shaping),
    option("buffer", 'N', Switch, Harmless),
    long("cacert", Value, Shaping),
    long("capath", Value, Shaping),
    option("cert", 'E', Value, Shaping),
    long("cert-status", Switch, Harmless),
    long("cert-type", Value, Shaping),
    long("ciphers", Value, Harmless),
    long("clobber", Switch, Harmless),
    long("compressed", Switch, Shaping),
    long("compressed-ssh", Switch, Shaping),
    option("config", 'K', Value, Shaping),
    long("connect-timeout", Value, Shaping),
    long("connect-to", Value, Shaping),
    option("continue-at", 'C', Value, Shaping),
    option("cookie", 'b', Value, Shaping),
    option("cookie-jar", 'c', Value, Shaping),
    long("create-dirs", Switch, Harmless),
    long("create-file-mode", Value, Harmless),
    long("crlf", Switch, Unsupported),
    long("crlfile", Value, Harmless),
    long("curves", Value, Harmless),
    option("data", 'd', Value, Shaping),
    long("data-ascii", Value, Shaping),
    long("data-binary", Value, Shaping),
    long("data-raw", Value, Shaping),
    long("data-urlencode", Value, Shaping),
    long("delegation", Value, Harmless),
    long("digest", Switch, Shaping),
    option("disable", 'q', Switch, Shaping),
    long("disable-eprt", Switch, Harmless),
    long("disable-epsv", Switch, Harmless),
    long("disallow-username-in-url", Switch, Shaping),
    long("dns-interface", Value, Unsupported),
    long("dns-ipv4-addr", Value, Unsupported),
    long("dns-ipv6-addr", Value, Unsupported),
    long("dns-servers", Value, Unsupported),
    long("doh-cert-status", Switch, Unsupported),
    long("doh-insecure", Switch, Unsupported),
    long("doh-url", Value, Unsupported),
    option("dump-header", 'D', Value, Harmless),
    long("egd-file", Value, Harmless),
    long("engine", Value, Harmless),
    long("eprt", Switch, Harmless),
    long("epsv", Switch, Harmless),
    long("etag-compare", Value, Shaping),
    long("etag-save", Value, Harmless),
    long("expect100-timeout", Value, Shaping),
    option("fail", 'f', Switch, Harmless),
    long("fail-early", Switch, Harmless),
    long("fail-with-body", Switch, Harmless),
    long("false-start", Switch, Harmless),
    option("form", 'F', Value, Shaping),
    long("form-escape", Switch, Shaping),
    long("form-string", Value, Shaping),
    long("ftp-account", Value, Harmless),
    long("ftp-alternative-to-user", Value, Harmless),
    long("ftp-create-dirs", Switch, Harmless),
    long("ftp-method", Value, Harmless),
    long("ftp-pasv", Switch, Harmless),
    option("ftp-port", 'P', Value, Harmless),
    long("ftp-pret", Switch, Harmless),
    long("ftp-skip-pasv-ip", Switch, Harmless),
    long("ftp-ssl-ccc", Switch, Harmless),
    long("ftp-ssl-ccc-mode", Value, Harmless),
    long("ftp-ssl-control", Switch, Harmless),
    option("get", 'G', Switch, Shaping),
    option("globoff", 'g', Switch, Shaping),
    long("happy-eyeballs-timeout-ms", Value, Harmless),
    long("haproxy-protocol", Switch, Unsupported),
    option("head", 'I', Switch, Shaping),
    option("header", 'H', Value, Shaping),
    option("help", 'h', Value, Harmless),
    long("hostpubmd5", Value, Harmless),
    long("hostpubsha256", Value, Harmless),
    long("hsts", Value, Harmless),
    long("http0.9", Switch, Shaping),
    option("http1.0", '0', Flag, Shaping),
    long("http1.1", Flag, Shaping),
    long("http2", Flag, Shaping),
    long("http2-prior-knowledge", Flag, Shaping),
    long("http3", Flag, Unsupported),
    long("http3-only", Flag, Unsupported),
    long("ignore-content-length", Switch, Shaping),
    option("include", 'i', Switch, Harmless),
    option("insecure", 'k', Switch, Shaping),
    long("interface", Value, Shaping),
    option("ipv4", '4', Flag, Shaping),
    option("ipv6", '6', Flag, Shaping),
    long("json", Value, Shaping),
    option("junk-session-cookies", 'j', Switch, Shaping),
    long("keepalive", Switch, Harmless),
    long("keepalive-time", Value, Harmless),
    long("key", Value, Shaping),
    long("key-type", Value, Shaping),
    long("krb", Value, Harmless),
    long("libcurl", Value, Harmless),
    long("limit-rate", Value, Harmless),
    option("list-only", 'l', Switch, Harmless),
    long("local-port", Value, Harmless),
    option("location", 'L', Switch, Shaping),
    long("location-trusted", Switch, Shaping),
    long("login-options", Value, Harmless),
    long("mail-auth", Value, Harmless),
    long("mail-from", Value, Harmless),
    long("mail-rcpt", Value, Harmless),
    long("mail-rcpt-allowfails", Switch, Harmless),
    option("manual", 'M', Switch, Harmless),
    long("max-filesize", Value, Harmless),
    long("max-redirs", Value, Shaping),
    option("max-time", 'm', Value, Shaping),
    long("metalink", Switch, Harmless),
    long("negotiate", Switch, Unsupported),
    option("netrc", 'n', Switch, Shaping),
    long("netrc-file", Value, Shaping),
    long("netrc-optional", Switch, Shaping),
    option("next", ':', Switch, Shaping),
    long("noproxy", Value, Shaping),
    long("npn", Switch, Harmless),
    long("ntlm", Switch, Unsupported),
    long("ntlm-wb", Switch, Unsupported),
    long("oauth2-bearer", Value, Shaping),
    option("output", 'o', Value, Harmless),
    long("output-dir", Value, Harmless),
    option("parallel", 'Z', Switch, Harmless),
    long("parallel-immediate", Switch, Harmless),
    long("parallel-max", Value, Harmless),
    long("pass", Value, Shaping),
    long("path-as-is", Switch, Shaping),
    long("pinnedpubkey", Value, Unsupported),
    long("post301", Switch, Shaping),
    long("post302", Switch, Shaping),
    long("post303", Switch, Shaping),
    long("preproxy", Value, Unsupported),
    option("progress-bar", '#', Switch, Harmless),
    long("progress-meter", Switch, Harmless),
    long("proto", Value, Harmless),
    long("proto-default", Value, Shaping),
    long("proto-redir", Value, Harmless),
    option("proxy", 'x', Value, Shaping),
    long("proxy-anyauth", Switch, Unsupported),
    long("proxy-basic", Switch, Shaping),
    long("proxy-cacert", Value, Unsupported),
    long("proxy-capath", Value, Unsupported),
    long("proxy-cert", Value, Unsupported),
    long("proxy-cert-type", Value, Unsupported),
    long("proxy-ciphers", Value, Harmless),
    long("proxy-crlfile", Value, Harmless),
    long("proxy-digest", Switch, Unsupported),
    long("proxy-header", Value, Shaping),
    long("proxy-insecure", Switch, Unsupported),
    long("proxy-key", Value, Unsupported),
    long("proxy-key-type", Value, Unsupported),
    long("proxy-negotiate", Switch, Unsupported),
    long("proxy-ntlm", Switch, Unsupported),
    long("proxy-pass", Value, Unsupported),
    long("proxy-pinnedpubkey", Value, Unsupported),
    long("proxy-service-name", Value, Harmless),
    long("proxy-ssl-allow-beast", Switch, Harmless),
    long("proxy-ssl-auto-client-cert", Switch, Harmless),
    long("proxy-tls13-ciphers", Value, Harmless),
    long("proxy-tlsauthtype", Value, Unsupported),
    long("proxy-tlspassword", Value, Unsupported),
    long("proxy-tlsuser", Value, Unsupported),
    long("proxy-tlsv1", Flag, Unsupported),
    option("proxy-user", 'U', Value, Shaping),
    long("proxy1.0", Value, Shaping),
    option("proxytunnel", 'p', Switch, Shaping),
    long("pubkey", Value, Harmless),
    option("quote", 'Q', Value, Harmless),
    long("random-file", Value, Harmless),
    option("range", 'r', Value, Shaping),
    long("rate", Value, Harmless),
    long("raw", Switch, Shaping),
    option("referer", 'e', Value, Shaping),
    option("remote-header-name", 'J', Switch, Harmless),
    option("remote-name", 'O', Switch, Harmless),
    long("remote-name-all", Switch, Harmless),
    option("remote-time", 'R', Switch, Harmless),
    long("remove-on-error", Switch, Harmless),
    option("request", 'X', Value, Shaping),
    long("request-target", Value, Shaping),
    long("resolve", Value, Shaping),
    long("retry", Value, Harmless),
    long("retry-all-errors", Switch, Harmless),
    long("retry-connrefused", Switch, Harmless),
    long("retry-delay", Value, Harmless),
    long("retry-max-time", Value, Harmless),
    long("sasl-authzid", Value, Harmless),
    long("sasl-ir", Switch, Harmless),
    long("service-name", Value, Harmless),
    long("sessionid", Switch, Harmless),
    option("show-error", 'S', Switch, Harmless),
    option("silent", 's', Switch, Harmless),
    long("socks4", Value, Shaping),
    long("socks4a", Value, Shaping),
    long("socks5", Value, Shaping),
    long("socks5-basic", Switch, Shaping),
    long("socks5-gssapi", Switch, Unsupported),
    long("socks5-gssapi-nec", Switch, Harmless),
    long("socks5-gssapi-service", Value, Harmless),
    long("socks5-hostname", Value, Shaping),
    option("speed-limit", 'Y', Value, Harmless),
    option("speed-time", 'y', Value, Harmless),
    long("ssl", Switch, Harmless),
    long("ssl-allow-beast", Switch, Harmless),
    long("ssl-auto-client-cert", Switch, Harmless),
    long("ssl-no-revoke", Switch, Harmless),
    long("ssl-reqd", Switch, Harmless),
    long("ssl-revoke-best-effort", Switch, Harmless),
    option("sslv2", '2', Flag, Shaping),
    option("sslv3", '3', Flag, Shaping),
    long("stderr", Value, Harmless),
    long("styled-output", Switch, Harmless),
    long("suppress-connect-headers", Switch, Harmless),
    long("tcp-fastopen", Switch, Harmless),
    long("tcp-nodelay", Switch, Harmless),
    option("telnet-option", 't', Value, Harmless),
    long("test-event", Switch, Harmless),
    long("tftp-blksize", Value, Harmless),
    long("tftp-no-options", Switch, Harmless),
    option("time-cond", 'z', Value, Shaping),
    long("tls-max", Value, Shaping),
    long("tls13-ciphers", Value, Harmless),
    long("tlsauthtype", Value, Unsupported),
    long("tlspassword", Value, Unsupported),
    long("tlsuser", Value, Unsupported),
    option("tlsv1", '1', Flag, Shaping),
    long("tlsv1.0", Flag, Shaping),
    long("tlsv1.1", Flag, Shaping),
    long("tlsv1.2", Flag, Shaping),
    long("tlsv1.3", Flag, Shaping),
    long("tr-encoding", Switch, Shaping),
    long("trace", Value, Harmless),
    long("trace-ascii", Value, Harmless),
    long("trace-time", Switch, Harmless),
    long("unix-socket", Value, Shaping),
    option("upload-file", 'T', Value, Shaping),
    long("url", Value, Shaping),
    long("url-query", Value, Shaping),
    option("use-ascii", 'B', Switch, Shaping),
    option("user", 'u', Value, Shaping),
    option("user-agent", 'A', Value, Shaping),
    option("verbose", 'v', Switch, Harmless),
    option("version", 'V', Flag, Harmless),
    option("write-out", 'w', Value, Harmless),
    long("xattr", Switch, Harmless),
];

/// Options of later versions; they have no abbreviations here.
static NEWER: &[CurlOption] = &[
    long("ca-native", Switch, Harmless),
    long("proxy-ca-native", Switch, Harmless),
    long("dump-ca-embed", Switch, Harmless),
    long("ech", Value, Unsupported),
    long("haproxy-clientip", Value, Unsupported),
    long("ip-tos", Value, Harmless),
    long("ipfs-gateway", Value, Unsupported),
    long("keepalive-cnt", Value, Harmless),
    long("mptcp", Switch, Harmless),
    long("proxy-http2", Switch, Unsupported),
    long("sigalgs", Value, Harmless),
    long("skip-existing", Switch, Harmless),
    long("trace-config", Value, Harmless),
    long("trace-ids", Switch, Harmless),
    long("tls-earlydata", Switch, Harmless),
    long("upload-flags", Value, Harmless),
    long("variable", Value, Shaping),
    long("vlan-priority", Value, Harmless),
    long("follow", Switch, Shaping),
    long("out-null", Switch, Harmless),
    long("parallel-max-host", Value, Harmless),
    long("knownhosts", Value, Harmless),
];
