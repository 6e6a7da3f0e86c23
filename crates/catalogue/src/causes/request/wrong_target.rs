//! The request goes to another place than the one it is meant for, and what answers there refuses
//!
//! ## Why the server refuses
//!
//! Host, path, slash, region or stage is not the intended one, so another view, bucket, service or server
//! answers, with its own rules. Typical: a path without its final slash reaches a view that demands a CSRF
//! token; a `#` in a path parameter ends the path, because what follows is a fragment and is never sent; a
//! write goes to a read-only mirror; the key is from one region, the endpoint in another.
//!
//! ## How to mend it
//!
//! - Compare the URL with the documentation, character by character: scheme, host, base path, version, final
//!   slash.
//! - Encode `#`, `?`, `/` and blanks in path parameters (`encodeURIComponent`, `urllib.parse.quote(...,
//!   safe="")`).
//! - Django: `APPEND_SLASH` cannot redirect a POST; write the slash. Cloud services: take region and endpoint
//!   from the resource, not from a default. Package registries: check which registry the publishing step writes
//!   to.
//!
//! ## What not to do
//!
//! Exempting the view that answered from its checks, or granting rights on it: it was never meant to take this
//! request.
//!
//! ## References
//!
//! - RFC 3986, sections 3.3 to 3.5 (path, query, fragment)
//! - Django, settings, APPEND_SLASH
//! - AWS, service endpoints and quotas

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Relation, Sighting, Weight};

use crate::causes::{origin, written};

/// `request.wrong-target`
pub static WRONG_TARGET: Cause = Cause {
    id: "request.wrong-target",
    layer: Layer::Client,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: fragment_in_url,
            because: "the URL holds a `#`; what follows it is never sent",
        },
        Indicator {
            weight: Weight::Supports,
            seek: sibling_succeeded,
            because: "the same path with its final slash the other way round was not refused",
        },
        Indicator {
            weight: Weight::Supports,
            seek: pushed_to_another_registry,
            because: "the workflow logs in to this registry, and the image's name goes without a registry to Docker Hub",
        },
        Indicator {
            weight: Weight::Hints,
            seek: unencoded_path,
            because: "the path holds an empty segment, a blank or a template's placeholder",
        },
        Indicator {
            weight: Weight::Hints,
            seek: origin::host_differs,
            because: "the request names another host than its URL",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetToggledSlash,
        predicts: model::Answer::Accepted,
        if_so: Weight::Supports,
        if_not: Weight::Weakens,
        because: "the path with its final slash the other way round is accepted",
    }],
    roots: &[],
    fix: "send the request to the intended URL: compare host, base path, final slash and region with the documentation",
    opens: "nothing: no rule is changed",
    decided_by: "the service's documentation, or a request to the same endpoint that works",
    page: page!("request/wrong_target"),
};

fn fragment_in_url(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url;
    let fragment = url.value.fragment.as_ref().filter(|fragment| fragment.contains('/'))?;
    Some(Sighting::with(url.span, format!("#{fragment}")))
}

fn sibling_succeeded(evidence: &Evidence) -> Option<Sighting> {
    let path = &evidence.request()?.url.value.path;
    let toggled = path.strip_suffix('/').map_or_else(|| format!("{path}/"), str::to_owned);
    let mut others = evidence.related(Relation::EarlierSuccess).chain(evidence.related(Relation::Before));
    others.find_map(|exchange| {
        let request = exchange.request.as_ref()?;
        let accepted = exchange.response.as_ref().is_some_and(|response| response.status.value < 300);
        (accepted && request.url.value.path == toggled).then(|| Sighting::at(request.message.start_line))
    })
}

fn unencoded_path(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url;
    let path = &url.value.path;
    let odd = ["//", " ", "{", "%7B", "$(", "/undefined", "/null/", "/None/", "/NaN"];
    let found = odd.iter().find(|part| path.contains(**part))?;
    Some(Sighting::with(url.span, format!("`{found}` in {path}")))
}

/// A workflow that logs in with `registry: HOST` only and pushes `tags: NAME` whose first part is no host: it holds no dot,
/// no port, and is not `localhost` (distribution/reference, normalize.go).
fn pushed_to_another_registry(evidence: &Evidence) -> Option<Sighting> {
    written::by_hand(evidence).find_map(|(whole, text)| {
        if !text.contains("login-action") {
            return None;
        }
        let value = |key: &str| {
            let lines = text.lines().map(str::trim);
            let values = lines.filter_map(|line| line.strip_prefix(key)).map(str::trim);
            values.filter(|value| !value.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let logged_in = value("registry:");
        let hub = |host: &String| host.contains("docker.io") || host.contains("$");
        let named = value("tags:").into_iter().find(|tag| is_unqualified(tag))?;
        if logged_in.is_empty() || logged_in.iter().any(hub) {
            return None;
        }
        let at = text.find(&format!("tags: {named}"))?;
        let detail = format!("{}, not {named}", logged_in[0]);
        Some(Sighting::with(whole.part(at, at + "tags: ".len() + named.len()), detail))
    })
}

fn is_unqualified(image: &str) -> bool {
    let host = image.split_once('/').map(|(host, _)| host);
    let plain = image.starts_with(|first: char| first.is_ascii_alphanumeric());
    plain && host.is_none_or(|host| !host.contains(['.', ':', '$']) && host != "localhost")
}
