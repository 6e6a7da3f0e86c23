//! The gateway has no route for this method and path, and answers 403
//!
//! ## Why the server refuses
//!
//! Some gateways do not say that a route is unknown, because that would tell strangers what exists: AWS API
//! Gateway answers 403 *Missing Authentication Token* to a path, method, stage or base path that it does not
//! know. The credential has nothing to do with it.
//!
//! ## How to mend it
//!
//! - Compare path and method with the deployed API: stage (`/prod`), base path of the custom domain, final
//!   slash, and case.
//! - Deploy the API after a change: resources that are not deployed to the stage do not exist there.
//! - Encode `#` and `/` in path parameters; a `#` ends the path.
//! - Define gateway responses for unknown routes, so that they are 404: `MISSING_AUTHENTICATION_TOKEN` in API
//!   Gateway.
//!
//! ## What not to do
//!
//! Taking authorizers off, or adding keys, to get rid of a message about tokens.
//!
//! ## References
//!
//! - AWS API Gateway, gateway responses, MISSING_AUTHENTICATION_TOKEN; RFC 9110, section 15.5.5 (404 for what
//!   is not to be told)

use model::{
    Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Root, Sighting, Subject, Weight,
};

use crate::causes::{answer, authorization, configuration};

/// `gateway.no-route`
pub static NO_ROUTE: Cause = Cause {
    id: "gateway.no-route",
    layer: Layer::Gateway,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: remainder_refused,
            because: "by the configuration this refuses what no route takes, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: remainder_refuses,
            because: "by the configuration, this refuses what no route takes",
        },
        Indicator {
            weight: Weight::Supports,
            seek: same_as_impossible_path,
            because: "a path that cannot exist is refused in the same way, and another path of the host is not",
        },
        Indicator {
            weight: Weight::Hints,
            seek: not_found,
            because: "the status says that there is nothing at this path",
        },
        Indicator {
            weight: Weight::Hints,
            seek: fragment,
            because: "the URL holds a `#`, so a shorter path was asked than the one written",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: answer::earlier_success_same_method,
            because: "the same method and path were accepted earlier, so there is a route",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::challenged,
            because: "the answer asks for credentials, so something is there",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a path that cannot exist gets the same answer",
    }],
    roots: &[Root {
        cause: "request.wrong-target",
        seek: fragment,
        because: "what follows `#` is never sent",
    }],
    fix: "send method and path as the API defines them, with stage and base path",
    opens: "nothing: no rule is changed",
    decided_by: "the gateway's list of routes for this stage or host, or its access log",
    page: page!("gateway/no_route"),
};

fn remainder_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Remainder)
}

fn remainder_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Remainder)
}

fn not_found(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[404, 410])
}

fn fragment(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url;
    url.value.fragment.as_ref().filter(|fragment| !fragment.is_empty()).map(|_| Sighting::at(url.span))
}

fn same_as_impossible_path(evidence: &Evidence) -> Option<Sighting> {
    let trial = evidence.trials.iter().find(|trial| trial.change == Change::GetImpossiblePath)?;
    let response = trial.exchange.response.as_ref()?;
    let elsewhere = evidence.related.iter().any(|related| {
        let ok = |response: &model::Response| (200..300).contains(&response.status.value);
        related.exchange.response.as_ref().is_some_and(ok)
    });
    (trial.answer == model::Answer::SameRefusal && elsewhere)
        .then(|| Sighting::at(response.message.start_line))
}
