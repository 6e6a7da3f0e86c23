//! A browser challenge was served instead of the answer
//!
//! ## Why the server refuses
//!
//! The edge is not sure that a person asks, and sends a page whose script must run, or a riddle that must be
//! solved, before it passes requests on. A program cannot, and a page's own script that calls an API gets the
//! challenge's HTML instead of JSON. The status is 403, 401, 429, 503 or 202.
//!
//! ## How to mend it
//!
//! - Owner: except the API's path from challenges: Cloudflare *custom rule, skip*, or a rule for the token
//!   header; AWS WAF: challenge only for pages; DataDome, HUMAN, Akamai: an allow rule for the path or client.
//! - Owner: let machines authenticate (key, mTLS, signed agents) and allow by that.
//! - Client: ask the owner for an API or an exception; use the address and network that were agreed.
//!
//! ## What not to do
//!
//! Switching bot protection off for the site; software that solves challenges in order to pass for a person.
//!
//! ## References
//!
//! - Cloudflare, detect a challenge page response (`cf-mitigated`); AWS WAF, CAPTCHA and Challenge actions
//!   (`x-amzn-waf-action`)

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, body_type, every_request};

/// `waf.bot-challenge`
pub static BOT_CHALLENGE: Cause = Cause {
    id: "waf.bot-challenge",
    layer: Layer::Edge,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: script_page_for_api,
            because: "a program asked for data, and the answer is a page whose script must run first",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: short_plain_answer,
            because: "the answer is data and no page, so there is nothing to be solved",
        },
    ],
    experiments: &[every_request::ANY_PATH_REFUSED],
    roots: &[],
    fix: "except this path or client from challenges, by the client's key or address",
    opens: "this path to programs that hold the key",
    decided_by: "the answer with its header and body, or the edge's security events",
    page: page!("waf/bot_challenge"),
};

/// A page that is nothing but a script: little text to read outside of it, and a request to switch scripts on.
fn script_page_for_api(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[202, 401, 403, 405, 429, 503])?;
    let response = evidence.response()?;
    let body = response.message.body.as_ref()?;
    let text = response.message.body_text().to_ascii_lowercase();
    let page =
        response.message.media_type().is_some_and(|kind| kind.contains("html")) && text.contains("<script");
    let asks = text.contains("<noscript") || text.contains("captcha") || text.contains("challenge");
    (page && asks && body_type::data_was_asked(evidence)).then(|| Sighting::at(body.span))
}

fn short_plain_answer(evidence: &Evidence) -> Option<Sighting> {
    let response = evidence.response()?;
    let field = response.message.fields.get("content-type")?;
    let data = field.value.contains("json") || field.value.contains("xml") && !field.value.contains("xhtml");
    data.then(|| Sighting::with(field.span, field.value.clone()))
}
