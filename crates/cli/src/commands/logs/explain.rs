//! One request of a group, diagnosed in full from its lines.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use intake::Document;
use logs::Place;

use super::arguments::Arguments;
use super::requests::Requests;
use crate::args::{Format, Options};
use crate::diagnosis;

/// Explains one request of the group with this number, counted from 1.
///
/// # Errors
/// Where there is no such group, or its lines cannot be read again.
pub(super) fn run(
    options: &Options,
    arguments: &Arguments,
    requests: &mut Requests,
    number: usize,
    started: Instant,
) -> Result<u8> {
    let Some(group) = number.checked_sub(1).and_then(|index| requests.groups.get(index)).cloned() else {
        bail!("there is no group {number}: {} were found", requests.groups.len());
    };
    let mut documents = Vec::new();
    let mut first_lines = Vec::new();
    for (file, place) in requests.example(&group).context("the temporary folder")? {
        documents.push(excerpt(&requests.files[file].path, place)?);
        first_lines.push(usize::try_from(place.line).unwrap_or(usize::MAX));
    }
    documents.extend(diagnosis::documents(options.config.iter().chain(&arguments.config))?.0);
    let mut evidence = intake::read(documents);
    let own: Vec<_> =
        evidence.sources.iter().filter(|(_, source)| source.origin.is_none()).map(|(id, _)| id).collect();
    for (id, line) in own.into_iter().zip(first_lines) {
        evidence.sources.begins_at(id, line);
    }
    let verdict = inference::diagnose(&catalogue::CATALOGUE, &evidence);
    let format = match arguments.format(options)? {
        super::LogsFormat::Json => Format::Json,
        super::LogsFormat::Html => Format::Html,
        _ => Format::Terminal,
    };
    let options = Options { format: Some(options.format.unwrap_or(format)), ..options.clone() };
    diagnosis::finish(&options, &verdict, &evidence, &[], started)
}

/// The entry at this place, as a document.
fn excerpt(path: &Path, place: Place) -> Result<Document> {
    let name = path.display().to_string();
    if name == "-" {
        bail!("standard input cannot be read a second time; save it to a file first");
    }
    let mut bytes = logs::scan::entry(path, place).with_context(|| format!("{name} cannot be read again"))?;
    bytes.push(b'\n');
    Ok(Document { name, bytes })
}
