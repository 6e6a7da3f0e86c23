//! The CORS preflight that a browser would send for a request, by the Fetch standard, section "CORS-preflight fetch":
//! <https://fetch.spec.whatwg.org/#cors-preflight-fetch>.

use model::{HeaderLine, Transfer, Url};

/// Names that the browser itself sets, and that no page can ask leave for ("forbidden request-header").
const OF_THE_BROWSER: [&str; 22] = [
    "accept-charset",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "user-agent",
    "priority",
];

/// Values up to so many bytes together need no leave.
const SAFELISTED_BYTES: usize = 1024;

/// The header lines of the preflight.
pub(crate) fn fields(refused: &Transfer) -> Vec<HeaderLine> {
    let mut fields = vec![
        refused
            .fields
            .iter()
            .find(|line| line.is("host"))
            .cloned()
            .unwrap_or_else(|| HeaderLine::new("Host", &refused.url.authority())),
        HeaderLine::new("Accept", "*/*"),
        HeaderLine::new("Access-Control-Request-Method", &refused.method),
    ];
    let names = unsafe_names(refused);
    if !names.is_empty() {
        fields.push(HeaderLine::new("Access-Control-Request-Headers", &names.join(",")));
    }
    fields.push(HeaderLine::new("Origin", &origin(refused)));
    let kept = ["user-agent", "referer", "proxy-authorization", "proxy-connection"];
    fields.extend(refused.fields.iter().filter(|line| kept.iter().any(|name| line.is(name))).cloned());
    fields.push(HeaderLine::new("Sec-Fetch-Mode", "cors"));
    fields
}

/// Where the page stands: its `Origin`, else that of its `Referer`, else the server itself.
fn origin(refused: &Transfer) -> String {
    let referer = || refused.field("referer").and_then(Url::parse).map(|url| url.origin());
    let origin = refused.field("origin").map(str::to_owned).or_else(referer);
    origin.unwrap_or_else(|| refused.url.origin())
}

/// "CORS-unsafe request-header names", sorted and in lower case.
fn unsafe_names(refused: &Transfer) -> Vec<String> {
    let (mut names, mut safelisted, mut bytes) = (Vec::new(), Vec::new(), 0);
    for line in &refused.fields {
        let name = line.name().to_ascii_lowercase();
        if OF_THE_BROWSER.contains(&name.as_str()) || name.starts_with("sec-") || name.starts_with("proxy-") {
            continue;
        }
        if is_safelisted(&name, line.value()) {
            bytes += line.value().len();
            safelisted.push(name);
        } else {
            names.push(name);
        }
    }
    if bytes > SAFELISTED_BYTES {
        names.append(&mut safelisted);
    }
    names.sort();
    names.dedup();
    names
}

/// "CORS-safelisted request-header".
fn is_safelisted(name: &str, value: &str) -> bool {
    let is_unsafe = |byte: u8| (byte < 0x20 && byte != b'\t') || b"\"():<>?@[\\]{}\x7f".contains(&byte);
    let is_language = |byte: u8| byte.is_ascii_alphanumeric() || b" *,-.;=".contains(&byte);
    let types = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
    value.len() <= 128
        && match name {
            "accept" => !value.bytes().any(is_unsafe),
            "accept-language" | "content-language" => value.bytes().all(is_language),
            "content-type" => {
                let essence = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
                types.contains(&essence.as_str()) && !value.bytes().any(is_unsafe)
            }
            "range" => is_simple_range(value),
            _ => false,
        }
}

fn is_simple_range(value: &str) -> bool {
    let Some((start, end)) = value.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !start.is_empty() && digits(start) && digits(end)
}
