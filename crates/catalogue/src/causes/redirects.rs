//! What redirects made of the request before it was refused.

use model::{Evidence, LogLine, Relation, Request, Sighting, Subject};

use super::{answer, configuration};

/// The requests before the refused one, the first first.
pub(crate) fn hops(evidence: &Evidence) -> impl Iterator<Item = &Request> {
    evidence.related(Relation::Redirect).filter_map(|exchange| exchange.request.as_ref())
}

/// A redirect turned the method into another one. The place is the answer that redirected, where it is shown.
pub(crate) fn method_changed(evidence: &Evidence) -> Option<Sighting> {
    let last = evidence.request()?;
    let mut hops = evidence.related(Relation::Redirect).filter_map(|hop| Some((hop, hop.request.as_ref()?)));
    let (hop, first) = hops.find(|(_, request)| request.method.value != last.method.value)?;
    let detail = format!("{} became {}", first.method.value, last.method.value);
    let answer = hop.response.as_ref().map_or(last.message.start_line, |answer| answer.message.start_line);
    Some(Sighting::with(answer, detail))
}

/// A redirect turned the method into one that a rule on methods refuses.
pub(crate) fn method_met_by_rule(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Method)?;
    method_changed(evidence)
}

/// The same, and a second witness agrees that the rule did.
pub(crate) fn method_lost_to_rule(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Method)?;
    method_changed(evidence)
}

/// The answer refuses another method than the one that was sent: `Method "GET" not allowed` (Django REST framework), `The GET
/// method is not supported for this route` (Laravel).
pub(crate) fn other_method_refused(evidence: &Evidence) -> Option<Sighting> {
    let asked = answer::status(evidence, &[405]).and(evidence.request())?.method.value.clone();
    let body = evidence.response()?.message.body.as_ref()?;
    let text = String::from_utf8_lossy(&body.value[..body.value.len().min(4096)]).to_ascii_lowercase();
    let (before, after) = text.split_once("method")?;
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|character: char| !character.is_ascii_alphabetic());
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (before, after) = (words(before), words(after));
    // "Use the method GET" names the one that is wanted; who refuses one says "not" or "unsupported" beside it.
    let refuses = |word: &String| matches!(word.as_str(), "not" | "isn" | "unsupported" | "disallowed");
    after.iter().take(4).chain(before.last()).any(refuses).then_some(())?;
    let near = before.last().into_iter().chain(after.iter().take(2));
    let mut named =
        near.filter(|word| matches!(word.as_str(), "get" | "post" | "put" | "patch" | "delete" | "head"));
    let named = named.next()?.to_ascii_uppercase();
    (named != asked).then(|| Sighting::with(body.span, format!("{asked} was sent, {named} is refused")))
}

/// A client comes back from a redirect within this time, in milliseconds.
const BACK_WITHIN: i64 = 60_000;

/// How many lines after it are looked at: other programs write into the same log.
const NEAR: usize = 8;

/// A log in which an unsafe request was answered by a redirect that keeps no method (RFC 9110, sections 15.4.2 to 15.4.4),
/// and the next that the same client asks for the same path is a GET, which is refused. A form that is answered so and
/// then shown again is not refused.
pub(crate) fn method_changed_in_log(evidence: &Evidence) -> Option<Sighting> {
    let lines: Vec<&LogLine> =
        evidence.log_lines.iter().filter(|line| line.field("target").is_some()).collect();
    lines.iter().enumerate().find_map(|(at, sent)| {
        let redirected = matches!(status(sent), Some(301..=303)) && !is_safe(sent);
        let back = |came: &&&LogLine| same_path(sent, came) && same_client(sent, came) && soon(sent, came);
        let came = lines[at + 1..].iter().take(NEAR).find(back).filter(|_| redirected)?;
        let refused = came.field("method") == Some("GET") && matches!(status(came), Some(400..=499));
        let method = sent.field("method").unwrap_or("");
        refused.then(|| Sighting::with(came.span, format!("{method} was sent on, and came back as GET")))
    })
}

fn status(line: &LogLine) -> Option<u16> {
    line.field("status")?.parse().ok()
}

fn is_safe(line: &LogLine) -> bool {
    matches!(line.field("method"), None | Some("GET" | "HEAD" | "OPTIONS" | "TRACE"))
}

/// The same path, but for the slash at its end.
fn same_path(one: &LogLine, other: &LogLine) -> bool {
    let path = |line: &LogLine| {
        let target = line.field("target").unwrap_or("");
        target.split(['?', '#']).next().unwrap_or("").trim_end_matches('/').to_owned()
    };
    path(one) == path(other)
}

fn same_client(one: &LogLine, other: &LogLine) -> bool {
    match (one.field("client"), other.field("client")) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

fn soon(one: &LogLine, other: &LogLine) -> bool {
    match (one.time, other.time) {
        (Some(one), Some(other)) => (0..=BACK_WITHIN).contains(&(other - one)),
        _ => true,
    }
}
