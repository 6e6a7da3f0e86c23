//! One request and its answer over HTTP/2. The head that was sent and the one received are written down as text.

use std::fmt::Write;
use std::future::poll_fn;

use bytes::Bytes;
use h2::{RecvStream, SendStream};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use model::{Failure, FailureKind, HeaderLine, Phase, ReceivedMessage, Transfer};

use crate::connection::Stream;
use crate::failure::{failure, from_io};
use crate::limits::Limits;
use crate::recorder::Recorder;

/// Header fields that belong to an HTTP/1 connection (RFC 9113, section 8.2.2); curl leaves them out as well.
const OF_THE_CONNECTION: [&str; 8] = [
    "host",
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "expect",
];

/// Whether the transfer can be written in HTTP/2 at all; target and names are stricter there.
pub(crate) fn can_carry(transfer: &Transfer) -> bool {
    request(transfer).is_some()
}

/// Sends the request on the stream and reads the answer into the recorder.
pub(crate) async fn converse(
    stream: Box<dyn Stream>,
    transfer: &Transfer,
    limits: &Limits,
    recorder: &Recorder,
) -> Result<(), Failure> {
    let request = request(transfer).ok_or_else(|| {
        let words =
            "the request cannot be written in HTTP/2: its target or a header line is not allowed there";
        failure(FailureKind::Unsupported, Phase::Prepare, words)
    })?;
    recorder.hop(|hop| {
        hop.version = "HTTP/2".to_owned();
        hop.request.head = head_text(transfer, &request);
    });
    recorder.enter(Phase::Send);
    let mut builder = h2::client::Builder::new();
    builder.max_header_list_size(u32::try_from(limits.header).unwrap_or(u32::MAX)).enable_push(false);
    let (client, connection) =
        builder.handshake::<_, Bytes>(stream).await.map_err(|error| from_h2(&error, Phase::Send))?;
    let driver = tokio::spawn(connection);
    let outcome = exchange(client, request, transfer, limits, recorder).await;
    driver.abort();
    outcome
}

async fn exchange(
    client: h2::client::SendRequest<Bytes>,
    request: Request<()>,
    transfer: &Transfer,
    limits: &Limits,
    recorder: &Recorder,
) -> Result<(), Failure> {
    let body = Bytes::copy_from_slice(transfer.body.bytes());
    let mut client = client.ready().await.map_err(|error| from_h2(&error, Phase::Send))?;
    let (answer, stream) =
        client.send_request(request, body.is_empty()).map_err(|error| from_h2(&error, Phase::Send))?;
    let sending = async {
        // A refused body shows in the answer, or in its absence.
        let _ = send_body(stream, body, recorder).await;
        if recorder.phase() == Phase::Send {
            recorder.enter(Phase::Wait);
        }
        std::future::pending::<()>().await;
    };
    let receiving = async {
        let answer = answer.await.map_err(|error| from_h2(&error, recorder.phase()))?;
        recorder.enter(Phase::Receive);
        let (parts, body) = answer.into_parts();
        let mut head = format!("HTTP/2 {}\r\n", parts.status.as_u16()).into_bytes();
        for (name, value) in &parts.headers {
            head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        head.extend_from_slice(b"\r\n");
        let status = parts.status.as_u16();
        let received = ReceivedMessage { status, head, cut: true, ..ReceivedMessage::default() };
        recorder.hop(|hop| hop.response = Some(received));
        receive_body(body, limits, recorder).await
    };
    tokio::select! {
        biased;
        received = receiving => received,
        () = sending => Ok(()),
    }
}

async fn send_body(
    mut stream: SendStream<Bytes>,
    mut body: Bytes,
    recorder: &Recorder,
) -> Result<(), h2::Error> {
    while !body.is_empty() {
        stream.reserve_capacity(body.len());
        let Some(capacity) = poll_fn(|context| stream.poll_capacity(context)).await else { return Ok(()) };
        let piece = body.split_to(capacity?.min(body.len()));
        let length = piece.len() as u64;
        stream.send_data(piece, body.is_empty())?;
        recorder.hop(|hop| hop.request.body_sent += length);
    }
    Ok(())
}

async fn receive_body(mut body: RecvStream, limits: &Limits, recorder: &Recorder) -> Result<(), Failure> {
    let mut received = 0;
    while let Some(piece) = body.data().await {
        let piece = piece.map_err(|error| from_h2(&error, Phase::Receive))?;
        let _ = body.flow_control().release_capacity(piece.len());
        recorder.receive(&piece);
        received += piece.len() as u64;
        if received >= limits.body_read {
            return Ok(());
        }
    }
    let trailers = body.trailers().await.map_err(|error| from_h2(&error, Phase::Receive))?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    recorder.hop(|hop| {
        if let Some(answer) = &mut hop.response {
            answer.cut = answer.body_received > answer.body.len() as u64;
            answer.trailers =
                trailers.iter().flatten().map(|(name, value)| (name.to_string(), text(value))).collect();
        }
    });
    Ok(())
}

fn request(transfer: &Transfer) -> Option<Request<()>> {
    let authority = transfer.field("host").map_or_else(|| transfer.url.authority(), str::to_owned);
    let uri = Uri::builder()
        .scheme(if transfer.url.is_secure() { Scheme::HTTPS } else { Scheme::HTTP })
        .authority(Authority::try_from(authority).ok()?)
        .path_and_query(PathAndQuery::try_from(transfer.target.as_str()).ok()?)
        .build()
        .ok()?;
    let mut fields = HeaderMap::new();
    for line in transfer.fields.iter().filter(|line| !OF_THE_CONNECTION.iter().any(|name| line.is(name))) {
        fields.append(header_name(line)?, HeaderValue::from_bytes(line.value().as_bytes()).ok()?);
    }
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(transfer.method.as_bytes()).ok()?;
    *request.uri_mut() = uri;
    *request.version_mut() = http::Version::HTTP_2;
    *request.headers_mut() = fields;
    Some(request)
}

fn header_name(line: &HeaderLine) -> Option<HeaderName> {
    HeaderName::from_bytes(line.name().as_bytes()).ok()
}

fn head_text(transfer: &Transfer, request: &Request<()>) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/2\r\n", transfer.method, transfer.target);
    if let Some(authority) = request.uri().authority() {
        let _ = write!(head, "Host: {authority}\r\n");
    }
    let mut head = head.into_bytes();
    for (name, value) in request.headers() {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn from_h2(error: &h2::Error, phase: Phase) -> Failure {
    match error.get_io() {
        Some(error) => from_io(error, phase),
        None => {
            let words = format!("the HTTP/2 stream ended while {} ({error})", phase.doing());
            failure(FailureKind::StreamReset, phase, words)
        }
    }
}
