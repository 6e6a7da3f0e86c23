//! Apache's access log: any `LogFormat`. <https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats>

use super::nginx::header;
use super::template::{Builder, Shape, Slot, Template};
use crate::record::Field;

/// Formats of the distributions' configurations, the most specific first.
pub(crate) const KNOWN: &[(&str, &str)] = &[
    ("vhost_combined", r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#),
    ("combinedio", r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %I %O"#),
    ("combined", r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#),
    ("common", r#"%h %l %u %t "%r" %>s %b"#),
];

/// Compiles a definition: the bare string, or the whole directive `LogFormat "..." name`.
pub(crate) fn compile(definition: &str) -> Option<Template> {
    let text = unwrap_directive(definition);
    let mut builder = Builder::default();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('%') {
        builder.text(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            builder.text(b"%");
            rest = after;
            continue;
        }
        let (argument, letter, after) = item(rest)?;
        rest = after;
        // `%t` brings its own brackets.
        if letter == "t" && argument.is_none() {
            builder.text(b"[").slot(Slot::of(Field::Time)).text(b"]");
        } else {
            builder.slot(slot(argument, letter));
        }
    }
    builder.text(rest.as_bytes());
    builder.build()
}

/// Splits `!200,304{Referer}i` or `>s` into argument, letter and what follows.
fn item(text: &str) -> Option<(Option<&str>, &str, &str)> {
    let skip =
        text.bytes().take_while(|byte| matches!(byte, b'!' | b',' | b'<' | b'>' | b'0'..=b'9')).count();
    let mut rest = &text[skip..];
    let mut argument = None;
    if let Some(inner) = rest.strip_prefix('{') {
        let end = inner.find('}')?;
        argument = Some(&inner[..end]);
        rest = inner[end + 1..].trim_start_matches(['<', '>']);
    }
    let length = if rest.starts_with('^') { 3 } else { 1 };
    let letter = rest.get(..length)?;
    Some((argument, letter, &rest[length..]))
}

/// The string of a directive with `\"` and `\\` undone.
pub(super) fn unwrap_directive(definition: &str) -> String {
    let trimmed = definition.trim();
    let words = ["LogFormat", "ErrorLogFormat", "CustomLog", "TransferLog"];
    let is_directive = words.iter().any(|word| {
        let head = trimmed.get(..word.len()).unwrap_or_default();
        head.eq_ignore_ascii_case(word) && trimmed[word.len()..].starts_with(char::is_whitespace)
    });
    if !is_directive {
        return trimmed.replace("\\\"", "\"");
    }
    let Some(open) = trimmed.find('"') else { return String::new() };
    let mut text = String::new();
    let mut letters = trimmed[open + 1..].chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some(escaped @ ('"' | '\\')) => text.push(escaped),
                Some('t') => text.push('\t'),
                Some(other) => text.extend(['\\', other]),
                None => break,
            },
            _ => text.push(letter),
        }
    }
    text
}

fn slot(argument: Option<&str>, letter: &str) -> Slot {
    let field = match (letter, argument) {
        ("h" | "a", None) => Field::Client,
        ("a", Some("c")) => return Slot::other().shaped(Shape::Word),
        ("t", Some("msec_frac" | "usec_frac")) => Field::Time,
        ("t", Some(_)) => Field::Time,
        ("u", _) => Field::User,
        ("r", _) => Field::Request,
        ("m", _) => Field::Method,
        ("U", _) => Field::Path,
        ("q", _) => Field::Query,
        ("H", _) => Field::Protocol,
        ("s", _) => Field::Status,
        ("b" | "B" | "O", _) => Field::Size,
        ("I", _) => Field::RequestSize,
        ("D" | "T", _) => Field::Duration,
        ("v" | "V", _) => Field::Server,
        ("p", Some("remote")) => Field::ClientPort,
        ("p", _) => Field::ServerPort,
        ("P", Some("tid" | "hextid")) => Field::Tid,
        ("P", _) => Field::Pid,
        ("L", _) => Field::RequestId,
        ("R", _) => Field::Backend,
        ("f", _) => Field::File,
        ("i" | "o", Some(name)) => match header(name) {
            Some(field) => field,
            None => return Slot::other(),
        },
        ("e" | "n" | "x", Some(name)) => match name {
            "UNIQUE_ID" => Field::RequestId,
            _ => return Slot::other(),
        },
        ("l", _) => return Slot::other().shaped(Shape::Word),
        _ => return Slot::other(),
    };
    Slot::of(field)
}
