//! `why403 inspect FILE...`: explain from documents alone.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use model::{Evidence, Outcome, SourceKind};

use crate::args::Options;
use crate::{diagnosis, machine, rules};

/// Reads the documents, diagnoses, prints.
pub(crate) fn run(options: &Options, files: &[PathBuf]) -> Result<u8> {
    let started = Instant::now();
    let (documents, unread) = diagnosis::documents(files.iter().chain(&options.log).chain(&options.config))?;
    let mut evidence = intake::read_with(documents, &diagnosis::reading(options));
    for error in unread {
        evidence.warn(None, format!("{error:#}"));
    }
    let configurations: Vec<PathBuf> = options.config.iter().chain(files).cloned().collect();
    rules::add(options, &configurations, &mut evidence);
    machine::describe(options, &mut evidence);
    let verdict = inference::diagnose(&catalogue::CATALOGUE, &evidence);
    if let (Outcome::Unexplained, Some(reason)) = (verdict.outcome, unreadable(&evidence)) {
        bail!("{reason}; give the refused request or its answer: a HAR, `curl -v` output, a log");
    }
    diagnosis::finish(options, &verdict, &evidence, &[], started)
}

/// Why nothing at all could be read, with the place, if that is so.
fn unreadable(evidence: &Evidence) -> Option<String> {
    let refused = &evidence.refused;
    let told = refused.request.is_some() || refused.response.is_some() || refused.failure.is_some();
    if told || !evidence.log_lines.is_empty() {
        return None;
    }
    if evidence.sources.iter().all(|(_, source)| source.bytes.trim_ascii().is_empty())
        && evidence.warnings.is_empty()
    {
        return Some("the documents are empty".to_owned());
    }
    // A HAR that is whole and holds no refusal has a warning too, but none with a line.
    let mut broken = evidence.warnings.iter().filter(|warning| matches!(&warning.place, Some((_, Some(_)))));
    let command = evidence.sources.iter().any(|(_, source)| source.kind == SourceKind::Curl);
    let warning = broken.next().or_else(|| evidence.warnings.first().filter(|_| command))?;
    let place = match &warning.place {
        Some((document, Some(line))) => format!("{document}:{line}: "),
        Some((document, None)) => format!("{document}: "),
        None => String::new(),
    };
    Some(report::Mask::new(&evidence.secrets).apply(&format!("{place}{}", warning.text)))
}
