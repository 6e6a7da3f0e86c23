//! Text as signatures see it: lower case, entities and escapes decoded, runs of blanks as one; with the way back.

/// Folded text, and where each of its bytes came from.
pub(crate) struct Folded {
    /// The folded bytes.
    pub(crate) bytes: Vec<u8>,
    /// For each folded byte, and one past the last, its offset in the original.
    offsets: Vec<u32>,
}

/// Named entities that refusal pages use. HTML has more; the others do not occur in the words of a refusal.
const ENTITIES: [(&[u8], char); 8] = [
    (b"&quot;", '"'),
    (b"&apos;", '\''),
    (b"&amp;", '&'),
    (b"&lt;", '<'),
    (b"&gt;", '>'),
    (b"&nbsp;", ' '),
    (b"&rsquo;", '\''),
    (b"&lsquo;", '\''),
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
            let (width, character) = next(&original[at..]);
            match character {
                Some(character) => {
                    let mut encoded = [0; 4];
                    plain(character).encode_utf8(&mut encoded).bytes().for_each(|byte| folded.push(byte, at));
                }
                None => folded.push(original[at], at),
            }
            at += width;
        }
        folded.offsets.push(original.len() as u32);
        folded
    }

    fn push(&mut self, byte: u8, at: usize) {
        let byte = if byte.is_ascii_whitespace() { b' ' } else { byte.to_ascii_lowercase() };
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

/// The width of what stands at the front, and the character it stands for if it is not simply one byte.
fn next(text: &[u8]) -> (usize, Option<char>) {
    let decoded = match text[0] {
        b'&' => entity(text),
        b'\\' => escape(text),
        0xc2 | 0xe2 => typographic(text),
        0xc3..=0xd4 => capital(text),
        _ => None,
    };
    decoded.map_or((1, None), |(width, character)| (width, Some(character)))
}

/// The ASCII character that a typographic one stands for.
fn plain(character: char) -> char {
    match character {
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        '\u{a0}' => ' ',
        other => other,
    }
}

fn typographic(text: &[u8]) -> Option<(usize, char)> {
    let width = if text[0] == 0xc2 { 2 } else { 3 };
    let character = str::from_utf8(text.get(..width)?).ok()?.chars().next()?;
    (plain(character) != character).then_some((width, character))
}

/// A capital letter of two bytes (Latin, Greek, Cyrillic, Armenian), as the small one it stands for.
fn capital(text: &[u8]) -> Option<(usize, char)> {
    let character = str::from_utf8(text.get(..2)?).ok()?.chars().next()?;
    let mut small = character.to_lowercase();
    let first = small.next().filter(|first| small.next().is_none() && first.len_utf8() == 2)?;
    (first != character).then_some((2, first))
}

/// A named entity of the list, or a number: `&#39;`, `&#x27;`.
fn entity(text: &[u8]) -> Option<(usize, char)> {
    let named = |(name, character): &(&[u8], char)| {
        text.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
            .then_some((name.len(), *character))
    };
    ENTITIES.iter().find_map(named).or_else(|| {
        let digits = text.strip_prefix(b"&#")?;
        let end = digits.iter().take(9).position(|&byte| byte == b';')?;
        let number = str::from_utf8(&digits[..end]).ok()?;
        let code = match number.strip_prefix(['x', 'X']) {
            Some(number) => u32::from_str_radix(number, 16),
            None => number.parse(),
        };
        Some((end + 3, char::from_u32(code.ok()?)?))
    })
}

/// An escape of JSON. A text that was written into a text, and that into a log, has several backslashes for one.
fn escape(text: &[u8]) -> Option<(usize, char)> {
    let more = text.iter().take(MOST_BACKSLASHES).take_while(|&&byte| byte == b'\\').count() - 1;
    let last = &text[more..];
    let (width, character) = match last.get(1)? {
        b'"' => (2, '"'),
        b'\'' => (2, '\''),
        b'/' => (2, '/'),
        b'n' | b'r' | b't' => (2, ' '),
        b'u' => {
            let unit = unit(last)?;
            match char::from_u32(u32::from(unit)) {
                Some(character) => (6, character),
                None => {
                    let pair = [unit, self::unit(last.get(6..)?)?];
                    char::decode_utf16(pair).next()?.ok().map(|character| (12, character))?
                }
            }
        }
        _ => return None,
    };
    Some((more + width, character))
}

/// Three levels of quoting make seven of one.
const MOST_BACKSLASHES: usize = 8;

/// The number of an escape `\uXXXX` at the front.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
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

    #[test]
    fn what_was_quoted_more_than_once_is_read_through() {
        let folded = Folded::new(br#"\\\\n <b class=\\\"a\\\">Error\\u0020C:\\\\x</b>"#);
        assert_eq!(String::from_utf8_lossy(&folded.bytes), r#"<b class="a">error c:\\\\x</b>"#);
    }

    #[test]
    fn capitals_of_other_scripts_are_folded_as_those_of_ascii() {
        let folded = Folded::new("Неверный Логин, ÜBERSCHRITTEN: İ ß".as_bytes());
        assert_eq!(String::from_utf8_lossy(&folded.bytes), "неверный логин, überschritten: İ ß");
    }

    #[test]
    fn characters_of_other_languages_are_decoded_from_numbers_and_escapes() {
        let folded =
            Folded::new("Zugriff &#252;ber &#xFC; \\u00fc \\ud83d\\ude00 \\ud83d &#1114112;".as_bytes());
        assert_eq!(String::from_utf8_lossy(&folded.bytes), "zugriff über ü ü 😀 \\ud83d &#1114112;");
    }
}
