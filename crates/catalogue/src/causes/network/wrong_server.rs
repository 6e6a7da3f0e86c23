//! The request reached another server than the one intended
//!
//! ## Why the server refuses
//!
//! An old DNS entry, an entry in `/etc/hosts`, a split DNS, the wrong SNI, or a name that no virtual host knows
//! leads to a machine that is not the intended one, and its default site refuses: nginx and Apache answer
//! unknown names with their first site, clouds and CDNs with 403 or 404.
//!
//! ## How to mend it
//!
//! - Compare the address that was connected to with what the name should be: `dig +short NAME`, `curl -v`; look
//!   into `/etc/hosts`, `--resolve`, a VPN's DNS.
//! - Look at the certificate: which names is it for?
//! - Server: add the name to `server_name` or `ServerAlias`, or to the CDN's or platform's list of domains;
//!   have a default site that says so (`return 421`).
//! - With HTTP/2, connections are shared between names of one certificate: answer 421 for names that are not
//!   served there.
//!
//! ## What not to do
//!
//! Opening the default site; switching certificate checks off (`-k`), which hide the very sign.
//!
//! ## References
//!
//! - RFC 9110, sections 7.4 and 15.5.20 (421); RFC 6066, section 3 (SNI); nginx, how a request is processed

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, origin};

/// `network.wrong-server`
pub static WRONG_SERVER: Cause = Cause {
    id: "network.wrong-server",
    layer: Layer::Network,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: status_421,
            because: "421 means that this server does not answer for that name",
        },
        Indicator {
            weight: Weight::Supports,
            seek: no_site_of_that_name,
            because: "no site of the configuration has the name that was asked, so the default one answers",
        },
        Indicator {
            weight: Weight::Hints,
            seek: origin::host_differs,
            because: "`Host` names another host than the URL that was asked",
        },
        Indicator {
            weight: Weight::Hints,
            seek: other_address,
            because: "earlier requests to this host were answered from another address",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: answer::earlier_success,
            because: "the same path was accepted here earlier",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a path that cannot exist is refused alike, as by a site that serves nothing under this name",
    }],
    roots: &[],
    fix: "make the name lead to the intended server, and make that server know the name",
    opens: "nothing: no rule is changed",
    decided_by: "the address and certificate of the connection (`curl -v`) against those of the intended server",
    page: page!("network/wrong_server"),
};

fn status_421(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[421])
}

/// All names that the given configuration serves, if they are written out.
fn no_site_of_that_name(evidence: &Evidence) -> Option<Sighting> {
    let host = evidence.request()?.url.value.host.as_str();
    if host.parse::<std::net::IpAddr>().is_ok() || host == "localhost" {
        return None;
    }
    let mut sites = ["server_name", "servername", "serveralias"]
        .iter()
        .flat_map(|name| evidence.settings(name))
        .peekable();
    let first = sites.peek()?.span;
    let serves = |value: &str| {
        let mut names = value.trim_end_matches(';').split_whitespace();
        names.any(|name| {
            let name = name.trim_start_matches("https://").trim_start_matches("http://").to_ascii_lowercase();
            let bare = name.split(':').next().unwrap_or("");
            bare == host
                || name == "_"
                || name.starts_with('~')
                || bare.contains('*')
                || (bare.starts_with('.') && host.ends_with(bare))
        })
    };
    let known = sites.any(|site| serves(&site.value));
    (!known).then(|| Sighting::with(first, format!("{host} is not among the names")))
}

fn other_address(evidence: &Evidence) -> Option<Sighting> {
    let peer = evidence.refused.peer.as_deref()?;
    let host = evidence.request()?.url.value.host.as_str();
    evidence.related.iter().find_map(|related| {
        let request = related.exchange.request.as_ref().filter(|request| request.url.value.host == host)?;
        let other = related.exchange.peer.as_deref().filter(|other| *other != peer)?;
        Some(Sighting::with(request.message.start_line, format!("{other}, now {peer}")))
    })
}
