//! What the search for the refused part found.

use model::{Evidence, Sighting};

/// The header of this name (lower case) is what is refused, and nothing besides it.
pub(crate) fn header(evidence: &Evidence, name: &str) -> Option<Sighting> {
    let isolated = evidence.isolated.as_ref()?;
    let named = isolated.part.to_ascii_lowercase() == format!("header {name}");
    let (value, span) = evidence.request_header(name)?;
    named.then(|| Sighting::with(span, value))
}

/// A header whose name (lower case) is one of these is missing: a neutral copy passes when it is added.
pub(crate) fn missing(evidence: &Evidence, is_meant: impl Fn(&str) -> bool) -> Option<Sighting> {
    let part = evidence.isolated.as_ref()?.part.to_ascii_lowercase();
    let name = part.strip_prefix("missing header ")?;
    let span = evidence.request_line()?;
    is_meant(name).then(|| Sighting::with(span, name))
}

/// A value of the query, a cookie or the body is what is refused.
pub(crate) fn content(evidence: &Evidence) -> Option<Sighting> {
    let isolated = evidence.isolated.as_ref()?;
    let content = ["body", "query", "cookie"].iter().any(|kind| isolated.part.starts_with(kind));
    // That a session or a token is refused speaks of who asks.
    let content = content && !evidence.secrets.contains(&isolated.text);
    let request = evidence.request()?;
    let span = request.message.body.as_ref().map_or(request.message.start_line, |body| body.span);
    content.then(|| Sighting::with(span, format!("{}: {}", isolated.part, isolated.text)))
}

/// No value is what is refused: with all of them neutral the request is refused in the same way.
pub(crate) fn no_value(evidence: &Evidence) -> Option<Sighting> {
    let span = evidence.request_line()?;
    (evidence.isolated.as_ref()?.part == "none").then(|| Sighting::at(span))
}

/// The refused text holds marks that rules against attacks look for, which an application's own checks seldom do.
pub(crate) fn marked_content(evidence: &Evidence) -> Option<Sighting> {
    let text = &evidence.isolated.as_ref()?.text;
    let marked =
        text.chars().any(|c| "'\"<>;|`$(){}\\".contains(c)) || text.contains("../") || text.contains("--");
    content(evidence).filter(|_| marked)
}

/// The rules at hand refuse the request, and match in the text that the live server refuses by itself.
pub(crate) fn content_that_rules_match(evidence: &Evidence) -> Option<Sighting> {
    let isolated = evidence.isolated.as_ref()?;
    let mut matching = evidence.waf_matches.iter().filter(|found| found.blocked && found.score > 0);
    let found = matching.find(|found| found.text.len() > 2 && isolated.text.contains(&found.text))?;
    let span = found.span?;
    content(evidence).map(|_| Sighting::with(span, format!("{} matches rule {}", isolated.part, found.rule)))
}
