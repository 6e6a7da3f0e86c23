//! JSON with the line of each value (RFC 8259): Caddy's own configuration language.

/// A value and the line that it starts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Json {
    pub(super) value: Value,
    pub(super) line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// `null`, `true`, `false`, a number, as it is written.
    Plain(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Lists and objects in one another beyond this are a fault.
const MAX_DEPTH: usize = 128;

/// Reads a document; the fault has a line.
pub(super) fn parse(text: &str) -> Result<Json, (u32, &'static str)> {
    let mut reader = Reader { rest: text.chars().peekable(), line: 1 };
    let value = reader.value(0).map_err(|fault| (reader.line, fault))?;
    reader.blank();
    match reader.rest.next() {
        None => Ok(value),
        Some(_) => Err((reader.line, "there is more behind the end of the JSON document")),
    }
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
}

type Read<T> = Result<T, &'static str>;

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Read<Json> {
        if depth > MAX_DEPTH {
            return Err("the JSON is nested too deeply");
        }
        self.blank();
        let line = self.line;
        let value = match self.rest.peek() {
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Value::Text(self.text()?),
            Some(_) => Value::Plain(self.plain()?),
            None => return Err("the JSON ends too early"),
        };
        Ok(Json { value, line })
    }

    fn blank(&mut self) {
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_whitespace()) {
            self.line += u32::from(c == '\n');
        }
    }

    fn object(&mut self, depth: usize) -> Read<Value> {
        self.rest.next();
        let mut fields = Vec::new();
        loop {
            self.blank();
            match self.rest.peek() {
                Some('}') => break,
                Some('"') => {}
                _ => return Err("a name in quotes or `}` is expected"),
            }
            let name = self.text()?;
            self.blank();
            if self.rest.next() != Some(':') {
                return Err("`:` is expected");
            }
            fields.push((name, self.value(depth + 1)?));
            self.blank();
            if self.rest.next_if_eq(&',').is_none() && self.rest.peek() != Some(&'}') {
                return Err("`,` or `}` is expected");
            }
        }
        self.rest.next();
        Ok(Value::Object(fields))
    }

    fn list(&mut self, depth: usize) -> Read<Value> {
        self.rest.next();
        let mut items = Vec::new();
        loop {
            self.blank();
            if self.rest.next_if_eq(&']').is_some() {
                return Ok(Value::List(items));
            }
            items.push(self.value(depth + 1)?);
            self.blank();
            if self.rest.next_if_eq(&',').is_none() && self.rest.peek() != Some(&']') {
                return Err("`,` or `]` is expected");
            }
        }
    }

    fn text(&mut self) -> Read<String> {
        self.rest.next();
        let mut text = String::new();
        while let Some(c) = self.rest.next() {
            match c {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                '\n' => return Err("a text has a line feed"),
                c => text.push(c),
            }
        }
        Err("a text is not closed")
    }

    fn escape(&mut self) -> Read<char> {
        let hex = |reader: &mut Self| -> Option<u32> {
            let digits: String = reader.rest.by_ref().take(4).collect();
            u32::from_str_radix(&digits, 16).ok()
        };
        match self.rest.next() {
            Some('n') => Ok('\n'),
            Some('t') => Ok('\t'),
            Some('r') => Ok('\r'),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('u') => {
                let first = hex(self).ok_or("an escape has no four digits")?;
                if !(0xd800..0xdc00).contains(&first) {
                    return Ok(char::from_u32(first).unwrap_or('\u{fffd}'));
                }
                let pair = self.rest.next() == Some('\\') && self.rest.next() == Some('u');
                let second = if pair { hex(self).unwrap_or(0) } else { 0 };
                let code = 0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff);
                Ok(char::from_u32(code).unwrap_or('\u{fffd}'))
            }
            Some(c @ ('"' | '\\' | '/')) => Ok(c),
            _ => Err("an escape is not known"),
        }
    }

    fn plain(&mut self) -> Read<String> {
        let mut text = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c)) {
            text.push(c);
        }
        let is_known = matches!(text.as_str(), "null" | "true" | "false") || text.parse::<f64>().is_ok();
        if is_known { Ok(text) } else { Err("a value is expected") }
    }
}

impl Json {
    /// The value of a field, on a path of names.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        let mut here = self;
        for name in path {
            here = here.fields().iter().find(|(field, _)| field == name).map(|(_, value)| value)?;
        }
        Some(here)
    }

    pub(super) fn fields(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Object(fields) => fields,
            _ => &[],
        }
    }

    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// A text, or a number as it is written.
    pub(super) fn text(&self) -> &str {
        match &self.value {
            Value::Plain(text) if text == "null" => "",
            Value::Plain(text) | Value::Text(text) => text,
            _ => "",
        }
    }

    pub(super) fn is_true(&self) -> bool {
        self.value == Value::Plain("true".to_owned())
    }

    pub(super) fn is_null(&self) -> bool {
        self.value == Value::Plain("null".to_owned())
    }

    /// The texts of a list.
    pub(super) fn texts(&self) -> Vec<String> {
        self.items().iter().map(|item| item.text().to_owned()).collect()
    }
}
