//! The header lines in the order in which curl 7.88.1 writes them.

use model::{HeaderLine, HttpVersion, TransferBody};

use super::request::{Draft, Kind, line};

/// Bodies larger than this wait for `100 Continue`.
const EXPECT_ABOVE: usize = 1 << 20;

/// What other modules contribute to the header.
pub(crate) struct Around<'a> {
    /// `Authorization` and the lines that belong to a signature.
    pub(crate) authorization: Vec<HeaderLine>,
    /// The value of `Cookie`.
    pub(crate) cookies: Option<String>,
    pub(crate) proxy_authorization: Option<HeaderLine>,
    /// A proxy forwards the request without a tunnel.
    pub(crate) forwarded: bool,
    pub(crate) boundary: &'a str,
}

/// All header lines.
pub(crate) fn header(draft: &Draft<'_>, around: &Around<'_>) -> Vec<HeaderLine> {
    let operation = draft.operation;
    let mut lines = Vec::new();
    lines.extend(host(draft));
    lines.extend(around.proxy_authorization.clone());
    lines.extend(around.authorization.iter().cloned());
    lines.extend(range(draft));
    let mut own = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|_| !operation.overrides(name)) {
            lines.push(line(name, value));
        }
    };
    let agent = operation.user_agent.as_deref().unwrap_or("curl/7.88.1");
    own("User-Agent", Some(agent).filter(|agent| !agent.is_empty()));
    own("Accept", if json(draft) { None } else { Some("*/*") });
    if operation.tr_encoding && !operation.overrides("TE") {
        let connection = operation.header("Connection").filter(|value| !value.is_empty());
        let connection = connection.map_or_else(|| "TE".to_owned(), |value| format!("{value}, TE"));
        lines.extend([line("Connection", &connection), line("TE", "gzip")]);
    }
    let mut own = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|_| !operation.overrides(name)) {
            lines.push(line(name, value));
        }
    };
    own("Accept-Encoding", operation.compressed.then_some("deflate, gzip, br, zstd"));
    own("Referer", operation.referer.as_deref());
    own("Proxy-Connection", around.forwarded.then_some("Keep-Alive"));
    let chunked = matches!(draft.body, TransferBody::Chunked(_));
    own("Transfer-Encoding", chunked.then_some("chunked"));
    if operation.upgrade_to_http2 && !draft.address.url.is_secure() {
        // Settings of curl's nghttp2: 100 streams, a window of 10 MiB, no push.
        lines.push(line("Connection", "Upgrade, HTTP2-Settings"));
        lines.push(line("Upgrade", "h2c"));
        lines.push(line("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA"));
    }
    if let Some(cookies) = &around.cookies {
        lines.push(line("Cookie", cookies));
    }
    lines.extend(time_condition(draft));
    custom(draft, around, &mut lines);
    body_lines(draft, around, &mut lines);
    lines
}

fn json(draft: &Draft<'_>) -> bool {
    draft.operation.data_is_json
}

/// `Host`; a custom one stands in its place.
fn host(draft: &Draft<'_>) -> Option<HeaderLine> {
    match draft.operation.header("Host") {
        Some("") => None,
        Some(value) => Some(line("Host", value)),
        None => Some(line("Host", &draft.address.authority())),
    }
}

/// `Range` for `-r` and `-C`.
fn range(draft: &Draft<'_>) -> Option<HeaderLine> {
    let operation = draft.operation;
    let range = match (&operation.range, &operation.resume_from) {
        (Some(range), _) if range.contains('-') => range.clone(),
        (Some(range), _) => format!("{range}-"),
        (None, Some(from)) if from != "-" && from != "0" => format!("{from}-"),
        _ => return None,
    };
    match draft.kind {
        Kind::Get | Kind::Head if !operation.overrides("Range") => {
            Some(line("Range", &format!("bytes={range}")))
        }
        Kind::Post | Kind::Upload if !operation.overrides("Content-Range") => {
            let mut length = draft.body.bytes().len();
            let from = operation.resume_from.as_deref().and_then(|from| from.parse::<usize>().ok());
            let range = match from.filter(|_| draft.kind == Kind::Upload && operation.range.is_none()) {
                Some(from) => {
                    length += from;
                    format!("{from}-{}", length.saturating_sub(1))
                }
                None => range,
            };
            Some(line("Content-Range", &format!("bytes {range}/{length}")))
        }
        _ => None,
    }
}

/// `If-Modified-Since` for `-z`, whose value is a date; a leading `-` asks for the opposite.
fn time_condition(draft: &Draft<'_>) -> Option<HeaderLine> {
    let text = draft.operation.time_condition.as_deref()?;
    let (name, date) = match text.strip_prefix('-') {
        Some(date) => ("If-Unmodified-Since", date),
        None => ("If-Modified-Since", text.strip_prefix(['+', '=']).unwrap_or(text)),
    };
    let seconds = crate::date::seconds(date)?;
    (!draft.operation.overrides(name)).then(|| line(name, &crate::date::http(seconds)))
}

/// The lines of `-H` in their order. `Name:` removes, `Name;` sends an empty header.
fn custom(draft: &Draft<'_>, around: &Around<'_>, lines: &mut Vec<HeaderLine>) {
    let operation = draft.operation;
    let etag = operation.etag.iter();
    let json = [("Content-Type", "Content-Type: application/json"), ("Accept", "Accept: application/json")];
    let json =
        json.iter().filter(|(name, _)| json_line_is_missing(draft, name)).map(|(_, line)| (*line).to_owned());
    let proxied = operation.proxy_headers.iter().filter(|_| around.forwarded);
    for header in operation.headers.iter().chain(etag).cloned().chain(json).chain(proxied.cloned()) {
        let Some(text) = as_sent(&header) else { continue };
        let name = text.split(':').next().unwrap_or("").to_ascii_lowercase();
        let elsewhere = match name.as_str() {
            "host" => true,
            "content-type" => draft.kind == Kind::Form,
            "content-length" => matches!(draft.body, TransferBody::Chunked(_)),
            "connection" => operation.tr_encoding,
            _ => false,
        };
        if !elsewhere {
            lines.extend(HeaderLine::verbatim(&text));
        }
    }
}

fn json_line_is_missing(draft: &Draft<'_>, name: &str) -> bool {
    json(draft) && !draft.operation.overrides(name)
}

/// A custom header as it is sent, if it is.
fn as_sent(header: &str) -> Option<String> {
    let text = header.trim_end_matches(['\r', '\n']);
    match text.find(':') {
        Some(0) => None,
        Some(colon) => (!text[colon + 1..].trim().is_empty()).then(|| text.to_owned()),
        None => {
            let name = text.trim_end().strip_suffix(';')?;
            (!name.is_empty() && !name.contains(';')).then(|| format!("{name}:"))
        }
    }
}

/// The lines that describe the body; they come last.
fn body_lines(draft: &Draft<'_>, around: &Around<'_>, lines: &mut Vec<HeaderLine>) {
    let operation = draft.operation;
    if matches!(draft.kind, Kind::Get | Kind::Head) {
        return;
    }
    let length = draft.body.bytes().len();
    let chunked = matches!(draft.body, TransferBody::Chunked(_));
    if !chunked && !operation.overrides("Content-Length") {
        lines.push(line("Content-Length", &length.to_string()));
    }
    match draft.kind {
        Kind::Post if !operation.overrides("Content-Type") && !json(draft) => {
            lines.push(line("Content-Type", "application/x-www-form-urlencoded"));
        }
        Kind::Form => {
            let media = operation.header("Content-Type").filter(|value| !value.is_empty());
            let media = media.unwrap_or("multipart/form-data");
            lines.push(line("Content-Type", &format!("{media}; boundary={}", around.boundary)));
        }
        _ => {}
    }
    let waits = match draft.kind {
        Kind::Upload => length > 0 || chunked,
        _ => length > EXPECT_ABOVE,
    };
    if waits && operation.version != HttpVersion::Http10 && !operation.overrides("Expect") {
        lines.push(line("Expect", "100-continue"));
    }
}
