//! A filtering device or secure web gateway on the client's side wrote the answer
//!
//! ## Why the server refuses
//!
//! Between client and Internet stands a filter that looks up each target's category, content or reputation and
//! answers in the server's place with a page of its own: a company's, a school's, a hotel's, a provider's, or a
//! program on the machine. With https it must show a certificate of its own authority. The server was never
//! asked.
//!
//! ## How to mend it
//!
//! - Look who signed the certificate: `curl -v`, `openssl s_client -connect HOST:443`; a filter's authority
//!   instead of a public one is the sign.
//! - Try the same request from another network, and compare.
//! - Have the target's category changed or the target allowed by whoever runs the filter; the page names
//!   category and contact.
//! - If the filter is wrong about one's own site, its maker has a form to report that.
//!
//! ## What not to do
//!
//! VPNs or proxies to get around the filter of one's employer or school; `curl -k` because the certificate is
//! not trusted.
//!
//! ## References
//!
//! - RFC 7725, section 3 (451 and `Link: rel="blocked-by"`); RFC 8446 (certificates); makers' categories:
//!   FortiGuard, Zscaler, Palo Alto

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, body_type};

/// `network.filter`
pub static FILTER: Cause = Cause {
    id: "network.filter",
    layer: Layer::Network,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: blocked_by,
            because: "the answer names who blocks (RFC 7725)",
        },
        Indicator {
            weight: Weight::Hints,
            seek: answered_by_private_address,
            because: "a public name was answered from a private address",
        },
        Indicator {
            weight: Weight::Hints,
            seek: page_for_data,
            because: "data was asked for, and the answer is a page without any of the fields the host sends otherwise",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a path that cannot exist is refused alike: the whole host is",
    }],
    roots: &[],
    fix: "have whoever runs the filter allow this target",
    opens: "this one target to the users of that network",
    decided_by: "the certificate that was shown (`curl -v`), or the same request from another network",
    page: page!("network/filter"),
};

fn blocked_by(evidence: &Evidence) -> Option<Sighting> {
    let (value, span) = evidence.response_header("link")?;
    value.contains("blocked-by").then(|| Sighting::with(span, value))
}

fn answered_by_private_address(evidence: &Evidence) -> Option<Sighting> {
    let peer: std::net::SocketAddr = evidence.refused.peer.as_ref()?.parse().ok()?;
    let private = match peer.ip() {
        std::net::IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        std::net::IpAddr::V6(_) => false,
    };
    let host = &evidence.request()?.url.value.host;
    // A name under a public suffix that people buy; names of one's own network end otherwise.
    let public = [".com", ".org", ".net", ".io", ".dev", ".app"].iter().any(|end| host.ends_with(end));
    let span = evidence.status_line()?;
    (private && public).then(|| Sighting::with(span, peer.to_string()))
}

/// The host's other answers carry `Server` or `Via`; the refusal names another server.
fn page_for_data(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403, 451, 503])?;
    let response = evidence.response()?;
    let page = response.message.media_type().is_some_and(|kind| kind.contains("html"));
    let own = evidence.request()?.url.value.host.as_str();
    let other = evidence.related.iter().find_map(|related| {
        let request = related.exchange.request.as_ref()?;
        let server = related.exchange.response.as_ref()?.message.fields.get("server")?;
        (request.url.value.host == own).then_some(server.value.as_str())
    })?;
    let differs = response.message.fields.value("server") != Some(other);
    (page && differs && body_type::data_was_asked(evidence))
        .then(|| Sighting::at(response.message.start_line))
}
