//! Words of a POSIX shell and of bash (`$'..'`). Nothing is expanded: `$NAME` stays as it is.

use std::iter::Peekable;
use std::str::Chars;

use super::LexError;

/// The words of the first command that starts with `curl`, up to `;`, `|`, `&` or a line end.
pub(super) fn words(text: &str) -> Result<Vec<String>, LexError> {
    command(text).map(|(words, _)| words)
}

/// The words of that command, and where it ends: behind its line, or behind the commands that it is piped into.
pub(super) fn command(text: &str) -> Result<(Vec<String>, usize), LexError> {
    let mut lexer = Lexer { chars: text.chars().peekable(), line: 1, words: Vec::new(), word: None };
    while let Some(c) = lexer.next() {
        match c {
            '\'' => lexer.single()?,
            '"' => lexer.double()?,
            '$' if lexer.chars.peek() == Some(&'\'') => {
                lexer.next();
                lexer.ansi()?;
            }
            '\\' => lexer.escape(),
            '#' if lexer.word.is_none() => while lexer.chars.next_if(|c| *c != '\n').is_some() {},
            '>' | '<' => lexer.redirection(),
            '\n' | ';' | '|' | '&' => {
                lexer.end_word();
                if lexer.holds_curl() {
                    break;
                }
                lexer.words.clear();
            }
            c if c.is_whitespace() => lexer.end_word(),
            c => lexer.push(c),
        }
    }
    lexer.end_word();
    let end = text.len() - lexer.chars.map(char::len_utf8).sum::<usize>();
    let line_ended = text[..end].ends_with('\n');
    let end = if line_ended { end } else { text[end..].find('\n').map_or(text.len(), |at| end + at + 1) };
    Ok((lexer.words, end))
}

struct Lexer<'a> {
    chars: Peekable<Chars<'a>>,
    line: usize,
    words: Vec<String>,
    word: Option<String>,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next();
        if c == Some('\n') {
            self.line += 1;
        }
        c
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn holds_curl(&self) -> bool {
        self.words.iter().any(|word| word == "curl" || word.ends_with("/curl"))
    }

    fn single(&mut self) -> Result<(), LexError> {
        let opened = self.line;
        self.word.get_or_insert_default();
        loop {
            match self.next().ok_or(LexError::Quote(opened, '\''))? {
                '\'' => return Ok(()),
                c => self.push(c),
            }
        }
    }

    fn double(&mut self) -> Result<(), LexError> {
        let opened = self.line;
        self.word.get_or_insert_default();
        loop {
            match self.next().ok_or(LexError::Quote(opened, '"'))? {
                '"' => return Ok(()),
                '\\' => match self.next().ok_or(LexError::Quote(opened, '"'))? {
                    '\n' => {}
                    c @ ('"' | '\\' | '$' | '`') => self.push(c),
                    // `\!` keeps its backslash in bash, but Chrome writes it for `!` within double quotes.
                    c => {
                        self.push('\\');
                        self.push(c);
                    }
                },
                c => self.push(c),
            }
        }
    }

    fn escape(&mut self) {
        match self.next() {
            Some('\n') | None => {}
            Some('\r') if self.chars.peek() == Some(&'\n') => drop(self.next()),
            Some(c) => self.push(c),
        }
    }

    /// `2>file`, `< file`: no part of the arguments.
    fn redirection(&mut self) {
        if self.word.as_ref().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        while self.chars.next_if(|c| matches!(c, '>' | '<' | '&' | ' ')).is_some() {}
        while self.chars.next_if(|c| !c.is_whitespace() && !matches!(c, ';' | '|' | '&')).is_some() {}
    }

    /// `$'..'`, ANSI-C quoting (bash manual, section 3.1.2.4).
    fn ansi(&mut self) -> Result<(), LexError> {
        let opened = self.line;
        self.word.get_or_insert_default();
        loop {
            let c = match self.next().ok_or(LexError::Quote(opened, '\''))? {
                '\'' => return Ok(()),
                '\\' => match self.next().ok_or(LexError::Quote(opened, '\''))? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'e' | 'E' => '\u{1b}',
                    'f' => '\u{c}',
                    'v' => '\u{b}',
                    'x' => self.number(16, 2),
                    'u' => self.number(16, 4),
                    'U' => self.number(16, 8),
                    c @ ('\\' | '\'' | '"' | '?') => c,
                    c if c.is_digit(8) => self.octal(c),
                    c => {
                        self.push('\\');
                        c
                    }
                },
                c => c,
            };
            self.push(c);
        }
    }

    fn number(&mut self, radix: u32, most: usize) -> char {
        let mut value = 0;
        for _ in 0..most {
            let Some(c) = self.chars.next_if(|c| c.is_digit(radix)) else { break };
            value = value * radix + c.to_digit(radix).unwrap_or(0);
        }
        char::from_u32(value).unwrap_or('\u{fffd}')
    }

    fn octal(&mut self, first: char) -> char {
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let Some(c) = self.chars.next_if(|c| c.is_digit(8)) else { break };
            value = value * 8 + c.to_digit(8).unwrap_or(0);
        }
        char::from_u32(value & 0xff).unwrap_or('\u{fffd}')
    }
}
