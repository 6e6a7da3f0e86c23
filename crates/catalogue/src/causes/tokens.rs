//! What JSON Web Tokens of the request say, held against the clock and the answer.

use model::{Evidence, Jwt, Sighting, Span};

use super::authorization;

/// Seconds that checks commonly forgive between two clocks (RFC 7519, section 4.1.4: "no more than a few minutes").
const LEEWAY: i64 = 60;

/// The tokens of the request, with their places.
pub(crate) fn all(evidence: &Evidence) -> impl Iterator<Item = (&Jwt, Span)> {
    evidence.credentials.iter().filter_map(|credential| Some((credential.jwt()?, credential.span)))
}

/// The first token of which something can be told, in words.
pub(crate) fn telling(evidence: &Evidence, tell: impl Fn(&Jwt) -> Option<String>) -> Option<Sighting> {
    all(evidence).find_map(|(token, span)| Some(Sighting::with(span, tell(token)?)))
}

/// A token whose `exp` has passed at the time of the check.
pub(crate) fn expired(evidence: &Evidence) -> Option<Sighting> {
    let now = evidence.checked_at()?;
    telling(evidence, |token| {
        let late = now - token.expires?;
        (late > LEEWAY).then(|| format!("exp passed {} before the check", span_of_time(late)))
    })
}

/// Every token's `exp` lies ahead by the server's own clock.
pub(crate) fn unexpired(evidence: &Evidence) -> Option<Sighting> {
    let now = evidence.server_time.as_ref()?.value;
    let mut tokens = all(evidence).peekable();
    tokens.peek()?;
    let whole = tokens.all(|(token, _)| token.expires.is_some_and(|expires| expires > now));
    let (_, span) = all(evidence).next()?;
    whole.then(|| Sighting::at(span))
}

/// A token whose `nbf` or `iat` lies ahead of the server's clock.
pub(crate) fn not_yet_valid(evidence: &Evidence) -> Option<Sighting> {
    let now = evidence.checked_at()?;
    telling(evidence, |token| {
        let (claim, from) = token
            .not_before
            .map(|from| ("nbf", from))
            .into_iter()
            .chain(token.issued_at.map(|at| ("iat", at)))
            .max_by_key(|(_, from)| *from)?;
        (from > now + LEEWAY).then(|| format!("{claim} lies {} ahead of the check", span_of_time(from - now)))
    })
}

/// The answer says that the token itself is at fault (RFC 6750, section 3.1), and names no other fault than its time.
fn refused_for_its_time(evidence: &Evidence) -> bool {
    let Some(challenge) = authorization::error(evidence, "invalid_token") else { return false };
    let description = challenge.parameter("error_description").unwrap_or("").to_ascii_lowercase();
    let others =
        ["signature", "audience", "issuer", "revoked", "malformed", "key", "algorithm", "scope", "type"];
    !others.iter().any(|other| description.contains(other))
}

/// The answer says that the token is at fault, and one that has expired stands in the request. Two tokens leave it open
/// which one was meant.
pub(crate) fn expired_and_refused(evidence: &Evidence) -> Option<Sighting> {
    only_token_refused(evidence)
        .then(|| expired(evidence))
        .flatten()
        .filter(|_| evidence.server_time.is_some())
}

/// The answer says that the token is at fault, and the request's only token is not valid yet by the server's clock.
pub(crate) fn early_and_refused(evidence: &Evidence) -> Option<Sighting> {
    only_token_refused(evidence)
        .then(|| not_yet_valid(evidence))
        .flatten()
        .filter(|_| evidence.server_time.is_some())
}

fn only_token_refused(evidence: &Evidence) -> bool {
    refused_for_its_time(evidence) && all(evidence).count() == 1
}

/// Clocks of client and server that differ by more than checks on signatures and tokens commonly forgive, 5 minutes.
pub(crate) fn skew(evidence: &Evidence) -> Option<Sighting> {
    let skew = evidence.clock_skew()?;
    let side = if skew.value > 0 { "behind" } else { "ahead of" };
    let detail = format!("the client's clock is {} {side} the server's", span_of_time(skew.value));
    (skew.value.abs() > 300).then(|| Sighting::with(skew.span, detail))
}

/// A number of seconds as people say it.
pub(crate) fn span_of_time(seconds: i64) -> String {
    match seconds.abs() {
        0..120 => format!("{} s", seconds.abs()),
        120..7_200 => format!("{} min", seconds.abs() / 60),
        7_200..172_800 => format!("{} h", seconds.abs() / 3_600),
        _ => format!("{} days", seconds.abs() / 86_400),
    }
}
