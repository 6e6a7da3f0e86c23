//! Where an anti-forgery token travels: header field, form field, JSON member, query parameter or cookie.

use model::{Answer, Change, CredentialKind, Evidence, Experiment, Message, Sighting, Span, Weight};

use super::authorization;

/// Header fields in which frameworks read a token, in lower case: Django, Rails and Spring, Angular and Axios, Laravel,
/// WordPress, csurf, Play, TeamCity, Jenkins, ASP.NET.
const HEADERS: [&str; 14] = [
    "x-csrftoken",
    "x-csrf-token",
    "x-xsrf-token",
    "csrf-token",
    "xsrf-token",
    "x-wp-nonce",
    "requestverificationtoken",
    "x-requestverificationtoken",
    "x-tc-csrf-token",
    "jenkins-crumb",
    "x-csrf",
    "x-csrf-header",
    "x-gitlab-csrf-token",
    "apisix-csrf-token",
];

/// Names of form fields, JSON members and query parameters that hold a token, without regard to case.
const PARAMETERS: [&str; 13] = [
    "csrfmiddlewaretoken",
    "authenticity_token",
    "_token",
    "_csrf",
    "_csrf_token",
    "csrf_token",
    "csrftoken",
    "csrf",
    "__requestverificationtoken",
    "_wpnonce",
    "csrf_test_name",
    "_csrftoken",
    "xsrf_token",
];

/// What every anti-forgery check predicts: the same target with a safe method is not refused.
pub(crate) const GET_PASSES: Experiment = Experiment {
    change: Change::Get,
    predicts: Answer::Lifted,
    if_so: Weight::Hints,
    if_not: Weight::Weakens,
    because: "GET is not checked for forgery, and is not refused",
};

/// The most bytes of a body that are searched: tokens stand in forms and objects, not deep in uploads.
const SEARCHED: usize = 1 << 20;

/// Where a token was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// A header field.
    Header,
    /// A field of an urlencoded form.
    Form,
    /// A part of a multipart form.
    Multipart,
    /// A member of a JSON body.
    Json,
    /// A parameter of the query.
    Query,
}

/// A token on the wire.
#[derive(Debug)]
pub(crate) struct Token {
    /// In what it travels.
    pub(crate) carrier: Carrier,
    /// The name it travels under.
    pub(crate) name: String,
    /// Its length, in bytes as sent; `None` where the document masks the value.
    pub(crate) length: Option<usize>,
    /// Where it stands.
    pub(crate) span: Span,
}

/// Every token of the refused request: header fields, then query, then body.
pub(crate) fn tokens(evidence: &Evidence) -> Vec<Token> {
    let Some(request) = evidence.request() else { return Vec::new() };
    let fields = request.message.fields.0.iter();
    let headers = fields.filter(|field| is_header(&field.name) && !asks(&field.value)).map(|field| Token {
        carrier: Carrier::Header,
        name: field.name.clone(),
        length: length(&field.value),
        span: field.span,
    });
    let query =
        request.url.value.parameters().filter(|(name, _)| is_parameter(name)).map(|(name, value)| Token {
            carrier: Carrier::Query,
            name: name.to_owned(),
            length: length(value),
            span: request.url.span,
        });
    headers.chain(query).chain(in_body(evidence)).collect()
}

/// A token that is sent, and is not empty.
pub(crate) fn sent(evidence: &Evidence) -> Option<Token> {
    tokens(evidence).into_iter().find(|token| token.length != Some(0))
}

/// The CSRF cookies that the request sends: the half that a double-submit check compares with.
pub(crate) fn cookies(evidence: &Evidence) -> Vec<(String, usize, Span)> {
    let Some(request) = evidence.request() else { return Vec::new() };
    let named = request.cookies().filter(|(name, _, _)| {
        let name = name.to_ascii_lowercase();
        name.contains("csrf") || name.contains("xsrf") || name.contains("antiforgery")
    });
    named.map(|(name, value, span)| (name.to_owned(), value.len(), span)).collect()
}

/// The place of the session cookie, where the request sends one.
pub(crate) fn session_cookie(evidence: &Evidence) -> Option<Span> {
    let session = |kind: &CredentialKind| matches!(kind, CredentialKind::SessionCookie);
    evidence.credentials.iter().find(|credential| session(&credential.kind)).map(|credential| credential.span)
}

/// Whether anti-forgery checks are made on requests like this one: it changes state, and the caller is known by what the
/// browser sends of itself (cookies) or not at all. A caller that names itself in `Authorization` cannot be forged.
pub(crate) fn is_checked(evidence: &Evidence) -> bool {
    evidence.request().is_some_and(model::Request::is_unsafe) && authorization::explicit(evidence).is_none()
}

/// A request that no anti-forgery check is made on: a safe method (every framework's default).
pub(crate) fn safe_method(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    (!request.is_unsafe()).then(|| Sighting::with(request.method.span, request.method.value.clone()))
}

/// Credentials that a browser does not add by itself, in a request without cookies: APIs exempt those from the check.
pub(crate) fn named_caller(evidence: &Evidence) -> Option<Sighting> {
    let credential = authorization::explicit(evidence)?;
    let cookies = evidence.request()?.message.fields.has("cookie");
    (!cookies).then(|| Sighting::with(credential.span, credential.carrier.clone()))
}

/// The first line of a request that carries no token in any place known here. A request of which neither body nor cookie
/// nor token is shown is an excerpt: it says nothing of what is left out.
pub(crate) fn no_token(evidence: &Evidence) -> Option<Sighting> {
    let message = &evidence.request()?.message;
    if body_left_out(message) {
        return None;
    }
    if message.body.is_none() && !message.fields.has("cookie") && !message.fields.has("authorization") {
        return None;
    }
    tokens(evidence).is_empty().then(|| evidence.request_line().map(Sighting::at)).flatten()
}

/// Whether the header fields announce a body that is not shown: whatever stands in it, a token may be there.
pub(crate) fn body_left_out(message: &Message) -> bool {
    let announced = message.fields.value("content-length").is_some_and(|length| length.trim() != "0")
        || message.fields.has("transfer-encoding");
    announced && message.body.as_ref().is_none_or(|body| body.value.is_empty())
}

/// The first line of a request that changes state, is shown with its body, and carries no token: what it lacks was not sent.
pub(crate) fn shown_without_token(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let body = request.message.body.as_ref().is_some_and(|body| !body.value.is_empty());
    (request.is_unsafe() && body).then(|| no_token(evidence)).flatten()
}

/// Whether a header field of that name carries a token.
pub(crate) fn is_header(name: &str) -> bool {
    HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name))
}

/// What SAP's gateway takes for the wish to get a token, and gives as the answer when one is missing: no token itself.
fn asks(value: &str) -> bool {
    value.eq_ignore_ascii_case("fetch") || value.eq_ignore_ascii_case("required")
}

/// Whether a parameter of that name carries a token.
fn is_parameter(name: &str) -> bool {
    let name = name.replace("%5F", "_").replace("%5f", "_");
    PARAMETERS.iter().any(|parameter| parameter.eq_ignore_ascii_case(&name))
}

/// The length of a value, unless the document masks it: `<token>`, `***`, `...`, `REDACTED`.
fn length(value: &str) -> Option<usize> {
    (!authorization::is_masked(value)).then_some(value.len())
}

fn in_body(evidence: &Evidence) -> Vec<Token> {
    let Some(message) = evidence.request().map(|request| &request.message) else { return Vec::new() };
    let Some(body) = &message.body else { return Vec::new() };
    let text = String::from_utf8_lossy(&body.value[..body.value.len().min(SEARCHED)]).to_ascii_lowercase();
    let media_type = message.media_type().unwrap_or_default();
    let found = if media_type == "multipart/form-data" {
        named_after(&text, "name=", Carrier::Multipart)
    } else if media_type.ends_with("json") || text.trim_start().starts_with('{') {
        named_after(&text, "", Carrier::Json)
    } else {
        in_form(&text)
    };
    let place = |token: (Carrier, String, Option<usize>)| Token {
        carrier: token.0,
        name: token.1,
        length: token.2,
        span: body.span,
    };
    found.into_iter().map(place).collect()
}

fn in_form(text: &str) -> Vec<(Carrier, String, Option<usize>)> {
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let named = pairs.filter(|(name, _)| is_parameter(name.trim()));
    named.map(|(name, value)| (Carrier::Form, name.trim().to_owned(), length(value.trim()))).collect()
}

/// Names in quotes, behind a prefix, in lower-case text: the parts of a multipart form, the members of a JSON object.
fn named_after(text: &str, prefix: &str, carrier: Carrier) -> Vec<(Carrier, String, Option<usize>)> {
    let named = PARAMETERS.iter().filter_map(|name| {
        let needle = format!("{prefix}\"{name}\"");
        let at = text.find(&needle)? + needle.len();
        let rest = text.get(at..)?;
        let value = match carrier {
            Carrier::Json => {
                let rest = rest.trim_start().strip_prefix(':')?.trim_start();
                rest.strip_prefix('"').map_or("", |rest| rest.split('"').next().unwrap_or(""))
            }
            _ => rest.split("\r\n\r\n").nth(1).map_or("", |value| value.split("\r\n").next().unwrap_or("")),
        };
        Some((carrier, (*name).to_owned(), length(value)))
    });
    named.collect()
}

/// What Rails logs of the refused request beside its refusal: `Parameters: {...}`, and whether the token was among them.
/// (actionpack, log_subscriber.rs, start_processing; values are filtered, names are not.)
fn logged_parameters(evidence: &Evidence) -> Option<(bool, Span)> {
    let says = |line: &&model::LogLine, words: &str| evidence.sources.text(line.span).contains(words);
    let lines = || evidence.log_lines.iter().filter(|line| line.about_request >= 0.5);
    lines().find(|line| says(line, "Can't verify CSRF token authenticity"))?;
    let (shown, bare): (Vec<_>, Vec<_>) = lines()
        .filter(|line| says(line, "Parameters: {"))
        .partition(|line| says(line, "\"authenticity_token\""));
    match (shown.first(), bare.as_slice()) {
        (Some(line), _) => Some((true, line.span)),
        (None, [line]) => Some((false, line.span)),
        _ => None,
    }
}

/// The line in which Rails shows that the token came as a parameter.
pub(crate) fn logged_with_token(evidence: &Evidence) -> Option<Sighting> {
    logged_parameters(evidence).filter(|(came, _)| *came).map(|(_, span)| Sighting::at(span))
}

/// The line in which Rails shows the parameters, and no token is among them.
pub(crate) fn logged_without_token(evidence: &Evidence) -> Option<Sighting> {
    logged_parameters(evidence).filter(|(came, _)| !*came).map(|(_, span)| Sighting::at(span))
}
