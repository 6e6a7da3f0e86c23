//! What every diagnosis shares: reading documents, and printing the verdict.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use intake::Document;
use model::{Evidence, Outcome, SentRequest, Verdict};
use server_config::FileTree;

use crate::args::{Format, Options};
use crate::{EXPLAINED, UNEXPLAINED, output};

/// A document larger than this is not taken into memory.
const LARGEST: u64 = 2 << 30;

/// Reads a file as a document; `-` is standard input.
///
/// # Errors
/// Where it cannot be read, with its name.
pub(crate) fn document(path: &Path) -> Result<Document> {
    let name = path.display().to_string();
    if name == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().take(LARGEST).read_to_end(&mut bytes).context("standard input cannot be read")?;
        return Ok(Document { name, bytes });
    }
    let file = File::open(path).with_context(|| format!("{name} cannot be opened"))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    if length > LARGEST {
        bail!(
            "{name} has {length} bytes, more than the {LARGEST} that are read; cut out the part around the refusal"
        );
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(LARGEST).read_to_end(&mut bytes).with_context(|| format!("{name} cannot be read"))?;
    Ok(Document { name, bytes })
}

/// Reads a file that a curl command names; `-` is standard input.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn named_by_curl(name: &str) -> io::Result<Vec<u8>> {
    if name != "-" {
        return fs::read(name);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The most files of a folder that are read.
const MOST: usize = 200;

/// A file itself, or the plain files of a folder, in order of their names; the note that `--save` puts into one is none.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let name = path.display();
    let entries = fs::read_dir(path).with_context(|| format!("{name} cannot be read"))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    let hidden = |name: &str| name.starts_with('.') || name == "case.toml";
    files.retain(|file| {
        file.is_file() && !file.file_name().is_some_and(|name| hidden(&name.to_string_lossy()))
    });
    files.sort();
    match files.len() {
        0 => bail!("the folder {name} holds no file; give a file"),
        count if count > MOST => bail!("the folder {name} holds {count} files; give those of the refusal"),
        _ => Ok(files),
    }
}

/// Reads all documents that can be read, and says which cannot. An error only if none can.
///
/// # Errors
/// Why the first could not be read.
pub(crate) fn documents<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(Vec<Document>, Vec<anyhow::Error>)> {
    let mut documents = Vec::new();
    let mut unread = Vec::new();
    for path in paths {
        match files(path) {
            Ok(files) => {
                for document in files.iter().map(|file| document(file)) {
                    document.map_or_else(|error| unread.push(error), |document| documents.push(document));
                }
            }
            Err(error) => unread.push(error),
        }
    }
    match documents.is_empty() && !unread.is_empty() {
        true => Err(unread.swap_remove(0)),
        false => Ok((documents, unread)),
    }
}

/// How documents are to be read: configurations may include files of this machine.
pub(crate) fn reading(options: &Options) -> intake::Options {
    let files = options.root.as_ref().map_or_else(FileTree::perhaps_live, FileTree::rooted);
    intake::Options { entry: options.entry, client: options.client, files: Some(files) }
}

/// Prints the verdict and returns the exit status.
///
/// # Errors
/// Where standard output or the case folder cannot be written.
pub(crate) fn finish(
    options: &Options,
    verdict: &Verdict,
    evidence: &Evidence,
    requests: &[SentRequest],
    started: Instant,
) -> Result<u8> {
    if let Some(folder) = &options.save {
        crate::commands::save::case(folder, evidence, verdict)?;
    }
    let context = report::Context {
        requests,
        elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        colour: output::colour(options),
        width: output::width(),
    };
    let format = options.format.unwrap_or(Format::Terminal);
    output::print(&report::render(format.into(), verdict, evidence, &context))?;
    Ok(if verdict.outcome == Outcome::Explained { EXPLAINED } else { UNEXPLAINED })
}
