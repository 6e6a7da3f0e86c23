//! CONNECT (RFC 9110, section 9.3.6): a tunnel through an HTTP proxy, and its answer where it is refused.

use model::{Failure, FailureKind, HeaderLine, Phase, Proxy, Tunnel};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Endpoint, Stream};
use crate::failure::{failure, from_io};
use crate::http1::head;
use crate::limits::Limits;
use crate::recorder::Recorder;

/// Bytes of a refusal's page that are kept.
const PAGE: usize = 64 * 1024;

/// Asks the proxy for a tunnel to the server.
pub(crate) async fn connect(
    stream: &mut Box<dyn Stream>,
    proxy: &Proxy,
    server: &Endpoint,
    limits: &Limits,
    recorder: &Recorder,
) -> Result<(), Failure> {
    let authority = server.authority();
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\n");
    for line in std::iter::once(&HeaderLine::new("Host", &authority)).chain(&proxy.fields) {
        request.push_str(line.line());
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    let tunnel = Tunnel { request: request.clone().into_bytes(), ..Tunnel::default() };
    recorder.hop(|hop| hop.connection.tunnel = Some(tunnel));
    stream.write_all(request.as_bytes()).await.map_err(|error| from_io(&error, Phase::Proxy))?;
    stream.flush().await.map_err(|error| from_io(&error, Phase::Proxy))?;
    let bytes = receive_head(stream, limits).await?;
    let answer = head::read(&bytes).ok();
    let status = answer.as_ref().map_or(0, |answer| answer.status);
    recorder.hop(|hop| {
        if let Some(tunnel) = &mut hop.connection.tunnel {
            tunnel.status = status;
            tunnel.head = bytes;
        }
    });
    if (200..300).contains(&status) {
        return Ok(());
    }
    let length = answer.and_then(|answer| answer.field("content-length")?.parse().ok()).unwrap_or(PAGE);
    receive_page(stream, length.min(PAGE), limits, recorder).await;
    let words = format!("the proxy {} answered {status} to CONNECT {authority}", proxy.host);
    Err(failure(FailureKind::TunnelRefused, Phase::Proxy, words))
}

/// Reads byte by byte, so that nothing of the tunnel's own bytes is taken.
async fn receive_head(stream: &mut Box<dyn Stream>, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while head::length(&bytes, bytes.len().saturating_sub(1)).is_none() {
        let byte = stream.read_u8().await.map_err(|error| from_io(&error, Phase::Proxy))?;
        bytes.push(byte);
        if !head::may_be_http(&bytes) {
            return Err(failure(FailureKind::NotHttp, Phase::Proxy, "the proxy does not answer in HTTP"));
        }
        if bytes.len() > limits.header {
            let words = "the header of the proxy's answer is too long";
            return Err(failure(FailureKind::HeaderTooLarge, Phase::Proxy, words));
        }
    }
    Ok(bytes)
}

/// Keeps what comes of the refusal's page within a part of the time to connect; its absence changes nothing.
async fn receive_page(stream: &mut Box<dyn Stream>, length: usize, limits: &Limits, recorder: &Recorder) {
    let mut page = Vec::new();
    let reading = async {
        while page.len() < length && stream.read_buf(&mut page).await.is_ok_and(|count| count > 0) {}
    };
    let _ = tokio::time::timeout(limits.connect / 10, reading).await;
    page.truncate(PAGE);
    recorder.hop(|hop| hop.connection.tunnel.as_mut().map(|tunnel| tunnel.body = page));
}
