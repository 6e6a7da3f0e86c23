//! The token's `iss` is not an issuer that the API trusts
//!
//! ## Why the server refuses
//!
//! The API trusts tokens of certain issuers and compares `iss` as a string. Another tenant, another realm, a
//! test environment, an internal host name in place of the public one (Keycloak behind a proxy), a final slash
//! or `v1` in place of `v2` is another issuer.
//!
//! ## How to mend it
//!
//! - Compare `iss` with the `issuer` of the provider's `/.well-known/openid-configuration`, to the character.
//! - Keycloak: `KC_HOSTNAME` and `KC_PROXY_HEADERS`, so that tokens asked for inside and outside carry the same
//!   issuer.
//! - Entra ID: `accessTokenAcceptedVersion` (now `requestedAccessTokenVersion`) decides between
//!   `sts.windows.net` and `login.microsoftonline.com/.../v2.0`.
//! - Spring `spring.security.oauth2.resourceserver.jwt.issuer-uri`, ASP.NET `Authority` and `ValidIssuer`,
//!   Istio `issuer`, Kong `iss` of the JWT credential.
//!
//! ## What not to do
//!
//! `ValidateIssuer = false` for a key set that several tenants share: any tenant's users are then let in.
//!
//! ## References
//!
//! - RFC 7519, section 4.1.1; OpenID Connect Discovery 1.0, section 4.3; RFC 9207

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{authorization, tokens};

/// `auth.token-issuer`
pub static TOKEN_ISSUER: Cause = Cause {
    id: "auth.token-issuer",
    layer: Layer::Identity,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: said_so,
            because: "the challenge finds fault with the token's issuer",
        },
        Indicator {
            weight: Weight::Supports,
            seek: configured_otherwise,
            because: "the configuration trusts another issuer than the token's",
        },
        Indicator {
            weight: Weight::Hints,
            seek: internal_issuer,
            because: "the token's issuer is a name that only machines inside know",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: configured_alike,
            because: "the configuration trusts the token's issuer",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "get the token from the issuer that the API trusts, under the name that the API knows",
    opens: "nothing: the same issuer is trusted as before",
    decided_by: "the API's configured issuer against the token's `iss`",
    page: page!("auth/token_issuer"),
};

const SETTINGS: [&str; 7] = [
    "issuer",
    "issuer-uri",
    "validissuer",
    "authority",
    "jwt_issuer",
    "oidc_issuer",
    "spring.security.oauth2.resourceserver.jwt.issuer-uri",
];

fn said_so(evidence: &Evidence) -> Option<Sighting> {
    authorization::invalid_token_about(evidence, &["issuer", "iss claim", "\"iss\"", "'iss'"])
}

/// The configured issuers, and the token's: a trailing slash makes two of one.
fn compared(evidence: &Evidence, wanted: impl Fn(&str, &str) -> bool) -> Option<Sighting> {
    let (token, _) = tokens::all(evidence).next()?;
    let own = token.issuer.as_deref()?;
    let mut settings = SETTINGS.iter().flat_map(|name| evidence.settings(name));
    let setting = settings.find(|setting| setting.value.contains("://") && wanted(&setting.value, own))?;
    Some(Sighting::with(setting.span, format!("{} is trusted, the token says {own}", setting.value)))
}

fn configured_otherwise(evidence: &Evidence) -> Option<Sighting> {
    configured_alike(evidence)
        .is_none()
        .then(|| compared(evidence, |trusted, own| !is_same(trusted, own)))
        .flatten()
}

fn configured_alike(evidence: &Evidence) -> Option<Sighting> {
    compared(evidence, is_same)
}

fn is_same(trusted: &str, own: &str) -> bool {
    trusted.trim_matches(['"', '\'', ';', ' ']) == own
}

fn internal_issuer(evidence: &Evidence) -> Option<Sighting> {
    authorization::error(evidence, "invalid_token")?;
    let host = &evidence.request()?.url.value.host;
    tokens::telling(evidence, |token| {
        let issuer = model::Url::parse(token.issuer.as_deref()?)?;
        let inside = !issuer.host.contains('.')
            || issuer.host.ends_with(".local")
            || issuer.host.ends_with(".internal");
        (inside && host.contains('.')).then(|| issuer.origin())
    })
}
