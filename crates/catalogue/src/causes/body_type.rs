//! What the body is, held against what `Content-Type` says.

use model::{Evidence, Message, Sighting};

/// The body of a request is not what its `Content-Type` says.
pub(crate) fn contradicted(evidence: &Evidence) -> Option<Sighting> {
    let message = &evidence.request()?.message;
    let field = message.fields.get("content-type")?;
    let found = contradiction(message)?;
    Some(Sighting::with(field.span, format!("{}, the body {found}", message.media_type()?)))
}

/// The request has a body, and no `Content-Type`.
pub(crate) fn missing(evidence: &Evidence) -> Option<Sighting> {
    let message = &evidence.request()?.message;
    let body = message.body.as_ref().filter(|body| !body.value.is_empty())?;
    (!message.fields.has("content-type")).then(|| Sighting::at(body.span))
}

/// The client asked for data and not for a page: by `Accept`, or by what a script's request looks like.
pub(crate) fn data_was_asked(evidence: &Evidence) -> bool {
    let Some(request) = evidence.request() else { return false };
    let fields = &request.message.fields;
    let accept = fields.value("accept").unwrap_or("");
    let page = accept.contains("text/html");
    let script = fields.value("sec-fetch-dest").is_some_and(|dest| dest == "empty");
    let data =
        accept.contains("json") || request.message.media_type().is_some_and(|kind| kind.contains("json"));
    !page && (script || data || !fields.value("user-agent").unwrap_or("").starts_with("Mozilla/"))
}

/// What the body is instead, in words.
fn contradiction(message: &Message) -> Option<&'static str> {
    let body = message.body.as_ref().filter(|body| !body.value.is_empty())?;
    let media_type = message.media_type()?;
    let text = message.body_text();
    let start = text.trim_start();
    let json_like = start.starts_with(['{', '[']);
    match media_type.as_str() {
        kind if kind.ends_with("json") => {
            let value = json_like
                || start.starts_with(['"', '-', 't', 'f', 'n'])
                || start.starts_with(|c: char| c.is_ascii_digit());
            (!value).then_some("is no JSON")
        }
        "application/x-www-form-urlencoded" => json_like.then_some("is JSON"),
        "multipart/form-data" => {
            let boundary =
                message.fields.value("content-type").and_then(|value| value.split_once("boundary="));
            match boundary {
                None => Some("cannot be split: the type names no boundary"),
                Some((_, boundary)) => {
                    let boundary = boundary.split(';').next().unwrap_or("").trim().trim_matches('"');
                    let held = contains(&body.value, format!("--{boundary}").as_bytes());
                    (!held).then_some("does not hold the boundary that the type names")
                }
            }
        }
        kind if kind.ends_with("xml") => (!start.starts_with('<')).then_some("is no XML"),
        _ => None,
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len().max(1)).any(|window| window == part)
}
