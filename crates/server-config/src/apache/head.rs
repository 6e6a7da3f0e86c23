//! The request line and the header fields, as far as they are refused before any rule is asked
//! (`server/protocol.c`, `fix_hostname()` in `server/vhost.c`).

use super::Config;
use super::layers::{Layer, Scope};
use super::tree::Directive;
use super::uri::{self, BadPath, EncodedSlashes, Slashes};
use super::vhost::{self, Chosen};
use crate::request::{Header, Request, Value, Version};
use crate::source::Place;
use crate::walk::{Answer, Needs, Step, Verdict};

/// `LimitRequestLine`, `LimitRequestFieldSize`: bytes; `LimitRequestFields`: lines (`include/httpd.h`).
const LINE_LIMIT: u64 = 8190;
const FIELD_LIMIT: u64 = 8190;
const FIELDS_LIMIT: u64 = 100;

/// A request that was taken in.
pub(super) struct Head<'a> {
    pub(super) chosen: Chosen<'a>,
    /// The header fields; those of one name are joined.
    pub(super) headers: Vec<Header>,
    /// The host's name, without port.
    pub(super) hostname: String,
    /// The path, undecoded.
    pub(super) raw_path: String,
    pub(super) path: Result<String, BadPath>,
    pub(super) args: Option<String>,
}

type Refused = (Answer, Option<Place>);

pub(super) fn take<'a>(
    config: &'a Config,
    request: &Request,
    steps: &mut Vec<Step>,
) -> Result<Head<'a>, Refused> {
    let port = request.port();
    let first = vhost::choose(config, request.listener, port, None, &mut Vec::new());
    request_line(&settings(&first), request, steps)?;
    fields(&settings(&first), request, steps)?;
    let headers = joined(&request.headers);
    let (authority, target) = split_target(&request.target);
    let hostname = hostname(&settings(&first), authority, &headers, request, steps)?;
    let name = (!hostname.is_empty()).then_some(hostname.as_str());
    let chosen = vhost::choose(config, request.listener, port, name, steps);
    let settings = settings(&chosen);
    if let Some(rule) = settings.last("StrictHostCheck").filter(|rule| rule.arg(0).eq_ignore_ascii_case("on"))
        && name.is_some()
        && !chosen.is_named
    {
        let because = format!("no virtual host here has the name `{hostname}`");
        return Err(refuse(steps, 400, Some(rule), because));
    }
    expectation(&settings, request, &headers, steps)?;
    let (raw_path, args) = match target.split_once('?') {
        Some((path, args)) => (path, Some(args.to_owned())),
        None => (target, None),
    };
    // Several slashes at the start are one (`ap_parse_uri()`).
    let extra = raw_path.len() - raw_path.trim_start_matches('/').len();
    let raw_path = if raw_path.is_empty() { "/" } else { &raw_path[extra.saturating_sub(1)..] };
    let merge = settings.is_on("MergeSlashes", true);
    let slashes = if merge { Slashes::Merge } else { Slashes::Keep };
    // A virtual host does not inherit it (`merge_core_dir_configs()`).
    let own = chosen.host.as_ref().unwrap_or(&chosen.main).last("AllowEncodedSlashes");
    let encoded = match own.map(|rule| rule.arg(0).to_ascii_lowercase()).as_deref() {
        Some("on") => EncodedSlashes::Decoded,
        Some("nodecode") => EncodedSlashes::Kept,
        _ => EncodedSlashes::Forbidden,
    };
    let path = uri::normalise(raw_path, slashes, encoded);
    Ok(Head { chosen, headers, hostname, raw_path: raw_path.to_owned(), path, args })
}

/// The directives of the server, those of the virtual host last.
fn settings<'a>(chosen: &Chosen<'a>) -> Scope<'a> {
    let layers: Vec<_> = std::iter::once(chosen.main.clone()).chain(chosen.host.clone()).collect();
    Scope { layers }
}

fn number(rule: Option<&Directive>, default: u64) -> u64 {
    rule.and_then(|rule| rule.arg(0).parse().ok()).unwrap_or(default)
}

fn refuse(steps: &mut Vec<Step>, status: u16, rule: Option<&Directive>, because: String) -> Refused {
    let place = rule.map(|rule| rule.place.clone());
    let text = rule.map(Directive::text).unwrap_or_default();
    steps.push(Step::new("request", place.clone(), text, Verdict::Hit, because));
    (Answer::Status(status), place)
}

/// `ap_parse_request_line()`; whitespace inside the line cannot be told from a target here.
fn request_line(settings: &Scope<'_>, request: &Request, steps: &mut Vec<Step>) -> Result<(), Refused> {
    let rule = settings.last("LimitRequestLine");
    let limit = number(rule, LINE_LIMIT);
    let length = request.method.len() + request.target.len() + request.version.name().len() + 2;
    // One byte more still fits, since the line ends in two (`ap_rgetline_core()`).
    if length as u64 > limit + 1 {
        let because = format!("the request line has {length} bytes, and {limit} are allowed");
        return Err(refuse(steps, 414, rule, because));
    }
    let options = settings.all("HttpProtocolOptions");
    let has =
        |word: &str| options.iter().any(|rule| rule.words.iter().any(|own| own.eq_ignore_ascii_case(word)));
    let is_token = |text: &str| !text.is_empty() && text.bytes().all(is_token_byte);
    if !has("Unsafe") && !is_token(&request.method) {
        return Err(refuse(steps, 400, None, "the method is no token".to_owned()));
    }
    if request.target.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
        return Err(refuse(steps, 400, None, "the target has a control character or a space".to_owned()));
    }
    if has("RegisteredMethods") && !super::methods::is_registered(&request.method) {
        let because = format!("{} is no registered method", request.method);
        return Err(refuse(steps, 501, options.last().copied(), because));
    }
    let (authority, target) = split_target(&request.target);
    let is_star = target == "*" && request.method == "OPTIONS";
    if request.target.contains('#') && !has("Unsafe") {
        return Err(refuse(steps, 400, None, "the target has a fragment".to_owned()));
    }
    if authority.is_none() && !target.starts_with('/') && !is_star && request.method != "CONNECT" {
        return Err(refuse(steps, 400, None, "the target is no path".to_owned()));
    }
    Ok(())
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The authority of a target in absolute form, and the path with its query.
fn split_target(target: &str) -> (Option<&str>, &str) {
    let lower = target.get(..8).unwrap_or(target).to_ascii_lowercase();
    let Some(scheme) = ["http://", "https://"].into_iter().find(|scheme| lower.starts_with(scheme)) else {
        return (None, target);
    };
    let rest = &target[scheme.len()..];
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    (Some(authority), path)
}

/// `ap_get_mime_headers_core()`: number, size and form of the fields.
fn fields(settings: &Scope<'_>, request: &Request, steps: &mut Vec<Step>) -> Result<(), Refused> {
    let rule = settings.last("LimitRequestFields");
    let limit = number(rule, FIELDS_LIMIT);
    let count = request.headers.len() as u64;
    if limit != 0 && count > limit {
        let because = format!("the request has {count} header fields, and {limit} are allowed");
        return Err(refuse(steps, 400, rule, because));
    }
    let rule = settings.last("LimitRequestFieldSize");
    let limit = number(rule, FIELD_LIMIT);
    for header in &request.headers {
        if !header.name.bytes().all(is_token_byte) || header.name.is_empty() {
            let because =
                format!("the name of the header field `{}` is malformed", header.name.escape_debug());
            return Err(refuse(steps, 400, None, because));
        }
        let Value::Known(value) = &header.value else { continue };
        let length = (header.name.len() + 2 + value.len()) as u64;
        if length > limit + 1 || value.len() as u64 > limit {
            let because =
                format!("the header field `{}` has {length} bytes, and {limit} are allowed", header.name);
            return Err(refuse(steps, 400, rule, because));
        }
        if value.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
            let because = format!("the header field `{}` has a control character", header.name);
            return Err(refuse(steps, 400, None, because));
        }
    }
    body_framing(request, steps)
}

fn body_framing(request: &Request, steps: &mut Vec<Step>) -> Result<(), Refused> {
    if let Some(length) = request.header("Content-Length").and_then(Value::known)
        && (length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(refuse(steps, 400, None, "`Content-Length` is no number".to_owned()));
    }
    if let Some(coding) = request.header("Transfer-Encoding").and_then(Value::known)
        && !coding.rsplit(',').next().unwrap_or("").trim().eq_ignore_ascii_case("chunked")
    {
        return Err(refuse(steps, 400, None, "`Transfer-Encoding` does not end in `chunked`".to_owned()));
    }
    Ok(())
}

/// Fields of one name are joined with a comma (`apr_table_compress()`).
fn joined(headers: &[Header]) -> Vec<Header> {
    let mut out: Vec<Header> = Vec::new();
    for header in headers {
        match out.iter_mut().find(|own| own.name.eq_ignore_ascii_case(&header.name)) {
            Some(own) => match (&mut own.value, &header.value) {
                (Value::Known(value), Value::Known(more)) => *value = format!("{value}, {more}"),
                (_, more) => own.value = more.clone(),
            },
            None => out.push(header.clone()),
        }
    }
    out
}

/// `fix_hostname()` and `ap_check_request_header()`.
fn hostname(
    settings: &Scope<'_>,
    authority: Option<&str>,
    headers: &[Header],
    request: &Request,
    steps: &mut Vec<Step>,
) -> Result<String, Refused> {
    let field = headers.iter().find(|header| header.name.eq_ignore_ascii_case("host"));
    let text = match (authority, field.map(|header| &header.value)) {
        (Some(authority), _) => authority.rsplit('@').next().unwrap_or("").to_owned(),
        (None, Some(Value::Known(host))) => host.clone(),
        (None, Some(Value::Unknown(Needs(needs)))) => {
            return Err((Answer::Unknown(Needs(needs.clone())), None));
        }
        (None, None) => String::new(),
    };
    if field.is_none() && request.version == Version::Http11 {
        return Err(refuse(steps, 400, None, "a request over HTTP/1.1 must have `Host`".to_owned()));
    }
    if text.is_empty() {
        return Ok(text);
    }
    let options = settings.all("HttpProtocolOptions");
    let is_unsafe =
        options.iter().any(|rule| rule.words.iter().any(|word| word.eq_ignore_ascii_case("Unsafe")));
    match clean_host(&text, !is_unsafe) {
        Some(host) => Ok(host),
        None => Err(refuse(steps, 400, None, format!("`{}` is no host", text.escape_debug()))),
    }
}

/// The name in lower case, without its port and a dot at its end.
fn clean_host(text: &str, is_strict: bool) -> Option<String> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return (!is_strict).then(|| text.to_owned());
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return (is_port && address.parse::<std::net::Ipv6Addr>().is_ok())
            .then(|| address.to_ascii_lowercase());
    }
    let (host, port) = text.split_once(':').unwrap_or((text, "80"));
    let host = host.to_ascii_lowercase();
    if !is_port(port) || host.is_empty() || host.contains("..") || host.contains(['/', '\\']) {
        return None;
    }
    let host = host.strip_suffix('.').unwrap_or(&host);
    (!is_strict || is_strict_host(host)).then(|| host.to_owned())
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port != 0)
}

/// `strict_hostname_check()`.
fn is_strict_host(host: &str) -> bool {
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return false;
    }
    if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let leads_with_zero = |part: &str| part.len() > 1 && part.starts_with('0');
        return host.split('.').count() == 4
            && !host.starts_with('.')
            && !host.split('.').any(leads_with_zero);
    }
    host.rsplit_once('.').is_none_or(|(_, top)| top.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn expectation(
    settings: &Scope<'_>,
    request: &Request,
    headers: &[Header],
    steps: &mut Vec<Step>,
) -> Result<(), Refused> {
    let expect = headers.iter().find(|header| header.name.eq_ignore_ascii_case("expect"));
    match expect.and_then(|header| header.value.known()) {
        None | Some("") => Ok(()),
        Some(value) if value.eq_ignore_ascii_case("100-continue") => Ok(()),
        Some(value) => {
            let refused = refuse(steps, 417, None, format!("`Expect: {value}` cannot be met"));
            // The body is read before the answer, and may be too large itself.
            let rule = settings.last("LimitRequestBody");
            let limit = number(rule, 1 << 30);
            if limit == 0 || request.body_length <= limit {
                return Err(refused);
            }
            let because = format!("the body has {} bytes, and {limit} are allowed", request.body_length);
            Err(refuse(steps, 413, rule, because))
        }
    }
}

/// The layers of the chosen server as the base of every request (`lookup_defaults`).
pub(super) fn defaults<'a>(chosen: &Chosen<'a>) -> Scope<'a> {
    settings(chosen)
}

/// All sections of a kind: the main server's first, then the virtual host's.
pub(super) fn sections<'a>(chosen: &Chosen<'a>, names: &'a [&'a str]) -> Vec<&'a Directive> {
    let of = |layer: &Layer<'a>| -> Vec<&'a Directive> {
        layer.sections.iter().copied().filter(|section| section.is_any(names)).collect()
    };
    let mut all = of(&chosen.main);
    all.extend(chosen.host.iter().flat_map(|host| of(host)));
    all
}
