//! Signatures over requests: what they say they cover, against what was sent.

use model::{Request, RequestSignature};

/// The signature of an `Authorization` field: AWS Signature Version 4 and its kin, Azure shared keys, HTTP signatures.
#[must_use]
pub fn of_request(request: &Request) -> Option<RequestSignature> {
    let fields = &request.message.fields;
    let value = fields.value("authorization")?;
    let (scheme, rest) = value.split_once(' ')?;
    let mut signature = RequestSignature { scheme: scheme.to_owned(), ..RequestSignature::default() };
    for part in rest.split([',', ' ']).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim_matches('"');
        match name.to_ascii_lowercase().as_str() {
            "credential" => scope(value, &mut signature),
            "signedheaders" => signature.signed_headers = names(value, ';'),
            "created" | "ts" | "timestamp" => signature.signed_at = value.parse().ok(),
            _ => {}
        }
    }
    if let Some((_, rest)) = rest.split_once("headers=\"") {
        signature.signed_headers = names(rest.split('"').next().unwrap_or(""), ' ');
    }
    let dated = ["x-amz-date", "x-goog-date", "x-ms-date", "x-timestamp", "date"];
    let date = dated.iter().find_map(|name| fields.value(name)).and_then(time);
    signature.signed_at = signature.signed_at.or(date);
    signature.missing_headers = missing(&signature.signed_headers, request);
    Some(signature)
}

/// The signature within a URL: AWS and Google Cloud signed URLs, Azure shared access signatures, CloudFront.
#[must_use]
pub fn of_url(request: &Request) -> Option<RequestSignature> {
    let parameters: Vec<(String, String)> = request
        .url
        .value
        .parameters()
        .map(|(name, value)| (name.to_ascii_lowercase(), decoded(value)))
        .collect();
    let get =
        |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    for prefix in ["x-amz-", "x-goog-"] {
        let named = |name: &str| get(&format!("{prefix}{name}"));
        if named("signature").is_none() {
            continue;
        }
        let mut signature = RequestSignature {
            scheme: named("algorithm").unwrap_or("").to_owned(),
            signed_at: named("date").and_then(time),
            valid_for: named("expires").and_then(|value| value.parse().ok()),
            signed_headers: names(named("signedheaders").unwrap_or(""), ';'),
            ..RequestSignature::default()
        };
        scope(named("credential").unwrap_or(""), &mut signature);
        signature.missing_headers = missing(&signature.signed_headers, request);
        return Some(signature);
    }
    if get("sig").is_some() && get("se").is_some() {
        let signed_at = get("st").and_then(crate::date::seconds);
        let valid_for =
            get("se").and_then(crate::date::seconds).zip(signed_at).map(|(end, start)| end - start);
        return Some(RequestSignature {
            scheme: "SAS".into(),
            signed_at,
            valid_for,
            ..RequestSignature::default()
        });
    }
    let cloudfront = get("key-pair-id").is_some() && get("signature").is_some();
    cloudfront.then(|| RequestSignature { scheme: "CloudFront".into(), ..RequestSignature::default() })
}

fn decoded(value: &str) -> String {
    let mut out = value.to_owned();
    for (code, text) in [("%2F", "/"), ("%2f", "/"), ("%3B", ";"), ("%3b", ";"), ("%3A", ":"), ("%3a", ":")] {
        out = out.replace(code, text);
    }
    out
}

/// `KEY/20261124/eu-west-1/s3/aws4_request`.
fn scope(credential: &str, signature: &mut RequestSignature) {
    let mut parts = credential.rsplit('/');
    let (_, service, region) = (parts.next(), parts.next(), parts.next());
    signature.service = service.map(str::to_owned);
    signature.region = region.map(str::to_owned);
}

fn names(text: &str, separator: char) -> Vec<String> {
    text.split(separator).filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect()
}

fn missing(signed: &[String], request: &Request) -> Vec<String> {
    let fields = &request.message.fields;
    let there =
        |name: &str| name.starts_with('(') || fields.has(name) || name == "host" && fields.has(":authority");
    signed.iter().filter(|name| !there(name)).cloned().collect()
}

/// `20261124T083857Z`, or any other date.
fn time(text: &str) -> Option<i64> {
    crate::date::seconds(text).or_else(|| text.parse().ok())
}
