//! Words of a POSIX shell and of bash (`$'..'`). What it would put in for `$NAME` is put in where the text itself sets it.

use super::expansion::{self, Variables};
use super::{LexError, Pasted};

/// The command at the start of a text, up to `;`, `|`, `&`, a bracket or a line end; its first word is `curl`.
pub(super) fn command(before: &str, text: &str) -> Result<Pasted, LexError> {
    let mut lexer = Lexer::new(text, Variables::of(before));
    lexer.backquoted = before.trim_end().ends_with('`');
    let end = lexer.command()?;
    let rest = &text[end..];
    // What it is piped into stands on the same line.
    let line_ended = text[..end].ends_with('\n');
    let line = if line_ended { end } else { rest.find('\n').map_or(text.len(), |at| end + at + 1) };
    let (documents, end) = lexer.documents(line);
    let mut pasted = Pasted { args: lexer.words, notes: lexer.notes, end, ..Pasted::default() };
    pasted.stdin = documents.into_iter().next_back().or(lexer.here_string);
    Ok(pasted)
}

/// The words of one line, where nothing in it has to be put in.
pub(super) fn plain_words(line: &str) -> Result<Vec<String>, LexError> {
    let mut lexer = Lexer::new(line, Variables::default());
    lexer.command()?;
    Ok(if lexer.unknown.is_empty() { lexer.words } else { Vec::new() })
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    variables: Variables,
    words: Vec<String>,
    word: Option<String>,
    /// Where in the current word something stands for what is not known.
    open: Vec<(usize, usize)>,
    unknown: Vec<String>,
    here: Vec<Here>,
    here_string: Option<String>,
    /// It stands within backquotes, so that one ends it.
    backquoted: bool,
    notes: Vec<String>,
}

/// The error of a quote that was opened there.
fn unclosed(text: &str, opened: usize, quote: char) -> LexError {
    LexError::Quote(1 + text[..opened].matches('\n').count(), quote)
}

/// A here-document that is still to come: its delimiter, and whether leading tabs go.
struct Here {
    delimiter: String,
    dedented: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, variables: Variables) -> Lexer<'a> {
        let (words, notes, here) = (Vec::new(), Vec::new(), Vec::new());
        Lexer {
            text,
            at: 0,
            variables,
            words,
            word: None,
            open: Vec::new(),
            unknown: Vec::new(),
            here,
            here_string: None,
            backquoted: false,
            notes,
        }
    }

    /// Reads the words of one command; answers with where it ends.
    fn command(&mut self) -> Result<usize, LexError> {
        while let Some(c) = self.next() {
            match c {
                '\'' => self.single()?,
                '"' => self.double()?,
                '$' if self.peek() == Some('\'') => {
                    self.next();
                    self.ansi()?;
                }
                '$' if self.peek() == Some('"') => {}
                '$' => self.expand()?,
                '\\' => self.escape(),
                '#' if self.word.is_none() => while self.next_if(|c| c != '\n').is_some() {},
                '<' if self.rest().starts_with('<') => self.here()?,
                '>' | '<' => self.redirection(),
                '\n' if self.goes_on() => self.end_word(),
                '&' if self.cuts_an_address() => break,
                '\n' | ';' | '|' | '&' => break,
                ')' if !self.word.as_ref().is_some_and(|word| word.contains('(')) => break,
                '`' if self.backquoted => break,
                '`' => self.substitute()?,
                c if c.is_whitespace() => self.end_word(),
                c => self.push(c),
            }
        }
        self.end_word();
        if !self.unknown.is_empty() {
            self.unknown.dedup();
            let names = self.unknown.join(", ");
            self.notes.push(format!("the shell puts something in for {names}, which is not known here"));
        }
        Ok(self.at)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn next_if(&mut self, test: impl FnOnce(char) -> bool) -> Option<char> {
        self.peek().filter(|c| test(*c)).and_then(|_| self.next())
    }

    fn push(&mut self, c: char) {
        self.word.get_or_insert_default().push(c);
    }

    /// Ends a word. What is not known in it is written `<NAME>`, as people write what they leave out; in an address, where
    /// that would be no address, it stays as it is.
    fn end_word(&mut self) {
        let open = std::mem::take(&mut self.open);
        let Some(mut word) = self.word.take() else { return };
        let is_address = word.contains("://") || open.first().is_some_and(|(start, _)| *start == 0);
        for (start, end) in open.into_iter().rev().filter(|_| !is_address) {
            let name = word[start..end].trim_matches(['$', '{', '}', '`', '(', ')']).to_owned();
            word.replace_range(start..end, &format!("<{name}>"));
        }
        self.words.push(word);
    }

    /// Whether the next line goes on with options: some sites leave out the backslashes where one copies a command.
    fn goes_on(&self) -> bool {
        let next = self.rest().trim_start();
        let name = next.trim_start_matches('-');
        let dashes = next.len() - name.len();
        let option = name.starts_with(|c: char| c.is_ascii_alphabetic());
        !self.words.is_empty() && (1..=2).contains(&dashes) && option
    }

    /// Whether this `&` stands within an address without quotes, where it ends the command.
    fn cuts_an_address(&mut self) -> bool {
        let within = self.word.as_ref().is_some_and(|word| word.contains('?'));
        let goes_on = self.peek().is_some_and(|c| c.is_ascii_alphanumeric());
        if within && goes_on {
            let words =
                "the shell ends the command at the `&` of an address without quotes: put it in quotes";
            self.notes.push(words.to_owned());
        }
        within && goes_on
    }

    fn single(&mut self) -> Result<(), LexError> {
        let opened = self.at;
        self.word.get_or_insert_default();
        loop {
            match self.next().ok_or_else(|| unclosed(self.text, opened, '\''))? {
                '\'' => return Ok(()),
                c => self.push(c),
            }
        }
    }

    fn double(&mut self) -> Result<(), LexError> {
        let opened = self.at;
        self.word.get_or_insert_default();
        loop {
            match self.next().ok_or_else(|| unclosed(self.text, opened, '"'))? {
                '"' => return Ok(()),
                '$' => self.expand()?,
                '`' => self.substitute()?,
                '\\' => match self.next().ok_or_else(|| unclosed(self.text, opened, '"'))? {
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

    /// Takes what stands behind a `$`.
    fn expand(&mut self) -> Result<(), LexError> {
        let found =
            expansion::after_dollar(self.rest()).map_err(|open| unclosed(self.text, self.at, open))?;
        let Some((text, name)) = found else {
            self.push('$');
            return Ok(());
        };
        self.at += text.len();
        let value = name.and_then(|name| self.variables.value(name)).map(str::to_owned);
        match value {
            Some(value) => self.word.get_or_insert_default().push_str(&value),
            None => self.leave_open(&format!("${text}")),
        }
        Ok(())
    }

    /// Takes a command in backquotes.
    fn substitute(&mut self) -> Result<(), LexError> {
        let opened = self.at;
        let length = self.rest().find('`').ok_or_else(|| unclosed(self.text, opened, '`'))?;
        let text = format!("`{}`", &self.rest()[..length]);
        self.at += length + 1;
        self.leave_open(&text);
        Ok(())
    }

    fn leave_open(&mut self, text: &str) {
        let word = self.word.get_or_insert_default();
        self.open.push((word.len(), word.len() + text.len()));
        word.push_str(text);
        self.unknown.push(crate::text::short(text));
    }

    fn escape(&mut self) {
        match self.next() {
            Some('\n') | None => {}
            Some('\r') if self.peek() == Some('\n') => drop(self.next()),
            Some(c) => self.push(c),
        }
    }

    /// `2>file`, `< file`: no part of the arguments.
    fn redirection(&mut self) {
        if self.word.as_ref().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        while self.next_if(|c| matches!(c, '>' | '<' | '&' | ' ')).is_some() {}
        while self.next_if(|c| !c.is_whitespace() && !matches!(c, ';' | '|' | '&')).is_some() {}
    }

    /// `<< WORD`, `<<- WORD` and `<<< word`, behind their first `<` (bash(1), "Here Documents", "Here Strings").
    fn here(&mut self) -> Result<(), LexError> {
        self.end_word();
        self.next();
        let is_string = self.next_if(|c| c == '<').is_some();
        let dedented = !is_string && self.next_if(|c| c == '-').is_some();
        while self.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
        loop {
            match self.peek() {
                None | Some('\n' | ';' | '|' | '&' | ')') => break,
                Some(c) if c.is_whitespace() => break,
                Some(_) => {}
            }
            match self.next() {
                Some('\'') => self.single()?,
                Some('"') => self.double()?,
                Some('\\') => self.escape(),
                Some(c) => self.push(c),
                None => break,
            }
        }
        self.open.clear();
        let word = self.word.take().unwrap_or_default();
        if is_string {
            self.here_string = Some(word + "\n");
        } else {
            self.here.push(Here { delimiter: word, dedented });
        }
        Ok(())
    }

    /// The here-documents that follow the command's line, and where they end.
    fn documents(&mut self, from: usize) -> (Vec<String>, usize) {
        let (mut documents, mut at) = (Vec::new(), from);
        for here in std::mem::take(&mut self.here) {
            let mut document = String::new();
            for line in self.text[at..].split_inclusive('\n') {
                at += line.len();
                let line = if here.dedented { line.trim_start_matches('\t') } else { line };
                if line.trim_end_matches(['\r', '\n']) == here.delimiter {
                    break;
                }
                document.push_str(line);
            }
            documents.push(document);
        }
        (documents, at)
    }

    /// `$'..'`, ANSI-C quoting (bash manual, section 3.1.2.4).
    fn ansi(&mut self) -> Result<(), LexError> {
        let opened = self.at;
        self.word.get_or_insert_default();
        loop {
            let c = match self.next().ok_or_else(|| unclosed(self.text, opened, '\''))? {
                '\'' => return Ok(()),
                '\\' => match self.next().ok_or_else(|| unclosed(self.text, opened, '\''))? {
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
                    'c' => self.next().map_or('c', |c| char::from(c.to_ascii_uppercase() as u8 & 0x1f)),
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
            let Some(c) = self.next_if(|c| c.is_digit(radix)) else { break };
            value = value * radix + c.to_digit(radix).unwrap_or(0);
        }
        char::from_u32(value).unwrap_or('\u{fffd}')
    }

    fn octal(&mut self, first: char) -> char {
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let Some(c) = self.next_if(|c| c.is_digit(8)) else { break };
            value = value * 8 + c.to_digit(8).unwrap_or(0);
        }
        char::from_u32(value & 0xff).unwrap_or('\u{fffd}')
    }
}
