//! The credential is well formed, but unknown, revoked or wrong
//!
//! ## Why the server refuses
//!
//! Key, token or password could be read and was looked up, and nothing matched: a typo, a key of another
//! environment (test for live), a token that was revoked or rotated, a deleted user, a password that has
//! changed.
//!
//! ## How to mend it
//!
//! - Try the credential against the product's own *who am I* route (`/user`, `/api/me`, `sts
//!   get-caller-identity`).
//! - Make a new key or token and replace it everywhere it is stored: secret store, CI variables, running
//!   containers (restart them).
//! - Look for blanks, line breaks and quotes around the stored value; compare length and last four characters.
//! - Use the keys of the environment that the URL belongs to: test and live, region, tenant, project.
//!
//! ## What not to do
//!
//! Guessing passwords or trying keys of other people; putting an administrator's key in place of the one that
//! failed.
//!
//! ## References
//!
//! - RFC 6750, section 3.1 (`invalid_token`); RFC 7617; RFC 7009 (revocation)

use model::{
    Cause, Change, CredentialKind, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight,
};

use crate::causes::{answer, authorization, tokens};

/// `auth.credentials-invalid`
pub static CREDENTIALS_INVALID: Cause = Cause {
    id: "auth.credentials-invalid",
    layer: Layer::Gateway,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: opaque_refused,
            because: "the answer finds the token invalid, and the token tells nothing of itself",
        },
        Indicator {
            weight: Weight::Supports,
            seek: password_refused,
            because: "the server asks for a password again, after one was sent",
        },
        Indicator {
            weight: Weight::Supports,
            seek: led_to_login_all_the_same,
            because: "a credential was sent, and the answer leads to a login all the same",
        },
        Indicator {
            weight: Weight::Hints,
            seek: unauthorised_with_key,
            because: "a key was sent and the answer is 401",
        },
        Indicator {
            weight: Weight::Hints,
            seek: forbidden_with_key,
            because: "a key was sent, and the answer is 403 without a reason: some say so of a key that they do not know",
        },
        Indicator {
            weight: Weight::Hints,
            seek: authorization::unauthorised_alone,
            because: "401 means that no valid credential came",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::nothing_sent,
            because: "no credential is sent that could be wrong",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: tokens::expired_and_refused,
            because: "the token that was refused has expired, which explains it",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetWithoutCredentials,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Weakens,
        if_not: Weight::Hints,
        because: "without the credential the answer is the same, so it was not the credential that was judged",
    }],
    roots: &[],
    fix: "replace the credential by one that is valid for this environment",
    opens: "what the new credential is allowed to do",
    decided_by: "the log of the service that checks credentials, or the product's own *who am I* route",
    page: page!("auth/credentials_invalid"),
};

/// A login that a program is sent to is a refusal of the token or key that it sent, or of the way in which it was sent.
fn led_to_login_all_the_same(evidence: &Evidence) -> Option<Sighting> {
    let credential = authorization::explicit(evidence)?;
    authorization::login_redirect(evidence)?;
    Some(Sighting::at(credential.span))
}

fn opaque_refused(evidence: &Evidence) -> Option<Sighting> {
    let challenge = authorization::error(evidence, "invalid_token")?;
    if authorization::names_its_fault(&challenge) {
        return None;
    }
    let readable = tokens::all(evidence).next().is_some();
    (!readable).then(|| Sighting::with(challenge.span, "invalid_token"))
}

/// A Basic or Digest challenge in answer to a request that carried such credentials (RFC 9110, section 15.5.2).
fn password_refused(evidence: &Evidence) -> Option<Sighting> {
    let password = |kind: &CredentialKind| matches!(kind, CredentialKind::Basic | CredentialKind::Digest);
    evidence.credentials.iter().find(|credential| password(&credential.kind))?;
    let challenges = authorization::challenges(evidence);
    let again =
        challenges.iter().find(|challenge| matches!(challenge.scheme.as_str(), "basic" | "digest"))?;
    (evidence.status()? == 401).then(|| Sighting::with(again.span, again.scheme.clone()))
}

fn forbidden_with_key(evidence: &Evidence) -> Option<Sighting> {
    let key = |kind: &CredentialKind| matches!(kind, CredentialKind::ApiKey(_));
    let credential = evidence.credentials.iter().find(|credential| key(&credential.kind))?;
    (evidence.status()? == 403 && answer::is_reasonless(evidence))
        .then(|| Sighting::with(credential.span, credential.carrier.clone()))
}

fn unauthorised_with_key(evidence: &Evidence) -> Option<Sighting> {
    let key =
        |kind: &CredentialKind| matches!(kind, CredentialKind::ApiKey(_) | CredentialKind::OpaqueBearer);
    let credential = evidence.credentials.iter().find(|credential| key(&credential.kind))?;
    (evidence.status()? == 401).then(|| Sighting::with(credential.span, credential.carrier.clone()))
}
