//! `fetch(url, init)`: "Copy as fetch" of browsers, for their console and for Node.js, and people's own code.

use model::Url;
use serde_json::Value;

use super::literal::Literals;
use super::{Draft, has};

/// What stands for a value that the browser adds and its copy leaves out.
const NOT_COPIED: &str = "<not copied>";

/// Whether a text begins with such a call.
pub(super) fn is_fetch(text: &str) -> bool {
    call(text).is_some()
}

/// Where the arguments begin.
fn call(text: &str) -> Option<usize> {
    let line = text.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with("//"))?;
    let begin = line.as_ptr() as usize - text.as_ptr() as usize;
    let at = line.find("fetch(")?;
    let before = line[..at].trim_end();
    let assigned = before.ends_with(['=', '(']);
    let plain =
        before.is_empty() || assigned || ["await", "return"].iter().any(|word| before.ends_with(word));
    let start = at + "fetch(".len();
    let quoted =
        line[start..].trim_start().is_empty() || line[start..].trim_start().starts_with(['"', '\'', '`']);
    (plain && quoted).then_some(begin + start)
}

/// Reads the call.
pub(super) fn read(text: &str) -> Option<Draft> {
    let mut literals = Literals::new(text, call(text)?);
    let Value::String(url) = literals.value()? else { return None };
    let init = if literals.take(',') { literals.value()? } else { Value::Null };
    let mut draft =
        Draft { url, method: init["method"].as_str().unwrap_or("GET").to_uppercase(), ..Draft::default() };
    if let Some(headers) = init["headers"].as_object() {
        let field = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        draft.fields = headers.iter().filter_map(field).collect();
    }
    if let Some(body) = init["body"].as_str() {
        draft.body = body.as_bytes().to_vec();
        draft.fields.push(("Content-Length".to_owned(), body.len().to_string()));
    }
    as_the_browser_sends(&mut draft, &init);
    Some(draft)
}

/// Adds what a browser sends and does not copy: the referrer as fields, its cookies and its name as not known.
fn as_the_browser_sends(draft: &mut Draft, init: &Value) {
    let referrer = init["referrer"].as_str().filter(|referrer| !referrer.is_empty());
    if let Some(referrer) = referrer.filter(|_| !has(&draft.fields, "referer")) {
        draft.fields.push(("Referer".to_owned(), referrer.to_owned()));
    }
    let reads = matches!(draft.method.as_str(), "GET" | "HEAD");
    let page = referrer.and_then(Url::parse);
    if let Some(page) = page.filter(|page| !has(&draft.fields, "origin") && sends_origin(draft, page, reads))
    {
        draft.fields.push(("Origin".to_owned(), page.origin()));
    }
    if matches!(init["credentials"].as_str(), Some("include" | "same-origin"))
        && !has(&draft.fields, "cookie")
    {
        draft.fields.push(("Cookie".to_owned(), NOT_COPIED.to_owned()));
    }
}

/// Whether a browser sends `Origin`: with every other method than GET and HEAD, and to every other origin.
fn sends_origin(draft: &Draft, page: &Url, reads: bool) -> bool {
    !reads || Url::parse(&draft.url).is_some_and(|url| url.origin() != page.origin())
}
