//! Configurations among the documents, and what they do with the refused request.

mod convert;
mod fragments;
mod open;
mod servers;
mod subject;

use std::net::IpAddr;

use model::{Evidence, Fix, SourceKind};
use server_config::chain::{self, Hop};
use server_config::walk::Belief;
use server_config::{Header, Request, Scheme, request::Version};

pub use servers::{Given, servers};

use crate::Options;

/// Warnings of one configuration that are passed on; more say nothing new.
const WARNINGS: usize = 20;

/// A log line that is less surely about the request tells nothing of its client.
const ABOUT: f64 = 0.9;

/// Simulates the refused request over the configurations among the documents, hop by hop. Doing so again replaces what
/// was found before: call it once the refused exchange is known.
pub fn simulate(evidence: &mut Evidence, options: &Options) {
    evidence.simulations.clear();
    evidence.proposals.clear();
    let Some(request) = request(evidence, options.client) else { return };
    let texts: Vec<(String, Vec<u8>)> = evidence
        .sources
        .iter()
        .filter(|(_, source)| source.kind == SourceKind::Config && source.origin.is_none())
        .map(|(_, source)| (source.name.clone(), source.bytes.clone()))
        .collect();
    let mut given = servers(texts, options.files.as_ref());
    for (server, name) in given.servers.iter_mut().zip(&given.names) {
        server.peer = logged_client(evidence, &server.configuration.product().to_string());
        for warning in server.configuration.warnings().iter().take(WARNINGS) {
            let place = warning.place.as_ref();
            let document = place.map_or(name.as_str(), |place| &*place.file);
            evidence.warn(Some((document, place.map(|place| place.line as usize))), warning.text.clone());
        }
    }
    let hops = chain::walk(&given.servers, &request);
    for hop in &hops {
        let simulation = convert::simulation(evidence, &given, hop);
        evidence.simulations.push(simulation);
    }
    evidence.proposals = proposals(evidence, &given, &hops);
}

/// The fixes of the server that refuses, unless it refuses with another status than the one observed.
fn proposals(evidence: &Evidence, given: &Given, hops: &[Hop]) -> Vec<Fix> {
    let Some((hop, simulation)) = hops.iter().zip(&evidence.simulations).next_back() else {
        return Vec::new();
    };
    let fits = simulation.status.zip(evidence.status()).is_none_or(|(one, other)| one == other);
    if simulation.denial().is_none() || !fits {
        return Vec::new();
    }
    let server = &given.servers[hop.server];
    server.configuration.fixes(&hop.request, &server.files).into_iter().map(fix).collect()
}

/// A fix of the engine as evidence.
fn fix(fix: server_config::Fix) -> Fix {
    let patch: String = fix.patches.iter().map(|patch| patch.diff.as_str()).collect();
    Fix { text: fix.text, patch: Some(patch).filter(|patch| !patch.is_empty()), opens: fix.opens }
}

/// The refused request as the first server receives it.
#[must_use]
pub fn request(evidence: &Evidence, client: Option<IpAddr>) -> Option<Request> {
    let refused = evidence.request()?;
    let url = &refused.url.value;
    let mut request = Request::new(&refused.method.value, &url.to_string());
    request.scheme = if url.is_secure() { Scheme::Https } else { Scheme::Http };
    request.version = match refused.message.version.as_str() {
        "HTTP/1.0" => Version::Http10,
        "HTTP/2" | "HTTP/2.0" | "h2" => Version::Http2,
        "HTTP/3" | "HTTP/3.0" | "h3" => Version::Http3,
        _ => Version::Http11,
    };
    let fields = &refused.message.fields;
    if fields.has("host") {
        request.headers.clear();
    }
    request.headers.extend(fields.0.iter().map(|field| Header::new(&field.name, &field.value)));
    request.listener = reached(evidence);
    request.client = client;
    let sent = refused.message.body.as_ref().map_or(0, |body| body.value.len() as u64);
    let told = fields.value("content-length").and_then(|length| length.trim().parse().ok());
    request.body_length = told.unwrap_or(sent);
    Some(request)
}

/// The address and port that were connected to, where they are known.
fn reached(evidence: &Evidence) -> Option<std::net::SocketAddr> {
    if let Some(peer) = evidence.refused.peer.as_ref().and_then(|peer| peer.parse().ok()) {
        return Some(peer);
    }
    let url = &evidence.request()?.url.value;
    let address = match url.host.as_str() {
        "localhost" => IpAddr::from([127, 0, 0, 1]),
        host => host.parse().ok()?,
    };
    Some(std::net::SocketAddr::new(address, url.effective_port()))
}

/// The client that a log line of this product about the request names.
fn logged_client(evidence: &Evidence, product: &str) -> Option<IpAddr> {
    let product = product.split(' ').next().unwrap_or(product).to_ascii_lowercase();
    let lines = evidence.log_lines.iter().filter(|line| line.about_request >= ABOUT);
    let own = lines.filter(|line| line.format.to_ascii_lowercase().starts_with(&product));
    own.filter_map(|line| address(line.field("client")?)).next()
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
}

/// What a belief about the client's address rests on, in words.
#[must_use]
pub fn believed_from(belief: &Belief) -> String {
    match &belief.from {
        server_config::BelievedFrom::Connection => "the connection".to_owned(),
        server_config::BelievedFrom::Header(name) => format!("the header field {name}"),
        server_config::BelievedFrom::ProxyProtocol => "the PROXY protocol".to_owned(),
    }
}
