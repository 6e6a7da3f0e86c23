//! `why403 inspect FILE...`: explain from documents alone.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;

use crate::args::Options;
use crate::diagnosis;

/// Reads the documents, diagnoses, prints.
pub(crate) fn run(options: &Options, files: &[PathBuf]) -> Result<u8> {
    let started = Instant::now();
    let (documents, unread) = diagnosis::documents(files.iter().chain(&options.log).chain(&options.config))?;
    let mut evidence = intake::read_with(documents, &intake::Options { entry: options.entry });
    for error in unread {
        evidence.warn(None, format!("{error:#}"));
    }
    let verdict = inference::diagnose(&catalogue::CATALOGUE, &evidence);
    diagnosis::finish(options, &verdict, &evidence, &[], started)
}
