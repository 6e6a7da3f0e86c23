//! Documents to evidence: recognises each document by its content, reads it with the place of every fact, picks the
//! refused exchange and ties the others to it, and marks secrets.
//!
//! Reading never fails as a whole: what cannot be read becomes a warning with its place.
//!
//! ```
//! let text = b"HTTP/1.1 403 Forbidden\r\nServer: nginx\r\n\r\nno".to_vec();
//! let evidence = intake::read(vec![intake::Document { name: "answer.http".into(), bytes: text }]);
//! assert_eq!(evidence.status(), Some(403));
//! ```

mod about;
mod assemble;
pub mod coding;
pub mod config;
pub mod console;
pub mod csrf;
pub mod curl;
pub mod date;
mod devtools;
mod envelope;
mod export;
mod files;
pub mod firewall;
pub mod har;
pub mod http;
pub mod isolate;
mod live;
pub mod log;
pub mod message;
mod recognise;
mod redirect;
pub mod secret;
mod session;
pub mod signature;
pub mod simulation;
mod target;
mod template;
mod text;
pub mod token;
mod told;
pub mod verbose;
mod wget;

pub use files::{Questions, questions};
pub use live::{add_exchange, add_trial};
pub use message::add_request;
pub use recognise::recognise;
pub use simulation::simulate;

use model::{Evidence, SourceId, SourceKind};

use assemble::Found;

/// A document as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its name for the user: a file name, or `-`.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What the user chooses about reading.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The entry of a HAR to explain, counted from 1, instead of the refused one that is picked.
    pub entry: Option<usize>,
    /// The address that the request came from, as the first server saw it.
    pub client: Option<std::net::IpAddr>,
    /// The file tree that configurations include from; without one, only the documents are known.
    pub files: Option<server_config::FileTree>,
}

/// Reads documents.
#[must_use]
pub fn read(documents: Vec<Document>) -> Evidence {
    read_with(documents, &Options::default())
}

/// Reads documents as the options say.
#[must_use]
pub fn read_with(mut documents: Vec<Document>, options: &Options) -> Evidence {
    for document in &mut documents {
        let bytes = text::unpacked(std::mem::take(&mut document.bytes));
        document.bytes = text::from_utf16(bytes);
    }
    let mut evidence = Evidence::default();
    let mut found = Vec::new();
    let files: Vec<(String, Vec<u8>)> = named_by_curl(&documents);
    for document in documents {
        read_one(&mut evidence, &mut found, document, &files, options);
    }
    assemble::choose(&mut evidence, found);
    about::read(&mut evidence);
    simulate(&mut evidence, options);
    evidence
}

/// Adds documents that were made for evidence that is read already, such as a description of the machine.
pub fn add_documents(evidence: &mut Evidence, documents: Vec<Document>) {
    let mut found = Vec::new();
    for document in documents {
        read_one(evidence, &mut found, document, &[], &Options::default());
    }
    about::read(evidence);
}

/// The documents that a `curl` command among them may name as files: the small ones.
fn named_by_curl(documents: &[Document]) -> Vec<(String, Vec<u8>)> {
    if !documents.iter().any(|document| recognise(&document.name, &document.bytes) == SourceKind::Curl) {
        return Vec::new();
    }
    let small = documents.iter().filter(|document| document.bytes.len() <= 1 << 20);
    small.map(|document| (document.name.clone(), document.bytes.clone())).collect()
}

/// What zip archives begin with; Fiddler's sessions are such archives.
const ZIP: &[u8] = b"PK\x03\x04";

fn read_one(
    evidence: &mut Evidence,
    found: &mut Vec<Found>,
    document: Document,
    files: &[(String, Vec<u8>)],
    options: &Options,
) {
    let Document { name, bytes } = document;
    if bytes.starts_with(ZIP) {
        let words = "is a zip archive, and is left out; unpack it and give the files in it";
        evidence.warn(Some((&name, Some(1))), words);
        return;
    }
    let kind = recognise(&name, &bytes);
    if kind == SourceKind::Har {
        found.extend(har::read(evidence, name, bytes, options.entry));
        return;
    }
    if matches!(kind, SourceKind::Text | SourceKind::Log | SourceKind::Config) && recognise::is_binary(&bytes)
    {
        evidence.warn(Some((&name, Some(1))), "is binary, not a document that can be read; it is left out");
        return;
    }
    let id = evidence.sources.add(name, kind, bytes);
    match kind {
        SourceKind::Curl => found.extend(session::read(evidence, id, files)),
        SourceKind::Request => found.extend(message::request_file(evidence, id)),
        SourceKind::Response => found.extend(message::read(evidence, id)),
        SourceKind::Transcript => {
            if recognise::starts_with_curl(&evidence.sources.get(id).bytes) {
                let commands = session::commands(evidence, id);
                found.extend(
                    commands.iter().filter_map(|command| message::curl(evidence, id, command, files)),
                );
            }
            let is_wget = wget::is_output(&evidence.sources.text(evidence.sources.whole(id)));
            found.extend(if is_wget { wget::read(evidence, id) } else { verbose::read(evidence, id) });
        }
        SourceKind::Console => found.extend(console::read(evidence, id)),
        SourceKind::Log => {
            if log::read(evidence, id) == log::Format::Unknown {
                found.extend(told::read(evidence, id));
            }
        }
        SourceKind::Config => config::read(evidence, id),
        SourceKind::Panel => found.extend(devtools::read(evidence, id)),
        SourceKind::Export => found.extend(export::read(evidence, id)),
        SourceKind::Text if http::holds_status_line(&evidence.sources.get(id).bytes) => {
            found.extend(message::read(evidence, id));
        }
        SourceKind::Text => found.extend(unlabelled(evidence, id)),
        SourceKind::Har | SourceKind::System => {}
    }
}

/// Reads a text of no known kind; where it asks a server and shows no answer, what to give instead is said.
fn unlabelled(evidence: &mut Evidence, id: SourceId) -> Vec<Found> {
    let told = told::read(evidence, id);
    let answered = |found: &Found| found.exchange.told.status.is_some() || found.exchange.response.is_some();
    let text = evidence.sources.text(evidence.sources.whole(id));
    if let Some(advice) = export::advice(&text).filter(|_| !told.iter().any(answered)) {
        let name = evidence.sources.get(id).name.clone();
        evidence.warn(Some((&name, None)), advice);
    }
    told
}
