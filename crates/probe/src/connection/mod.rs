//! From a transfer to a stream on which HTTP can be spoken: addresses, TCP, the proxy, TLS.

mod address;
mod socks;
mod tunnel;

use std::net::{IpAddr, SocketAddr};

use model::{Failure, FailureKind, HttpVersion, Phase, Proxy, Transfer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream, UnixStream};

use crate::failure::{failure, from_io};
use crate::limits::Limits;
use crate::recorder::Recorder;
use crate::{http2, tls};

/// A stream of bytes in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// What was opened, and what to speak on it.
pub(crate) enum Opened {
    /// HTTP/1.0 or HTTP/1.1.
    Http1(Box<dyn Stream>),
    /// HTTP/2.
    Http2(Box<dyn Stream>),
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Name or address, without brackets.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
}

/// Opens the connection that the transfer asks for.
pub(crate) async fn open(
    transfer: &Transfer,
    limits: &Limits,
    recorder: &Recorder,
) -> Result<Opened, Failure> {
    let server = address::destination(transfer);
    let stream = match &transfer.route.proxy {
        Some(proxy) => through_proxy(proxy, transfer, &server, limits, recorder).await?,
        None => reach(transfer, &server, limits, recorder).await?,
    };
    if !transfer.url.is_secure() {
        return Ok(match transfer.version {
            HttpVersion::Http2PriorKnowledge => Opened::Http2(stream),
            _ => Opened::Http1(stream),
        });
    }
    let offered: &[&[u8]] = match transfer.version {
        HttpVersion::Negotiated if http2::can_carry(transfer) => &[b"h2", b"http/1.1"],
        HttpVersion::Http2PriorKnowledge => &[b"h2"],
        HttpVersion::Negotiated | HttpVersion::Http11 => &[b"http/1.1"],
        HttpVersion::Http10 => &[b"http/1.0"],
    };
    recorder.enter(Phase::Tls);
    let secured = tls::handshake(stream, &transfer.tls, &transfer.url.host, offered, recorder).await?;
    let speaks_http2 = secured.alpn.as_deref() == Some("h2");
    Ok(if speaks_http2 { Opened::Http2(secured.stream) } else { Opened::Http1(secured.stream) })
}

/// Whether the proxy receives the request itself, and not a tunnel.
pub(crate) fn is_forwarded(transfer: &Transfer) -> bool {
    let proxy = transfer.route.proxy.as_ref();
    proxy.is_some_and(|proxy| is_http(proxy) && !proxy.tunnel)
        && !transfer.url.is_secure()
        && address::destination(transfer).host == transfer.url.host
}

fn is_http(proxy: &Proxy) -> bool {
    proxy.scheme.starts_with("http")
}

async fn through_proxy(
    proxy: &Proxy,
    transfer: &Transfer,
    server: &Endpoint,
    limits: &Limits,
    recorder: &Recorder,
) -> Result<Box<dyn Stream>, Failure> {
    let endpoint = Endpoint { host: proxy.host.clone(), port: proxy.port };
    let url = format!("{}://{}", proxy.scheme, endpoint.authority());
    recorder.hop(|hop| hop.connection.proxy = Some(url));
    let mut stream = reach(transfer, &endpoint, limits, recorder).await?;
    recorder.enter(Phase::Proxy);
    if !is_http(proxy) {
        let server = socks::destination(proxy, server, &transfer.route).await?;
        socks::connect(&mut stream, proxy, &server).await?;
        return Ok(stream);
    }
    if proxy.scheme == "https" {
        let options = model::TlsOptions { insecure: transfer.tls.insecure, ..Default::default() };
        stream = tls::handshake(stream, &options, &proxy.host, &[b"http/1.1"], recorder).await?.stream;
        recorder.hop(|hop| hop.connection.tls = None);
    }
    if !is_forwarded(transfer) {
        tunnel::connect(&mut stream, proxy, server, limits, recorder).await?;
    }
    Ok(stream)
}

/// Connects to the endpoint, or to the transfer's Unix socket instead.
async fn reach(
    transfer: &Transfer,
    endpoint: &Endpoint,
    limits: &Limits,
    recorder: &Recorder,
) -> Result<Box<dyn Stream>, Failure> {
    if let Some(path) = &transfer.route.unix_socket {
        recorder.enter(Phase::Connect);
        recorder.hop(|hop| hop.connection.peer = Some(format!("unix:{path}")));
        let stream = UnixStream::connect(path).await.map_err(|error| from_io(&error, Phase::Connect))?;
        return Ok(Box::new(stream));
    }
    recorder.enter(Phase::Resolve);
    let addresses = address::resolve(endpoint, &transfer.route).await?;
    recorder.hop(|hop| hop.connection.addresses = addresses.iter().map(|a| a.ip().to_string()).collect());
    recorder.enter(Phase::Connect);
    let own = transfer.route.connect_timeout.and_then(|s| std::time::Duration::try_from_secs_f64(s).ok());
    let share = own.unwrap_or(limits.connect) / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut last = failure(FailureKind::NameNotResolved, Phase::Resolve, "no address");
    for address in addresses {
        recorder.hop(|hop| hop.connection.peer = Some(address.to_string()));
        match tokio::time::timeout(share, connect(address, transfer.route.interface)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                let local = stream.local_addr().ok().map(|local| local.to_string());
                recorder.hop(|hop| hop.connection.local = local);
                return Ok(Box::new(stream));
            }
            Ok(Err(error)) => last = from_io(&error, Phase::Connect),
            Err(_) => {
                let words = format!("{address} did not answer within {share:?}");
                last = failure(FailureKind::TimedOut, Phase::Connect, words);
            }
        }
    }
    Err(last)
}

/// Connects, from the own address that was asked for; an address of the other family cannot be reached from it.
async fn connect(address: SocketAddr, own: Option<IpAddr>) -> std::io::Result<TcpStream> {
    let Some(own) = own else { return TcpStream::connect(address).await };
    let socket = if own.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.bind(SocketAddr::new(own, 0))?;
    socket.connect(address).await
}

impl Endpoint {
    /// `host:port`, with brackets around an IPv6 address.
    pub(crate) fn authority(&self) -> String {
        let Endpoint { host, port } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}
