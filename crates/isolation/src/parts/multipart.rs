//! The parts of `multipart/form-data` (RFC 7578): the content of each, and the names of files.

use super::{Part, Place, Region, Role, Syntax, names_a_credential, neutral};
use crate::request::{Request, name_and_value};

/// The contents and file names; `None` if there is no boundary or the body does not follow it.
pub(crate) fn leaves(request: &Request) -> Option<Vec<Part>> {
    let boundary = boundary(request.field("content-type")?)?;
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let body = &request.body;
    let mut marks = find_all(body, &delimiter).filter(|&at| at == 0 || body[..at].ends_with(b"\r\n"));
    let mut start = marks.next()? + delimiter.len();
    let mut parts = Vec::new();
    for next in marks {
        let end = next.checked_sub(2)?;
        entity(body, start, end.max(start), &mut parts)?;
        start = next + delimiter.len();
    }
    body[start..].starts_with(b"--").then_some(parts)
}

/// One part of the body: from behind its delimiter to before the next one's line end.
fn entity(body: &[u8], start: usize, end: usize, parts: &mut Vec<Part>) -> Option<()> {
    let head_end = start + find_all(&body[start..end], b"\r\n\r\n").next()?;
    let mut name = String::new();
    let mut file = None;
    let mut at = start;
    for line in body[start..head_end].split(|&byte| byte == b'\n') {
        let text = String::from_utf8_lossy(line);
        if name_and_value(&text).0.eq_ignore_ascii_case("content-disposition") {
            name = parameter(line, b"name=")
                .map_or_else(String::new, |range| String::from_utf8_lossy(&line[range]).into_owned());
            file = parameter(line, b"filename=").map(|range| at + range.start..at + range.end);
        }
        at += line.len() + 1;
    }
    if let Some(range) = file.filter(|range| !range.is_empty()) {
        // The extension stays: it says what the content is.
        let raw = &body[range.clone()];
        let stem = raw.iter().rposition(|&byte| byte == b'.').unwrap_or(raw.len());
        let neutral = [&vec![neutral::LETTER; stem], &raw[stem..]].concat();
        parts.push(Part {
            label: format!("body {name} (filename)"),
            role: Role::Value,
            neutral: super::Neutral::Bytes(neutral),
            place: Place { region: Region::Body, range },
            syntax: Syntax::Raw,
        });
    }
    let range = head_end + 4..end.max(head_end + 4);
    let role = if names_a_credential(&name) { Role::Credential } else { Role::Value };
    parts.push(Part {
        label: format!("body {name}").trim_end().to_owned(),
        role,
        neutral: neutral::of(Syntax::Raw, &body[range.clone()]),
        place: Place { region: Region::Body, range },
        syntax: Syntax::Raw,
    });
    Some(())
}

fn boundary(content_type: &str) -> Option<String> {
    let at = content_type.to_ascii_lowercase().find("boundary=")?;
    let value = &content_type[at + 9..];
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => value.split([';', ' ']).next()?,
    };
    (!value.is_empty()).then(|| value.to_owned())
}

/// The range of a parameter's value in a header line, without quotes.
fn parameter(line: &[u8], name: &[u8]) -> Option<std::ops::Range<usize>> {
    let lower = line.to_ascii_lowercase();
    let at = find_all(&lower, name).find(|&at| at > 0 && b" ;".contains(&lower[at - 1]))?;
    let start = at + name.len();
    if line.get(start) == Some(&b'"') {
        let end = line[start + 1..].iter().position(|&byte| byte == b'"')?;
        return Some(start + 1..start + 1 + end);
    }
    let end = line[start..].iter().position(|byte| b"; \r".contains(byte)).unwrap_or(line.len() - start);
    Some(start..start + end)
}

fn find_all<'a>(text: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let last = (text.len() + 1).saturating_sub(needle.len());
    (0..last).filter(move |&at| text[at..].starts_with(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_and_file_names_are_parts() {
        let body = b"--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--B\r\n\
            Content-Disposition: form-data; name=f; filename=\"a b.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\ny\r\n--B--\r\n";
        let request = Request {
            origin: String::new(),
            method: "POST".into(),
            target: "/".into(),
            lines: vec!["Content-Type: multipart/form-data; boundary=B".into()],
            body: body.to_vec(),
        };
        let parts = leaves(&request).unwrap();
        let shown: Vec<(&str, &[u8])> =
            parts.iter().map(|part| (part.label.as_str(), &body[part.place.range.clone()])).collect();
        assert_eq!(
            shown,
            [("body note", &b"hello"[..]), ("body f (filename)", b"a b.txt"), ("body f", b"x\r\ny")]
        );
    }
}
