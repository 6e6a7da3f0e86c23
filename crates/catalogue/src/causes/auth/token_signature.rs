//! The token's signature, key id or algorithm does not verify
//!
//! ## Why the server refuses
//!
//! The API has no key with which the signature holds: the issuer rotated its keys and the API keeps the old
//! set, the token comes from another environment, the algorithm is not allowed (`HS256` where `RS256` is
//! expected, `none`), or the token was changed or cut on the way.
//!
//! ## How to mend it
//!
//! - Check that the token's `kid` is in the issuer's `jwks_uri` now; make the API fetch the set again on an
//!   unknown `kid`.
//! - Name the algorithm that the issuer uses: PyJWT `algorithms=["RS256"]`, jose `algorithms`, Spring
//!   `jwsAlgorithms`, Kong `algorithm`.
//! - A shared secret: the same bytes on both sides, decoded from Base64 on both or on neither.
//! - Microsoft Graph tokens (with `nonce` in their header) verify only at Graph: ask for a token for one's own
//!   API.
//! - Check the length: headers over 8 kB are cut or refused by proxies.
//!
//! ## What not to do
//!
//! Decoding without verifying, accepting `alg: none`, or taking the algorithm from the token.
//!
//! ## References
//!
//! - RFC 7515, section 5.2; RFC 7517; RFC 8725 (JWT best practices)

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{authorization, tokens};

/// `auth.token-signature`
pub static TOKEN_SIGNATURE: Cause = Cause {
    id: "auth.token-signature",
    layer: Layer::Identity,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: said_so,
            because: "the challenge finds fault with the token's signature or key",
        },
        Indicator { weight: Weight::Supports, seek: unsigned, because: "the token is not signed at all" },
        Indicator {
            weight: Weight::Supports,
            seek: other_algorithm,
            because: "the configuration allows other algorithms than the token's",
        },
        Indicator {
            weight: Weight::Hints,
            seek: refused_without_other_fault,
            because: "the answer finds the token invalid although it is within its time",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "make the API use the issuer's current key set and algorithm, and get a new token",
    opens: "tokens that this issuer signed with its current keys are accepted",
    decided_by: "the token's `kid` and `alg` against the issuer's key set, or the API's log",
    page: page!("auth/token_signature"),
};

fn said_so(evidence: &Evidence) -> Option<Sighting> {
    authorization::invalid_token_about(
        evidence,
        &["signature", "key not found", "kid", "jwk", "algorithm", "alg "],
    )
}

fn unsigned(evidence: &Evidence) -> Option<Sighting> {
    tokens::telling(evidence, |token| {
        let algorithm = token.algorithm.as_deref()?;
        algorithm.eq_ignore_ascii_case("none").then(|| format!("alg {algorithm}"))
    })
}

fn other_algorithm(evidence: &Evidence) -> Option<Sighting> {
    let names = ["algorithm", "algorithms", "jwsalgorithms", "jwt_algorithm", "jws-algorithms"];
    let (token, _) = tokens::all(evidence).next()?;
    let own = token.algorithm.as_deref()?;
    let mut settings = names.iter().flat_map(|name| evidence.settings(name));
    let setting = settings.find(|setting| {
        let known = ["HS", "RS", "ES", "PS", "EdDSA"].iter().any(|family| setting.value.contains(family));
        known && !setting.value.contains(own)
    })?;
    Some(Sighting::with(setting.span, format!("{} allowed, the token says {own}", setting.value)))
}

fn refused_without_other_fault(evidence: &Evidence) -> Option<Sighting> {
    authorization::error(evidence, "invalid_token")?;
    tokens::unexpired(evidence)
}
