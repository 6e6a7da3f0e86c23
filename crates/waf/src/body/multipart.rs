//! `multipart/form-data`: fields, files, and the flags about everything odd in between.
//!
//! Follows mod_security2's parser (`msc_multipart.c`) line by line: it reads into a buffer of 4,096 bytes, so a longer
//! line comes in pieces of which only the first can be a boundary.

use std::ops::Range;

use super::BodyError;
use crate::Like;
use crate::rules::Config;
use crate::variables::arena::Text;
use crate::variables::names::Variable;
use crate::variables::store::Store;

mod boundary;
mod disposition;
mod headers;

use boundary::Boundary;
use headers::Part;

/// `MULTIPART_BUF_SIZE`.
const BUFFER: usize = 4096;

/// What was odd about a body; each is a variable of its own.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Flags {
    error: bool,
    boundary_quoted: bool,
    boundary_whitespace: bool,
    data_before: bool,
    data_after: bool,
    header_folding: bool,
    lf_line: bool,
    crlf_line: bool,
    missing_semicolon: bool,
    invalid_quoting: bool,
    invalid_part: bool,
    invalid_header_folding: bool,
    /// 1: a boundary was left open; 2: a line only looks like one.
    unmatched: u8,
}

impl Flags {
    /// Publishes the flags as variables.
    pub(crate) fn publish(&self, store: &mut Store) {
        let strict = self.error
            || self.boundary_quoted
            || self.boundary_whitespace
            || self.data_before
            || self.data_after
            || self.header_folding
            || self.lf_line
            || self.missing_semicolon
            || self.invalid_quoting
            || self.invalid_part
            || self.invalid_header_folding;
        let flags = [
            (Variable::MultipartStrictError, strict),
            (Variable::MultipartBoundaryQuoted, self.boundary_quoted),
            (Variable::MultipartBoundaryWhitespace, self.boundary_whitespace),
            (Variable::MultipartDataBefore, self.data_before),
            (Variable::MultipartDataAfter, self.data_after),
            (Variable::MultipartHeaderFolding, self.header_folding),
            (Variable::MultipartLfLine, self.lf_line),
            (Variable::MultipartCrlfLfLines, self.lf_line && self.crlf_line),
            (Variable::MultipartMissingSemicolon, self.missing_semicolon),
            (Variable::MultipartInvalidQuoting, self.invalid_quoting),
            (Variable::MultipartInvalidPart, self.invalid_part),
            (Variable::MultipartInvalidHeaderFolding, self.invalid_header_folding),
            (Variable::MultipartFileLimitExceeded, false),
        ];
        for (variable, flag) in flags {
            store.set_computed(variable, if flag { b"1" } else { b"0" });
        }
        store.set_computed(Variable::MultipartUnmatchedBoundary, self.unmatched.to_string().as_bytes());
    }
}

/// What came of a body: how it ended, and how much of it was not in files.
pub(crate) struct Outcome {
    pub(crate) result: Result<(), BodyError>,
    pub(crate) length_without_files: usize,
}

/// Reads a body that begins at `start` in the request.
pub(crate) fn read(
    store: &mut Store,
    body: &[u8],
    start: usize,
    content_type: Option<&[u8]>,
    config: &Config,
    like: Like,
) -> Outcome {
    let mut flags = Flags::default();
    let boundary = match Boundary::of_content_type(content_type, &mut flags) {
        Ok(boundary) => boundary,
        Err(message) => {
            flags.error = true;
            flags.publish(store);
            let message = format!("Multipart parsing error (init): {message}");
            return Outcome { result: Err(BodyError::Malformed(message)), length_without_files: 0 };
        }
    };
    let mut reader = Reader {
        body,
        boundary,
        like,
        flags,
        part: None,
        parts: Vec::new(),
        complete: false,
        boundaries: 0,
        length_without_files: 0,
    };
    let result = reader.run();
    reader.flags.error |= result.is_err();
    if reader.like == Like::ModSecurity2
        && result.as_ref().is_err_and(|e| matches!(e, BodyError::CutShort(_)))
    {
        // What `multipart_complete` finds is not among the strict errors.
        reader.flags.error = false;
    }
    reader.flags.publish(store);
    if result.is_ok() {
        reader.publish(store, start, config);
    } else {
        reader.publish_headers(store, start);
    }
    Outcome { result, length_without_files: reader.length_without_files }
}

struct Reader<'a> {
    body: &'a [u8],
    boundary: Boundary,
    like: Like,
    flags: Flags,
    part: Option<Part>,
    parts: Vec<Part>,
    complete: bool,
    boundaries: usize,
    length_without_files: usize,
}

/// A piece of a body: a line, or what fits the buffer.
struct Piece {
    range: Range<usize>,
    /// Whether it begins at the beginning of a line.
    at_line_start: bool,
    /// Whether the line before it ended with a bare line feed.
    after_bare_lf: bool,
    ends_line: bool,
}

fn malformed(message: impl Into<String>) -> BodyError {
    BodyError::Malformed(format!("Multipart parsing error: {}", message.into()))
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), BodyError> {
        let mut at = 0;
        let mut at_line_start = true;
        let mut after_bare_lf = false;
        while at < self.body.len() {
            let end = piece_end(self.body, at);
            let ends_line = self.body[end - 1] == b'\n';
            if !ends_line && end == self.body.len() && end - at < BUFFER {
                break;
            }
            let piece = Piece { range: at..end, at_line_start, after_bare_lf, ends_line };
            self.piece(&piece)?;
            if ends_line {
                after_bare_lf = end < 2 || self.body[end - 2] != b'\r';
            }
            at_line_start = ends_line;
            at = end;
            if self.complete && at < self.body.len() {
                self.flags.data_after = true;
                return Ok(());
            }
        }
        self.finish(at, at_line_start, after_bare_lf)
    }

    fn piece(&mut self, piece: &Piece) -> Result<(), BodyError> {
        let text = &self.body[piece.range.clone()];
        if piece.at_line_start && text.len() > 3 && text.starts_with(b"--") {
            if text[2..].starts_with(&self.boundary.value) {
                if self.boundary_line(text, piece)? {
                    return Ok(());
                }
            } else {
                self.look_alike(text)?;
            }
        } else if piece.at_line_start && self.holds_boundary(text) {
            self.flags.unmatched = 1;
        }
        let Some(part) = &mut self.part else {
            self.flags.data_before = true;
            return Ok(());
        };
        if part.in_headers() {
            if !piece.ends_line {
                return Err(malformed(format!("Multipart: Part header line over {BUFFER} bytes long")));
            }
            self.length_without_files += text.len();
            return part.header_line(text, piece.range.start, &mut self.flags).map_err(malformed);
        }
        if part.filename.is_none() {
            self.length_without_files += text.len();
        }
        part.data(piece.range.clone(), self.body);
        Ok(())
    }

    /// A line that begins with the boundary; whether it was taken for one.
    fn boundary_line(&mut self, text: &[u8], piece: &Piece) -> Result<bool, BodyError> {
        self.flags.lf_line |= piece.after_bare_lf;
        if self.boundaries > 0 && self.part.as_ref().is_some_and(|part| !part.data_read) {
            self.flags.invalid_part = true;
            return Ok(false);
        }
        if self.boundaries > 0 && self.like != Like::ModSecurity2 {
            // Version 3 says "matched after all" at every boundary behind the first.
            self.flags.unmatched = 2;
        }
        let rest = &text[2 + self.boundary.value.len()..];
        let (last, rest) = match rest.strip_prefix(b"--") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        match rest {
            b"\r\n" => self.flags.crlf_line = true,
            b"\n" => self.flags.lf_line = true,
            _ => return Err(malformed("Multipart: Invalid boundary.")),
        }
        self.end_part(last);
        self.boundaries += 1;
        Ok(true)
    }

    fn end_part(&mut self, last: bool) {
        if let Some(part) = self.part.take() {
            if part.name.is_some() {
                self.parts.push(part);
            } else {
                self.flags.invalid_part = true;
            }
        }
        if last {
            self.complete = true;
        } else {
            self.part = Some(Part::default());
        }
    }

    /// A line that begins with two hyphens and is not the boundary.
    fn look_alike(&mut self, text: &[u8]) -> Result<(), BodyError> {
        let after = &text[2..];
        if self.flags.boundary_quoted
            && after.strip_prefix(b"\"").is_some_and(|a| a.starts_with(&self.boundary.value))
        {
            return Err(malformed("Multipart: Invalid boundary (quotes)."));
        }
        let trimmed = after.trim_ascii_start();
        if trimmed.len() < after.len() && trimmed.starts_with(&self.boundary.value) {
            return Err(malformed("Multipart: Invalid boundary (whitespace)."));
        }
        self.flags.unmatched = 1;
        Ok(())
    }

    fn holds_boundary(&self, text: &[u8]) -> bool {
        let mark = [b"--".as_slice(), &self.boundary.value].concat();
        text.windows(mark.len()).any(|window| window == mark)
    }

    /// The end of the body; a last boundary without a line end is still one.
    fn finish(&mut self, at: usize, at_line_start: bool, after_bare_lf: bool) -> Result<(), BodyError> {
        let rest = &self.body[at..];
        if self.body.is_empty() || self.complete {
            return Ok(());
        }
        let cut = |message: &str| Err(BodyError::CutShort(format!("Multipart parsing error: {message}")));
        if self.boundaries == 0 {
            return cut("Multipart: No boundaries found in payload.");
        }
        let last = [b"--".as_slice(), &self.boundary.value, b"--"].concat();
        if !at_line_start || rest != last {
            return cut("Multipart: Final boundary missing.");
        }
        self.flags.lf_line |= after_bare_lf;
        if self.part.as_ref().is_some_and(|part| !part.data_read) {
            self.flags.invalid_part = true;
        }
        self.end_part(true);
        Ok(())
    }

    fn publish(&self, store: &mut Store, start: usize, config: &Config) {
        let mut files = 0;
        for part in &self.parts {
            let name = part.name_text(store, start);
            let data = part.data_range();
            let Some(filename) = &part.filename else {
                let mark = store.arena.mark();
                store.arena.extend(&self.body[data.clone()], start + data.start);
                let value = store.arena.since(mark);
                super::add_argument(store, name, value, Variable::ArgsPost, config);
                continue;
            };
            let file = filename.text(store, start);
            store.add(Variable::Files, name, file);
            store.add(Variable::FilesNames, name, name);
            store.add(Variable::MultipartFilename, name, file);
            let mark = store.arena.mark();
            store.arena.extend_computed(data.len().to_string().as_bytes());
            let size = store.arena.since(mark);
            store.add(Variable::FilesSizes, name, size);
            files += data.len();
        }
        store.set_computed(Variable::FilesCombinedSize, files.to_string().as_bytes());
        self.publish_headers(store, start);
    }

    fn publish_headers(&self, store: &mut Store, start: usize) {
        for part in &self.parts {
            let name = part.name_text(store, start);
            store.add(Variable::MultipartName, name, name);
            for line in &part.header_lines {
                let text: Text = line.text(store, start);
                store.add(Variable::MultipartPartHeaders, name, text);
            }
        }
    }
}

/// Where the piece that begins at `at` ends: behind the line feed, or where the buffer is full. A carriage return is
/// never the last byte of a full buffer.
fn piece_end(body: &[u8], at: usize) -> usize {
    let full = (at + BUFFER).min(body.len());
    let end = body[at..full].iter().position(|byte| *byte == b'\n').map_or(full, |found| at + found + 1);
    let splits_line_end = end - at == BUFFER && body[end - 1] == b'\r';
    if splits_line_end { end - 1 } else { end }
}
