//! Words and punctuation, as `ngx_conf_read_token()` in nginx's `src/core/ngx_conf_file.c` reads them.

/// One piece of configuration text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, unquoted and unescaped.
    Word(Box<str>),
    /// `;`
    Semicolon,
    /// `{`
    Open,
    /// `}`
    Close,
}

/// A token and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) fault: Option<&'static str>,
}

/// Reads tokens from the bytes of one file.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
    line_start: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Self { bytes, at, line: 1, line_start: at }
    }

    /// The next token; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Option<Placed> {
        self.skip_blank();
        let first = *self.bytes.get(self.at)?;
        let (line, column) = (self.line, (self.at - self.line_start + 1) as u32);
        let (token, fault) = match first {
            b';' => self.punctuation(Token::Semicolon),
            b'{' => self.punctuation(Token::Open),
            b'}' => self.punctuation(Token::Close),
            b'"' | b'\'' => self.quoted(first),
            _ => self.bare(),
        };
        Some(Placed { token, line, column, fault })
    }

    /// Skips a block of foreign code (`content_by_lua_block`) behind its `{`, up to the brace that closes it.
    pub(super) fn skip_foreign_block(&mut self) -> Box<str> {
        let start = self.at;
        let mut depth = 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b'\n' => self.new_line(),
                _ => {}
            }
            if depth == 0 {
                break;
            }
            self.at += 1;
        }
        let end = self.at;
        self.at = (self.at + 1).min(self.bytes.len());
        String::from_utf8_lossy(&self.bytes[start..end]).into()
    }

    fn punctuation(&mut self, token: Token) -> (Token, Option<&'static str>) {
        self.at += 1;
        (token, None)
    }

    fn skip_blank(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' => self.new_line(),
                b' ' | b'\t' | b'\r' => {}
                b'#' => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
    }

    fn new_line(&mut self) {
        self.line += 1;
        self.line_start = self.at + 1;
    }

    fn quoted(&mut self, quote: u8) -> (Token, Option<&'static str>) {
        let start = self.at + 1;
        self.at = start;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => {
                    self.at += 1;
                    if self.bytes.get(self.at) == Some(&b'\n') {
                        self.new_line();
                    }
                }
                b'\n' => self.new_line(),
                _ if byte == quote => {
                    let word = unescape(&self.bytes[start..self.at]);
                    self.at += 1;
                    return (Token::Word(word), self.check_after_quote());
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.bytes.len());
        (Token::Word(unescape(&self.bytes[start..self.at])), Some("a quoted word is not closed"))
    }

    /// Behind a closing quote nginx wants a space, `;`, `{` or `)`.
    fn check_after_quote(&mut self) -> Option<&'static str> {
        match self.bytes.get(self.at) {
            None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b')') => None,
            Some(_) => Some("a quoted word is followed by more text without a space"),
        }
    }

    fn bare(&mut self) -> (Token, Option<&'static str>) {
        let start = self.at;
        let mut after_dollar = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                // `${name}` does not open a block.
                b'{' if after_dollar => {}
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' => break,
                b'\\' => {
                    self.at += 1;
                    if self.bytes.get(self.at) == Some(&b'\n') {
                        self.new_line();
                    }
                }
                _ => {}
            }
            after_dollar = byte == b'$';
            self.at += 1;
        }
        self.at = self.at.min(self.bytes.len());
        (Token::Word(unescape(&self.bytes[start..self.at])), None)
    }
}

/// `\"`, `\'`, `\\` lose their backslash, `\t`, `\r`, `\n` become the character; any other backslash stays.
fn unescape(raw: &[u8]) -> Box<str> {
    if memchr::memchr(b'\\', raw).is_none() {
        return String::from_utf8_lossy(raw).into();
    }
    let mut word = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let pair = (raw[at], raw.get(at + 1));
        let (byte, width) = match pair {
            (b'\\', Some(&escaped @ (b'"' | b'\'' | b'\\'))) => (escaped, 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b'n')) => (b'\n', 2),
            (byte, _) => (byte, 1),
        };
        word.push(byte);
        at += width;
    }
    String::from_utf8_lossy(&word).into()
}
