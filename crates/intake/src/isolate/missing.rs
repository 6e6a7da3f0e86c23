//! Headers that the request lacks and that the server may demand.

use isolation::Candidate;
use model::{Evidence, Fields, Relation, Transcript, Transfer};

use crate::csrf::{is_token_name, tokens};
use crate::secret::is_secret_name;

/// How likely it is that the answer names what it misses.
const NAMED: f64 = 60.0;

/// How likely it is that a header which an earlier success carried is what was missing.
const CARRIED: f64 = 20.0;

/// Headers that servers are known to demand, with how often, compared with one another.
const KNOWN: [(&str, f64); 7] = [
    ("X-Requested-With", 3.0),
    ("Referer", 3.0),
    ("Origin", 3.0),
    ("User-Agent", 2.0),
    ("Accept", 2.0),
    ("Content-Type", 2.0),
    ("Accept-Language", 0.5),
];

/// The candidates, from the answer, from earlier successes, and from what is known to be demanded. None of them claims
/// an address or is a credential.
#[must_use]
pub fn candidates(evidence: &Evidence, transfer: &Transfer) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut add = |name: &str, value: String, weight: f64| {
        let lacks = transfer.field(name).is_none();
        let known = found.iter().any(|candidate| candidate.label == label(name));
        if lacks && !known && !value.is_empty() && is_harmless(name) {
            found.push(Candidate { label: label(name), lines: vec![format!("{name}: {value}")], weight });
        }
    };
    for exchange in evidence.related(Relation::EarlierSuccess) {
        for field in exchange.request.iter().flat_map(|request| &request.message.fields.0) {
            add(&field.name, field.value.clone(), CARRIED);
        }
    }
    for name in named(evidence) {
        let value = value(&name, transfer).unwrap_or_else(|| "1".to_owned());
        add(&name, value, NAMED);
    }
    // Frameworks that compare a token ask for the site that a secure request comes from as well.
    let checked = evidence.request().is_some_and(|request| !tokens(request).is_empty());
    if checked && transfer.url.is_secure() {
        add("Referer", value("Referer", transfer).unwrap_or_default(), CARRIED);
    }
    for (name, weight) in KNOWN {
        add(name, value(name, transfer).unwrap_or_default(), weight);
    }
    found
}

/// An anti-forgery token as a browser gets it, from the page before: its cookies, and its token in the header that the
/// cookie's framework reads.
#[must_use]
pub fn with_token(transfer: &Transfer, page: &Transcript) -> Option<(Candidate, String)> {
    let response = page.last()?.response.as_ref()?;
    let head = String::from_utf8_lossy(&response.head).into_owned();
    let set = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let pair = value.split(';').next()?.trim();
        name.eq_ignore_ascii_case("set-cookie").then_some(pair)
    });
    let cookies: Vec<&str> = set.collect();
    let (name, token) =
        cookies.iter().filter_map(|pair| pair.split_once('=')).find(|(name, _)| is_token_name(name))?;
    // Django, then Angular, Spring and Laravel, then Rails and Express.
    let header = match name.to_ascii_lowercase().as_str() {
        "csrftoken" => "X-CSRFToken",
        "xsrf-token" => "X-XSRF-TOKEN",
        _ => "X-CSRF-Token",
    };
    let mut lines = vec![format!("Cookie: {}", cookies.join("; ")), format!("{header}: {token}")];
    for name in ["Referer", "Origin"].into_iter().filter(|name| transfer.field(name).is_none()) {
        lines.push(format!("{name}: {}", value(name, transfer)?));
    }
    let weight = 2.0 * NAMED;
    Some((Candidate { label: format!("missing header {header}"), lines, weight }, (*token).to_owned()))
}

fn label(name: &str) -> String {
    format!("missing header {name}")
}

/// Whether a header may be added: nothing that claims an address or another method, or says who asks.
fn is_harmless(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let claims =
        ["forwarded", "real-ip", "client-ip", "connecting-ip", "original-url", "rewrite-url", "override"];
    let frame =
        ["host", "content-length", "transfer-encoding", "connection", "cookie", "expect", "te", "upgrade"];
    !claims.iter().any(|word| name.contains(word))
        && !frame.contains(&name.as_str())
        && !name.contains("authorization")
        && !is_secret_name(&name)
        && !is_token_name(&name)
}

/// A value that a browser, or the plainest client, would send.
fn value(name: &str, transfer: &Transfer) -> Option<String> {
    Some(match name.to_ascii_lowercase().as_str() {
        "x-requested-with" => "XMLHttpRequest".to_owned(),
        "referer" => format!("{}{}", transfer.url.origin(), transfer.url.path),
        "origin" => transfer.url.origin(),
        "user-agent" => "Mozilla/5.0".to_owned(),
        "accept" => "*/*".to_owned(),
        "accept-language" => "en".to_owned(),
        "content-type" => match transfer.body.bytes().first()? {
            b'{' | b'[' => "application/json".to_owned(),
            _ => "application/x-www-form-urlencoded".to_owned(),
        },
        _ => return None,
    })
}

/// Names of headers that the answer speaks of and the request lacks: `X-Tenant-Id` in its text or in `Vary`.
fn named(evidence: &Evidence) -> Vec<String> {
    let Some(response) = evidence.response() else { return Vec::new() };
    let text = response.message.body_text();
    let vary = response.message.fields.value("vary").unwrap_or("");
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    let mut names: Vec<String> =
        text.split(word).chain(vary.split(word)).filter(|word| is_name(word)).map(str::to_owned).collect();
    names.dedup();
    let own = evidence.request().map(|request| &request.message.fields);
    names.retain(|name| !own.is_some_and(|fields: &Fields| fields.has(name)));
    names.truncate(3);
    names
}

/// Whether a word is the name of a header: `X-...`, or one of those that are known.
fn is_name(word: &str) -> bool {
    let extension = word.len() > 3 && word.len() < 40 && word[..2].eq_ignore_ascii_case("x-");
    extension
        || KNOWN.iter().any(|(name, _)| name.contains('-') && name.eq_ignore_ascii_case(word))
        || word == "Referer"
        || word == "Origin"
}
