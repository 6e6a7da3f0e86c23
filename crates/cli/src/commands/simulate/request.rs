//! The request of a curl command line, as the first server receives it.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, bail};
use intake::secret;
use model::{HttpVersion, Transfer, TransferBody};
use server_config::request::Version;
use server_config::{Header, Request, Scheme};

use crate::diagnosis;

/// A request, and what must not be shown of it.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) secrets: Vec<String>,
    pub(super) warnings: Vec<String>,
}

pub(super) fn read(args: &[String], client: Option<IpAddr>) -> Result<Asked> {
    let command =
        intake::curl::parse(args, &diagnosis::named_by_curl).context("the curl command cannot be read")?;
    let Some(transfer) = command.transfers.first() else { bail!("the curl command names no URL") };
    let mut warnings: Vec<String> = command
        .unsupported
        .iter()
        .map(|option| format!("the option `{option}` of curl plays no part here"))
        .collect();
    if command.transfers.len() > 1 {
        warnings
            .push(format!("the command names {} requests; the first is simulated", command.transfers.len()));
    }
    Ok(Asked { request: request(transfer, client), secrets: secrets(transfer), warnings })
}

fn request(transfer: &Transfer, client: Option<IpAddr>) -> Request {
    let is_secure = transfer.url.is_secure();
    Request {
        scheme: if is_secure { Scheme::Https } else { Scheme::Http },
        listener: listener(transfer),
        client,
        server_name: None,
        method: transfer.method.clone(),
        target: transfer.target.clone(),
        version: match transfer.version {
            HttpVersion::Http10 => Version::Http10,
            HttpVersion::Http2PriorKnowledge => Version::Http2,
            HttpVersion::Negotiated | HttpVersion::Http11 => Version::Http11,
        },
        headers: transfer.fields.iter().map(|line| Header::new(line.name(), line.value())).collect(),
        body_length: match &transfer.body {
            TransferBody::Empty => 0,
            TransferBody::Bytes(bytes) | TransferBody::Chunked(bytes) => bytes.len() as u64,
        },
        user: None,
    }
}

/// The address that curl would connect to, as far as the command line tells: nothing is looked up.
fn listener(transfer: &Transfer) -> Option<SocketAddr> {
    let (host, port) = (&transfer.url.host, transfer.url.effective_port());
    if let Some(proxy) = transfer.route.proxy.as_ref() {
        return Some(SocketAddr::new(proxy.host.parse().ok()?, proxy.port));
    }
    let resolved =
        transfer.route.resolve.iter().find(|(name, on, _)| (name == host || name == "*") && *on == port);
    let address = match resolved.and_then(|(_, _, addresses)| addresses.first()) {
        Some(address) => address.trim_matches(['[', ']']).parse().ok()?,
        None if host == "localhost" => IpAddr::from([127, 0, 0, 1]),
        None => host.parse().ok()?,
    };
    Some(SocketAddr::new(address, port))
}

/// The secrets that the request carries.
fn secrets(transfer: &Transfer) -> Vec<String> {
    let mut values = Vec::new();
    for line in &transfer.fields {
        secret::of_field(line.name(), line.value(), &mut values);
    }
    let parameters = transfer.url.parameters().filter(|(name, _)| secret::is_secret_name(name));
    values.extend(parameters.map(|(_, value)| value.to_owned()));
    values.retain(|value| value.len() >= 4);
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values
}
