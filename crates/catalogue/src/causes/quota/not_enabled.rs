//! The API, product or feature is not enabled for this project or plan
//!
//! ## Why the server refuses
//!
//! Caller and rights may be fine; the project has not switched the API on, the plan does not include the
//! feature, the app was not approved, the model or region was not opened for this account. Google answers
//! *SERVICE_DISABLED*, others a plain 403.
//!
//! ## How to mend it
//!
//! - Google: enable the API in the project that the credential belongs to (`gcloud services enable`), and wait
//!   some minutes. The number in the message is the project that was asked.
//! - AWS: opt in to the region, ask for access to the model (Bedrock), activate the account. Azure: register
//!   the resource provider.
//! - Products with plans: compare the feature with the plan; trial periods end.
//! - GitHub, Slack, Salesforce: the organisation's administrators must approve the app, or switch the API on
//!   for the edition or profile.
//!
//! ## What not to do
//!
//! Giving the caller more roles: a service that is off stays off.
//!
//! ## References
//!
//! - Google Cloud, enable and disable services; Amazon Bedrock, model access; Azure, resource providers

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Relation, Sighting, Weight};

use crate::causes::{answer, authorization};

/// `quota.not-enabled`
pub static NOT_ENABLED: Cause = Cause {
    id: "quota.not-enabled",
    layer: Layer::Gateway,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Hints,
            seek: other_product_succeeded,
            because: "the same caller is accepted at another host of the same provider",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: answer::earlier_success,
            because: "the same path was accepted earlier, so it is enabled",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::challenged,
            because: "the answer asks for credentials",
        },
    ],
    experiments: &[Experiment {
        change: Change::Get,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "reading is refused like writing, as where the whole product is off",
    }],
    roots: &[],
    fix: "enable the API or feature for the project that the credential belongs to",
    opens: "the enabled API to everybody with rights in that project, and its cost",
    decided_by: "the project's list of enabled APIs or the plan's list of features",
    page: page!("quota/not_enabled"),
};

/// The last two labels of a host, which name the provider.
fn provider(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.').map(|(at, _)| at + 1);
    dots.nth(1).map_or(host, |at| &host[at..])
}

fn other_product_succeeded(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let own = request.message.fields.value("authorization")?;
    let host = request.url.value.host.as_str();
    evidence.related(Relation::Before).find_map(|exchange| {
        let other = exchange.request.as_ref()?;
        let accepted =
            exchange.response.as_ref().is_some_and(|response| (200..300).contains(&response.status.value));
        let sibling = other.url.value.host != host && provider(&other.url.value.host) == provider(host);
        let same_caller = other.message.fields.value("authorization") == Some(own);
        (accepted && sibling && same_caller).then(|| Sighting::at(other.message.start_line))
    })
}
