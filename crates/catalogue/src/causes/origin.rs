//! `Origin` and `Referer`: the site that a request says it comes from, held against the site it goes to.

use model::{Evidence, Sighting, Span, Url};

use super::configuration;

/// Where the request says it comes from.
#[derive(Debug)]
pub(crate) struct Source {
    /// The field: `Origin` or `Referer`.
    pub(crate) field: &'static str,
    /// Scheme, host and port, or `null`.
    pub(crate) origin: String,
    /// The field line.
    pub(crate) span: Span,
}

/// `Origin`, else `Referer`, in the order in which the checks read them.
pub(crate) fn source(evidence: &Evidence) -> Option<Source> {
    if let Some((value, span)) = evidence.request_header("origin") {
        let origin = Url::parse(value).map_or_else(|| value.to_owned(), |url| url.origin());
        return Some(Source { field: "Origin", origin, span });
    }
    let (value, span) = evidence.request_header("referer")?;
    let origin = Url::parse(value).map_or_else(|| value.to_owned(), |url| url.origin());
    Some(Source { field: "Referer", origin, span })
}

/// The origin that the request goes to: its URL's.
pub(crate) fn target(evidence: &Evidence) -> Option<String> {
    Some(evidence.request()?.url.value.origin())
}

/// The two origins, where they differ.
pub(crate) fn differs(evidence: &Evidence) -> Option<Sighting> {
    let (source, target) = (source(evidence)?, target(evidence)?);
    let detail = format!("{} says {}, the request goes to {target}", source.field, source.origin);
    (source.origin != target).then(|| Sighting::with(source.span, detail))
}

/// Source and target are one site: only a server that believes itself to be another one can object.
pub(crate) fn agrees(evidence: &Evidence) -> Option<Sighting> {
    let (source, target) = (source(evidence)?, target(evidence)?);
    (source.origin == target).then(|| Sighting::with(source.span, source.origin))
}

/// `Origin: null`: a sandboxed frame, a `no-referrer` policy, a redirect across sites, or a local file.
pub(crate) fn null(evidence: &Evidence) -> Option<Sighting> {
    let (value, span) = evidence.request_header("origin")?;
    (value == "null").then(|| Sighting::at(span))
}

/// `Host` on the wire differs from the host of the URL that was asked.
pub(crate) fn host_differs(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url.value;
    let (host, span) = evidence.request_header("host")?;
    let bare = |text: &str| text.rsplit_once(':').map_or(text, |(host, _)| host).to_ascii_lowercase();
    let differs = bare(host) != bare(&url.authority());
    differs.then(|| Sighting::with(span, format!("Host says {host}, the URL {}", url.authority())))
}

/// A proxy on the way changes what the application believes about its own site: the host, or the scheme that is lost
/// where TLS ends.
pub(crate) fn site_rewritten(evidence: &Evidence) -> Option<Sighting> {
    configuration::changed(evidence, "host").or_else(|| {
        configuration::setting(evidence, "proxy_set_header", |value| {
            let mut words = value.split_whitespace();
            words.next().is_some_and(|name| name.eq_ignore_ascii_case("host"))
                && words
                    .next()
                    .is_some_and(|value| value.contains("proxy_host") || value.contains("localhost"))
        })
    })
}
