//! The route exists and does not take this method
//!
//! ## Why the server refuses
//!
//! A gateway or CDN passes only certain methods on for a path. CloudFront's default cache behaviour takes GET
//! and HEAD, and answers POST with 403; static hosting takes no POST at all; a redirect or rewrite may send a
//! form to a page that only shows something. The honest answer is 405 with `Allow`.
//!
//! ## How to mend it
//!
//! - CloudFront: *Allowed HTTP methods* of the behaviour that matches this path (a page that takes server
//!   actions needs POST), with caching off.
//! - Static hosting (S3 website, GitHub Pages, Azure static sites): send forms to an API, not to the page.
//! - Kong, APISIX, Traefik: `methods` of the route; Kubernetes Gateway API: `method` of the match. Spring,
//!   Express and others: map the method.
//! - Client: the method that the documentation names; a redirect may have changed it.
//!
//! ## What not to do
//!
//! Allowing all methods on the default behaviour, for every path; carrying writes in GET parameters.
//!
//! ## References
//!
//! - RFC 9110, sections 10.2.1 (Allow) and 15.5.6 (405); Amazon CloudFront, allowed HTTP methods

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Root, Sighting, Weight};

use crate::causes::{answer, configuration, redirects};

/// `gateway.method-not-allowed`
pub static METHOD_NOT_ALLOWED: Cause = Cause {
    id: "gateway.method-not-allowed",
    layer: Layer::Gateway,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: answer::method_not_allowed,
            because: "the target's `Allow` lacks the method",
        },
        Indicator {
            weight: Weight::Hints,
            seek: status_405,
            because: "405 means that the target does not take the method",
        },
        Indicator {
            weight: Weight::Hints,
            seek: rule_refuses,
            because: "by the configuration, the route does not take the method",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: answer::method_allowed,
            because: "the target's `Allow` holds the method",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: answer::earlier_success_same_method,
            because: "the same method was accepted earlier on this path",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: redirects::other_method_refused,
            because: "the answer refuses another method than the one that was sent: something on the way changed it",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: reading,
            because: "GET and HEAD are taken nearly everywhere",
        },
    ],
    experiments: &[
        Experiment {
            change: Change::Get,
            predicts: model::Answer::Lifted,
            if_so: Weight::Hints,
            if_not: Weight::Weakens,
            because: "GET on the same target is not refused",
        },
        Experiment {
            change: Change::Options,
            predicts: model::Answer::Accepted,
            if_so: Weight::Hints,
            if_not: Weight::Weakens,
            because: "OPTIONS is answered, and its `Allow` tells the methods",
        },
    ],
    roots: &[Root {
        cause: "request.lost-in-redirect",
        seek: changed_by_redirect,
        because: "a redirect changed the method",
    }],
    fix: "allow this method on this route, or send the request to the route that takes it",
    opens: "that method on that route",
    decided_by: "the gateway's configuration of the route: its list of methods",
    page: page!("gateway/method_not_allowed"),
};

/// No proof: frameworks that forward an error to a page of another method answer 405 for that page. Where the answer names
/// another method, the status is about that one.
fn status_405(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[405, 501]).filter(|_| redirects::other_method_refused(evidence).is_none())
}

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_by(evidence, &["methods", "allowed_methods", "method"])
}

fn reading(evidence: &Evidence) -> Option<Sighting> {
    let method = &evidence.request()?.method;
    matches!(method.value.as_str(), "GET" | "HEAD").then(|| Sighting::at(method.span))
}

fn changed_by_redirect(evidence: &Evidence) -> Option<Sighting> {
    let last = evidence.request()?;
    evidence.related(model::Relation::Redirect).find_map(|exchange| {
        let request = exchange.request.as_ref()?;
        (request.method.value != last.method.value).then(|| Sighting::at(request.message.start_line))
    })
}
