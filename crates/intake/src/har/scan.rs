//! A single pass over the text of a HAR that notes where each entry stands and the few facts that choosing needs.

use memchr::{memchr_iter, memchr2};

/// What the pass found.
#[derive(Debug, Default)]
pub struct Scanned {
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// Where the text stops being a HAR.
    pub fault: Option<Fault>,
}

/// An entry: its place, and what choosing needs.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Method.
    pub method: String,
    /// URL.
    pub url: String,
    /// Status, 0 if there was no answer.
    pub status: u16,
    /// `redirectURL`.
    pub redirect: String,
    /// Whether an error is noted, or there is no answer at all.
    pub failed: bool,
    /// Whether the answer is an HTML document.
    pub is_page: bool,
}

/// Where the text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Offset.
    pub at: usize,
    /// What should stand there.
    pub expected: &'static str,
}

/// The most entries that are noted.
const ENTRIES: usize = 1_000_000;

/// Scans a HAR.
#[must_use]
pub fn entries(bytes: &[u8]) -> Scanned {
    let mut scanned = Scanned::default();
    let start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let json = Json { bytes };
    let result = json.object(start, &mut |key, at| {
        if key != b"log" {
            return json.skip(at);
        }
        json.object(at, &mut |key, at| {
            if key != b"entries" {
                return json.skip(at);
            }
            json.array(at, &mut |at| {
                let entry = entry(&json, at)?;
                let end = entry.end;
                if scanned.entries.len() < ENTRIES {
                    scanned.entries.push(entry);
                }
                Ok(end)
            })
        })
    });
    scanned.fault = result.err();
    scanned
}

fn entry(json: &Json<'_>, start: usize) -> Result<Entry, Fault> {
    let mut entry = Entry { start, ..Entry::default() };
    let mut answered = false;
    entry.end = json.object(start, &mut |key, at| match key {
        b"request" => json.object(at, &mut |key, at| match key {
            b"method" => json.string(at, &mut entry.method),
            b"url" => json.string(at, &mut entry.url),
            _ => json.skip(at),
        }),
        b"response" => {
            answered = true;
            json.object(at, &mut |key, at| match key {
                b"status" => {
                    let end = json.skip(at)?;
                    let digits = std::str::from_utf8(&json.bytes[at..end]).ok();
                    entry.status = digits.and_then(|digits| digits.parse().ok()).unwrap_or(0);
                    Ok(end)
                }
                b"redirectURL" => json.string(at, &mut entry.redirect),
                b"_error" => {
                    let end = json.skip(at)?;
                    entry.failed |= &json.bytes[at..end] != b"null";
                    Ok(end)
                }
                b"content" => json.object(at, &mut |key, at| {
                    let end = json.skip(at)?;
                    if key == b"mimeType" {
                        entry.is_page = json.bytes[at..end].starts_with(b"\"text/html");
                    }
                    Ok(end)
                }),
                _ => json.skip(at),
            })
        }
        _ => json.skip(at),
    })?;
    entry.failed |= !answered || entry.status == 0;
    Ok(entry)
}

/// JSON text that is walked over without being kept.
struct Json<'a> {
    bytes: &'a [u8],
}

/// What is called with the offset of a value and gives the offset behind it.
type Visit<'v> = dyn FnMut(usize) -> Result<usize, Fault> + 'v;
/// The same for a member of an object, with its key undecoded.
type VisitMember<'v> = dyn FnMut(&[u8], usize) -> Result<usize, Fault> + 'v;

impl Json<'_> {
    fn blank(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or(&[]);
        at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
    }

    fn expect(&self, at: usize, byte: u8, expected: &'static str) -> Result<usize, Fault> {
        if self.bytes.get(at) == Some(&byte) { Ok(at + 1) } else { Err(Fault { at, expected }) }
    }

    /// Walks over an object; anything else in its place is passed over.
    fn object(&self, at: usize, member: &mut VisitMember<'_>) -> Result<usize, Fault> {
        let at = self.blank(at);
        if self.bytes.get(at).is_some_and(|byte| *byte != b'{' && *byte != 0) {
            return self.skip(at);
        }
        let mut at = self.blank(self.expect(at, b'{', "an object")?);
        if self.bytes.get(at) == Some(&b'}') {
            return Ok(at + 1);
        }
        loop {
            let end = self.end_of_string(at)?;
            let key = &self.bytes[at + 1..end - 1];
            let value = self.blank(self.expect(self.blank(end), b':', "`:`")?);
            at = self.blank(member(key, value)?);
            match self.bytes.get(at) {
                Some(b',') => at = self.blank(at + 1),
                Some(b'}') => return Ok(at + 1),
                _ => return Err(Fault { at, expected: "`,` or `}`" }),
            }
        }
    }

    /// Walks over an array.
    fn array(&self, at: usize, element: &mut Visit<'_>) -> Result<usize, Fault> {
        let mut at = self.blank(self.expect(self.blank(at), b'[', "an array")?);
        if self.bytes.get(at) == Some(&b']') {
            return Ok(at + 1);
        }
        loop {
            at = self.blank(element(at)?);
            match self.bytes.get(at) {
                Some(b',') => at = self.blank(at + 1),
                Some(b']') => return Ok(at + 1),
                _ => return Err(Fault { at, expected: "`,` or `]`" }),
            }
        }
    }

    /// Reads a string; anything else in its place is passed over.
    fn string(&self, at: usize, into: &mut String) -> Result<usize, Fault> {
        let end = self.skip(at)?;
        let text = &self.bytes[at..end.min(at + (1 << 16))];
        *into = match serde_json::from_slice::<String>(text) {
            Ok(text) => text,
            Err(_) => String::from_utf8_lossy(text).trim_matches('"').to_owned(),
        };
        Ok(end)
    }

    fn end_of_string(&self, at: usize) -> Result<usize, Fault> {
        let mut at = self.expect(at, b'"', "a string")?;
        loop {
            let rest = self.bytes.get(at..).unwrap_or(&[]);
            match memchr2(b'"', b'\\', rest) {
                Some(offset) if rest[offset] == b'"' => return Ok(at + offset + 1),
                Some(offset) => at += offset + 2,
                None => return Err(Fault { at: self.bytes.len(), expected: "the end of a string" }),
            }
        }
    }

    /// Passes over a value of any depth, without recursion.
    fn skip(&self, start: usize) -> Result<usize, Fault> {
        let (mut at, mut depth) = (start, 0usize);
        loop {
            match self.bytes.get(at) {
                Some(b'"') => at = self.end_of_string(at)?,
                Some(b'{' | b'[') => {
                    depth += 1;
                    at += 1;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    at += 1;
                }
                Some(b',' | b':' | b' ' | b'\n' | b'\r' | b'\t') if depth > 0 => {
                    at += 1;
                    continue;
                }
                Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.') => {
                    let scalar =
                        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                    at += self.bytes[at..].iter().take_while(scalar).count();
                }
                Some(_) => return Err(Fault { at, expected: "a JSON value" }),
                None => return Err(Fault { at, expected: "more text: the file is cut off" }),
            }
            if depth == 0 {
                return Ok(at);
            }
        }
    }
}

/// Line and column of an offset, both counted from 1; the column in bytes.
#[must_use]
pub fn position(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = &bytes[..at.min(bytes.len())];
    let line = 1 + memchr_iter(b'\n', before).count();
    let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
    (line, before.len() - start + 1)
}
