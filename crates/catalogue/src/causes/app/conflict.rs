//! It exists already, and overwriting it is refused
//!
//! ## Why the server refuses
//!
//! Registries and stores do not let a version, name or object be written twice: npm, PyPI, Maven repositories
//! without redeployment, S3 with object lock, Git hosts with protected tags. The honest answer is 409 or 412;
//! some answer 403, npm among them. Often an earlier attempt has succeeded after all, and only its answer was
//! lost.
//!
//! ## How to mend it
//!
//! - Look whether it is there: `npm view NAME@VERSION`, `pip index versions NAME`, HEAD on the object.
//! - If it is the same content, the work is done; make the step skip what exists (`twine upload
//!   --skip-existing`, `npm publish` only if the version is new).
//! - Otherwise raise the version or choose another name; published versions are never replaced.
//! - Artifactory and Nexus: releases are written once; snapshots may be replaced.
//!
//! ## What not to do
//!
//! Allowing redeployment of releases, deleting and publishing the same version again.
//!
//! ## References
//!
//! - RFC 9110, sections 13.1.1 (If-Match), 15.5.10 (409) and 15.5.13 (412); npm, publish; Sonatype Nexus,
//!   deployment policy

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Relation, Sighting, Weight};

use crate::causes::answer;

/// `app.conflict`
pub static CONFLICT: Cause = Cause {
    id: "app.conflict",
    layer: Layer::Application,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: status_409,
            because: "the status says that it conflicts with what is there",
        },
        Indicator {
            weight: Weight::Supports,
            seek: created_before,
            because: "an earlier request of the same kind created it",
        },
        Indicator {
            weight: Weight::Hints,
            seek: conditional,
            because: "the request is to succeed only if nothing is there yet",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: not_a_creation,
            because: "the request does not create anything",
        },
    ],
    experiments: &[Experiment {
        change: Change::Head,
        predicts: model::Answer::Accepted,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "something is there already",
    }],
    roots: &[],
    fix: "raise the version or choose another name; skip what is there already",
    opens: "nothing: no rule is changed",
    decided_by: "a look at whether the object or version is there already",
    page: page!("app/conflict"),
};

fn status_409(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[409, 412])
}

fn created_before(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let mut earlier = evidence.related(Relation::EarlierSuccess);
    earlier.find_map(|exchange| {
        let other = exchange.request.as_ref()?;
        let created = exchange.response.as_ref().is_some_and(|response| response.status.value == 201);
        let same = other.method.value == request.method.value && other.method.value == "PUT";
        (created && same).then(|| Sighting::at(other.message.start_line))
    })
}

fn conditional(evidence: &Evidence) -> Option<Sighting> {
    let (value, span) = evidence.request_header("if-none-match")?;
    (value.trim() == "*").then(|| Sighting::with(span, "If-None-Match: *"))
}

fn not_a_creation(evidence: &Evidence) -> Option<Sighting> {
    let method = &evidence.request()?.method;
    let creates = matches!(method.value.as_str(), "PUT" | "POST" | "PATCH" | "MKCOL" | "COPY" | "MOVE");
    (!creates).then(|| Sighting::with(method.span, method.value.clone()))
}
