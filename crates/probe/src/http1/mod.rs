//! One request and its answer over HTTP/1. Both directions run at once: a server that refuses a body may answer, and even
//! reset the connection, while the body is still being sent; its answer is read all the same.

mod body;
pub(crate) mod head;

use std::cell::{Cell, RefCell};
use std::io;
use std::time::Duration;

use model::{Failure, FailureKind, Interim, Phase, ReceivedMessage, Transfer, TransferBody};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::Notify;

use self::body::{BodyReader, BodyState};
use crate::connection::Stream;
use crate::failure::{failure, from_io};
use crate::limits::Limits;
use crate::recorder::Recorder;

/// How long an answer is waited for after the peer would take no more of the request.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Bytes handed to the network at once; so often it is looked whether the server has answered already.
const PIECE: usize = 16 * 1024;

/// What the two directions tell each other.
#[derive(Default)]
struct Signals {
    /// The server has answered finally with a refusal or a redirect: no more of the body is sent.
    stop: Cell<bool>,
    /// Something has been answered: an end to waiting for `100 Continue`.
    answered: Notify,
}

/// Sends the request on the stream and reads the answer into the recorder.
pub(crate) async fn converse(
    stream: Box<dyn Stream>,
    transfer: &Transfer,
    limits: &Limits,
    recorder: &Recorder,
) -> Result<(), Failure> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let signals = Signals::default();
    let cut_off = RefCell::new(None);
    recorder.enter(Phase::Send);
    let sending = async {
        let sent = send(&mut writer, transfer, limits, recorder, &signals).await;
        if recorder.phase() == Phase::Send {
            recorder.enter(Phase::Wait);
        }
        match sent {
            Ok(()) => std::future::pending::<()>().await,
            Err(error) => *cut_off.borrow_mut() = Some(from_io(&error, Phase::Send)),
        }
        tokio::time::sleep(LAST_WORDS).await;
    };
    let receiving = receive(&mut reader, transfer, limits, recorder, &signals);
    let received = tokio::select! {
        biased;
        received = receiving => received,
        () = sending => Err(failure(FailureKind::Reset, Phase::Send, "the connection was closed for sending")),
    };
    let has_answer = recorder.hop(|hop| hop.response.is_some()).unwrap_or(false);
    match (received, cut_off.into_inner()) {
        (Err(_), Some(cut_off)) if !has_answer => Err(cut_off),
        (received, _) => received,
    }
}

async fn send(
    writer: &mut (impl AsyncWrite + Unpin),
    transfer: &Transfer,
    limits: &Limits,
    recorder: &Recorder,
    signals: &Signals,
) -> io::Result<()> {
    let expects = transfer.field("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
        && !transfer.body.bytes().is_empty();
    let mut first = head::write(transfer);
    let mut body = transfer.body.bytes();
    if !expects {
        // Head and start of the body travel in one packet, as with curl.
        let (start, rest) = body.split_at(body.len().min(PIECE));
        first.extend(framed(transfer, start, rest.is_empty()));
        body = rest;
        writer.write_all(&first).await?;
        writer.flush().await?;
        recorder.hop(|hop| hop.request.body_sent = start.len() as u64);
        if body.is_empty() {
            return Ok(());
        }
    } else {
        writer.write_all(&first).await?;
        writer.flush().await?;
        let _ = tokio::time::timeout(limits.expect, signals.answered.notified()).await;
    }
    loop {
        if signals.stop.get() {
            return Ok(());
        }
        let (piece, rest) = body.split_at(body.len().min(PIECE));
        writer.write_all(&framed(transfer, piece, rest.is_empty())).await?;
        writer.flush().await?;
        recorder.hop(|hop| hop.request.body_sent += piece.len() as u64);
        body = rest;
        if body.is_empty() {
            return Ok(());
        }
    }
}

/// A piece of the body with its framing.
fn framed(transfer: &Transfer, piece: &[u8], last: bool) -> Vec<u8> {
    if !matches!(transfer.body, TransferBody::Chunked(_)) {
        return piece.to_vec();
    }
    let mut framed = Vec::with_capacity(piece.len() + 16);
    if !piece.is_empty() {
        framed.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        framed.extend_from_slice(piece);
        framed.extend_from_slice(b"\r\n");
    }
    if last {
        framed.extend_from_slice(b"0\r\n\r\n");
    }
    framed
}

async fn receive(
    reader: &mut (impl AsyncRead + Unpin),
    transfer: &Transfer,
    limits: &Limits,
    recorder: &Recorder,
    signals: &Signals,
) -> Result<(), Failure> {
    let mut inbox = Vec::new();
    let mut allowed = limits.header;
    let answer = loop {
        let length = receive_head(reader, &mut inbox, allowed, limits, recorder).await?;
        allowed -= length.min(allowed);
        let rest = inbox.split_off(length);
        let bytes = std::mem::replace(&mut inbox, rest);
        let answer = head::read(&bytes).map_err(|_| not_http(&bytes))?;
        // 101 is final for us: nobody here speaks what comes after it.
        if (100..200).contains(&answer.status) && answer.status != 101 {
            recorder.hop(|hop| hop.interim.push(Interim { status: answer.status, head: bytes }));
            signals.answered.notify_one();
            continue;
        }
        recorder.hop(|hop| {
            hop.version.clone_from(&answer.version);
            let status = answer.status;
            hop.response = Some(ReceivedMessage { status, head: bytes, ..ReceivedMessage::default() });
        });
        break answer;
    };
    signals.stop.set(answer.status >= 300);
    signals.answered.notify_one();
    match BodyReader::new(&transfer.method, &answer) {
        Some(body) => receive_body(reader, body, &inbox, limits, recorder).await,
        None => Ok(()),
    }
}

/// Reads until a whole head stands at the start of the inbox, and answers with its length.
async fn receive_head(
    reader: &mut (impl AsyncRead + Unpin),
    inbox: &mut Vec<u8>,
    allowed: usize,
    limits: &Limits,
    recorder: &Recorder,
) -> Result<usize, Failure> {
    let mut searched = 0;
    loop {
        if let Some(length) = head::length(inbox, searched) {
            return Ok(length);
        }
        searched = inbox.len();
        if !head::may_be_http(inbox) {
            return Err(not_http(inbox));
        }
        if searched > allowed {
            let interim = if allowed < limits.header { ", interim answers included" } else { "" };
            let words = format!("the header of the answer is longer than {} bytes{interim}", limits.header);
            return Err(failure(FailureKind::HeaderTooLarge, Phase::Receive, words));
        }
        let count = reader.read_buf(inbox).await.map_err(|error| from_io(&error, recorder.phase()))?;
        if count == 0 {
            let words = format!("the connection was closed after {searched} bytes of the answer's header");
            return Err(failure(FailureKind::Closed, recorder.phase(), words));
        }
        if recorder.phase() != Phase::Receive {
            recorder.enter(Phase::Receive);
        }
    }
}

async fn receive_body(
    reader: &mut (impl AsyncRead + Unpin),
    mut body: BodyReader,
    inbox: &[u8],
    limits: &Limits,
    recorder: &Recorder,
) -> Result<(), Failure> {
    keep(recorder, |answer| answer.cut = true);
    let mut state = feed(&mut body, inbox, recorder);
    let mut buffer = vec![0; PIECE];
    while state == BodyState::Open {
        if recorder.hop(|hop| hop.response.as_ref().map_or(0, |answer| answer.body_received)).unwrap_or(0)
            >= limits.body_read
        {
            return Ok(());
        }
        match reader.read(&mut buffer).await {
            Ok(0) => return end_of_stream(&body, recorder),
            // TLS without a closing alert: the end of the stream as well, and here the framing decides.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return end_of_stream(&body, recorder);
            }
            Err(error) => return Err(from_io(&error, Phase::Receive)),
            Ok(count) => state = feed(&mut body, &buffer[..count], recorder),
        }
    }
    if state == BodyState::Broken {
        let words = "the chunks of the answer's body are broken";
        return Err(failure(FailureKind::NotHttp, Phase::Receive, words));
    }
    let trailers = if let BodyReader::Chunked(chunks) = body { chunks.trailers } else { Vec::new() };
    keep(recorder, |answer| {
        answer.cut = answer.body_received > answer.body.len() as u64;
        answer.trailers = trailers;
    });
    Ok(())
}

fn feed(body: &mut BodyReader, bytes: &[u8], recorder: &Recorder) -> BodyState {
    body.feed(bytes, |bytes| recorder.receive(bytes))
}

fn end_of_stream(body: &BodyReader, recorder: &Recorder) -> Result<(), Failure> {
    if !body.may_end_here() {
        let words = "the connection was closed in the middle of the answer's body";
        return Err(failure(FailureKind::Closed, Phase::Receive, words));
    }
    keep(recorder, |answer| answer.cut = answer.body_received > answer.body.len() as u64);
    Ok(())
}

fn keep(recorder: &Recorder, change: impl FnOnce(&mut ReceivedMessage)) {
    recorder.hop(|hop| hop.response.as_mut().map(change));
}

fn not_http(bytes: &[u8]) -> Failure {
    let start = bytes[..bytes.len().min(60)].escape_ascii();
    let words = format!("the answer is not HTTP; it starts with `{start}`");
    failure(FailureKind::NotHttp, Phase::Receive, words)
}
