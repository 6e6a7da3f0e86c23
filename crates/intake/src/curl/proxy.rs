//! `-x`, `-U`, `--noproxy` and the proxies of the environment.

use base64::Engine;
use model::{HeaderLine, Proxy};

use super::address::Address;
use super::{Command, Error, Operation, Surroundings, arguments, auth};

/// The proxy for a URL.
pub(crate) fn choose(
    operation: &Operation,
    address: &Address,
    surroundings: &Surroundings<'_>,
    command: &mut Command,
) -> Result<Option<Proxy>, Error> {
    let environment = surroundings.environment;
    let either = |name: &str| environment(name).or_else(|| environment(&name.to_ascii_uppercase()));
    let chosen = operation.proxy.url.clone().or_else(|| {
        // The upper case HTTP_PROXY is not read: a CGI program gets it from a request header.
        let own = if address.url.is_secure() { either("https_proxy") } else { environment("http_proxy") };
        own.or_else(|| either("all_proxy"))
    });
    let Some(chosen) = chosen.filter(|url| !url.is_empty()) else { return Ok(None) };
    let except = operation.proxy.except.clone().or_else(|| either("no_proxy")).unwrap_or_default();
    if is_excepted(&except, &address.url.host) {
        return Ok(None);
    }
    if operation.proxy.http10 {
        arguments::note(&mut command.unsupported, "--proxy1.0");
    }
    read(&chosen, operation).map(Some)
}

/// Whether an HTTP proxy passes the request on as it is, without a tunnel.
pub(crate) fn forwards(proxy: &Proxy, address: &Address) -> bool {
    proxy.scheme.starts_with("http") && !proxy.tunnel && !address.url.is_secure()
}

/// `Proxy-Authorization` for a forwarded request.
pub(crate) fn authorization(operation: &Operation, proxy: &Proxy) -> Option<HeaderLine> {
    if operation.overrides("Proxy-Authorization") {
        return None;
    }
    let (user, password) = proxy.credentials.as_ref()?;
    Some(HeaderLine::new("Proxy-Authorization", &auth::basic_value(user, password)))
}

fn read(text: &str, operation: &Operation) -> Result<Proxy, Error> {
    let fault = || Error::Value(format!("proxy {:?} cannot be read", crate::text::short(text)));
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "socks" => "socks4".to_owned(),
        known @ ("http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") => known.to_owned(),
        _ => return Err(fault()),
    };
    let address =
        Address::read(&format!("http://{rest}"), None, super::address::Dots::Kept).map_err(|_| fault())?;
    let credentials = operation.proxy.user.as_deref().map(|user| {
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        let decode = |text: &str| String::from_utf8_lossy(&super::data::percent_decode(text)).into_owned();
        (decode(user), decode(password))
    });
    let credentials =
        credentials.or_else(|| Some((address.user.clone()?, address.password.clone().unwrap_or_default())));
    let written = rest.rsplit('@').next().unwrap_or(rest).trim_end_matches('/');
    let port = address.url.port.filter(|_| written.contains(':'));
    let port = port.unwrap_or(if scheme == "https" { 443 } else { 1080 });
    let mut fields = Vec::new();
    if let Some((user, password)) = credentials.as_ref().filter(|_| scheme.starts_with("http")) {
        let value = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        fields.push(HeaderLine::new("Proxy-Authorization", &format!("Basic {value}")));
    }
    let agent = operation.user_agent.as_deref().unwrap_or("curl/7.88.1");
    let own = |name: &str| super::operation::custom(&operation.proxy_headers, name).is_some();
    if !agent.is_empty() && !own("User-Agent") {
        fields.push(HeaderLine::new("User-Agent", agent));
    }
    if !own("Proxy-Connection") {
        fields.push(HeaderLine::new("Proxy-Connection", "Keep-Alive"));
    }
    fields.extend(operation.proxy_headers.iter().filter_map(|line| HeaderLine::verbatim(line)));
    Ok(Proxy { scheme, host: address.url.host, port, fields, tunnel: operation.proxy.tunnel, credentials })
}

/// Whether a `no_proxy` list holds the host: a domain and what is below it, or `*` for all.
fn is_excepted(list: &str, host: &str) -> bool {
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let entry = entry.trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
        let entry = entry.trim_matches(['[', ']']);
        entry == "*"
            || host == entry
            || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.'))
            || in_network(entry, host)
    })
}

/// `10.0.0.0/8`, which curl takes since 7.86.
fn in_network(entry: &str, host: &str) -> bool {
    let Some((network, bits)) = entry.split_once('/') else { return false };
    let (Ok(network), Ok(host), Ok(bits)) =
        (network.parse::<std::net::Ipv4Addr>(), host.parse::<std::net::Ipv4Addr>(), bits.parse::<u32>())
    else {
        return false;
    };
    let shift = 32u32.saturating_sub(bits);
    shift >= 32 || u32::from(network) >> shift == u32::from(host) >> shift
}
