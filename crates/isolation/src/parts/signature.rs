//! Signatures over the request. A copy that breaks one is refused for that, proves nothing, and is not sent: what a
//! signature covers is no part.

use crate::request::Request;

/// What a signature covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The request target.
    pub(crate) target: bool,
    /// The body.
    pub(crate) body: bool,
    /// Header names in lower case, the signature's own included.
    pub(crate) fields: Vec<String>,
    /// What was recognised, for the user.
    pub(crate) note: Option<String>,
}

impl Signed {
    /// Whether a header line of that name (lower case) is covered.
    pub(crate) fn covers(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field == name)
    }
}

/// Headers in which webhooks and APIs carry a keyed hash of the body, by their own documentation: GitHub, Stripe, Slack,
/// Shopify, Twilio, Standard Webhooks, PayPal, HubSpot, Square, Linear; the last ones are in general use. With some the
/// hash covers more headers: those are recognised by the same prefix.
const OF_THE_BODY: [&str; 18] = [
    "x-hub-signature",
    "x-hub-signature-256",
    "stripe-signature",
    "x-slack-signature",
    "x-slack-request-timestamp",
    "x-shopify-hmac-sha256",
    "x-twilio-signature",
    "webhook-signature",
    "webhook-id",
    "webhook-timestamp",
    "paypal-transmission-sig",
    "x-hubspot-signature-v3",
    "x-square-hmacsha256-signature",
    "linear-signature",
    "x-signature",
    "x-signature-256",
    "x-hmac-signature",
    "x-webhook-signature",
];

/// Hashes of the body without a key (RFC 9530, RFC 3230, RFC 1864).
const DIGESTS: [&str; 4] = ["content-digest", "repr-digest", "digest", "content-md5"];

/// Recognises signatures.
pub(crate) fn of(request: &Request) -> Signed {
    let mut signed = Signed::default();
    let mut names = Vec::new();
    for (name, value) in request.fields() {
        let name = name.to_ascii_lowercase();
        if OF_THE_BODY.contains(&name.as_str()) || DIGESTS.contains(&name.as_str()) {
            signed.body = true;
            // Twilio's and Square's also cover the URL.
            signed.target |= name.starts_with("x-twilio") || name.starts_with("x-square");
        } else if name == "authorization" {
            authorization(value, request, &mut signed);
        } else if name == "signature" || name == "signature-input" {
            message_signature(value, &mut signed);
        } else {
            continue;
        }
        if name != "authorization" || !signed.fields.is_empty() {
            names.push(name.clone());
            signed.fields.push(name);
        }
    }
    let presigned = ["X-Amz-Signature=", "X-Goog-Signature=", "sig=", "Signature="];
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    if query.split('&').any(|pair| presigned.iter().any(|name| pair.starts_with(name))) {
        signed.target = true;
        names.push("the query".to_owned());
    }
    if !names.is_empty() {
        let what = match (signed.target, signed.body) {
            (true, true) => "the address and the body",
            (true, false) => "the address",
            (false, true) => "the body",
            (false, false) => "header lines",
        };
        signed.note =
            Some(format!("signed ({}): {what} cannot be changed without breaking it", names.join(", ")));
    }
    signed
}

/// AWS Signature Version 4, and HMAC schemes of the same shape, in `Authorization`.
fn authorization(value: &str, request: &Request, signed: &mut Signed) {
    let scheme = value.split(' ').next().unwrap_or("").to_ascii_lowercase();
    let aws = scheme.starts_with("aws4-");
    if !aws
        && !["hmac", "hmac-sha256", "signature", "sharedkey", "mac", "aws", "acs3-hmac-sha256", "digest"]
            .contains(&scheme.as_str())
    {
        return;
    }
    signed.target = true;
    // HTTP Digest covers the address alone, unless `qop=auth-int` (RFC 7616, section 3.4.3).
    if scheme == "digest" {
        signed.body |= value.contains("auth-int");
        signed.fields.push("authorization".to_owned());
        return;
    }
    // A payload may be left out of the signature: S3 takes `UNSIGNED-PAYLOAD`.
    signed.body |= request.field("x-amz-content-sha256") != Some("UNSIGNED-PAYLOAD");
    let listed = ["SignedHeaders=", "headers=\""].iter().find_map(|key| value.split(key).nth(1));
    let listed = listed.unwrap_or("").split([',', '"']).next().unwrap_or("");
    signed
        .fields
        .extend(listed.split([';', ' ']).map(str::to_ascii_lowercase).filter(|name| !name.is_empty()));
    signed.fields.push("authorization".to_owned());
    if !aws {
        signed.fields.extend(["date".to_owned(), "x-date".to_owned()]);
    }
}

/// HTTP Message Signatures (RFC 9421): `Signature-Input` lists what is covered.
fn message_signature(value: &str, signed: &mut Signed) {
    for item in value.split('"').skip(1).step_by(2) {
        match item {
            "@target-uri" | "@request-target" | "@path" | "@query" => signed.target = true,
            "content-digest" => signed.body = true,
            name => signed.fields.push(name.to_ascii_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(lines: &[&str], target: &str) -> Signed {
        of(&Request {
            origin: String::new(),
            method: "POST".into(),
            target: target.into(),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            body: b"{}".to_vec(),
        })
    }

    #[test]
    fn the_covered_regions_are_known() {
        let aws =
            "Authorization: AWS4-HMAC-SHA256 Credential=A/x, SignedHeaders=host;x-amz-date, Signature=0";
        let found = signed(&[aws, "X-Amz-Date: 1"], "/a?b=1");
        assert!(found.target && found.body && found.covers("x-amz-date") && found.covers("authorization"));
        let hook = signed(&["X-Hub-Signature-256: sha256=0"], "/");
        assert!(hook.body && !hook.target && hook.covers("x-hub-signature-256"));
        let message = signed(
            &["Signature-Input: s=(\"@method\" \"content-digest\" \"x-a\")", "Signature: s=:AA:"],
            "/",
        );
        assert!(message.body && message.covers("x-a"));
        assert!(signed(&[], "/a?X-Amz-Signature=0").target);
        let digest = signed(&["Authorization: Digest username=\"a\", qop=auth"], "/");
        assert!(digest.target && !digest.body && digest.covers("authorization"));
    }

    #[test]
    fn a_bearer_token_covers_nothing() {
        assert_eq!(signed(&["Authorization: Bearer abc", "Cookie: a=b"], "/a?b=1"), Signed::default());
    }
}
