//! SOCKS 4, 4a and 5 (RFC 1928, RFC 1929), as a client.

use std::net::IpAddr;

use model::{Failure, FailureKind, Phase, Proxy, Route};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Endpoint, Stream, address};
use crate::failure::{failure, from_io};

/// The destination as the proxy is told it: `socks4` and `socks5` resolve names here, `socks4a` and `socks5h` there.
pub(crate) async fn destination(
    proxy: &Proxy,
    server: &Endpoint,
    route: &Route,
) -> Result<Endpoint, Failure> {
    if matches!(proxy.scheme.as_str(), "socks4a" | "socks5h") {
        return Ok(server.clone());
    }
    let addresses = address::resolve(server, route).await?;
    let version4 = proxy.scheme == "socks4";
    let address = addresses.iter().find(|address| !version4 || address.is_ipv4());
    let address = address.ok_or_else(|| refused("SOCKS 4 knows IPv4 addresses only"))?;
    Ok(Endpoint { host: address.ip().to_string(), port: server.port })
}

/// Asks the proxy for a connection to the server.
pub(crate) async fn connect(
    stream: &mut Box<dyn Stream>,
    proxy: &Proxy,
    server: &Endpoint,
) -> Result<(), Failure> {
    if proxy.scheme.starts_with("socks4") {
        return version4(stream, proxy, server).await;
    }
    match &proxy.credentials {
        None => greet(stream, 0).await?,
        Some((user, password)) => {
            greet(stream, 2).await?;
            authenticate(stream, user, password).await?;
        }
    }
    let mut request = vec![5, 1, 0];
    match server.host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        Err(_) => {
            request.push(3);
            request.extend(counted(&server.host)?);
        }
    }
    request.extend(server.port.to_be_bytes());
    let [_, reply, _, kind] = ask(stream, &request).await?;
    if reply != 0 {
        return Err(refused(&format!("the SOCKS proxy answered with code {reply}: {}", reply_text(reply))));
    }
    let rest = match kind {
        1 => 4,
        4 => 16,
        _ => usize::from(ask::<1>(stream, &[]).await?[0]),
    };
    let mut bound = vec![0; rest + 2];
    stream.read_exact(&mut bound).await.map(drop).map_err(|error| from_io(&error, Phase::Proxy))
}

async fn greet(stream: &mut Box<dyn Stream>, method: u8) -> Result<(), Failure> {
    let [_, chosen] = ask(stream, &[5, 1, method]).await?;
    if chosen == method {
        return Ok(());
    }
    Err(refused("the SOCKS proxy accepts none of the offered ways to authenticate"))
}

async fn authenticate(stream: &mut Box<dyn Stream>, user: &str, password: &str) -> Result<(), Failure> {
    let mut request = vec![1];
    request.extend(counted(user)?);
    request.extend(counted(password)?);
    let [_, status] = ask(stream, &request).await?;
    if status == 0 { Ok(()) } else { Err(refused("the SOCKS proxy refused user and password")) }
}

async fn version4(stream: &mut Box<dyn Stream>, proxy: &Proxy, server: &Endpoint) -> Result<(), Failure> {
    let mut request = vec![4, 1];
    request.extend(server.port.to_be_bytes());
    let address = server.host.parse::<std::net::Ipv4Addr>();
    // SOCKS 4a: an impossible address says that the name follows.
    request.extend(address.as_ref().map_or([0, 0, 0, 1], std::net::Ipv4Addr::octets));
    request.extend(proxy.credentials.iter().flat_map(|(user, _)| user.bytes()));
    request.push(0);
    if address.is_err() {
        request.extend(server.host.bytes());
        request.push(0);
    }
    let answer: [u8; 8] = ask(stream, &request).await?;
    match answer[1] {
        90 => Ok(()),
        reply => Err(refused(&format!("the SOCKS 4 proxy answered with code {reply}"))),
    }
}

/// Sends the bytes and reads an answer of fixed length.
async fn ask<const LENGTH: usize>(
    stream: &mut Box<dyn Stream>,
    bytes: &[u8],
) -> Result<[u8; LENGTH], Failure> {
    let mut answer = [0; LENGTH];
    let exchange = async {
        stream.write_all(bytes).await?;
        stream.flush().await?;
        stream.read_exact(&mut answer).await
    };
    exchange.await.map_err(|error| from_io(&error, Phase::Proxy))?;
    Ok(answer)
}

fn counted(text: &str) -> Result<Vec<u8>, Failure> {
    let length = u8::try_from(text.len()).map_err(|_| refused("SOCKS 5 carries 255 bytes at most"))?;
    Ok([&[length], text.as_bytes()].concat())
}

/// RFC 1928, section 6.
fn reply_text(reply: u8) -> &'static str {
    match reply {
        1 => "general failure",
        2 => "connection not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unassigned",
    }
}

fn refused(words: &str) -> Failure {
    failure(FailureKind::ProxyRefused, Phase::Proxy, words)
}
