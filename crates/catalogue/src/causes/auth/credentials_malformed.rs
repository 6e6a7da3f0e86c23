//! A credential is there, but it cannot be parsed: wrong scheme, quoting, prefix, line break or encoding
//!
//! ## Why the server refuses
//!
//! The check reads `Authorization` as a scheme, one blank and a value. A token without its scheme, with the
//! scheme twice, with quotes around it, with a line break from a file, or a literal `$TOKEN` from single quotes
//! in a shell, is not the credential it was meant to be. Products that expect another scheme (`Token`, `JWT`,
//! `ApiKey`, `Basic` with key as user) do not see one at all.
//!
//! ## How to mend it
//!
//! - Write `Authorization: Bearer TOKEN`: one scheme, one blank, no quotes. In a shell use double quotes around
//!   `$TOKEN`.
//! - Strip line breaks: `tr -d '\r\n' < token`, `.strip()`; encode Basic with `base64 -w0`, of `user:password`.
//! - DRF: `Token KEY` for TokenAuthentication, `Bearer` for Simple JWT (`AUTH_HEADER_TYPES`). GitLab:
//!   `PRIVATE-TOKEN`. Elasticsearch: `ApiKey` with the encoded form. Supabase: `apikey` and `Authorization`.
//!   Kubernetes secrets: decode the value once.
//! - Compose files and `.env`: quotes may become part of the value.
//!
//! ## What not to do
//!
//! Sending the token in the query as well, to be sure: it ends up in logs and in `Referer`.
//!
//! ## References
//!
//! - RFC 9110, section 11.4; RFC 6750, section 2.1 (`b64token`); RFC 7617, section 2

use model::{
    Cause, Change, CredentialKind, Evidence, Experiment, Indicator, Layer, Prevalence, Relation, Sighting,
    Weight,
};

use crate::causes::{authorization, readers};

/// `auth.credentials-malformed`
pub static CREDENTIALS_MALFORMED: Cause = Cause {
    id: "auth.credentials-malformed",
    layer: Layer::Gateway,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: malformed,
            because: "`Authorization` does not follow any scheme",
        },
        Indicator {
            weight: Weight::Hints,
            seek: authorization::unauthorised_alone,
            because: "401 means that no valid credential came",
        },
        Indicator {
            weight: Weight::Supports,
            seek: badly_quoted,
            because: "the credential holds quotes, a doubled scheme or an unfilled variable",
        },
        Indicator {
            weight: Weight::Supports,
            seek: invalid_request,
            because: "the answer says that the credential could not be read (RFC 6750, `invalid_request`)",
        },
        Indicator {
            weight: Weight::Supports,
            seek: readers::unread_scheme,
            because: "none of the configured authentication classes reads the scheme that was sent",
        },
        Indicator {
            weight: Weight::Supports,
            seek: not_a_token,
            because: "only Bearer tokens are asked for, and the credential is of another scheme",
        },
        Indicator {
            weight: Weight::Supports,
            seek: taken_elsewhere,
            because: "the same request passed with the key in another field: `Authorization` is not where this service reads it",
        },
        Indicator {
            weight: Weight::Hints,
            seek: other_scheme,
            because: "the answer asks for another scheme than the one that was used",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: well_formed,
            because: "the credential is a token that can be read",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetWithoutCredentials,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "without the credential the answer is the same, so the one that was sent was not read",
    }],
    roots: &[],
    fix: "send the credential as the service documents it: one scheme, one blank, the bare value",
    opens: "what this caller is allowed to do",
    decided_by: "the first characters of the header as it was sent (`curl -v`), without the secret itself",
    page: page!("auth/credentials_malformed"),
};

fn malformed(evidence: &Evidence) -> Option<Sighting> {
    evidence.credentials.iter().find_map(|credential| match &credential.kind {
        CredentialKind::Malformed(reason) => Some(Sighting::with(credential.span, reason.clone())),
        _ => None,
    })
}

/// Only the kind of damage is named, never the value.
fn badly_quoted(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let fields = request.message.fields.0.iter().filter(|field| {
        let name = field.name.to_ascii_lowercase();
        name == "authorization"
            || name.ends_with("api-key")
            || name.ends_with("apikey")
            || name.ends_with("-token")
    });
    fields.into_iter().find_map(|field| {
        let value = field.value.trim();
        let after = value.split_once(' ').map_or(value, |(_, rest)| rest.trim_start());
        let scheme_twice = value.split_once(' ').is_some_and(|(scheme, rest)| {
            rest.trim_start().to_ascii_lowercase().starts_with(&format!("{} ", scheme.to_ascii_lowercase()))
        });
        if authorization::is_masked(value) {
            return None;
        }
        let structured =
            value.starts_with("Digest") || value.contains("Signature=") || value.contains("signature=");
        let damage = match () {
            () if scheme_twice => "the scheme stands there twice",
            () if !structured && (after.starts_with(['"', '\'']) || after.ends_with(['"', '\''])) => {
                "quotes around the value"
            }
            () if after.starts_with('$') || after.contains("{{") => "a variable that was not filled",
            () if after.eq_ignore_ascii_case("undefined") || after.eq_ignore_ascii_case("null") => {
                "no value but the word for none"
            }
            () => return None,
        };
        Some(Sighting::with(field.span, damage))
    })
}

fn invalid_request(evidence: &Evidence) -> Option<Sighting> {
    let challenge = authorization::error(evidence, "invalid_request")?;
    let detail = challenge.parameter("error_description").unwrap_or("invalid_request").to_owned();
    Some(Sighting::with(challenge.span, detail))
}

/// Servers that take passwords challenge with Basic even where they take tokens too; one that challenges with Bearer alone
/// takes tokens alone.
fn not_a_token(evidence: &Evidence) -> Option<Sighting> {
    let seen = other_scheme(evidence)?;
    let bearer = authorization::challenges(evidence).iter().all(|challenge| challenge.scheme == "bearer");
    bearer.then_some(seen)
}

fn other_scheme(evidence: &Evidence) -> Option<Sighting> {
    let (value, _) = evidence.request_header("authorization")?;
    let scheme = value.split_whitespace().next()?.to_ascii_lowercase();
    let wanted = authorization::challenges(evidence);
    let first = wanted.first()?;
    let differs = wanted.iter().all(|challenge| challenge.scheme != scheme);
    differs.then(|| {
        Sighting::with(
            first.span,
            format!(
                "{} was sent, {} is asked for",
                scheme.chars().take(16).collect::<String>(),
                first.scheme
            ),
        )
    })
}

fn well_formed(evidence: &Evidence) -> Option<Sighting> {
    let readable =
        |kind: &CredentialKind| matches!(kind, CredentialKind::Jwt(_) | CredentialKind::Signature(_));
    evidence
        .credentials
        .iter()
        .find(|credential| readable(&credential.kind))
        .map(|credential| Sighting::at(credential.span))
}

/// Header fields in which services read a key of their own.
const KEYS: [&str; 7] =
    ["x-api-key", "api-key", "apikey", "x-auth-token", "private-token", "x-auth-key", "x-access-token"];

fn taken_elsewhere(evidence: &Evidence) -> Option<Sighting> {
    let refused = &evidence.request()?.message.fields;
    refused.get("authorization")?;
    evidence.related(Relation::EarlierSuccess).find_map(|exchange| {
        let fields = &exchange.request.as_ref()?.message.fields;
        let key = KEYS.iter().find_map(|name| fields.get(name).filter(|_| !refused.has(name)))?;
        (!fields.has("authorization")).then(|| Sighting::with(key.span, key.name.clone()))
    })
}
