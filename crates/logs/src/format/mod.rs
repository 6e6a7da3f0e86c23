//! Formats: what they are called, how a text's format is recognised, and how one entry is read.

mod apache;
mod apache_error;
pub(crate) mod application;
mod bare;
mod columns;
mod definitions;
mod haproxy;
mod inferred;
mod json;
mod kind;
mod logfmt;
pub(crate) mod modsecurity;
mod nginx;
mod nginx_error;
mod recognise;
mod shape;
mod status;
mod template;
pub(crate) mod wrapper;

use std::sync::Arc;

pub use definitions::definitions;
pub use kind::Kind;
pub use recognise::{among, recognise};
pub(crate) use status::StatusReader;

use crate::record::{Entry, Field, Record};
use template::Template;
use wrapper::Wrapper;

/// How a log is written: compiled from a definition, or recognised by content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    pub(crate) kind: Kind,
    pub(crate) reader: Reader,
    /// What stands around each line: syslog, Docker, Kubernetes.
    pub(crate) wrapper: Option<Wrapper>,
    /// Further formats that occur in the same document, such as a container's access and error lines.
    pub(crate) others: Vec<Format>,
}

/// How an entry is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    Template(Arc<Template>),
    Json,
    NginxError,
    ApacheError,
    AuditJson,
    AuditSections,
    Application,
    Logfmt,
}

/// How lines make entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Each line is an entry.
    Line,
    /// From the boundary of section A to the next one.
    Sections,
    /// A line that begins an entry, and those that follow and do not.
    Trace,
    /// Entries end with a blank line.
    Blank,
}

/// A definition that could not be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} has no field that can be read: {definition:?}")]
pub struct DefinitionError {
    what: &'static str,
    definition: String,
}

impl Format {
    /// Compiles nginx's `log_format`: the string alone, or the whole directive with its `escape=`.
    pub fn from_nginx_log_format(definition: &str) -> Result<Format, DefinitionError> {
        Format::compiled(Kind::NginxAccess, nginx::compile(definition), "log_format", definition)
    }

    /// Compiles Apache's `LogFormat`: the string alone, or the whole directive.
    pub fn from_apache_log_format(definition: &str) -> Result<Format, DefinitionError> {
        Format::compiled(Kind::ApacheAccess, apache::compile(definition), "LogFormat", definition)
    }

    /// Compiles HAProxy's `log-format`: the string alone, or the whole directive.
    pub fn from_haproxy_log_format(definition: &str) -> Result<Format, DefinitionError> {
        Format::compiled(Kind::Haproxy, haproxy::compile(definition), "log-format", definition)
    }

    /// Compiles Envoy's access log format string.
    pub fn from_envoy_log_format(definition: &str) -> Result<Format, DefinitionError> {
        Format::compiled(Kind::Envoy, columns::envoy(definition), "format string", definition)
    }

    /// Lines of prose of which nothing is known.
    pub(crate) fn text() -> Format {
        Format::of(Kind::Text, Reader::Application)
    }

    /// How lines make entries.
    pub(crate) fn framing(&self) -> Framing {
        match self.reader {
            _ if self.wrapper == Some(Wrapper::JournalExport) => Framing::Blank,
            Reader::AuditSections => Framing::Sections,
            Reader::Application => Framing::Trace,
            _ => Framing::Line,
        }
    }

    /// Whether a line is a comment of the file.
    pub(crate) fn is_comment(&self, line: &[u8]) -> bool {
        matches!(self.kind, Kind::Iis | Kind::W3c | Kind::AwsCloudFront) && line.first() == Some(&b'#')
    }

    fn compiled(
        kind: Kind,
        template: Option<Template>,
        what: &'static str,
        definition: &str,
    ) -> Result<Format, DefinitionError> {
        let shown = || definition.chars().take(200).collect();
        let template = template.ok_or_else(|| DefinitionError { what, definition: shown() })?;
        Ok(Format::of(kind, Reader::Template(Arc::new(template))))
    }

    pub(crate) fn of(kind: Kind, reader: Reader) -> Format {
        Format { kind, reader, wrapper: None, others: Vec::new() }
    }

    /// Which log this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The kinds of all formats in the document, the most frequent first.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + '_ {
        std::iter::once(self.kind).chain(self.others.iter().map(|other| other.kind))
    }

    /// Whether the format's entries state the answer's status.
    pub fn has_status(&self) -> bool {
        match &self.reader {
            Reader::Template(template) => template.has(Field::Status),
            Reader::Json => true,
            Reader::AuditJson | Reader::AuditSections => true,
            Reader::NginxError | Reader::ApacheError | Reader::Application | Reader::Logfmt => false,
        }
    }

    /// Whether every entry that can be read states the answer's status, or that there is none.
    pub(crate) fn always_has_status(&self) -> bool {
        matches!(&self.reader, Reader::Template(template) if template.has(Field::Status))
            && self.others.iter().all(Format::always_has_status)
    }

    /// Whether entries may state a field.
    pub(crate) fn may_have(&self, field: Field) -> bool {
        let own = match &self.reader {
            Reader::Template(template) => template.has(field),
            _ => true,
        };
        own || self.others.iter().any(|other| other.may_have(field))
    }

    /// Whether each line is a JSON object that nothing stands around.
    pub(crate) fn is_bare_json(&self) -> bool {
        self.reader == Reader::Json && self.wrapper.is_none() && self.others.is_empty()
    }

    /// See [`Template::around`]; `None` when the lines are read in another way.
    pub(crate) fn around(&self, field: Field) -> Option<Vec<(&[u8], &[u8])>> {
        match &self.reader {
            Reader::Template(template) if self.wrapper.is_none() && self.others.is_empty() => {
                template.around(field)
            }
            _ => None,
        }
    }

    /// A quick reader of nothing but the status.
    pub(crate) fn status_reader(&self) -> Option<StatusReader> {
        match &self.reader {
            Reader::Template(template) if self.wrapper.is_none() && self.others.is_empty() => {
                StatusReader::of(template)
            }
            _ => None,
        }
    }

    /// Reads one entry; `None` when it has none of the known shapes.
    pub fn parse<'a>(&self, entry: &'a [u8]) -> Option<Record<'a>> {
        let mut record = Record::default();
        self.parse_into(entry, &mut record).map(|_| record)
    }

    /// Reads one entry into a record whose memory is used again; says which kind it was.
    pub(crate) fn parse_into<'a>(&self, entry: &'a [u8], record: &mut Record<'a>) -> Option<Kind> {
        record.entries.clear();
        record.around.clear();
        match &self.wrapper {
            None => record.text = entry.into(),
            Some(wrapper) => record.text = wrapper.strip(entry, &mut record.around)?,
        }
        let kind = std::iter::once(self)
            .chain(&self.others)
            .find(|format| format.reader.parse(&record.text, &mut record.entries))?
            .kind;
        record.kind = Some(kind);
        Some(kind)
    }
}

impl Reader {
    fn parse(&self, text: &[u8], out: &mut Vec<Entry>) -> bool {
        match self {
            Reader::Template(template) => template.parse(text, out),
            Reader::Json => json::parse(text, out),
            Reader::NginxError => nginx_error::parse(text, out),
            Reader::ApacheError => apache_error::parse(text, out),
            Reader::AuditJson => modsecurity::json::parse(text, out),
            Reader::AuditSections => modsecurity::serial::parse(text, out),
            Reader::Application => application::parse(text, out),
            Reader::Logfmt => logfmt::parse(text, out),
        }
    }
}
