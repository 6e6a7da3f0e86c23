//! Static checks over a chain of servers: a list of addresses that will see the server in front instead of the client,
//! and a header field that one server reads and the one in front drops.
//!
//! Both are found by trying: a request is walked through the servers, and what the inner one does with it is compared
//! with what it would do if it saw the client, or got the field.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::{Hop, Server, walk};
use crate::check::Finding;
use crate::request::Request;
use crate::source::Place;
use crate::walk::{Answer, BelievedFrom, HowChanged, Step};

/// Paths, addresses and names tried of each kind.
const TRIED: usize = 48;

/// The findings of all servers together, in the order of their places.
pub fn check(servers: &[Server]) -> Vec<Finding> {
    let mut found = Vec::new();
    for request in requests(servers) {
        let hops = walk(servers, &request);
        for pair in hops.windows(2) {
            found.extend(sees_the_proxy(servers, &pair[0], &pair[1]));
            found.extend(drops_a_field(servers, &pair[0], &pair[1]));
        }
    }
    found.sort_by(|left, right| (&left.place, left.check).cmp(&(&right.place, right.check)));
    found.dedup_by(|left, right| left.place == right.place && left.check == right.check);
    found
}

/// One request for each socket and each path that the configurations name.
fn requests(servers: &[Server]) -> Vec<Request> {
    let mut paths: BTreeSet<String> = BTreeSet::from(["/".to_owned()]);
    for server in servers {
        let named = words(server).filter(|word| is_path(word));
        paths.extend(named.map(|word| word.trim_end_matches(['*', '{']).to_owned()).take(TRIED));
    }
    let listeners = servers.iter().flat_map(|server| server.configuration.listeners());
    let ports: BTreeSet<(u16, bool)> = listeners.map(|listener| (listener.port, listener.is_tls)).collect();
    let urls = ports.into_iter().flat_map(|(port, is_tls)| {
        let scheme = if is_tls { "https" } else { "http" };
        paths.iter().map(move |path| format!("{scheme}://check.example:{port}{path}"))
    });
    urls.take(TRIED * 4).map(|url| Request::new("POST", &url)).collect()
}

fn is_path(word: &str) -> bool {
    let of_disk = ["/etc/", "/var/", "/usr/", "/srv/", "/run/", "/dev/", "/home/", "/opt/", "/tmp/"];
    word.starts_with('/')
        && word.is_ascii()
        && !of_disk.iter().any(|start| word.starts_with(start))
        && !word.contains(['$', '\\', '(', '"'])
}

/// All words of a configuration.
fn words(server: &Server) -> impl Iterator<Item = String> {
    let texts: Vec<String> =
        server.configuration.sources().iter().map(|source| source.text().into_owned()).collect();
    texts.into_iter().flat_map(|text| {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let words = lines.flat_map(|line| line.split([' ', '\t', ';', ',', '"', '\'', '<', '>']));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    })
}

/// Rules of the inner server that would decide otherwise if it saw the client's address.
fn sees_the_proxy(servers: &[Server], outer: &Hop, inner: &Hop) -> Vec<Finding> {
    let server = &servers[inner.server];
    if inner.walk.client.from != BelievedFrom::Connection || inner.request.client.is_none() {
        return Vec::new();
    }
    let listed = words(server).filter_map(|word| word.split('/').next()?.parse::<IpAddr>().ok());
    let listed: BTreeSet<IpAddr> = listed.filter(|address| !address.is_unspecified()).take(TRIED).collect();
    let mut found = Vec::new();
    for client in listed.into_iter().filter(|address| !address.is_loopback()) {
        let seen = inner.request.clone().from_client(client);
        let walk = server.configuration.simulate(&seen, &server.files);
        let Some(rule) = walk.steps.iter().find(|step| differs(step, &inner.walk.steps)) else { continue };
        let Some(place) = rule.place.clone() else { continue };
        let proxy = inner.request.client.map_or_else(String::new, |address| address.to_string());
        let because = format!("requests come through another server, so it sees {proxy} and not {client}");
        let other = passes_on(outer);
        found.push(Finding {
            check: "allow-list-sees-proxy",
            place,
            text: rule.text.clone(),
            because,
            other,
        });
    }
    found
}

/// Whether a rule does otherwise in another walk. A block has steps of several phases at one place.
fn differs(step: &Step, others: &[Step]) -> bool {
    let rule = |step: &Step| (step.phase, step.place.clone(), step.text.clone());
    step.place.is_some()
        && others.iter().any(|other| rule(other) == rule(step) && other.verdict != step.verdict)
}

/// Header fields that the inner server reads, and the outer one does not pass on.
fn drops_a_field(servers: &[Server], outer: &Hop, inner: &Hop) -> Vec<Finding> {
    let names = fields_read(&servers[inner.server]);
    let mut found = Vec::new();
    for name in names {
        let request = outer.request.clone().with_header(&name, "check");
        let server = &servers[outer.server];
        let walk = server.configuration.simulate(&request, &server.files);
        let Answer::Upstream(forwarded) = &walk.outcome.answer else { continue };
        let change = forwarded
            .changes
            .iter()
            .find(|change| change.how == HowChanged::Dropped && change.name.eq_ignore_ascii_case(&name));
        let Some(change) = change else { continue };
        let Some(place) = change.place.clone().or_else(|| passes_on(outer)) else { continue };
        let text = server.configuration.sources().line(&place).unwrap_or_default().trim().to_owned();
        let because = format!("the next server reads {name}, and this drops it: {}", change.because);
        found.push(Finding { check: "header-dropped", place, text, because, other: None });
    }
    found
}

/// Where a server passes the request on.
fn passes_on(hop: &Hop) -> Option<Place> {
    hop.walk.outcome.decided_by.clone()
}

/// Names of header fields in the ways that configurations write them.
fn fields_read(server: &Server) -> BTreeSet<String> {
    const MARKS: [&str; 5] = ["$http_", "hdr(", "hdr_", "%{HTTP:", "header_regexp"];
    let mut names = BTreeSet::new();
    for word in words(server) {
        for mark in MARKS {
            let Some((_, rest)) = word.split_once(mark) else { continue };
            let rest = rest.split_once('(').map_or(rest, |(_, rest)| rest);
            let end =
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap_or(rest.len());
            let name = rest[..end].replace('_', "-");
            let own = matches!(
                name.to_ascii_lowercase().as_str(),
                "" | "host" | "connection" | "upgrade" | "beg" | "sub"
            );
            if !own && names.len() < TRIED {
                names.insert(name);
            }
        }
    }
    names
}
