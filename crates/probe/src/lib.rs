//! Sends a request once, exactly as `curl` would, and keeps what was seen on the wire. The only stage with a socket.
//!
//! [`send`] never fails as a whole: it answers with a [`Transcript`] that ends, where something went wrong, with a
//! failure and its phase. Heads are written by hand, so that order and case of header lines are the transfer's own.
//!
//! [`run`] sends one of the safe variants of a refused request: GET, HEAD or OPTIONS, to the same origin, without the
//! body ([`variant`]). [`curl_command`] prints any request as a command that repeats it.
//!
//! In reading order: `hops` (requests, redirects and challenges in turn), `connection` (addresses, proxies, TCP), `tls`,
//! `http1` and `http2` (one request, one answer), `recorder` (what was seen so far), `trial` (safe variants).

mod command;
mod connection;
mod failure;
mod hops;
mod http1;
mod http2;
mod limits;
mod recorder;
mod tls;
mod trial;

pub use command::curl_command;
pub use limits::Limits;
pub use trial::{at_hop, refused, run, variant};

use std::time::Duration;

use model::{FailureKind, Phase, Transcript, Transfer};
use recorder::Recorder;

/// Sends the request, follows redirects as it says, and tells what was seen. Blocks the calling thread.
#[must_use]
pub fn send(transfer: &Transfer, limits: &Limits) -> Transcript {
    let recorder = Recorder::new(limits.body_kept);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return recorder.finish(Some(failure::from_io(&error, Phase::Prepare))),
    };
    let whole = transfer.route.max_time.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let whole = whole.filter(|whole| !whole.is_zero()).map_or(limits.whole, |whole| whole.min(limits.whole));
    let outcome = runtime.block_on(async {
        tokio::time::timeout(whole, hops::run(transfer, limits, &recorder)).await.unwrap_or_else(|_| {
            let phase = recorder.phase();
            let kind = FailureKind::TimedOut;
            Err(failure::failure(kind, phase, format!("no end after {whole:?}, while {}", phase.doing())))
        })
    });
    // A resolver that hangs in the system's library must not hold us.
    runtime.shutdown_background();
    recorder.finish(outcome.err())
}
