//! The methods and header fields that need no preflight (Fetch, section 2.2.2).

use model::Field;

/// Whether a method is a CORS-safelisted method.
#[must_use]
pub fn is_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

/// The CORS-unsafe request-header names among the fields that a page set itself, in lower case, sorted. Fields that
/// the browser adds after the preflight was decided do not count.
#[must_use]
pub fn unsafe_header_names(fields: &[Field]) -> Vec<String> {
    let own: Vec<&Field> = fields.iter().filter(|field| !is_added_by_browser(&field.name)).collect();
    let (safe, mut names): (Vec<&Field>, Vec<&Field>) =
        own.into_iter().partition(|field| is_safelisted_header(&field.name, &field.value));
    // More than 1024 bytes of safelisted values in all make each of them unsafe.
    if safe.iter().map(|field| field.value.len()).sum::<usize>() > 1024 {
        names.extend(safe);
    }
    let mut names: Vec<String> = names.iter().map(|field| field.name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether a header field is a CORS-safelisted request-header.
#[must_use]
pub fn is_safelisted_header(name: &str, value: &str) -> bool {
    if value.len() > 128 {
        return false;
    }
    match name.to_ascii_lowercase().as_str() {
        "accept" => !value.bytes().any(is_unsafe_byte),
        "accept-language" | "content-language" => {
            value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" *,-.;=".contains(&byte))
        }
        "content-type" => {
            let essence = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
            let simple = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
            !value.bytes().any(is_unsafe_byte) && simple.contains(&essence.as_str())
        }
        "range" => is_simple_range(value),
        _ => false,
    }
}

/// CORS-unsafe request-header byte.
fn is_unsafe_byte(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || b"\"():<>?@[\\]{}\x7f".contains(&byte)
}

/// `bytes=FIRST-` or `bytes=FIRST-LAST`.
fn is_simple_range(value: &str) -> bool {
    let Some((first, last)) = value.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !first.is_empty() && digits(first) && digits(last)
}

/// Fields that pages cannot set (the forbidden request-headers), or that browsers add below CORS: `User-Agent`, and
/// `Cache-Control` and `Pragma` on reload.
fn is_added_by_browser(name: &str) -> bool {
    const NAMES: [&str; 32] = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "access-control-request-private-network",
        "cache-control",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "if-modified-since",
        "if-none-match",
        "keep-alive",
        "origin",
        "pragma",
        "priority",
        "referer",
        "save-data",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "upgrade-insecure-requests",
        "user-agent",
        "via",
        "x-client-data",
        "viewport-width",
    ];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.as_str())
        || name.starts_with("sec-")
        || name.starts_with("proxy-")
        || name.starts_with(':')
}
