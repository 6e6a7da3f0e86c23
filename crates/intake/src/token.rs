//! Tokens and keys, told apart by where they stand and how they look.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use model::{CredentialKind, Jwt, RequestSignature};
use serde_json::Value;

/// The largest token that is decoded.
const TOKEN_BYTES: usize = 64 << 10;

/// The credential of a header field.
#[must_use]
pub fn of_field(name: &str, value: &str) -> Option<CredentialKind> {
    // A proxy may drop a name for its underscores; whoever sends it means a key all the same.
    let name = name.to_ascii_lowercase().replace('_', "-");
    match name.as_str() {
        "authorization" | "proxy-authorization" => Some(authorization(value)),
        _ if is_key_name(&name) && !value.is_empty() => {
            Some(jwt(value).map_or_else(|| key(&name, value), |jwt| CredentialKind::Jwt(Box::new(jwt))))
        }
        _ => None,
    }
}

/// The credential of a cookie: a token, or a session by its name.
#[must_use]
pub fn of_cookie(name: &str, value: &str) -> Option<CredentialKind> {
    if let Some(jwt) = jwt(value) {
        return Some(CredentialKind::Jwt(Box::new(jwt)));
    }
    let lower = name.to_ascii_lowercase();
    let session = ["sess", "sid", "auth", "token", "remember", "login", "jwt"];
    let anonymous = lower.contains("csrf") || lower.contains("xsrf");
    (!anonymous && session.iter().any(|word| lower.contains(word))).then_some(CredentialKind::SessionCookie)
}

/// The credential of a URL's parameter.
#[must_use]
pub fn of_parameter(name: &str, value: &str) -> Option<CredentialKind> {
    if let Some(jwt) = jwt(value) {
        return Some(CredentialKind::Jwt(Box::new(jwt)));
    }
    match name.to_ascii_lowercase().as_str() {
        "access_token" => Some(CredentialKind::OpaqueBearer),
        "api_key" | "apikey" | "api-key" | "key" | "subscription-key" if value.len() >= 8 => {
            Some(CredentialKind::ApiKey(name.to_owned()))
        }
        _ => None,
    }
}

fn is_key_name(name: &str) -> bool {
    name.ends_with("api-key")
        || name.ends_with("apikey")
        || name.ends_with("access-token")
        || name.ends_with("auth-token")
        || matches!(
            name,
            "x-auth-key"
                | "ocp-apim-subscription-key"
                | "private-token"
                | "job-token"
                | "x-vault-token"
                | "x-goog-iap-jwt-assertion"
                | "cf-access-jwt-assertion"
        )
}

/// Reads the value of `Authorization`.
fn authorization(value: &str) -> CredentialKind {
    let malformed = |reason: &str| CredentialKind::Malformed(reason.to_owned());
    if value.is_empty() {
        return malformed("the value is empty");
    }
    if value.starts_with(['"', '\'']) {
        return malformed("the value stands in quotes");
    }
    if is_masked(value) && !value.contains(' ') {
        return CredentialKind::OpaqueBearer;
    }
    let Some((scheme, rest)) = value.split_once(' ') else {
        return match (jwt(value), value.to_ascii_lowercase().as_str()) {
            (Some(_), _) => malformed("a token without the scheme `Bearer` before it"),
            (None, "bearer" | "basic" | "token") => malformed("a scheme without a value"),
            _ if value.to_ascii_lowercase().starts_with("bearer:") => malformed("a colon behind `Bearer`"),
            _ => issuer(value).map_or_else(
                || malformed("a value without a scheme"),
                |name| CredentialKind::ApiKey(name.to_owned()),
            ),
        };
    };
    let rest = rest.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" if is_masked(rest) => CredentialKind::OpaqueBearer,
        "basic" if is_masked(rest) => CredentialKind::Basic,
        "bearer" => bearer(rest),
        "basic" => basic(rest),
        "digest" => CredentialKind::Digest,
        "token" | "apikey" | "api-key" | "key" | "dpop" | "jwt" => {
            jwt(rest).map_or_else(|| key(scheme, rest), |jwt| CredentialKind::Jwt(Box::new(jwt)))
        }
        lower
            if lower.ends_with("-hmac-sha256")
                || lower.starts_with("sharedkey")
                || lower.contains("hmac")
                || lower == "signature"
                || lower == "aws" =>
        {
            CredentialKind::Signature(Box::new(RequestSignature {
                scheme: scheme.to_owned(),
                ..RequestSignature::default()
            }))
        }
        "bearer:" => malformed("a colon behind `Bearer`"),
        "negotiate" | "ntlm" | "hawk" | "oauth" | "mutual" | "scram-sha-256" => CredentialKind::OpaqueBearer,
        _ => malformed("a scheme that is not registered"),
    }
}

/// Whether whoever wrote the document put something else in the place of the value, so that its form tells nothing:
/// `<token>`, `abc...`, `***`, `REDACTED`.
fn is_masked(value: &str) -> bool {
    let folded = value.to_ascii_lowercase();
    let drawn = ["***", "...", "\u{2026}", "xxx", "\u{2022}\u{2022}", "redacted", "masked"];
    (value.starts_with('<') && value.ends_with('>')) || drawn.iter().any(|mark| folded.contains(mark))
}

fn bearer(token: &str) -> CredentialKind {
    let malformed = |reason: &str| CredentialKind::Malformed(reason.to_owned());
    let lower = token.to_ascii_lowercase();
    if token.is_empty() {
        return malformed("`Bearer` without a token");
    }
    if lower.starts_with("bearer ") {
        return malformed("`Bearer` stands twice");
    }
    if matches!(lower.as_str(), "undefined" | "null" | "none" | "nan" | "[object object]") {
        return malformed("the token is the word for no value");
    }
    if token.starts_with(['"', '\'', '<', '{', '$']) {
        return malformed("the token is quoted, or a placeholder that was not filled in");
    }
    match jwt(token) {
        Some(jwt) => CredentialKind::Jwt(Box::new(jwt)),
        // RFC 6750, section 2.1: b64token.
        None if token.contains(|c: char| c.is_whitespace() || !c.is_ascii()) => {
            malformed("the token holds blanks or characters outside ASCII")
        }
        None => {
            issuer(token).map_or(CredentialKind::OpaqueBearer, |name| CredentialKind::ApiKey(name.to_owned()))
        }
    }
}

fn basic(value: &str) -> CredentialKind {
    match STANDARD.decode(value) {
        Ok(decoded) if decoded.contains(&b':') => CredentialKind::Basic,
        Ok(_) => CredentialKind::Malformed("`Basic` without a colon between user and password".into()),
        Err(_) => CredentialKind::Malformed("`Basic` whose value is not base64".into()),
    }
}

fn key(carrier: &str, value: &str) -> CredentialKind {
    CredentialKind::ApiKey(issuer(value).unwrap_or(carrier).to_owned())
}

/// The issuer that a key's prefix names, by the issuers' own documents.
fn issuer(value: &str) -> Option<&'static str> {
    let prefixes = [
        ("ghp_", "GitHub"),
        ("gho_", "GitHub"),
        ("ghs_", "GitHub"),
        ("ghu_", "GitHub"),
        ("github_pat_", "GitHub"),
        ("glpat-", "GitLab"),
        ("sk_live_", "Stripe"),
        ("sk_test_", "Stripe"),
        ("rk_live_", "Stripe"),
        ("pk_live_", "Stripe"),
        ("xoxb-", "Slack"),
        ("xoxp-", "Slack"),
        ("xapp-", "Slack"),
        ("sk-ant-", "Anthropic"),
        ("sk-", "OpenAI"),
        ("AIza", "Google"),
        ("ya29.", "Google"),
        ("AKIA", "AWS"),
        ("ASIA", "AWS"),
        ("SG.", "SendGrid"),
        ("hf_", "Hugging Face"),
        ("npm_", "npm"),
        ("dop_v1_", "DigitalOcean"),
        ("hvs.", "Vault"),
        ("shpat_", "Shopify"),
        ("EAA", "Meta"),
        ("pypi-", "PyPI"),
        ("nvapi-", "NVIDIA"),
        ("key-", "Mailgun"),
        ("sq0atp-", "Square"),
    ];
    prefixes
        .iter()
        .find(|(prefix, _)| value.starts_with(prefix) && value.len() >= prefix.len() + 12)
        .map(|(_, name)| *name)
}

/// Decodes a JSON Web Token (RFC 7519) in the compact form. Nothing is verified.
#[must_use]
pub fn jwt(text: &str) -> Option<Jwt> {
    let text = text.trim();
    if text.len() > TOKEN_BYTES || !text.starts_with("ey") {
        return None;
    }
    let mut parts = text.split('.');
    let header = part(parts.next()?)?;
    let payload = part(parts.next()?)?;
    parts.next()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let time = |name: &str| payload[name].as_i64().or_else(|| payload[name].as_f64().map(|time| time as i64));
    Some(Jwt {
        algorithm: text(&header["alg"]),
        key_id: text(&header["kid"]),
        token_type: text(&header["typ"]),
        issuer: text(&payload["iss"]),
        has_subject: !payload["sub"].is_null(),
        audience: list(&payload["aud"]).unwrap_or_default(),
        expires: time("exp"),
        not_before: time("nbf"),
        issued_at: time("iat"),
        scopes: first_list(&payload, &["scope", "scp", "scopes"]),
        roles: first_list(&payload, &["roles", "role", "groups", "permissions"])
            .or_else(|| list(&payload["realm_access"]["roles"])),
        usage: usage(&header, &payload),
    })
}

fn part(text: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    value.is_object().then_some(value)
}

fn first_list(payload: &Value, names: &[&str]) -> Option<Vec<String>> {
    names.iter().find_map(|name| list(&payload[*name]))
}

/// A list, or a text with blanks or commas between its items.
fn list(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => {
            Some(text.split([' ', ',']).filter(|item| !item.is_empty()).map(str::to_owned).collect())
        }
        Value::Array(items) => Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => None,
    }
}

/// What kind of token it is, where its claims tell.
fn usage(header: &Value, payload: &Value) -> Option<String> {
    let has = |name: &str| !payload[name].is_null();
    // `usage`: OpenIddict 1 and AspNet.Security.OpenIdConnect.Server.
    let named = ["typ", "token_use", "token_type", "usage"].iter().find_map(|name| payload[*name].as_str());
    let kind = match named.map(str::to_ascii_lowercase).as_deref() {
        Some("refresh" | "offline" | "refresh_token") => "refresh",
        Some("id" | "id_token" | "identity_token") => "id",
        // Microsoft Entra: `idtyp`, `scp` for a user's consent, `roles` for an application's.
        _ if payload["idtyp"].as_str() == Some("app") => "application",
        Some("access" | "bearer" | "access_token") => "access",
        _ if header["typ"].as_str().is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt")) => "access",
        _ if has("nonce") || has("at_hash") || has("c_hash") => "id",
        _ if has("scp") && has("oid") => "delegated",
        _ if has("scope") || has("scp") => "access",
        _ => return None,
    };
    Some(kind.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn the_claims_tell_the_kind_of_a_token() {
        for (payload, kind) in [
            (json!({"usage": "identity_token"}), Some("id")),
            (json!({"usage": "access_token"}), Some("access")),
            (json!({"token_use": "id"}), Some("id")),
            (json!({"at_hash": "a"}), Some("id")),
            (json!({"typ": "Refresh"}), Some("refresh")),
            (json!({"sub": "a"}), None),
        ] {
            assert_eq!(super::usage(&json!({}), &payload).as_deref(), kind, "{payload}");
        }
    }
}
