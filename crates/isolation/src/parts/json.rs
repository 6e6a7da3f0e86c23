//! The leaves of a JSON text, with their paths and places.

use super::{Part, Place, Region, Role, Syntax, names_a_credential, neutral};

/// Deeper texts are not taken apart.
const DEEPEST: usize = 500;

/// Every string, number and word of the text; `None` if it is no JSON (RFC 8259) or nested too deep.
pub(crate) fn leaves(body: &[u8]) -> Option<Vec<Part>> {
    let mut reader = Reader { body, at: 0, leaves: Vec::new(), path: "$".to_owned() };
    reader.value(0)?;
    reader.blank();
    (reader.at == body.len()).then_some(reader.leaves)
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    leaves: Vec<Part>,
    path: String,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<()> {
        self.blank();
        if depth > DEEPEST {
            return None;
        }
        match self.body.get(self.at)? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => {
                let range = self.string()?;
                self.leaf(Syntax::JsonString, range);
                Some(())
            }
            _ => {
                let start = self.at;
                let ends = |byte: &u8| b",]} \t\r\n".contains(byte);
                let length = self.body[start..].iter().position(ends).unwrap_or(self.body.len() - start);
                self.at = start + length;
                let word = &self.body[start..self.at];
                (is_number(word) || [&b"true"[..], b"false", b"null"].contains(&word)).then_some(())?;
                self.leaf(Syntax::JsonWord, start..self.at);
                Some(())
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        let length = self.path.len();
        self.at += 1;
        self.blank();
        if self.take(b'}') {
            return Some(());
        }
        loop {
            self.blank();
            if self.body.get(self.at) != Some(&b'"') {
                return None;
            }
            let name = self.string()?;
            let name = super::atoms::decoded(Syntax::JsonString, &self.body[name]);
            self.blank();
            self.take(b':').then_some(())?;
            self.path.push_str(&member(&name));
            self.value(depth + 1)?;
            self.path.truncate(length);
            self.blank();
            if self.take(b'}') {
                return Some(());
            }
            self.take(b',').then_some(())?;
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        let length = self.path.len();
        self.at += 1;
        self.blank();
        if self.take(b']') {
            return Some(());
        }
        for index in 0.. {
            self.path.push_str(&format!("[{index}]"));
            self.value(depth + 1)?;
            self.path.truncate(length);
            self.blank();
            if self.take(b']') {
                break;
            }
            self.take(b',').then_some(())?;
        }
        Some(())
    }

    /// Reads a string and returns the range between its quotes.
    fn string(&mut self) -> Option<std::ops::Range<usize>> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            match self.body.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                0..=0x1f => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(start..at)
    }

    fn leaf(&mut self, syntax: Syntax, range: std::ops::Range<usize>) {
        let raw = &self.body[range.clone()];
        let name = self.path.rsplit(['.', ']']).next().unwrap_or("");
        let role = if names_a_credential(name) { Role::Credential } else { Role::Value };
        self.leaves.push(Part {
            label: format!("body {}", self.path),
            role,
            neutral: neutral::of(syntax, raw),
            place: Place { region: Region::Body, range },
            syntax,
        });
    }

    fn blank(&mut self) {
        while self.body.get(self.at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.body.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }
}

/// A member in a path (RFC 9535): `.name` where the name is a plain word, else in brackets and quotes.
fn member(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    match !name.is_empty() && name.chars().all(plain) {
        true => format!(".{name}"),
        false => format!("['{}']", name.replace('\'', "\\'")),
    }
}

fn is_number(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    digits.first().is_some_and(u8::is_ascii_digit)
        && std::str::from_utf8(word).is_ok_and(|text| text.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_has_its_path_and_place() {
        let body = br#"{"a": [1, {"b c": "x\"y"}], "t": true, "e": {}, "n": null}"#;
        let leaves = leaves(body).unwrap();
        let shown: Vec<(&str, &[u8])> =
            leaves.iter().map(|leaf| (leaf.label.as_str(), &body[leaf.place.range.clone()])).collect();
        assert_eq!(
            shown,
            [
                ("body $.a[0]", &b"1"[..]),
                ("body $.a[1]['b c']", br#"x\"y"#),
                ("body $.t", b"true"),
                ("body $.n", b"null")
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_not_taken_apart() {
        for body in ["", "{", "{\"a\":1", "[1,]", "{a:1}", "\"a", "nul", "1 2", "\"a\nb\"", "[inf]"] {
            assert!(leaves(body.as_bytes()).is_none(), "{body}");
        }
        assert!(leaves("[".repeat(100_000).as_bytes()).is_none());
    }
}
