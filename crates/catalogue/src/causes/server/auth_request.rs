//! The web server's own authentication step refused
//!
//! ## Why the server refuses
//!
//! The server asks for a password itself (`auth_basic`, `AuthType Basic`), or asks another address about each
//! request (`auth_request`), and takes 401 or 403 from it. With `satisfy any` one of address and password is
//! enough, with `all` both are needed. An authentication address that answers a redirect or 500 makes nginx
//! answer 500.
//!
//! ## How to mend it
//!
//! - Look at the log of the address in `auth_request`: what did it answer, and for which user? It sees a GET
//!   without the body and needs `proxy_pass_request_body off`, `Content-Length ""`, and the original URI in a
//!   header.
//! - oauth2-proxy, Authelia and others: pass cookies and `X-Original-URL` (or `X-Forwarded-*`), and send 401 to
//!   the login with `error_page 401 = @login`.
//! - Basic: check the password file (`htpasswd -v`), its path and that the server may read it; Apache:
//!   `AuthUserFile`, `Require user`.
//! - An API behind the same server: a location of its own without the step, which checks its own tokens.
//!
//! ## What not to do
//!
//! `auth_request off` or `satisfy any` with `allow all` for everything.
//!
//! ## References
//!
//! - nginx, ngx_http_auth_request_module, ngx_http_auth_basic_module, satisfy; Apache httpd, mod_auth_basic

use model::{
    Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Root, Sighting, Subject, Weight,
};

use crate::causes::{authorization, configuration, logged, open_rules};

/// `server.auth-request`
pub static AUTH_REQUEST: Cause = Cause {
    id: "server.auth-request",
    layer: Layer::WebServer,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: service_refused,
            because: "the service that this rule asks refused the question that belongs to this request",
        },
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the configuration this rule refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the configuration, the server's own authentication step decides on this request",
        },
        open_rules::when_refused(|evidence| {
            open_rules::refused_by_itself(evidence, Subject::Credentials, &STEPS)
        }),
        open_rules::when_written(|evidence| {
            open_rules::written_by_itself(evidence, Subject::Credentials, &STEPS)
        }),
        Indicator {
            weight: Weight::Hints,
            seek: step_decides,
            because: "by the configuration, all rules before this authentication step let the request pass",
        },
        Indicator {
            weight: Weight::Hints,
            seek: realm_configured,
            because: "the realm that the answer names stands in the server's configuration",
        },
        Indicator {
            weight: Weight::Hints,
            seek: configured,
            because: "the configuration has an authentication step of its own",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: logged::refused_upstream,
            because: "the log shows that the service behind this server answered with this status itself",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetWithoutCredentials,
        predicts: model::Answer::Challenge,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "without credentials the server asks for some",
    }],
    roots: &[Root {
        cause: "auth.credentials-missing",
        seek: authorization::nothing_sent,
        because: "the request carries no credential for the step to accept",
    }],
    fix: "send what the authentication step accepts, or mend the service that it asks",
    opens: "what is behind the step, to this caller",
    decided_by: "the log of the address that `auth_request` asks, or the server's error log",
    page: page!("server/auth_request"),
};

const STEPS: [&str; 10] = [
    "auth_request",
    "auth_basic",
    "auth_basic_user_file",
    "authtype",
    "authuserfile",
    "require valid-user",
    "require user",
    "http-request auth",
    "basic_auth",
    "basicauth",
];

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_by(evidence, &STEPS)
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_by(evidence, &STEPS)?;
    configuration::confirmed_for(evidence, Subject::Credentials)
}

fn step_decides(evidence: &Evidence) -> Option<Sighting> {
    configuration::stops_at(evidence, &STEPS)
}

fn configured(evidence: &Evidence) -> Option<Sighting> {
    STEPS.iter().find_map(|name| {
        configuration::setting(evidence, name, |value| {
            !value.trim_end_matches(';').eq_ignore_ascii_case("off")
        })
    })
}

fn realm_configured(evidence: &Evidence) -> Option<Sighting> {
    let challenges = authorization::challenges(evidence);
    let realm = challenges
        .iter()
        .find_map(|challenge| challenge.parameter("realm"))
        .filter(|realm| !realm.is_empty())?;
    ["auth_basic", "authname", "auth_realm", "realm"]
        .iter()
        .find_map(|name| configuration::setting(evidence, name, |value| value.contains(realm)))
}

fn service_refused(evidence: &Evidence) -> Option<Sighting> {
    open_rules::service_refused(evidence, &STEPS)
}
