//! No credential reached the check
//!
//! ## Why the server refuses
//!
//! The route is for known callers, and the request names none: no `Authorization`, no session cookie, no key.
//! By the book the answer is 401 with a challenge; many products answer 403. The request may have carried a
//! credential that was lost on the way: a redirect to another host drops `Authorization`, CGI and WSGI
//! interfaces do not pass it on by default, a cookie does not cross sites, an environment variable was empty.
//!
//! ## How to mend it
//!
//! - Send the credential: `Authorization: Bearer ...`, `-u user:password`, the product's key header. Check that
//!   the variable that holds it is not empty.
//! - Apache with mod_wsgi: `WSGIPassAuthorization On`. CGI and FastCGI: `CGIPassAuth On`, or `SetEnvIf
//!   Authorization "(.*)" HTTP_AUTHORIZATION=$1`. nginx: `proxy_set_header Authorization $http_authorization`.
//! - DRF: 403 instead of 401 means that the first authenticator has no challenge (SessionAuthentication).
//! - Browser: `credentials: "include"` for cookies across origins, and a cookie with `SameSite=None; Secure`.
//! - API Gateway with IAM: sign the request; take the authorizer off OPTIONS.
//!
//! ## What not to do
//!
//! Opening the route to everybody (`permitAll`, `AllowAny`, `Require all granted`); the credential in the URL,
//! where logs keep it.
//!
//! ## References
//!
//! - RFC 9110, section 11; RFC 6750, section 3.1
//! - mod_wsgi, WSGIPassAuthorization; Apache httpd, CGIPassAuth

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Root, Sighting, Weight};

use crate::causes::{authorization, configuration};

/// `auth.credentials-missing`
pub static CREDENTIALS_MISSING: Cause = Cause {
    id: "auth.credentials-missing",
    layer: Layer::Gateway,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: challenged_without_credentials,
            because: "the answer asks for credentials without finding fault with any, and the request carries none",
        },
        Indicator {
            weight: Weight::Hints,
            seek: challenged_though_sent,
            because: "the answer asks for credentials as if none had come, although the request carries some",
        },
        Indicator {
            weight: Weight::Hints,
            seek: authorization::nothing_sent_and_refused,
            because: "the request carries no credential",
        },
        Indicator {
            weight: Weight::Supports,
            seek: login_demanded_of_nobody,
            because: "the request carries no credential, and is led to a login",
        },
        Indicator {
            weight: Weight::Hints,
            seek: authorization::unauthorised_alone,
            because: "401 means that no valid credential came",
        },
        Indicator {
            weight: Weight::Hints,
            seek: authorization::login_redirect,
            because: "the answer leads to a login page",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: fault_found,
            because: "the answer finds fault with a credential, so one was read",
        },
        Indicator { weight: Weight::Weakens, seek: presented, because: "the request carries a credential" },
    ],
    experiments: &[Experiment {
        change: Change::GetWithoutCredentials,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "without any credential the answer is the same, so none seems to have arrived",
    }],
    roots: &[
        Root {
            cause: "gateway.header-stripped",
            seek: stripped,
            because: "the credential that was sent is not passed on to the check",
        },
        Root {
            cause: "request.lost-in-redirect",
            seek: lost_in_redirect,
            because: "the request before the redirect carried the credential, the one after it does not",
        },
    ],
    fix: "send the credential, and make every hop pass it on",
    opens: "what this caller is allowed to do",
    decided_by: "the log of the service that checks credentials, or the request with all its headers",
    page: page!("auth/credentials_missing"),
};

fn challenged_without_credentials(evidence: &Evidence) -> Option<Sighting> {
    authorization::nothing_presented(evidence)?;
    let challenge = authorization::bare_challenge(evidence)?;
    Some(Sighting::with(challenge.span, challenge.scheme))
}

fn login_demanded_of_nobody(evidence: &Evidence) -> Option<Sighting> {
    let cookie = evidence.request_header("cookie").is_some();
    authorization::login_demanded(evidence).filter(|_| !cookie && presented(evidence).is_none())
}

/// RFC 6750, section 3.1: without credentials in the request, the challenge should carry no error code.
fn challenged_though_sent(evidence: &Evidence) -> Option<Sighting> {
    let credential = authorization::explicit(evidence)?;
    authorization::bare_challenge(evidence).filter(|challenge| challenge.scheme == "bearer")?;
    Some(Sighting::with(credential.span, credential.carrier.clone()))
}

fn presented(evidence: &Evidence) -> Option<Sighting> {
    authorization::explicit(evidence)
        .map(|credential| Sighting::with(credential.span, credential.carrier.clone()))
}

fn fault_found(evidence: &Evidence) -> Option<Sighting> {
    let all = authorization::challenges(evidence);
    let challenge = all.iter().find(|challenge| challenge.parameter("error").is_some())?;
    Some(Sighting::with(challenge.span, challenge.parameter("error").unwrap_or_default()))
}

fn stripped(evidence: &Evidence) -> Option<Sighting> {
    authorization::explicit(evidence)?;
    let by_setting = || {
        configuration::setting(evidence, "wsgipassauthorization", |value| value.eq_ignore_ascii_case("off"))
    };
    configuration::credential_dropped(evidence).or_else(by_setting)
}

fn lost_in_redirect(evidence: &Evidence) -> Option<Sighting> {
    if evidence.request()?.message.fields.has("authorization") {
        return None;
    }
    evidence.related(model::Relation::Redirect).find_map(|exchange| {
        let field = exchange.request.as_ref()?.message.fields.get("authorization")?;
        Some(Sighting::at(field.span))
    })
}
