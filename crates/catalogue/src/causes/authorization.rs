//! What the two sides say about credentials: the challenges of an answer (RFC 9110, section 11.6.1; RFC 6750; RFC 9470)
//! and the credentials of the request.

use model::{Credential, CredentialKind, Evidence, Sighting, Span};

/// One challenge of a `WWW-Authenticate` field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// The scheme in lower case.
    pub(crate) scheme: String,
    /// Its parameters, names in lower case.
    pub(crate) parameters: Vec<(String, String)>,
    /// The field line.
    pub(crate) span: Span,
}

impl Challenge {
    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The challenges of the answer, in order.
pub(crate) fn challenges(evidence: &Evidence) -> Vec<Challenge> {
    let Some(response) = evidence.response() else { return Vec::new() };
    let fields = response.message.fields.all("www-authenticate");
    fields.flat_map(|field| parse(&field.value, field.span)).collect()
}

/// The challenge that carries this error code (RFC 6750, section 3.1).
pub(crate) fn error(evidence: &Evidence, code: &str) -> Option<Challenge> {
    challenges(evidence).into_iter().find(|challenge| challenge.parameter("error") == Some(code))
}

/// An `invalid_token` whose description speaks of one of these words.
pub(crate) fn invalid_token_about(evidence: &Evidence, words: &[&str]) -> Option<Sighting> {
    let challenge = error(evidence, "invalid_token")?;
    let description = challenge.parameter("error_description")?.to_ascii_lowercase();
    let said = words.iter().any(|word| description.contains(word));
    said.then(|| Sighting::with(challenge.span, description))
}

/// Whether the description of an `invalid_token` says what is wrong with the token: time, audience, issuer, signature,
/// form or kind. Each of these is a cause of its own.
pub(crate) fn names_its_fault(challenge: &Challenge) -> bool {
    let description = challenge.parameter("error_description").unwrap_or("").to_ascii_lowercase();
    let mut words = description.split(|character: char| !character.is_ascii_alphanumeric());
    words.any(|word| {
        matches!(
            word,
            "expired" | "expiry" | "lifetime" | "audience" | "aud" | "issuer" | "iss" | "signature"
        ) || matches!(
            word,
            "kid" | "key" | "keys" | "algorithm" | "alg" | "malformed" | "segments" | "nbf" | "iat"
        )
    })
}

/// A challenge without an error code: by RFC 6750, section 3.1, the answer to a request without credentials.
pub(crate) fn bare_challenge(evidence: &Evidence) -> Option<Challenge> {
    let all = challenges(evidence);
    if all.iter().any(|challenge| challenge.parameter("error").is_some()) {
        return None;
    }
    all.into_iter().next()
}

/// The first credential that identifies a caller; an anti-forgery token does not.
pub(crate) fn presented(evidence: &Evidence) -> Option<&Credential> {
    evidence.credentials.iter().find(|credential| !matches!(credential.kind, CredentialKind::CsrfToken))
}

/// The first credential in which a caller names itself to an API: anything but a session cookie.
pub(crate) fn explicit(evidence: &Evidence) -> Option<&Credential> {
    evidence.credentials.iter().find(|credential| {
        !matches!(credential.kind, CredentialKind::CsrfToken | CredentialKind::SessionCookie)
    })
}

/// The place of a request that carries no credential at all: its first line, which is followed by none.
pub(crate) fn nothing_presented(evidence: &Evidence) -> Option<Span> {
    let request = evidence.request()?;
    let carries = presented(evidence).is_some()
        || request.message.fields.has("authorization")
        || request.message.fields.has("cookie");
    (!carries).then_some(request.message.start_line)
}

/// Whether a value was masked by whoever wrote the document, and so tells nothing of what was sent.
pub(crate) fn is_masked(value: &str) -> bool {
    let folded = value.to_ascii_lowercase();
    let drawn =
        ["***", "...", "\u{2026}", "xxx", "\u{2022}\u{2022}"].iter().any(|mark| folded.contains(mark));
    let named = folded.contains('<') || folded.contains("redacted") || folded.contains("masked");
    drawn || named
}

/// The first line of a request without any credential, where the answer is one that such a request may get. Who cuts the
/// connection has not looked at credentials.
pub(crate) fn nothing_sent_and_refused(evidence: &Evidence) -> Option<Sighting> {
    let unanswered = evidence.status().is_none() && evidence.refused.failure.is_none();
    let fits = unanswered || matches!(evidence.status(), Some(401 | 403 | 407));
    fits.then(|| nothing_sent(evidence)).flatten()
}

/// The same as a finding.
pub(crate) fn nothing_sent(evidence: &Evidence) -> Option<Sighting> {
    nothing_presented(evidence).map(Sighting::at)
}

/// A request that carries neither token nor key, though perhaps a session.
pub(crate) fn no_explicit_credential(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let none = explicit(evidence).is_none() && !request.message.fields.has("authorization");
    none.then(|| Sighting::at(request.message.start_line))
}

/// The answer asks for credentials: it is about who is calling, not about what a known caller may do.
pub(crate) fn challenged(evidence: &Evidence) -> Option<Sighting> {
    let challenge = bare_challenge(evidence).filter(|_| evidence.status() == Some(401))?;
    Some(Sighting::with(challenge.span, challenge.scheme))
}

/// A redirect to a page whose path speaks of a login, on the same or another host.
pub(crate) fn login_redirect(evidence: &Evidence) -> Option<Sighting> {
    let response = evidence.response().filter(|response| (300..400).contains(&response.status.value))?;
    let location = response.message.fields.get("location")?;
    let path = location.value.split(['?', '#']).next()?.to_ascii_lowercase();
    let login = ["login", "signin", "sign_in", "sign-in", "/auth", "/sso", "/saml", "oauth2"];
    login.iter().any(|word| path.contains(word)).then(|| Sighting::with(location.span, path))
}

/// A redirect to a login where no page was asked for, or to the login of another host, as gates put before a service do:
/// a program is refused by it.
pub(crate) fn login_demanded(evidence: &Evidence) -> Option<Sighting> {
    let login = login_redirect(evidence)?;
    let location = evidence.response()?.message.fields.get("location")?;
    let host = location.value.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', ':']).next());
    let own = evidence.url().map(|url| url.value.host.as_str());
    let elsewhere = host.is_some_and(|host| own.is_none_or(|own| !own.eq_ignore_ascii_case(host)));
    let writes = evidence.method().is_some_and(|method| !matches!(method.value.as_str(), "GET" | "HEAD"));
    (elsewhere || writes).then_some(login)
}

/// Splits a field value into challenges: a token followed by blank and no `=` begins a new one.
fn parse(value: &str, span: Span) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for part in split_outside_quotes(value) {
        let part = part.trim();
        let (scheme, rest) = match part.split_once([' ', '\t']) {
            Some((word, rest)) if is_token(word) && !rest.trim_start().starts_with('=') => {
                (Some(word), rest.trim())
            }
            None if is_token(part) => (Some(part), ""),
            _ => (None, part),
        };
        if let Some(scheme) = scheme {
            let scheme = scheme.to_ascii_lowercase();
            challenges.push(Challenge { scheme, parameters: Vec::new(), span });
        }
        if let (Some(challenge), Some((name, value))) = (challenges.last_mut(), rest.split_once('=')) {
            challenge.parameters.push((name.trim().to_ascii_lowercase(), unquoted(value)));
        }
    }
    challenges
}

/// The parts between commas that do not stand in a quoted string.
fn split_outside_quotes(value: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, character) in value.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&value[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&value[start..]);
    parts
}

/// A parameter's value: a token, or a quoted string with its escapes undone.
fn unquoted(value: &str) -> String {
    let value = value.trim();
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => value.to_owned(),
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// 401 where the request is not shown: by RFC 9110, section 15.5.2, it lacked valid credentials, whichever way. A line of a
/// log counts as such an answer where it is all that is known.
pub(crate) fn unauthorised_alone(evidence: &Evidence) -> Option<Sighting> {
    let answered = evidence.response().is_some() || evidence.log_lines.len() == 1;
    if evidence.request().is_some() || !answered {
        return None;
    }
    super::answer::status(evidence, &[401])
}

#[cfg(test)]
mod tests {
    use model::{SourceKind, Sources};

    use super::*;

    #[test]
    fn challenges_are_told_from_their_parameters() {
        let mut sources = Sources::default();
        let id = sources.add("a", SourceKind::Text, "x");
        let value =
            r#"Newauth realm="a, \"b\"", type=1, Bearer error="insufficient_scope", scope="a b", Negotiate"#;
        let found = parse(value, sources.whole(id));
        let schemes: Vec<&str> = found.iter().map(|challenge| challenge.scheme.as_str()).collect();
        assert_eq!(schemes, ["newauth", "bearer", "negotiate"]);
        assert_eq!(found[0].parameter("realm"), Some(r#"a, "b""#));
        assert_eq!(found[0].parameter("type"), Some("1"));
        assert_eq!(found[1].parameter("scope"), Some("a b"));
    }
}
