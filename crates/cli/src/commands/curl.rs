//! `why403 curl ...`: send the request once, explain the refusal, and run the safe experiments that tell more.

use std::time::Instant;

use anyhow::{Context, Result, bail};
use model::{Evidence, FailureKind, Hop, HopReason, Outcome, SentRequest, Transcript, Transfer, Verdict};
use probe::Limits;

use crate::args::Options;
use crate::commands::{generate, isolate};
use crate::{diagnosis, machine, rules, unreached, watched};

/// Requests sent in all, unless told otherwise.
const MAX_REQUESTS: usize = 8;

/// Sends, diagnoses, experiments, prints.
pub(crate) fn run(options: &Options, args: &[String]) -> Result<u8> {
    let started = Instant::now();
    if let [only] = args
        && matches!(only.as_str(), "-h" | "--help")
    {
        return generate::help("curl");
    }
    let command =
        intake::curl::parse(args, &diagnosis::named_by_curl).context("the curl command cannot be read")?;
    let Some(transfer) = command.transfers.first() else { bail!("the curl command names no URL") };
    let watched = watched::start(&options.log);
    let limits = Limits::default();
    let transcript = probe::send(transfer, &limits);
    if let Some(reason) = unreached::explain(&transcript) {
        bail!(reason);
    }
    let (ends, unread) = watched::read(&watched);
    let marks: Vec<_> = ends.iter().map(watched::End::mark).collect();
    let logs = ends.into_iter().map(|end| end.document);
    let (configs, more) =
        diagnosis::documents(&options.config).unwrap_or_else(|error| (Vec::new(), vec![error]));
    let reading = diagnosis::reading(options);
    let mut evidence = intake::read_with(logs.chain(configs).collect(), &reading);
    watched::mark(&mut evidence, &marks);
    for error in unread.into_iter().chain(more) {
        evidence.warn(None, format!("{error:#}"));
    }
    for option in &command.unsupported {
        evidence.warn(None, format!("the option `{option}` of curl is not honoured here"));
    }
    for warning in &command.warnings {
        evidence.warn(None, format!("curl would warn: {warning}"));
    }
    if command.transfers.len() > 1 {
        evidence.warn(
            None,
            format!("the command names {} requests; only the first was sent", command.transfers.len()),
        );
    }
    intake::add_exchange(&mut evidence, &transcript);
    intake::simulate(&mut evidence, &reading);
    rules::add(options, &options.config, &mut evidence);
    machine::describe(options, &mut evidence);
    let mut requests = sent_hops(transfer, &transcript);
    let mut most = options.max_requests.unwrap_or(MAX_REQUESTS);
    if options.isolation.isolate && transcript.status().is_some() && is_refused(&evidence) {
        let budget = options.max_requests.unwrap_or(isolate::MAX_REQUESTS);
        let answers =
            isolate::run(&options.isolation, budget, (transfer, &transcript), &mut evidence, &mut requests);
        most = if answers { budget.min(requests.len() + MAX_REQUESTS) } else { 0 };
    }
    let refused = probe::refused(transfer, &transcript);
    let most = if refused.is_some() && !is_waiting(&transcript) { most } else { 0 };
    let refused = refused.as_ref().unwrap_or(transfer);
    let verdict = experiment(options, most, (refused, &limits), &mut evidence, &mut requests);
    diagnosis::finish(options, &verdict, &evidence, &requests, started)
}

/// Whether the answer is a refusal at all: of anything else no copies are sent.
fn is_refused(evidence: &Evidence) -> bool {
    inference::diagnose(&catalogue::CATALOGUE, evidence).outcome != Outcome::NotRefused
}

/// Diagnoses, and runs the experiment the verdict asks for, until it asks for none or `most` requests were sent.
fn experiment(
    options: &Options,
    mut most: usize,
    (transfer, limits): (&Transfer, &Limits),
    evidence: &mut Evidence,
    requests: &mut Vec<SentRequest>,
) -> Verdict {
    loop {
        let verdict = inference::diagnose(&catalogue::CATALOGUE, evidence);
        let wanted = verdict.next.as_ref().and_then(|next| next.experiment);
        let Some(change) = wanted.filter(|_| !options.no_probe && requests.len() < most) else {
            return verdict;
        };
        let transcript = probe::run(change, transfer, limits);
        // A server that does not answer is not asked for more, nor waited for again.
        most = if transcript.status().is_some() && !is_waiting(&transcript) { most } else { 0 };
        requests.push(sent(&probe::variant(change, transfer), &transcript, change.purpose()));
        intake::add_trial(evidence, change, &transcript);
    }
}

/// Whether the time for an answer, or for its end, was over: the next would take as long.
fn is_waiting(transcript: &Transcript) -> bool {
    transcript.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::TimedOut)
}

/// The report's entries of the request itself and of what its answers led to: redirects, challenges.
fn sent_hops(transfer: &Transfer, transcript: &Transcript) -> Vec<SentRequest> {
    let [_, _, ..] = transcript.hops.as_slice() else {
        return vec![sent(transfer, transcript, "the request itself")];
    };
    // A redirect that was followed is no end: what it leads to accepts or refuses.
    let last = transcript.hops.len() - 1;
    let entry = |(number, hop): (usize, &Hop)| {
        let purpose = match hop.reason {
            HopReason::Asked => "the request itself",
            HopReason::Redirect(_) => "the redirect, followed",
            HopReason::Challenge => "the request again, as the challenge asks",
            HopReason::ExpectationFailed => "the request again, without Expect",
        };
        let status = hop.response.as_ref().map(|response| response.status);
        let accepted = status.is_some_and(|status| status < if number == last { 400 } else { 300 });
        let transfer = probe::at_hop(transfer, hop);
        SentRequest { status, accepted, ..unanswered(&transfer, purpose) }
    };
    transcript.hops.iter().enumerate().map(entry).collect()
}

/// The report's entry of a request that was sent.
pub(crate) fn sent(transfer: &Transfer, transcript: &Transcript, purpose: &str) -> SentRequest {
    let status = transcript.status();
    let accepted = status.is_some_and(|status| status < 400);
    SentRequest { status, accepted, ..unanswered(transfer, purpose) }
}

/// The report's entry of a request whose answer was not waited for.
pub(crate) fn unanswered(transfer: &Transfer, purpose: &str) -> SentRequest {
    SentRequest {
        method: transfer.method.clone(),
        url: transfer.url.to_string(),
        status: None,
        purpose: purpose.to_owned(),
        accepted: false,
        curl: probe::curl_command(transfer),
    }
}
