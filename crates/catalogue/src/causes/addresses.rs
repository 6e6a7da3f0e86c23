//! Where the request comes from, as lists of addresses and proxies see it.

use std::net::IpAddr;

use model::{Evidence, Sighting, Subject};

use super::{answer, configuration, logged};

/// Directives by which a server takes the client's address from a header or the PROXY protocol.
const TRUST: [&str; 12] = [
    "set_real_ip_from",
    "real_ip_header",
    "remoteipheader",
    "remoteiptrustedproxy",
    "remoteipinternalproxy",
    "trusted_proxies",
    "forwardedheaders.trustedips",
    "xff_num_trusted_hops",
    "accept-proxy",
    "follow_x_forwarded_for",
    "trust proxy",
    "remoteipvalve",
];

/// Request fields in which proxies name the client.
const FORWARDED: [&str; 6] =
    ["x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip", "x-client-ip"];

/// A list of addresses that refuses the request by simulation.
pub(crate) fn list_refuses(evidence: &Evidence) -> Option<Sighting> {
    let refused = configuration::refused_for(evidence, Subject::Address)?;
    hop_was_judged(evidence).is_none().then_some(refused)
}

/// The same, with a witness that agrees; not where the address that was judged is a proxy's.
pub(crate) fn list_refused(evidence: &Evidence) -> Option<Sighting> {
    let refused = configuration::confirmed_for(evidence, Subject::Address)?;
    // Behind another server the address is that server's, whatever the client's may be.
    let entry = evidence.simulations.first()?;
    let reached = entry.in_front.is_none() && entry.denial().is_some();
    (reached && proxy_was_judged(evidence).is_none()).then_some(refused)
}

/// A list of addresses that refuses by simulation, behind another server that knows the client by another address.
pub(crate) fn hop_was_judged(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Address)?;
    let at = evidence.simulations.iter().position(|simulation| simulation.denial().is_some())?;
    let (before, inner) = (evidence.simulations.get(at.checked_sub(1)?)?, &evidence.simulations[at]);
    let (client, judged) = (before.client?, inner.client?);
    let span = inner.denial()?.span?;
    let detail =
        format!("{} knows the client as {client}, {} compares {judged}", before.server, inner.server);
    (client != judged).then(|| Sighting::with(span, detail))
}

/// The same, with a witness that agrees.
pub(crate) fn hop_was_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Address)?;
    hop_was_judged(evidence)
}

/// A list of addresses in a configuration: `allow` or `Require ip` with an address, not `all`.
pub(crate) fn list_configured(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    evidence
        .settings
        .iter()
        .find(|setting| names_addresses(setting))
        .map(|setting| Sighting::with(setting.span, format!("{} {}", setting.name, setting.value)))
}

fn names_addresses(setting: &model::Setting) -> bool {
    let first = setting
        .value
        .trim_start_matches("not ")
        .trim_start_matches("ip ")
        .split([' ', ';', '/'])
        .next()
        .unwrap_or("");
    matches!(setting.name.as_str(), "allow" | "deny" | "require") && first.parse::<IpAddr>().is_ok()
}

/// Another request of the same client to the same path that was accepted: the address is not refused as such.
pub(crate) fn accepted_before(evidence: &Evidence) -> Option<Sighting> {
    answer::earlier_success(evidence)
}

/// The addresses that a log line about the request names as the client, with the line.
fn seen(evidence: &Evidence) -> Option<(IpAddr, Sighting)> {
    logged::lines(evidence).find_map(|line| {
        let address: IpAddr = line.field("client")?.parse().ok()?;
        Some((address, Sighting::with(line.span, address.to_string())))
    })
}

/// The server saw a private address, and a forwarded field names another one.
pub(crate) fn proxy_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Address).or_else(|| answer::status(evidence, &[403]))?;
    let (address, sighting) = seen(evidence)?;
    let named = forwarded(evidence)?;
    (is_private(address) && named != address)
        .then(|| Sighting::with(sighting.span, format!("{address} was judged, the client is {named}")))
}

/// The server saw a private address although the host that was asked is a public name.
pub(crate) fn private_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Address)?;
    let (address, sighting) = seen(evidence)?;
    let host = &evidence.request()?.url.value.host;
    let local = !host.contains('.')
        || host.parse::<IpAddr>().is_ok()
        || [".local", ".internal", ".localhost", ".lan"].iter().any(|end| host.ends_with(end));
    (is_private(address) && !local).then_some(sighting)
}

/// The address of the client as a log line or the request names it behind a proxy.
fn forwarded(evidence: &Evidence) -> Option<IpAddr> {
    let logged = logged::lines(evidence).find_map(|line| {
        FORWARDED
            .iter()
            .chain(&["forwarded_for", "x_forwarded_for"])
            .find_map(|name| first_address(line.field(name)?))
    });
    logged.or_else(|| FORWARDED.iter().find_map(|name| first_address(evidence.request_header(name)?.0)))
}

/// The first address of `X-Forwarded-For` or `for=` of `Forwarded`.
fn first_address(value: &str) -> Option<IpAddr> {
    let first = value.split([',', ';']).next()?.trim();
    first.trim_start_matches("for=").trim_matches(['"', '[', ']']).parse().ok()
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || (address.segments()[0] & 0xfe00) == 0xfc00,
    }
}

/// The root behind a refused address: it was the proxy's.
pub(crate) fn proxy_was_judged(evidence: &Evidence) -> Option<Sighting> {
    hop_was_judged(evidence).or_else(|| proxy_refused(evidence)).or_else(|| private_refused(evidence))
}

/// A list of addresses in a configuration of a server that stands behind another one and trusts no header.
pub(crate) fn list_without_trust(evidence: &Evidence) -> Option<Sighting> {
    let behind = evidence.simulations.len() > 1
        || FORWARDED.iter().any(|name| evidence.request_header(name).is_some());
    (behind && trust_configured(evidence).is_none()).then(|| list_configured(evidence)).flatten()
}

/// A directive that takes the client's address from a proxy.
pub(crate) fn trust_configured(evidence: &Evidence) -> Option<Sighting> {
    configuration::any_setting(evidence, &TRUST)
}

/// A list of addresses that refuses by simulation, in a server that the request cannot have reached directly.
pub(crate) fn something_in_front(evidence: &Evidence) -> Option<Sighting> {
    let refused = configuration::refused_for(evidence, Subject::Address)?;
    let in_front = evidence.simulations.first()?.in_front.clone()?;
    Some(Sighting::with(refused.span, in_front))
}

/// A field that names the client and is not passed on.
pub(crate) fn forwarded_dropped(evidence: &Evidence) -> Option<Sighting> {
    FORWARDED.iter().find_map(|name| configuration::dropped(evidence, name))
}
