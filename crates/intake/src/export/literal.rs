//! Literals of JavaScript: what JSON is not strict about, single quotes, templates, bare names.

use serde_json::{Map, Value};

/// How deep literals may be nested.
const DEPTH: usize = 64;

/// A text of code that is being read.
pub(super) struct Literals<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Literals<'a> {
    /// Begins at an offset of a text.
    pub(super) fn new(text: &'a str, at: usize) -> Literals<'a> {
        Literals { text, at }
    }

    /// The value that stands next; `JSON.stringify(value)` is its text.
    pub(super) fn value(&mut self) -> Option<Value> {
        self.nested(0)
    }

    /// Whether this character stands next; then it is passed over.
    pub(super) fn take(&mut self, wanted: char) -> bool {
        self.blank();
        let found = self.text[self.at..].starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn nested(&mut self, depth: usize) -> Option<Value> {
        self.blank();
        let rest = &self.text[self.at..];
        match rest.chars().next().filter(|_| depth < DEPTH)? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            quote @ ('"' | '\'' | '`') => self.string(quote).map(Value::String),
            _ if rest.starts_with("JSON.stringify(") => {
                self.at += "JSON.stringify(".len();
                let text = self.nested(depth + 1)?.to_string();
                self.take(')').then_some(Value::String(text))
            }
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut members = Map::new();
        while !self.take('}') {
            self.blank();
            let name = match self.text[self.at..].chars().next()? {
                quote @ ('"' | '\'') => self.string(quote)?,
                _ => self.name()?,
            };
            let value = if self.take(':') { self.nested(depth + 1)? } else { Value::Null };
            members.insert(name, value);
            if !self.take(',') {
                return self.take('}').then_some(Value::Object(members));
            }
        }
        Some(Value::Object(members))
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut values = Vec::new();
        while !self.take(']') {
            values.push(self.nested(depth + 1)?);
            if !self.take(',') {
                return self.take(']').then_some(Value::Array(values));
            }
        }
        Some(Value::Array(values))
    }

    fn string(&mut self, quote: char) -> Option<String> {
        self.at += 1;
        let (mut out, mut units) = (String::new(), Vec::new());
        let mut chars = self.text[self.at..].char_indices();
        while let Some((at, c)) = chars.next() {
            let mut unit = None;
            match c {
                c if c == quote => {
                    flush(&mut units, &mut out);
                    self.at += at + 1;
                    return Some(out);
                }
                '\\' => match chars.next()?.1 {
                    'u' => unit = Some(hex(&mut chars, 4)?),
                    'x' => unit = Some(hex(&mut chars, 2)?),
                    'n' => unit = Some(u16::from(b'\n')),
                    'r' => unit = Some(u16::from(b'\r')),
                    't' => unit = Some(u16::from(b'\t')),
                    'b' => unit = Some(8),
                    'f' => unit = Some(12),
                    '\n' => continue,
                    c => units.extend(c.encode_utf16(&mut [0; 2]).iter()),
                },
                c => units.extend(c.encode_utf16(&mut [0; 2]).iter()),
            }
            units.extend(unit);
        }
        None
    }

    /// A number, `true`, `null`, or the name of something that is not known here.
    fn word(&mut self) -> Option<Value> {
        let word = self.name()?;
        Some(match word.as_str() {
            "null" | "undefined" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            number => {
                number.parse::<i64>().map_or_else(|_| Value::String(format!("<{number}>")), Value::from)
            }
        })
    }

    fn name(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_$.-+".contains(c))).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| rest[..end].to_owned())
    }

    fn blank(&mut self) {
        self.at = self.text.len() - self.text[self.at..].trim_start().len();
    }
}

fn flush(units: &mut Vec<u16>, out: &mut String) {
    out.push_str(&String::from_utf16_lossy(units));
    units.clear();
}

fn hex(chars: &mut std::str::CharIndices<'_>, digits: usize) -> Option<u16> {
    (0..digits).try_fold(0, |value, _| Some(value * 16 + chars.next()?.1.to_digit(16)? as u16))
}
