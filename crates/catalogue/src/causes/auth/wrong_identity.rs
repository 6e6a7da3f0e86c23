//! The credential is valid, but it belongs to another user, role, project or environment than intended
//!
//! ## Why the server refuses
//!
//! Programs look for credentials in several places and take the first they find: an environment variable, a
//! profile, a metadata service, a browser's other login. The caller is known and has rights, only not here.
//! Frameworks with several guards or realms ask the default one, where the user is a stranger.
//!
//! ## How to mend it
//!
//! - Ask who one is: `aws sts get-caller-identity`, `gcloud auth list`, `az account show`, `kubectl auth
//!   whoami`, `GET /user`.
//! - Name the profile, project or account explicitly instead of relying on the order of lookup (`AWS_PROFILE`,
//!   `GOOGLE_APPLICATION_CREDENTIALS`, `--context`).
//! - Laravel: `auth:guard` on the route and `$this->user('guard')` in `authorize()`. Spring: one
//!   `SecurityFilterChain` per realm. Django: check `AUTHENTICATION_BACKENDS` and the session in the browser.
//!
//! ## What not to do
//!
//! Giving the unintended identity the missing right.
//!
//! ## References
//!
//! - AWS SDKs, credential provider chain; Google Cloud, Application Default Credentials
//! - Laravel, authentication guards

use model::{
    Cause, Credential, CredentialKind, Evidence, Indicator, Layer, Prevalence, Relation, Sighting, Weight,
};

use crate::causes::authorization;

/// `auth.wrong-identity`
pub static WRONG_IDENTITY: Cause = Cause {
    id: "auth.wrong-identity",
    layer: Layer::Identity,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: success_with_another,
            because: "an earlier request to the same path was made with another credential, and was not refused",
        },
        Indicator {
            weight: Weight::Hints,
            seek: two_identities,
            because: "the request names two callers, a session and a credential of its own, and the server may take the other one",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::nothing_sent,
            because: "no credential is sent that could belong to somebody else",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "use the credential of the intended user, role or project",
    opens: "nothing beyond the rights that this identity has",
    decided_by: "the product's own *who am I* answer for this credential",
    page: page!("auth/wrong_identity"),
};

/// Values are compared, never shown.
fn success_with_another(evidence: &Evidence) -> Option<Sighting> {
    let own = evidence.request()?.message.fields.value("authorization")?;
    let method = &evidence.request()?.method.value;
    evidence.related(Relation::EarlierSuccess).find_map(|exchange| {
        let request = exchange.request.as_ref().filter(|request| request.method.value == *method)?;
        let field = request.message.fields.get("authorization")?;
        (field.value != own).then(|| Sighting::at(field.span))
    })
}

fn two_identities(evidence: &Evidence) -> Option<Sighting> {
    let session = |credential: &&Credential| matches!(credential.kind, CredentialKind::SessionCookie);
    let session = evidence.credentials.iter().find(session)?;
    let explicit = authorization::explicit(evidence)?;
    Some(Sighting::with(explicit.span, format!("{} and {}", explicit.carrier, session.carrier)))
}
