//! Text as signatures see it: lower case, entities and escapes decoded, runs of blanks as one; with the way back.

/// Folded text, and where each of its bytes came from.
pub(crate) struct Folded {
    /// The folded bytes.
    pub(crate) bytes: Vec<u8>,
    /// For each folded byte, and one past the last, its offset in the original.
    offsets: Vec<u32>,
}

/// Named entities that refusal pages use. HTML has more; the others do not occur in the words of a refusal.
const ENTITIES: [(&[u8], &[u8]); 11] = [
    (b"&quot;", b"\""),
    (b"&#39;", b"'"),
    (b"&#x27;", b"'"),
    (b"&#x2f;", b"/"),
    (b"&apos;", b"'"),
    (b"&amp;", b"&"),
    (b"&lt;", b"<"),
    (b"&gt;", b">"),
    (b"&nbsp;", b" "),
    (b"&rsquo;", b"'"),
    (b"&#34;", b"\""),
];

/// Typographic characters that stand for an ASCII one, in UTF-8.
const TYPOGRAPHIC: [(&[u8], &[u8]); 5] = [
    ("\u{2019}".as_bytes(), b"'"),
    ("\u{2018}".as_bytes(), b"'"),
    ("\u{201c}".as_bytes(), b"\""),
    ("\u{201d}".as_bytes(), b"\""),
    ("\u{a0}".as_bytes(), b" "),
];

impl Folded {
    /// Folds a text of at most 4 GiB.
    pub(crate) fn new(original: &[u8]) -> Folded {
        let mut folded = Folded {
            bytes: Vec::with_capacity(original.len()),
            offsets: Vec::with_capacity(original.len() + 1),
        };
        let mut at = 0;
        while at < original.len() {
            let (width, text) = next(&original[at..]);
            match text {
                Some(text) => text.iter().for_each(|&byte| folded.push(byte, at)),
                None => folded.push(original[at].to_ascii_lowercase(), at),
            }
            at += width;
        }
        folded.offsets.push(original.len() as u32);
        folded
    }

    fn push(&mut self, byte: u8, at: usize) {
        let byte = if byte.is_ascii_whitespace() { b' ' } else { byte };
        if byte == b' ' && self.bytes.last().is_none_or(|&last| last == b' ') {
            return;
        }
        self.bytes.push(byte);
        self.offsets.push(at as u32);
    }

    /// The range of the original that a range of the folded text came from.
    pub(crate) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let first = self.offsets[start.min(self.offsets.len() - 1)] as usize;
        let last = self.offsets[end.min(self.offsets.len() - 1)] as usize;
        (first, last.max(first))
    }

    /// The text without blanks at its ends.
    pub(crate) fn trimmed(&self) -> &[u8] {
        self.bytes.trim_ascii()
    }
}

/// The width of what stands at the front, and what it is folded to if it is not simply one byte.
fn next(text: &[u8]) -> (usize, Option<&[u8]>) {
    match text[0] {
        b'&' => replace(text, &ENTITIES),
        b'\\' => unescape(text),
        0xc2 | 0xe2 => replace(text, &TYPOGRAPHIC),
        _ => (1, None),
    }
}

fn replace<'a>(text: &[u8], table: &'a [(&'a [u8], &'a [u8])]) -> (usize, Option<&'a [u8]>) {
    let found = table
        .iter()
        .find(|(from, _)| text.len() >= from.len() && text[..from.len()].eq_ignore_ascii_case(from));
    found.map_or((1, None), |(from, to)| (from.len(), Some(to)))
}

/// JSON's escapes of characters that occur in refusals.
fn unescape(text: &[u8]) -> (usize, Option<&[u8]>) {
    match text.get(1) {
        Some(b'"') => (2, Some(b"\"")),
        Some(b'\'') => (2, Some(b"'")),
        Some(b'/') => (2, Some(b"/")),
        Some(b'n' | b'r' | b't') => (2, Some(b" ")),
        Some(b'u') => match text.get(2..6).map(<[u8]>::to_ascii_lowercase).as_deref() {
            Some(b"0027" | b"2019") => (6, Some(b"'")),
            Some(b"0022" | b"201c" | b"201d") => (6, Some(b"\"")),
            Some(b"003c") => (6, Some(b"<")),
            Some(b"003e") => (6, Some(b">")),
            Some(b"0026") => (6, Some(b"&")),
            Some(b"002f") => (6, Some(b"/")),
            _ => (1, None),
        },
        _ => (1, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_escapes_and_blanks_are_folded_and_lead_back() {
        let original = b"  You don&#39;t\n  have  \\\"permission\\\" \\u0026 Can\xe2\x80\x99t";
        let folded = Folded::new(original);
        assert_eq!(folded.bytes, b"you don't have \"permission\" & can't");
        let at = folded.bytes.windows(4).position(|window| window == b"have").unwrap();
        let (start, end) = folded.original(at, at + 4);
        assert_eq!(&original[start..end], b"have");
    }
}
