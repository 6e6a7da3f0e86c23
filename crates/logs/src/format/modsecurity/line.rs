//! What ModSecurity 2, ModSecurity 3 and Coraza write into an error log, and after `Message:` in an audit log.
//! <https://github.com/owasp-modsecurity/ModSecurity/wiki/ModSecurity-2-Data-Formats#alerts>

use crate::record::{Entry, Field};
use crate::text::Encoding;

/// Reads a message that stands at `start..end` of a line, as the rule of group 1.
pub(crate) fn parse(line: &[u8], start: usize, end: usize, out: &mut Vec<Entry>) {
    parse_group(line, start, end, 1, out);
}

/// Reads a message as the rule of a group.
pub(crate) fn parse_group(line: &[u8], start: usize, end: usize, group: u16, out: &mut Vec<Entry>) {
    let tags = tags(line, start, end, group, out);
    let mut place = Place { line, group, out };
    place.action(start, tags);
    place.operator(start, tags);
}

/// Whether a text is such a message.
pub(crate) fn is_message(text: &[u8]) -> bool {
    let known: [&[u8]; 3] = [b"ModSecurity: ", b"Coraza: ", b"[id \""];
    known.iter().any(|word| memchr::memmem::find(text, word).is_some())
}

/// Reads `[name "value"]` items; returns where the first one begins.
fn tags(line: &[u8], start: usize, end: usize, group: u16, out: &mut Vec<Entry>) -> usize {
    let text = &line[..end];
    let mut first = end;
    let mut around: [Option<(Field, usize, usize)>; 3] = [None; 3];
    let mut at = start;
    while let Some(open) = memchr::memchr(b'[', &text[at..]).map(|found| at + found) {
        at = open + 1;
        let length =
            text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        // Within a JSON text the quotation marks are escaped.
        let escaped = text[at + length..].starts_with(b" \\\"");
        let from = at + length + if escaped { 3 } else { 2 };
        if length == 0 || !escaped && text.get(at + length..from) != Some(b" \"") {
            continue;
        }
        let name = &text[at..at + length];
        let close = if escaped { escaped_end(text, from) } else { value_end(text, from) };
        if name != b"client" {
            first = first.min(open);
        }
        match field(name) {
            // The text that a client sent stands before these, so the last ones are the true ones.
            Some(field @ Field::Host) => around[0] = Some((field, from, close)),
            Some(field @ Field::Path) => around[1] = Some((field, from, close)),
            Some(field @ Field::RequestId) => around[2] = Some((field, from, close)),
            Some(Field::Client) => push(out, Field::Client, 0, from, close),
            Some(field) => push(out, field, group, from, close),
            None => {}
        }
        at = close.max(at);
    }
    for (field, from, close) in around.into_iter().flatten() {
        push(out, field, 0, from, close);
    }
    first
}

fn field(name: &[u8]) -> Option<Field> {
    Some(match name {
        b"id" => Field::RuleId,
        b"file" => Field::RuleFile,
        b"line" => Field::RuleLine,
        b"msg" => Field::RuleMessage,
        b"data" => Field::RuleData,
        b"severity" => Field::RuleSeverity,
        b"tag" => Field::RuleTag,
        b"ver" => Field::RuleVersion,
        b"hostname" => Field::Host,
        b"uri" => Field::Path,
        b"unique_id" => Field::RequestId,
        b"client" => Field::Client,
        _ => return None,
    })
}

/// The end of a value: a quotation mark that closes the bracket and is not escaped.
fn value_end(text: &[u8], from: usize) -> usize {
    for at in memchr::memmem::find_iter(&text[from..], b"\"]") {
        let place = from + at;
        let escaped = text[from..place].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
        let closed = matches!(text.get(place + 2), None | Some(b' ' | b',' | b'[' | b'\n' | b'\r'));
        if closed && !escaped {
            return place;
        }
    }
    text.len()
}

/// The end of a value whose quotation marks are escaped.
fn escaped_end(text: &[u8], from: usize) -> usize {
    memchr::memmem::find(&text[from..], b"\\\"]").map_or(text.len(), |at| from + at)
}

/// A message under reading.
struct Place<'t> {
    line: &'t [u8],
    group: u16,
    out: &'t mut Vec<Entry>,
}

impl Place<'_> {
    /// `Access denied with code 403 (phase 2)`, `Warning.`
    fn action(&mut self, start: usize, end: usize) {
        let text = &self.line[start..end];
        for word in
            [b"Access denied".as_slice(), b"Warning", b"Access allowed", b"Paused Access", b"Rule returned"]
        {
            let Some(at) = memchr::memmem::find(text, word) else { continue };
            push(self.out, Field::Action, self.group, start + at, start + at + word.len());
            let after = &text[at..];
            if let Some(code) = memchr::memmem::find(after, b" with code ") {
                let from = start + at + code + 11;
                if self.line[from..end].iter().take_while(|byte| byte.is_ascii_digit()).count() == 3 {
                    push(self.out, Field::Status, 0, from, from + 3);
                }
            }
            if let Some(phase) = memchr::memmem::find(after, b"(phase ") {
                let from = start + at + phase + 7;
                push(self.out, Field::RulePhase, self.group, from, (from + 1).min(end));
            }
            return;
        }
    }

    /// What was compared with what, in the words of version 2 and of version 3.
    fn operator(&mut self, start: usize, end: usize) {
        let text = &self.line[start..end];
        if let Some(at) = memchr::memmem::find(text, b"Matched \"Operator `") {
            let from = start + at + 19;
            let against = b"' against variable `";
            let Some(split) = memchr::memmem::rfind(&self.line[from..end], against) else { return };
            push(self.out, Field::RuleOperator, self.group, from, from + split);
            let variable = from + split + against.len();
            let length = memchr::memchr(b'\'', &self.line[variable..end]).unwrap_or(0);
            push(self.out, Field::RuleVariable, self.group, variable, variable + length);
            let value = b"' (Value: `";
            let from = variable + length + value.len();
            if self.line[variable + length..end].starts_with(value)
                && let Some(length) = memchr::memmem::rfind(&self.line[from..end], b"' )")
            {
                push(self.out, Field::RuleValue, self.group, from, from + length);
            }
            return;
        }
        let trimmed = start + text.trim_ascii_end().len();
        let stop = if self.line[start..trimmed].ends_with(b".") { trimmed - 1 } else { trimmed };
        let from = memchr::memmem::find(text, b"). ")
            .map(|at| start + at + 3)
            .or_else(|| memchr::memmem::find(text, b"Warning. ").map(|at| start + at + 9));
        let Some(from) = from.filter(|from| *from < stop) else { return };
        let sentence = &self.line[from..stop];
        if let Some(at) = memchr::memmem::rfind(sentence, b" at ") {
            push(self.out, Field::RuleOperator, self.group, from, from + at);
            push(self.out, Field::RuleVariable, self.group, from + at + 4, stop);
        } else if let Some(at) = memchr::memmem::rfind(sentence, b"\" against \"") {
            push(self.out, Field::RuleOperator, self.group, from, from + at + 1);
            let variable = from + at + 11;
            let length = memchr::memchr(b'"', &self.line[variable..stop]).unwrap_or(stop - variable);
            push(self.out, Field::RuleVariable, self.group, variable, variable + length);
        } else {
            push(self.out, Field::RuleOperator, self.group, from, stop);
        }
    }
}

fn push(out: &mut Vec<Entry>, field: Field, group: u16, start: usize, end: usize) {
    if end > start {
        out.push(Entry { field, encoding: Encoding::Backslash, group, start: start as u32, end: end as u32 });
    }
}
