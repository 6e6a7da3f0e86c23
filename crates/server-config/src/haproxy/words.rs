//! The words of one line, as `parse_line()` in HAProxy's `src/tools.c` reads them.

use std::collections::HashMap;

/// What one line holds.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub(super) words: Vec<Box<str>>,
    /// Environment variables without a default, whose values the configuration does not tell.
    pub(super) unknown: Vec<String>,
    /// Environment variables that were taken for unset, so that their default stands.
    pub(super) defaulted: Vec<String>,
    pub(super) fault: Option<&'static str>,
}

/// HAProxy reads 64 words of a line (`MAX_LINE_ARGS`).
const MAX_WORDS: usize = 64;

/// The variables that `setenv` and `presetenv` set so far.
pub(super) type Environment = HashMap<String, String>;

/// Values of the pseudo-variables `.LINE`, `.FILE` and `.SECTION`.
pub(super) struct Here<'a> {
    pub(super) line: u32,
    pub(super) file: &'a str,
    pub(super) section: &'a str,
}

pub(super) fn words(line: &[u8], environment: &Environment, here: &Here<'_>) -> Words {
    let mut reader = Reader { line, at: 0, environment, here, out: Words::default(), word: None };
    reader.read();
    reader.out
}

struct Reader<'a> {
    line: &'a [u8],
    at: usize,
    environment: &'a Environment,
    here: &'a Here<'a>,
    out: Words,
    word: Option<Vec<u8>>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut quote: Option<u8> = None;
        while let Some(&byte) = self.line.get(self.at) {
            match (byte, quote) {
                (b'\r' | b'\n' | 0, _) => break,
                (b'#', None) => break,
                (b'"' | b'\'', None) => {
                    quote = Some(byte);
                    self.word.get_or_insert_default();
                }
                (b'"' | b'\'', Some(open)) if open == byte => quote = None,
                (b'\\', None | Some(b'"')) => self.escape(quote.is_some()),
                (b'$', Some(b'"')) => {
                    if let Err(fault) = self.variable() {
                        self.out.fault = Some(fault);
                        break;
                    }
                    continue;
                }
                (byte, None) if byte.is_ascii_whitespace() || byte == 0x0b => self.end_word(),
                (byte, _) => self.push(byte),
            }
            self.at += 1;
        }
        if quote.is_some() && self.out.fault.is_none() {
            self.out.fault = Some("a quote is not closed");
        }
        self.end_word();
    }

    fn push(&mut self, byte: u8) {
        self.word.get_or_insert_default().push(byte);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if self.out.words.len() < MAX_WORDS {
            self.out.words.push(String::from_utf8_lossy(&word).into());
        } else {
            self.out.fault = Some("the line has more than 64 words");
        }
    }

    /// `\\`, `\ `, `\t`, `\n`, `\r`, `\#`, `\'`, `\"`, `\xHH`, and `\$` within quotes; other backslashes stay.
    fn escape(&mut self, quoted: bool) {
        let digit = |at: usize| self.line.get(at).and_then(|byte| (*byte as char).to_digit(16));
        let (byte, skip) = match self.line.get(self.at + 1) {
            Some(&byte @ (b' ' | b'\\' | b'#' | b'\'' | b'"')) => (byte, 1),
            Some(b't') => (b'\t', 1),
            Some(b'n') => (b'\n', 1),
            Some(b'r') => (b'\r', 1),
            Some(b'$') if quoted => (b'$', 1),
            Some(b'x') => match (digit(self.at + 2), digit(self.at + 3)) {
                (Some(high), Some(low)) => ((high << 4 | low) as u8, 3),
                _ => {
                    self.out.fault = Some("`\\x` wants two hexadecimal digits");
                    (b'\\', 0)
                }
            },
            _ => (b'\\', 0),
        };
        self.push(byte);
        self.at += skip;
    }

    /// `$NAME`, `${NAME}`, `${NAME-default}`, `${NAME[*]}`.
    fn variable(&mut self) -> Result<(), &'static str> {
        let start = self.at;
        self.at += 1;
        let braced = self.line.get(self.at) == Some(&b'{');
        self.at += usize::from(braced);
        let name_start = self.at;
        self.at += usize::from(self.line.get(self.at) == Some(&b'.'));
        while self.line.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            self.at += 1;
        }
        let name = String::from_utf8_lossy(&self.line[name_start..self.at]).into_owned();
        if name.trim_start_matches('.').is_empty() {
            return Err("an environment variable has no name");
        }
        let splits = braced && self.line[self.at..].starts_with(b"[*]");
        self.at += if splits { 3 } else { 0 };
        let default = if braced { self.closing_brace()? } else { None };
        let value = self.value(&name);
        self.out.defaulted.extend((value.is_none() && default.is_some()).then(|| name.clone()));
        match value.or(default) {
            Some(value) => self.expand(&value, splits),
            None => {
                self.out.unknown.push(name);
                let written = self.line[start..self.at].to_vec();
                written.into_iter().for_each(|byte| self.push(byte));
            }
        }
        Ok(())
    }

    fn closing_brace(&mut self) -> Result<Option<String>, &'static str> {
        let rest = &self.line[self.at..];
        let end = memchr::memchr(b'}', rest).ok_or("a brace behind `$` is not closed")?;
        self.at += end + 1;
        match rest[..end].strip_prefix(b"-") {
            Some(default) => Ok(Some(String::from_utf8_lossy(default).into_owned())),
            None if end == 0 => Ok(None),
            None => Err("a brace behind `$` is not closed"),
        }
    }

    fn value(&self, name: &str) -> Option<String> {
        match name {
            ".LINE" => Some(self.here.line.to_string()),
            ".FILE" => Some(self.here.file.to_owned()),
            ".SECTION" => Some(self.here.section.to_owned()),
            name => self.environment.get(name).cloned(),
        }
    }

    fn expand(&mut self, value: &str, splits: bool) {
        for byte in value.bytes() {
            if splits && byte.is_ascii_whitespace() {
                self.end_word();
            } else {
                self.push(byte);
            }
        }
    }
}
