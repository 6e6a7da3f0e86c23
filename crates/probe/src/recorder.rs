//! The transcript while it is written: whatever happens, what was seen until then stays.

use std::cell::{Cell, RefCell};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use model::{Failure, Hop, HopReason, Phase, SentMessage, Timing, Transcript, Transfer};

/// Collects hops. Futures share it by reference, so that a future that is dropped at its time limit loses nothing.
pub(crate) struct Recorder {
    transcript: RefCell<Transcript>,
    phase: Cell<Phase>,
    since: Cell<Instant>,
    kept: usize,
}

impl Recorder {
    /// An empty transcript, of whose bodies so many bytes are kept.
    pub(crate) fn new(kept: usize) -> Recorder {
        Recorder {
            transcript: RefCell::default(),
            phase: Cell::new(Phase::Prepare),
            since: Cell::new(Instant::now()),
            kept,
        }
    }

    /// Starts the next hop.
    pub(crate) fn start(&self, transfer: &Transfer, reason: HopReason, head: Vec<u8>) {
        let body = transfer.body.bytes();
        let hop = Hop {
            url: transfer.url.clone(),
            reason,
            version: match transfer.version {
                model::HttpVersion::Http10 => "HTTP/1.0".to_owned(),
                model::HttpVersion::Http2PriorKnowledge => "HTTP/2".to_owned(),
                _ => "HTTP/1.1".to_owned(),
            },
            connection: model::Connection::default(),
            request: SentMessage {
                head,
                body: body[..body.len().min(self.kept)].to_vec(),
                body_length: body.len() as u64,
                body_sent: 0,
            },
            interim: Vec::new(),
            response: None,
            timing: Timing::default(),
            sent_at: milliseconds_since_1970(),
        };
        self.transcript.borrow_mut().hops.push(hop);
        self.phase.set(Phase::Prepare);
        self.since.set(Instant::now());
    }

    /// Changes the current hop.
    pub(crate) fn hop<T>(&self, change: impl FnOnce(&mut Hop) -> T) -> Option<T> {
        self.transcript.borrow_mut().hops.last_mut().map(change)
    }

    /// Enters a phase, and notes how long the one before took.
    pub(crate) fn enter(&self, phase: Phase) {
        let took = self.since.replace(Instant::now()).elapsed().as_secs_f64() * 1000.0;
        let before = self.phase.replace(phase);
        self.hop(|hop| {
            if phase == Phase::Send {
                hop.sent_at = milliseconds_since_1970();
            }
            let timing = &mut hop.timing;
            let slot = match before {
                Phase::Prepare => return,
                Phase::Resolve => &mut timing.dns,
                Phase::Connect | Phase::Proxy => &mut timing.connect,
                Phase::Tls => &mut timing.tls,
                Phase::Send => &mut timing.send,
                Phase::Wait => &mut timing.wait,
                Phase::Receive => &mut timing.receive,
            };
            *slot = Some(slot.unwrap_or(0.0) + took);
        });
    }

    /// The phase that the current hop is in.
    pub(crate) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// Takes bytes of the answer's body; keeps as many as the limit allows.
    pub(crate) fn receive(&self, bytes: &[u8]) {
        self.hop(|hop| {
            if let Some(answer) = &mut hop.response {
                let room = self.kept.saturating_sub(answer.body.len());
                answer.body.extend_from_slice(&bytes[..bytes.len().min(room)]);
                answer.body_received += bytes.len() as u64;
            }
        });
    }

    /// Ends the transcript.
    pub(crate) fn finish(self, failure: Option<Failure>) -> Transcript {
        self.enter(Phase::Receive);
        let mut transcript = self.transcript.into_inner();
        transcript.failure = failure;
        transcript
    }
}

fn milliseconds_since_1970() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
