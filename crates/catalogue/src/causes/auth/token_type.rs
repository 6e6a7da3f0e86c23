//! The wrong kind of token was sent: an ID token for an access token, a delegated one for an application's, a refresh token
//!
//! ## Why the server refuses
//!
//! Identity providers hand out several kinds. The ID token tells the client who logged in, and is not for APIs;
//! the refresh token goes back to the provider only; a user's access token (delegated) carries `scp`, an
//! application's carries `roles`, and many operations take one of them only. Bots and users, keys for the
//! browser and for the server, organisation and personal tokens differ in the same way.
//!
//! ## How to mend it
//!
//! - Take `access_token` from the provider's answer, not `id_token`. Amplify and Cognito: an API with scopes
//!   needs the access token, one without takes the ID token.
//! - Microsoft Graph: application permissions need the client-credentials flow, `/me` needs a user. Slack:
//!   `xoxb-` and `xoxp-` tokens have different methods. Supabase: `service_role` is for servers only.
//! - Cloud Run, IAP, Azure functions between services: an ID token with the target's audience, there the other
//!   way round.
//! - Check `typ` (`at+jwt`), `token_use`, `scp` against `roles`.
//!
//! ## What not to do
//!
//! Accepting ID tokens at the API; giving the browser a server's key.
//!
//! ## References
//!
//! - RFC 9068, section 2 (`at+jwt`); OpenID Connect Core, section 2; Microsoft Graph, permission types; Amazon
//!   Cognito, tokens

use model::{Cause, Evidence, Indicator, Jwt, Layer, Prevalence, Sighting, Weight};

use crate::causes::tokens;

/// `auth.token-type`
pub static TOKEN_TYPE: Cause = Cause {
    id: "auth.token-type",
    layer: Layer::Identity,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: refresh_token,
            because: "the token sent is a refresh token, which only its issuer takes",
        },
        Indicator {
            weight: Weight::Hints,
            seek: id_token,
            because: "the token sent is an ID token, which tells a client who logged in and is not for APIs",
        },
        Indicator {
            weight: Weight::Hints,
            seek: application_token_for_user_route,
            because: "the path is a user's own (`/me`), and the token belongs to an application",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: access_token,
            because: "the token says that it is an access token",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "send the access token, of the kind (user's or application's) that the operation takes",
    opens: "what this token's scopes or roles allow",
    decided_by: "the operation's documentation on token kinds, against the token's claims",
    page: page!("auth/token_type"),
};

fn used_as(evidence: &Evidence, usage: &str) -> Option<Sighting> {
    tokens::telling(evidence, |token| {
        (token.usage.as_deref() == Some(usage)).then(|| format!("{usage} token"))
    })
}

fn refresh_token(evidence: &Evidence) -> Option<Sighting> {
    // The provider's own token endpoint takes it.
    let to_issuer = evidence.request()?.url.value.path.contains("token");
    (!to_issuer).then(|| used_as(evidence, "refresh")).flatten()
}

fn id_token(evidence: &Evidence) -> Option<Sighting> {
    used_as(evidence, "id")
}

fn access_token(evidence: &Evidence) -> Option<Sighting> {
    let typed = |token: &Jwt| {
        let kind = token.token_type.as_deref()?.to_ascii_lowercase();
        matches!(kind.as_str(), "at+jwt" | "application/at+jwt").then_some(kind)
    };
    tokens::telling(evidence, typed).or_else(|| used_as(evidence, "access"))
}

fn application_token_for_user_route(evidence: &Evidence) -> Option<Sighting> {
    let own =
        evidence.request()?.url.value.path.split('/').any(|segment| matches!(segment, "me" | "userinfo"));
    own.then(|| used_as(evidence, "application")).flatten()
}
