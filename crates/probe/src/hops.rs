//! Requests of one transfer in turn: the request itself, then what redirects and challenges ask for, as curl does it.

mod cookie;
mod digest;
mod redirect;

use model::{Failure, FailureKind, HopReason, Phase, Transfer};

use self::digest::Challenge;
use self::redirect::Journey;
use crate::connection::{self, Opened};
use crate::failure::failure;
use crate::http1::head::{self, ResponseHead};
use crate::limits::Limits;
use crate::recorder::Recorder;
use crate::{http1, http2};

/// Sends the transfer, and whatever follows from its answers.
pub(crate) async fn run(transfer: &Transfer, limits: &Limits, recorder: &Recorder) -> Result<(), Failure> {
    let mut journey = Journey::new(transfer);
    let mut reason = HopReason::Asked;
    let mut next = match &transfer.digest {
        Some(_) => digest::unauthenticated(transfer),
        None => transfer.clone(),
    };
    let mut challenge_answered = false;
    loop {
        exchange(&next, reason, limits, recorder).await?;
        let Some(answer) = answer(recorder) else { return Ok(()) };
        journey.keep_cookies(&next.url, &answer);
        if transfer.digest.is_some()
            && !challenge_answered
            && let Some(again) = authenticated(&mut journey, &answer)
        {
            challenge_answered = true;
            reason = HopReason::Challenge;
            next = again;
            continue;
        }
        if answer.status == 417 && next.field("expect").is_some() {
            reason = HopReason::ExpectationFailed;
            next.fields.retain(|line| !line.is("expect"));
            continue;
        }
        let Some(location) = redirect_target(&answer) else { return Ok(()) };
        let Some(allowed) = transfer.redirects.follow else { return Ok(()) };
        if journey.followed() >= allowed {
            let words = format!("{allowed} redirects were followed, and here is another");
            return Err(failure(FailureKind::TooManyRedirects, Phase::Receive, words));
        }
        reason = HopReason::Redirect(answer.status);
        next = journey.follow(answer.status, location)?;
        if transfer.digest.is_some() && journey.challenge.is_none() && !challenge_answered {
            next = digest::unauthenticated(&next);
        }
    }
}

/// The request again, with what the answer to the unauthenticated one asks for. `None` if there is nothing to repeat.
fn authenticated(journey: &mut Journey<'_>, answer: &ResponseHead) -> Option<Transfer> {
    if answer.status == 401 {
        journey.challenge = Some(answer.all("www-authenticate").find_map(Challenge::parse)?);
        return Some(journey.transfer());
    }
    // Nothing was asked for after all: only a request whose body was withheld is repeated.
    let whole = journey.transfer();
    (answer.status < 300 && !whole.body.bytes().is_empty()).then_some(whole)
}

fn redirect_target(answer: &ResponseHead) -> Option<&str> {
    let location = answer.field("location").filter(|location| !location.is_empty());
    location.filter(|_| (300..400).contains(&answer.status) && answer.status != 304)
}

fn answer(recorder: &Recorder) -> Option<ResponseHead> {
    let bytes = recorder.hop(|hop| hop.response.as_ref().map(|answer| answer.head.clone())).flatten()?;
    head::read(&bytes).ok()
}

async fn exchange(
    transfer: &Transfer,
    reason: HopReason,
    limits: &Limits,
    recorder: &Recorder,
) -> Result<(), Failure> {
    recorder.start(transfer, reason, head::write(transfer));
    let opening = connection::open(transfer, limits, recorder);
    let opened = tokio::time::timeout(limits.connect, opening).await.unwrap_or_else(|_| {
        let phase = recorder.phase();
        let words = format!("no connection after {:?}, while {}", limits.connect, phase.doing());
        Err(failure(FailureKind::TimedOut, phase, words))
    });
    match opened? {
        Opened::Http1(stream) => http1::converse(stream, transfer, limits, recorder).await,
        Opened::Http2(stream) => http2::converse(stream, transfer, limits, recorder).await,
    }
}
