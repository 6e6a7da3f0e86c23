//! A custom header that proves a request is no plain form is missing
//!
//! ## Why the server refuses
//!
//! A form of another site cannot set headers of its own, and a script of another site must ask first (CORS).
//! Some products therefore demand only that a certain header is there: `kbn-xsrf` (Kibana), `X-Requested-With`
//! (many), `Jenkins-Crumb`, `X-Atlassian-Token: no-check` (Jira, Confluence),
//! `OCS-APIRequest` (Nextcloud). Without it, state cannot be changed.
//!
//! ## How to mend it
//!
//! - Kibana, OpenSearch Dashboards: `kbn-xsrf: true`, `osd-xsrf: true`. Atlassian: `X-Atlassian-Token:
//!   no-check` on uploads.
//! - Nextcloud: `OCS-APIRequest: true`. Jenkins: an API token with Basic needs no crumb; otherwise fetch one
//!   from `/crumbIssuer/api/json` and keep the session cookie.
//! - `X-Requested-With: XMLHttpRequest` where the product asks for it. Scripts: set it once for the client.
//! - Let proxies pass the header on.
//!
//! ## What not to do
//!
//! Disabling the check (`server.xsrf.disableProtection`) or adding the header to every request in the proxy:
//! other sites' forms then pass as well.
//!
//! ## References
//!
//! - OWASP, CSRF Prevention Cheat Sheet, custom request headers
//! - Kibana, API; Atlassian, Form token handling; Nextcloud, OCS

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Relation, Root, Sighting, Weight};

use crate::causes::{anti_forgery, configuration, isolated};

/// Headers whose presence is the proof.
const PROOFS: [&str; 7] = [
    "x-requested-with",
    "kbn-xsrf",
    "osd-xsrf",
    "x-atlassian-token",
    "ocs-apirequest",
    "jenkins-crumb",
    ".crumb",
];

/// `csrf.header-missing`
pub static HEADER_MISSING: Cause = Cause {
    id: "csrf.header-missing",
    layer: Layer::Application,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: isolated_missing,
            because: "a neutral copy of the request is refused, and passes when this is added",
        },
        Indicator {
            weight: Weight::Supports,
            seek: success_had_header,
            because: "an earlier request to the same path carried the header and was not refused",
        },
        Indicator { weight: Weight::Weakens, seek: header_sent, because: "such a header is sent" },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::safe_method,
            because: "anti-forgery checks let safe methods pass",
        },
    ],
    experiments: &[anti_forgery::GET_PASSES],
    roots: &[Root {
        cause: "gateway.header-stripped",
        seek: dropped,
        because: "a proxy does not pass the header on",
    }],
    fix: "send the header that the product asks for with each request that changes state",
    opens: "nothing: other sites' forms still cannot set it",
    decided_by: "the product's API documentation, section on CSRF or XSRF",
    page: page!("csrf/header_missing"),
};

fn success_had_header(evidence: &Evidence) -> Option<Sighting> {
    let own = &evidence.request()?.message.fields;
    evidence.related(Relation::EarlierSuccess).find_map(|exchange| {
        let request = exchange.request.as_ref().filter(|request| request.is_unsafe())?;
        let named = PROOFS.iter().find_map(|name| request.message.fields.get(name))?;
        (!own.has(&named.name)).then(|| Sighting::with(named.span, named.name.clone()))
    })
}

fn header_sent(evidence: &Evidence) -> Option<Sighting> {
    let fields = &evidence.request()?.message.fields;
    let sent = PROOFS.iter().find_map(|name| fields.get(name))?;
    Some(Sighting::with(sent.span, sent.name.clone()))
}

fn dropped(evidence: &Evidence) -> Option<Sighting> {
    PROOFS.iter().find_map(|name| configuration::dropped(evidence, name))
}

fn isolated_missing(evidence: &Evidence) -> Option<Sighting> {
    isolated::missing(evidence, |name| PROOFS.contains(&name))
}
