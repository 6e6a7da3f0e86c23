//! Putting a request together again, with some parts as they were and the rest neutral.

use std::ops::Range;

use super::{Neutral, Part, Parts, Region, Role, Syntax, neutral};
use crate::request::{Request, name_and_value};

/// What becomes of one part in a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It stays as it is.
    Whole,
    /// It becomes a neutral value of the same length and type.
    Neutral,
    /// It becomes a value that the application must reject.
    Broken,
    /// These bytes of its value stay, the rest becomes filler of the same length.
    Only(Vec<Range<usize>>),
    /// It becomes filler of this length.
    Filler(usize),
}

impl Parts {
    /// A copy of the request. Bytes outside of the parts stay as they are, but for the length that the header tells.
    /// `number` distinguishes the copies under an `Idempotency-Key`.
    #[must_use]
    pub fn copy(&self, keep: &[Keep], number: usize) -> Request {
        let request = self.request();
        let mut copy = Request { lines: Vec::with_capacity(request.lines.len()), ..request.clone() };
        copy.target = String::from_utf8_lossy(&self.rewrite(Region::Target, keep, number)).into_owned();
        copy.body = self.rewrite(Region::Body, keep, number);
        for (index, line) in request.lines.iter().enumerate() {
            if self.is_left_out(index, keep) {
                continue;
            }
            let bytes = self.rewrite(Region::Line(index), keep, number);
            let line = match name_and_value(line).0.eq_ignore_ascii_case("content-length") {
                true if copy.body.len() != request.body.len() => {
                    format!("Content-Length: {}", copy.body.len())
                }
                _ => String::from_utf8_lossy(&bytes).into_owned(),
            };
            copy.lines.push(line);
        }
        copy
    }

    fn is_left_out(&self, line: usize, keep: &[Keep]) -> bool {
        let of_line =
            |part: &Part| part.place.region == Region::Line(line) && part.neutral == Neutral::Removed;
        self.list().iter().zip(keep).any(|(part, keep)| of_line(part) && *keep != Keep::Whole)
    }

    fn rewrite(&self, region: Region, keep: &[Keep], number: usize) -> Vec<u8> {
        let before = self.region(region);
        let mut after = Vec::with_capacity(before.len());
        let mut at = 0;
        for (part, keep) in self.list().iter().zip(keep) {
            if part.place.region != region {
                continue;
            }
            let Range { start, end } = part.place.range;
            after.extend_from_slice(&before[at..start]);
            let raw = &before[start..end];
            match (part.role, keep) {
                (Role::Idempotency, keep) if *keep != Keep::Whole || number > 0 => {
                    after.extend(fresh_key(raw, number))
                }
                (_, keep) => value(part, raw, keep, &mut after),
            }
            at = end;
        }
        after.extend_from_slice(&before[at..]);
        after
    }
}

fn value(part: &Part, raw: &[u8], keep: &Keep, after: &mut Vec<u8>) {
    match (keep, &part.neutral) {
        (Keep::Neutral, Neutral::Bytes(bytes)) => after.extend_from_slice(bytes),
        (Keep::Whole | Keep::Neutral, _) => after.extend_from_slice(raw),
        (Keep::Broken, _) => after.extend(neutral::broken(part.syntax, raw)),
        (Keep::Only(ranges), _) => only(part.syntax, raw, ranges, after),
        (Keep::Filler(length), _) => {
            let digit = part.syntax == Syntax::JsonWord;
            after.extend(std::iter::repeat_n(if digit { b'1' } else { neutral::LETTER }, *length));
        }
    }
}

/// Keeps some bytes. What is next to them becomes blanks, which neither create nor break a word; where no blank can
/// stand, letters.
fn only(syntax: Syntax, raw: &[u8], ranges: &[Range<usize>], after: &mut Vec<u8>) {
    let blank = match syntax {
        Syntax::UrlEncoded => b'+',
        Syntax::Cookie => neutral::LETTER,
        _ => b' ',
    };
    let inside = |at: usize| ranges.iter().any(|range| range.contains(&at));
    for (at, &byte) in raw.iter().enumerate() {
        // Blanks at the ends would be cut off by many readers.
        let filler = if at == 0 || at + 1 == raw.len() { neutral::LETTER } else { blank };
        after.push(if inside(at) { byte } else { filler });
    }
}

/// Another key of the same shape: the convention is that a key stands for one content
/// (draft-ietf-httpapi-idempotency-key-header, section 2.3).
fn fresh_key(raw: &[u8], number: usize) -> Vec<u8> {
    let mut key = raw.to_vec();
    let mut rest = number;
    for byte in key.iter_mut().rev().filter(|byte| byte.is_ascii_hexdigit()) {
        let own = char::from(*byte).to_digit(16).unwrap_or(0) as usize;
        let sum = own + rest % 16;
        let digit = char::from_digit(u32::try_from(sum % 16).unwrap_or(0), 16).unwrap_or('0');
        *byte = digit as u8;
        rest /= 16;
        if rest == 0 {
            break;
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            origin: "https://shop.example".into(),
            method: "POST".into(),
            target: "/orders?q=a%27b&page=2".into(),
            lines: vec![
                "Host: shop.example".into(),
                "Content-Length: 40".into(),
                "X-Forwarded-For: 192.0.2.1".into(),
                "Cookie: lang=de; sid=abcd".into(),
                "Idempotency-Key: 00ff".into(),
                "content-type:application/json".into(),
            ],
            body: br#"{"c": "1' or 1=1","n":12.5 , "ok":true}"#.to_vec(),
        }
    }

    #[test]
    fn with_all_parts_kept_the_request_is_the_same() {
        let parts = Parts::of(request());
        assert_eq!(parts.copy(&vec![Keep::Whole; parts.list().len()], 0), request());
    }

    #[test]
    fn only_the_chosen_parts_change() {
        let parts = Parts::of(request());
        let mut keep = vec![Keep::Neutral; parts.list().len()];
        let copy = parts.copy(&keep, 1);
        assert_eq!(copy.target, "/orders?q=aaaaa&page=1");
        assert_eq!(String::from_utf8_lossy(&copy.body), r#"{"c": "aaaaaaaaa","n":11.1 , "ok":false}"#);
        assert_eq!(
            copy.lines,
            [
                "Host: shop.example",
                "Content-Length: 40",
                "Cookie: lang=aa; sid=aaaa",
                "Idempotency-Key: 00f0",
                "content-type:application/json"
            ]
        );
        let comment = parts.list().iter().position(|part| part.label == "body $.c").unwrap();
        keep[comment] = Keep::Only(std::iter::once(3..5).collect());
        assert!(parts.copy(&keep, 2).body.starts_with(br#"{"c": "a  or   a""#));
    }

    #[test]
    fn lengths_are_told_anew_where_they_change() {
        let mut request = request();
        request.lines[1] = format!("Content-Length: {}", request.body.len());
        let parts = Parts::of(request);
        let comment = parts.list().iter().position(|part| part.label == "body $.c").unwrap();
        let mut keep = vec![Keep::Whole; parts.list().len()];
        keep[comment] = Keep::Filler(100);
        let copy = parts.copy(&keep, 0);
        assert_eq!(copy.field("content-length"), Some(copy.body.len().to_string().as_str()));
    }
}
