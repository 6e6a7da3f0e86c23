//! Header lines and cookies: which are parts, what each is for, and what stands in for it.

use super::signature::Signed;
use super::{Neutral, Part, Place, Region, Role, Syntax, names_a_credential, neutral};
use crate::request::{Request, name_and_value};

/// Lines that say how the message is to be read or carried, or where it goes: they stay (RFC 9110, RFC 9112).
const FRAME: [&str; 14] = [
    "host",
    "content-length",
    "transfer-encoding",
    "content-encoding",
    "content-md5",
    "connection",
    "keep-alive",
    "expect",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
    "proxy-connection",
    "http2-settings",
];

/// Lines whose any other value would claim an address, a target or a method: the neutral request has none.
const CLAIMS: [&str; 12] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "forwarded",
    "true-client-ip",
    "cf-connecting-ip",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// Lines that browsers and libraries send with every request, with a value that nobody objects to. The request metadata
/// are those of a page of the site itself (W3C Fetch Metadata).
const USUAL: [(&str, &str); 12] = [
    ("user-agent", "Mozilla/5.0"),
    ("accept", "*/*"),
    ("accept-language", "en"),
    ("accept-encoding", "identity"),
    ("cache-control", "no-cache"),
    ("pragma", "no-cache"),
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-dest", "empty"),
    ("x-requested-with", "XMLHttpRequest"),
    ("dnt", "1"),
    ("upgrade-insecure-requests", "1"),
];

/// The parts of all header lines that no signature covers.
pub(crate) fn lines(request: &Request, signed: &Signed, list: &mut Vec<Part>) {
    for (index, line) in request.lines.iter().enumerate() {
        let (name, value) = name_and_value(line);
        let lower = name.to_ascii_lowercase();
        if value.is_empty() || FRAME.contains(&lower.as_str()) || signed.covers(&lower) {
            continue;
        }
        let start = line.find(':').map_or(0, |colon| colon + 1);
        let start = start + line[start..].len() - line[start..].trim_start().len();
        if lower == "cookie" {
            cookies(index, start, value, list);
            continue;
        }
        let neutral = neutral(request, &lower, value);
        if neutral == Neutral::Bytes(value.as_bytes().to_vec()) {
            continue;
        }
        list.push(Part {
            label: format!("header {name}"),
            role: role(&lower),
            neutral,
            place: Place { region: Region::Line(index), range: start..start + value.len() },
            syntax: Syntax::Header,
        });
    }
}

fn cookies(index: usize, start: usize, value: &str, list: &mut Vec<Part>) {
    let mut at = start;
    for pair in value.split(';') {
        if let Some(sign) = pair.find('=') {
            let name = pair[..sign].trim();
            let from = at + sign + 1;
            let range = from..from + pair[sign + 1..].trim_end().len();
            let role = if names_a_credential(name) { Role::Credential } else { Role::Value };
            if !range.is_empty() {
                let raw = pair[sign + 1..].trim_end().as_bytes();
                list.push(Part {
                    label: format!("cookie {name}"),
                    role,
                    neutral: neutral::of(Syntax::Cookie, raw),
                    place: Place { region: Region::Line(index), range },
                    syntax: Syntax::Cookie,
                });
            }
        }
        at += pair.len() + 1;
    }
}

fn role(name: &str) -> Role {
    if name == "idempotency-key" || name == "x-idempotency-key" || name == "x-request-id" {
        return Role::Idempotency;
    }
    if names_a_credential(name) {
        return Role::Credential;
    }
    let expected = ["content-type", "origin", "referer"].contains(&name)
        || name.starts_with("sec-")
        || name.ends_with("-version")
        || ["tenant", "namespace", "organization", "org-id", "orgid", "project"]
            .iter()
            .any(|word| name.contains(word))
        || USUAL.iter().any(|(usual, _)| *usual == name);
    if expected { Role::Structural } else { Role::Value }
}

fn neutral(request: &Request, name: &str, value: &str) -> Neutral {
    if CLAIMS.contains(&name) {
        return Neutral::Removed;
    }
    let text = match name {
        "content-type" => content_type(value),
        "origin" => request.origin.clone(),
        "referer" => format!("{}/", request.origin),
        // The scheme stays, so that the credential is still one.
        "authorization" => match value.split_once(' ') {
            Some((scheme, rest)) => format!("{scheme} {}", "a".repeat(rest.len())),
            None => "a".repeat(value.len()),
        },
        _ => match USUAL.iter().find(|(usual, _)| *usual == name) {
            Some((_, value)) => (*value).to_owned(),
            None => return neutral::of(Syntax::Header, value.as_bytes()),
        },
    };
    Neutral::Bytes(text.into_bytes())
}

/// The plain type of the same family, so that the body is read in the same way: a private type of JSON becomes JSON.
fn content_type(value: &str) -> String {
    let media = value.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let is = |suffix: &str| media.ends_with(&format!("/{suffix}")) || media.ends_with(&format!("+{suffix}"));
    match media.as_str() {
        "multipart/form-data" | "application/x-www-form-urlencoded" | "text/plain" => value.to_owned(),
        _ if is("json") => "application/json".to_owned(),
        _ if is("xml") => "application/xml".to_owned(),
        _ => value.to_owned(),
    }
}
