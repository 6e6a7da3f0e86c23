//! Rules of routers: ``Host(`a`) && (PathPrefix(`/b`) || !Method(`GET`))`` (`pkg/rules/parser.go`).

/// Nesting and length that no real rule reaches.
const MAX_DEPTH: usize = 64;
const MAX_LENGTH: usize = 64 << 10;

/// A rule as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    /// `Name(arguments)`; the name in lower case, which is how names compare.
    Matcher(String, Vec<String>),
    Not(Box<Rule>),
    And(Box<Rule>, Box<Rule>),
    Or(Box<Rule>, Box<Rule>),
}

/// The matchers of version 3, and those of version 2 that are gone.
const NAMES: [&str; 16] = [
    "clientip",
    "method",
    "host",
    "hostregexp",
    "path",
    "pathregexp",
    "pathprefix",
    "header",
    "headerregexp",
    "query",
    "queryregexp",
    "headers",
    "headersregexp",
    "hostheader",
    "hostsni",
    "hostsniregexp",
];

/// Reads a rule; the error says what was expected.
pub(super) fn parse(text: &str) -> Result<Rule, String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("it has {} bytes", text.len()));
    }
    let mut reader = Reader { rest: text, depth: 0 };
    let rule = reader.or()?;
    match reader.rest.trim_start() {
        "" => Ok(rule),
        rest => Err(format!("`&&` or `||` expected before `{}`", rest.chars().take(20).collect::<String>())),
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(word) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Result<Rule, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("it is nested too deeply".to_owned());
        }
        let mut left = self.and()?;
        while self.take("||") {
            left = Rule::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn and(&mut self) -> Result<Rule, String> {
        let mut left = self.one()?;
        while self.take("&&") {
            left = Rule::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Rule, String> {
        let mut negations = 0u32;
        while self.take("!") {
            negations += 1;
        }
        let rule = match self.take("(") {
            true => {
                let rule = self.or()?;
                if !self.take(")") {
                    return Err("`)` expected".to_owned());
                }
                rule
            }
            false => self.matcher()?,
        };
        Ok(if negations % 2 == 1 { Rule::Not(Box::new(rule)) } else { rule })
    }

    fn matcher(&mut self) -> Result<Rule, String> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        self.rest = &rest[end..];
        if !NAMES.contains(&name.as_str()) {
            return Err(format!("a matcher expected, not `{}`", &rest[..end]));
        }
        if !self.take("(") {
            return Err(format!("`(` expected behind `{}`", &rest[..end]));
        }
        let mut arguments = Vec::new();
        while !self.take(")") {
            if !arguments.is_empty() && !self.take(",") {
                return Err("`,` or `)` expected".to_owned());
            }
            arguments.push(self.argument()?);
        }
        match arguments.is_empty() {
            true => Err(format!("`{name}` has no argument")),
            false => Ok(Rule::Matcher(name, arguments)),
        }
    }

    /// A text in backticks or double quotes.
    fn argument(&mut self) -> Result<String, String> {
        let rest = self.rest.trim_start();
        let mut characters = rest.char_indices();
        let quote = characters.next().map(|(_, c)| c).filter(|c| matches!(c, '`' | '"'));
        let Some(quote) = quote else { return Err("a text in backticks or quotes expected".to_owned()) };
        let mut text = String::new();
        while let Some((at, c)) = characters.next() {
            match c {
                '\\' if quote == '"' => text.extend(characters.next().map(|(_, c)| c)),
                c if c == quote => {
                    self.rest = &rest[at + c.len_utf8()..];
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        Err("the text has no end".to_owned())
    }
}
