//! Documents, kept verbatim, and places in them.

use std::fmt;
use std::ops::Range;

/// All documents of one case. A [`Span`] only means something together with the `Sources` it was made from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

/// A document that we were given, or that we rendered from one (an entry of a HAR as an HTTP message).
#[derive(Clone, Debug)]
pub struct Source {
    /// Name shown to the user: a file name, `-`, `request`, or `shop.har (entry 3, response)`.
    pub name: String,
    /// What the content was recognised as.
    pub kind: SourceKind,
    /// The content, byte for byte.
    pub bytes: Vec<u8>,
    /// The place in another document that this one was rendered from.
    pub origin: Option<Span>,
    /// The number of its first line, where the content is only a part of the document; else 1.
    pub first_line: usize,
    /// Where a log goes on with what was written after the request was sent; 0 where that is not known.
    pub fresh_from: usize,
}

/// What a document was recognised as, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A `curl` command line.
    Curl,
    /// HTTP Archive 1.2.
    Har,
    /// An HTTP request message.
    Request,
    /// An HTTP response message.
    Response,
    /// A transcript that holds both sides: `curl -v`, `--trace-ascii`, `.http`.
    Transcript,
    /// A log file.
    Log,
    /// Configuration of a server or an application.
    Config,
    /// A message copied from a browser's console.
    Console,
    /// The panel of a request in a browser's developer tools, copied as text.
    Panel,
    /// A request as a browser or a program hands it out: code that sends it, a collection, a proxy's items.
    Export,
    /// The output of a command that describes the machine: `namei -l`, `ls -lZ`, `getfacl`, `ausearch`.
    System,
    /// Text of no kind known here; read for signatures all the same.
    Text,
}

/// Names a document within its [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A byte range in a document: the provenance of everything we say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The document.
    pub source: SourceId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A value and the place it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value, decoded.
    pub value: T,
    /// Where it stands, undecoded.
    pub span: Span,
}

/// A place made ready for people: document, line and the text around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Name of the document.
    pub document: String,
    /// Line, counted from 1.
    pub line: usize,
    /// First column of the marked text in [`Quote::text`], in characters, counted from 1.
    pub column: usize,
    /// Number of marked characters, at least 1.
    pub width: usize,
    /// The line, or the part of it around the mark when it is long. Not masked, not neutralised: `report` does both.
    pub text: String,
}

/// The most bytes of one line that a quote shows.
const QUOTE_BYTES: usize = 400;

impl Sources {
    /// Keeps a document and returns its name within these sources.
    pub fn add(&mut self, name: impl Into<String>, kind: SourceKind, bytes: impl Into<Vec<u8>>) -> SourceId {
        self.push(Source {
            name: name.into(),
            kind,
            bytes: bytes.into(),
            origin: None,
            first_line: 1,
            fresh_from: 0,
        })
    }

    /// Keeps a document that was rendered from `origin`.
    pub fn derive(
        &mut self,
        origin: Span,
        name: impl Into<String>,
        kind: SourceKind,
        bytes: impl Into<Vec<u8>>,
    ) -> SourceId {
        self.push(Source {
            name: name.into(),
            kind,
            bytes: bytes.into(),
            origin: Some(origin),
            first_line: 1,
            fresh_from: 0,
        })
    }

    fn push(&mut self, source: Source) -> SourceId {
        let id = SourceId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(source);
        id
    }

    /// The document of that id.
    #[must_use]
    pub fn get(&self, id: SourceId) -> &Source {
        &self.list[id.0 as usize]
    }

    /// Changes what a document was recognised as.
    pub fn recognise(&mut self, id: SourceId, kind: SourceKind) {
        self.list[id.0 as usize].kind = kind;
    }

    /// Says that a document's content begins at this line of it.
    pub fn begins_at(&mut self, id: SourceId, line: usize) {
        self.list[id.0 as usize].first_line = line;
    }

    /// Says that what stands in a log from this byte on was written after the request was sent.
    pub fn fresh_from(&mut self, id: SourceId, at: usize) {
        self.list[id.0 as usize].fresh_from = at;
    }

    /// All documents, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.list.iter().enumerate().map(|(i, source)| (SourceId(i as u32), source))
    }

    /// The span of a whole document.
    #[must_use]
    pub fn whole(&self, id: SourceId) -> Span {
        Span { source: id, start: 0, end: self.get(id).bytes.len() }
    }

    /// The bytes that a span covers.
    #[must_use]
    pub fn bytes(&self, span: Span) -> &[u8] {
        let bytes = &self.get(span.source).bytes;
        &bytes[span.start.min(bytes.len())..span.end.min(bytes.len()).max(span.start.min(bytes.len()))]
    }

    /// The text that a span covers, with replacement characters where it is not UTF-8.
    #[must_use]
    pub fn text(&self, span: Span) -> String {
        String::from_utf8_lossy(self.bytes(span)).into_owned()
    }

    /// The place for people: its line, or the part of a long line around it.
    #[must_use]
    pub fn quote(&self, span: Span) -> Quote {
        let source = self.get(span.source);
        let bytes = &source.bytes;
        let start = span.start.min(bytes.len());
        let line_start = bytes[..start].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let line_end = bytes[start..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |at| start + at);
        let shown = window(line_start..line_end, start);
        let marked_end = span.end.clamp(start, shown.end);
        let lossy =
            |range: Range<usize>| String::from_utf8_lossy(&bytes[range]).trim_end_matches('\r').to_owned();
        Quote {
            document: source.name.clone(),
            line: source.first_line + bytes[..line_start].iter().filter(|&&b| b == b'\n').count(),
            column: 1 + lossy(shown.start..start).chars().count(),
            width: lossy(start..marked_end).chars().count().max(1),
            text: lossy(shown),
        }
    }
}

/// The part of a line that a quote shows: all of it, or at most [`QUOTE_BYTES`] with the mark near the front.
fn window(line: Range<usize>, mark: usize) -> Range<usize> {
    if line.len() <= QUOTE_BYTES {
        return line;
    }
    let start = mark.saturating_sub(QUOTE_BYTES / 4).max(line.start);
    start..(start + QUOTE_BYTES).min(line.end)
}

impl<T> Fact<T> {
    /// A value read from a place.
    pub fn new(value: T, span: Span) -> Self {
        Fact { value, span }
    }

    /// The same place with another reading of it.
    pub fn map<U>(self, reading: impl FnOnce(T) -> U) -> Fact<U> {
        Fact { value: reading(self.value), span: self.span }
    }
}

impl Span {
    /// The part of this span from `start` to `end`, counted from its beginning, cut off at its end.
    #[must_use]
    pub fn part(self, start: usize, end: usize) -> Span {
        let start = (self.start + start).min(self.end);
        Span { source: self.source, start, end: (self.start + end).clamp(start, self.end) }
    }
}

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.document, self.line, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_shows_the_line_and_marks_the_span() {
        let mut sources = Sources::default();
        let id = sources.add("nginx.conf", SourceKind::Config, "server {\n  deny all;\r\n}\n");
        let quote = sources.quote(Span { source: id, start: 11, end: 20 });
        assert_eq!((quote.line, quote.column, quote.width, quote.text.as_str()), (2, 3, 9, "  deny all;"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark_and_a_span_past_the_end_is_harmless() {
        let mut sources = Sources::default();
        let id = sources.add("big.har", SourceKind::Har, vec![b'x'; 10_000]);
        let quote = sources.quote(Span { source: id, start: 5_000, end: 5_004 });
        assert_eq!((quote.text.len(), quote.column, quote.width), (QUOTE_BYTES, 101, 4));
        assert_eq!(sources.bytes(Span { source: id, start: 9_999, end: 20_000 }), b"x");
        assert_eq!(sources.quote(Span { source: id, start: 20_000, end: 30_000 }).line, 1);
    }
}
