//! Words of a Caddyfile (`caddyconfig/caddyfile/lexer.go`), environment variables in place.

/// A word and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) quoted: bool,
    /// Whether it is the first of its line.
    pub(super) first: bool,
    pub(super) file: u32,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// The words of a file, and what is wrong with it.
pub(super) fn tokens(text: &str, file: u32) -> (Vec<Token>, Option<(u32, &'static str)>) {
    let mut lexer =
        Lexer { rest: text.chars().peekable(), file, line: 1, column: 1, first: true, out: Vec::new() };
    let fault = lexer.run();
    (lexer.out, fault)
}

struct Lexer<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    file: u32,
    line: u32,
    column: u32,
    first: bool,
    out: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self) -> Option<(u32, &'static str)> {
        while let Some(&c) = self.rest.peek() {
            match c {
                '\n' => {
                    self.bump();
                    self.first = true;
                }
                c if c.is_whitespace() => drop(self.bump()),
                // A backslash at the end of a line joins the next one to it.
                '\\' if self.next_is_line_end() => {
                    self.bump();
                    while self.rest.peek().is_some_and(|c| matches!(c, '\r' | '\n')) {
                        self.bump();
                    }
                }
                '#' => {
                    while self.rest.peek().is_some_and(|c| *c != '\n') {
                        self.bump();
                    }
                }
                '"' | '`' => {
                    let (line, column) = (self.line, self.column);
                    self.bump();
                    let (text, closed) = self.quoted(c);
                    self.push(text, true, line, column);
                    if !closed {
                        return Some((line, "a quoted word is not closed"));
                    }
                }
                _ => {
                    let (line, column) = (self.line, self.column);
                    let text = self.bare();
                    self.push(text, false, line, column);
                }
            }
        }
        None
    }

    fn push(&mut self, text: String, quoted: bool, line: u32, column: u32) {
        self.out.push(Token { text, quoted, first: self.first, file: self.file, line, column });
        self.first = false;
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += c.len_utf8() as u32;
        }
        Some(c)
    }

    fn next_is_line_end(&self) -> bool {
        let mut ahead = self.rest.clone();
        ahead.next();
        matches!(ahead.next(), Some('\n' | '\r'))
    }

    /// Up to the closing quote; only `\"` is an escape, and none within backquotes.
    fn quoted(&mut self, quote: char) -> (String, bool) {
        let mut text = String::new();
        while let Some(c) = self.bump() {
            match c {
                c if c == quote => return (text, true),
                '\\' if quote == '"' && self.rest.peek() == Some(&'"') => text.extend(self.bump()),
                c => text.push(c),
            }
        }
        (text, false)
    }

    fn bare(&mut self) -> String {
        let mut text = String::new();
        while let Some(&c) = self.rest.peek() {
            if c.is_whitespace() || (c == '\\' && self.next_is_line_end()) {
                break;
            }
            text.extend(self.bump());
        }
        text
    }
}

/// The text with `{$NAME}` and `{$NAME:default}` replaced by what is known of the environment: nothing but the
/// defaults. Names without one stay as they are.
pub(super) fn with_environment(text: &str) -> (String, Vec<String>) {
    let mut out = String::with_capacity(text.len());
    let mut defaulted = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{$") {
        let Some(end) = rest[at..].find('}').map(|end| at + end) else { break };
        out.push_str(&rest[..at]);
        match rest[at + 2..end].split_once(':') {
            Some((name, default)) => {
                defaulted.push(name.to_owned());
                out.push_str(default);
            }
            None => out.push_str(&rest[at..=end]),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    (out, defaulted)
}
