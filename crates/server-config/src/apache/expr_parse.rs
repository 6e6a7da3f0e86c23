//! The grammar of httpd's expressions.

use super::expr;
use crate::pattern::Case;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expr {
    Always(bool),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// A text that is true unless it is empty, 0, off, false or no.
    Word(Word),
    Unary(char, Word),
    Compare(Word, Compare, Word),
    In(Word, Vec<Word>),
    Regex {
        word: Word,
        regex: String,
        case: Case,
        negated: bool,
    },
    /// What httpd reads and we do not.
    Unread(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    NumberEqual,
    NumberUnequal,
    NumberLess,
    NumberLessEqual,
    NumberGreater,
    NumberGreaterEqual,
    InNetwork,
    Glob,
    GlobNoCase,
    GlobPath,
}

/// A text made of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Variable(String),
    Group(usize),
    Call(String, Word),
}

/// Conditions in conditions, texts in texts.
const MAX_DEPTH: usize = 50;
/// Conditions and texts of one expression, those read twice counted twice.
const MAX_PARTS: usize = 10_000;

type Parsed<T> = Result<T, &'static str>;

pub(super) fn condition(text: &str) -> Parsed<Expr> {
    let mut parser = Parser { rest: text, depth: 0, left: MAX_PARTS };
    let expr = parser.or()?;
    parser.space();
    if parser.rest.is_empty() { Ok(expr) } else { Err("something follows it") }
}

/// A text with `%{...}` in it, not quoted.
pub(super) fn template(text: &str) -> Parsed<Vec<Part>> {
    Parser { rest: text, depth: 0, left: MAX_PARTS }.parts(None)
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
    /// How many parts may still be read.
    left: usize,
}

impl<'a> Parser<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// One more level, or one more part, than may be read.
    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        self.left = self.left.saturating_sub(1);
        if self.depth > MAX_DEPTH || self.left == 0 { Err("it is nested too deeply") } else { Ok(()) }
    }

    fn or(&mut self) -> Parsed<Expr> {
        self.enter()?;
        let mut left = self.and()?;
        while self.take("||") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.not()?;
        while self.take("&&") {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed<Expr> {
        let mut is_negated = false;
        self.space();
        while self.rest.starts_with('!') {
            self.rest = &self.rest[1..];
            is_negated = !is_negated;
            self.space();
        }
        let inner = self.primary()?;
        Ok(if is_negated { Expr::Not(Box::new(inner)) } else { inner })
    }

    fn primary(&mut self) -> Parsed<Expr> {
        for (name, value) in [("true", true), ("false", false)] {
            let after = self.rest.strip_prefix(name);
            if let Some(rest) =
                after.filter(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
            {
                self.rest = rest;
                return Ok(Expr::Always(value));
            }
        }
        if self.rest.starts_with('(') {
            let (before, depth) = (self.rest, self.depth);
            self.rest = &self.rest[1..];
            // A parenthesis may hold a condition or, with a comparison behind it, a text.
            if let Ok(inner) = self.or()
                && self.take(")")
            {
                return Ok(inner);
            }
            (self.rest, self.depth) = (before, depth);
        }
        if let Some(operator) = self.unary() {
            return Ok(Expr::Unary(operator, self.word()?));
        }
        let word = self.word()?;
        self.comparison(word)
    }

    fn unary(&mut self) -> Option<char> {
        let after = self.rest.strip_prefix('-')?;
        let operator = after.chars().next().filter(char::is_ascii_alphabetic)?;
        let rest = &after[1..];
        if rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        self.rest = rest;
        self.space();
        Some(operator)
    }

    fn comparison(&mut self, left: Word) -> Parsed<Expr> {
        self.space();
        if self.take("=~") {
            return self.regex(left, false);
        }
        if self.take("!~") {
            return self.regex(left, true);
        }
        const OPERATORS: &[(&str, Compare)] = &[
            ("==", Compare::Equal),
            ("!=", Compare::Unequal),
            ("<=", Compare::LessEqual),
            (">=", Compare::GreaterEqual),
            ("<", Compare::Less),
            (">", Compare::Greater),
            ("=", Compare::Equal),
        ];
        for (operator, compare) in OPERATORS {
            if self.take(operator) {
                return Ok(Expr::Compare(left, *compare, self.word()?));
            }
        }
        self.named_comparison(left)
    }

    fn named_comparison(&mut self, left: Word) -> Parsed<Expr> {
        const OPERATORS: &[(&str, Compare)] = &[
            ("eq", Compare::NumberEqual),
            ("ne", Compare::NumberUnequal),
            ("lt", Compare::NumberLess),
            ("le", Compare::NumberLessEqual),
            ("gt", Compare::NumberGreater),
            ("ge", Compare::NumberGreaterEqual),
            ("ipmatch", Compare::InNetwork),
            ("strmatch", Compare::Glob),
            ("strcmatch", Compare::GlobNoCase),
            ("fnmatch", Compare::GlobPath),
            ("in", Compare::Equal),
        ];
        let after = self.rest.strip_prefix('-').unwrap_or(self.rest);
        let name = &after[..after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len())];
        let Some((name, compare)) = OPERATORS.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)) else {
            return Ok(Expr::Word(left));
        };
        self.rest = &after[name.len()..];
        if *name != "in" {
            return Ok(Expr::Compare(left, *compare, self.word()?));
        }
        if !self.take("{") {
            let what = format!("`in {}`", self.rest.trim());
            self.rest = "";
            return Ok(Expr::Unread(what));
        }
        let mut list = vec![self.word()?];
        while self.take(",") {
            list.push(self.word()?);
        }
        if self.take("}") { Ok(Expr::In(left, list)) } else { Err("the list is not closed") }
    }

    /// `/regex/flags`, `m#regex#flags`.
    fn regex(&mut self, word: Word, negated: bool) -> Parsed<Expr> {
        self.space();
        let body = match self.rest.strip_prefix('m') {
            Some(rest) => rest,
            None if self.rest.starts_with('/') => self.rest,
            None => return Err("a regular expression is expected"),
        };
        let separator = body.chars().next().ok_or("a regular expression is expected")?;
        let body = &body[separator.len_utf8()..];
        let mut regex = String::new();
        let mut chars = body.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == separator {
                let after = &body[at + c.len_utf8()..];
                let end = after.find(|c: char| !"ismg".contains(c)).unwrap_or(after.len());
                self.rest = &after[end..];
                let case = expr::case_of(&after[..end]);
                return Ok(Expr::Regex { word, regex, case, negated });
            }
            match chars.peek() {
                Some(&(_, next)) if c == '\\' && next == separator => {
                    regex.push(next);
                    chars.next();
                }
                _ => regex.push(c),
            }
        }
        Err("the regular expression is not closed")
    }

    /// One or more parts, joined by dots.
    fn word(&mut self) -> Parsed<Word> {
        let mut parts = self.operand()?;
        loop {
            self.space();
            match self.rest.strip_prefix('.') {
                Some(rest) => {
                    self.rest = rest;
                    self.space();
                    parts.extend(self.operand()?);
                }
                None => return Ok(Word { parts }),
            }
        }
    }

    fn operand(&mut self) -> Parsed<Vec<Part>> {
        self.enter()?;
        let parts = self.operand_inside()?;
        self.depth -= 1;
        Ok(parts)
    }

    fn operand_inside(&mut self) -> Parsed<Vec<Part>> {
        self.space();
        let first = self.rest.chars().next().ok_or("it ends too early")?;
        match first {
            '"' | '\'' => {
                self.rest = &self.rest[1..];
                self.parts(Some(first))
            }
            '%' if self.rest.starts_with("%{") => Ok(vec![self.variable()?]),
            '$' => Ok(vec![self.group().ok_or("a digit is expected behind `$`")?]),
            '(' => {
                self.rest = &self.rest[1..];
                let word = self.word()?;
                if self.take(")") { Ok(word.parts) } else { Err("a parenthesis is not closed") }
            }
            c if c.is_ascii_digit() || c == '-' => {
                let end =
                    self.rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(self.rest.len(), |at| at + 1);
                let (number, rest) = self.rest.split_at(end);
                self.rest = rest;
                Ok(vec![Part::Text(number.to_owned())])
            }
            c if c.is_ascii_alphabetic() => {
                let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                if !self.take("(") {
                    return Err("a bare word is no text");
                }
                let argument = self.word()?;
                if self.take(")") {
                    Ok(vec![Part::Call(name.to_owned(), argument)])
                } else {
                    Err("a call is not closed")
                }
            }
            _ => Err("a text is expected"),
        }
    }

    /// The inside of quotes, or all of a template.
    fn parts(&mut self, quote: Option<char>) -> Parsed<Vec<Part>> {
        let mut parts = Vec::new();
        let mut text = String::new();
        loop {
            let Some(first) = self.rest.chars().next() else {
                parts.push(Part::Text(text));
                return if quote.is_none() { Ok(parts) } else { Err("a quote is not closed") };
            };
            let special = match first {
                c if Some(c) == quote => {
                    self.rest = &self.rest[1..];
                    parts.push(Part::Text(text));
                    return Ok(parts);
                }
                '%' if self.rest.starts_with("%{") => Some(self.variable()?),
                '$' => self.group(),
                _ => None,
            };
            if let Some(part) = special {
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(part);
                continue;
            }
            let rest = &self.rest[first.len_utf8()..];
            match rest.chars().next() {
                Some(next) if first == '\\' => {
                    text.push(match next {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    });
                    self.rest = &rest[next.len_utf8()..];
                }
                _ => {
                    text.push(first);
                    self.rest = rest;
                }
            }
        }
    }

    fn group(&mut self) -> Option<Part> {
        let digit = self.rest[1..].chars().next()?.to_digit(10)?;
        self.rest = &self.rest[2..];
        Some(Part::Group(digit as usize))
    }

    /// `%{NAME}` or `%{function:argument}`.
    fn variable(&mut self) -> Parsed<Part> {
        let body = &self.rest[2..];
        let end = body.find('}').ok_or("`%{` is not closed")?;
        self.rest = &body[end + 1..];
        let body = &body[..end];
        Ok(match body.split_once(':') {
            Some((name, argument)) => {
                Part::Call(name.to_owned(), Word { parts: vec![Part::Text(argument.to_owned())] })
            }
            None => Part::Variable(body.to_owned()),
        })
    }
}
