//! The URL that a request message asks for.

use model::{Message, Url};

/// The URL of a request target, with the host of the header where the target is only a path.
pub(crate) fn url(target: &str, message: &Message) -> Option<Url> {
    if let Some(url) = Url::parse(target) {
        return Some(url);
    }
    let host = message.fields.value("host").or_else(|| message.fields.value(":authority"))?;
    let target = if target.starts_with('/') { target } else { "/" };
    let scheme = scheme(host, message);
    Url::parse(&format!("{scheme}://{host}{target}"))
}

/// The scheme, which a request in origin form does not tell: taken from what else it says, else the likelier one.
fn scheme<'a>(host: &str, message: &'a Message) -> &'a str {
    let fields = &message.fields;
    if let Some(scheme @ ("http" | "https")) =
        fields.value(":scheme").or_else(|| fields.value("x-forwarded-proto"))
    {
        return scheme;
    }
    for name in ["origin", "referer"] {
        let page = fields.value(name).and_then(Url::parse);
        if let Some(page) = page.filter(|page| page.authority().eq_ignore_ascii_case(host)) {
            return if page.is_secure() { "https" } else { "http" };
        }
    }
    if message.version.starts_with("HTTP/2") || message.version.starts_with("HTTP/3") {
        return "https";
    }
    match Url::parse(&format!("http://{host}/")) {
        Some(url) if url.port == Some(443) => "https",
        Some(url) if url.port.is_some() || is_local(&url.host) => "http",
        _ => "https",
    }
}

fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok() || !host.contains('.')
}
