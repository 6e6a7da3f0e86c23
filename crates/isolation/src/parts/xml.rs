//! Text and attributes of an XML document, by their paths.

use super::{Part, Place, Region, Role, Syntax, names_a_credential, neutral};

/// Deeper documents are not taken apart.
const DEEPEST: usize = 500;

/// Every text and attribute; `None` if tags do not fit one another. A document type definition is left as it is.
pub(crate) fn leaves(body: &[u8]) -> Option<Vec<Part>> {
    let mut reader = Reader { body, at: 0, parts: Vec::new(), open: Vec::new() };
    while reader.at < body.len() {
        reader.step()?;
    }
    (reader.open.is_empty() && body.contains(&b'<')).then_some(reader.parts)
}

struct Reader<'a> {
    body: &'a [u8],
    at: usize,
    parts: Vec<Part>,
    open: Vec<String>,
}

impl Reader<'_> {
    fn step(&mut self) -> Option<()> {
        let rest = &self.body[self.at..];
        if rest[0] != b'<' {
            return self.text();
        }
        for (start, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")] {
            if rest.starts_with(start.as_bytes()) {
                let length = find(rest, end.as_bytes())?;
                if start == "<![CDATA[" {
                    self.leaf(self.path(), self.at + start.len()..self.at + length, Syntax::Raw);
                }
                self.at += length + end.len();
                return Some(());
            }
        }
        self.tag()
    }

    fn text(&mut self) -> Option<()> {
        let rest = &self.body[self.at..];
        let length = rest.iter().position(|&byte| byte == b'<').unwrap_or(rest.len());
        let text = &rest[..length];
        let lead = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let tail = text.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
        if lead < length {
            self.leaf(self.path(), self.at + lead..self.at + length - tail, Syntax::Xml);
        }
        self.at += length;
        Some(())
    }

    fn tag(&mut self) -> Option<()> {
        let start = self.at + 1;
        let end = self.tag_end(start)?;
        let inside = &self.body[start..end];
        self.at = end + 1;
        if let Some(name) = inside.strip_prefix(b"/") {
            let name = String::from_utf8_lossy(name).trim().to_owned();
            return (self.open.pop()? == name).then_some(());
        }
        let closed = inside.ends_with(b"/");
        let name_length = inside
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || *byte == b'/')
            .unwrap_or(inside.len());
        let name = String::from_utf8_lossy(&inside[..name_length]).into_owned();
        if name.is_empty() || self.open.len() >= DEEPEST {
            return None;
        }
        self.open.push(name);
        self.attributes(start + name_length, end);
        if closed {
            self.open.pop();
        }
        Some(())
    }

    /// The `>` that ends a tag, past those in quotes.
    fn tag_end(&self, start: usize) -> Option<usize> {
        let mut quote = None;
        for (at, &byte) in self.body.iter().enumerate().skip(start) {
            match (quote, byte) {
                (None, b'>') => return Some(at),
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
        }
        None
    }

    fn attributes(&mut self, mut at: usize, end: usize) {
        while let Some(sign) = self.body[at..end].iter().position(|&byte| byte == b'=') {
            let name = String::from_utf8_lossy(&self.body[at..at + sign]).trim().to_owned();
            let after = at + sign + 1;
            let Some(open) = self.body[after..end].iter().position(|byte| b"\"'".contains(byte)) else {
                return;
            };
            let start = after + open + 1;
            let quote = self.body[start - 1];
            let Some(length) = self.body[start..end].iter().position(|&byte| byte == quote) else { return };
            // Namespaces are structure.
            if !name.starts_with("xmlns") && length > 0 {
                self.leaf(format!("{}/@{name}", self.path()), start..start + length, Syntax::Xml);
            }
            at = start + length + 1;
        }
    }

    fn path(&self) -> String {
        self.open.iter().map(|name| format!("/{name}")).collect()
    }

    fn leaf(&mut self, path: String, range: std::ops::Range<usize>, syntax: Syntax) {
        let name = path.rsplit(['/', '@']).next().unwrap_or("");
        let role = if names_a_credential(name) { Role::Credential } else { Role::Value };
        self.parts.push(Part {
            label: format!("body {path}"),
            role,
            neutral: neutral::of(syntax, &self.body[range.clone()]),
            place: Place { region: Region::Body, range },
            syntax,
        });
    }
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_have_paths() {
        let body = b"<?xml version='1.0'?>\n<o id=\"7\" xmlns:x='u'><i a='>'> one &amp; </i><e/><c><![CDATA[<x>]]></c></o>\n";
        let parts = leaves(body).unwrap();
        let shown: Vec<(&str, &[u8])> =
            parts.iter().map(|part| (part.label.as_str(), &body[part.place.range.clone()])).collect();
        assert_eq!(
            shown,
            [
                ("body /o/@id", &b"7"[..]),
                ("body /o/i/@a", b">"),
                ("body /o/i", b"one &amp;"),
                ("body /o/c", b"<x>")
            ]
        );
    }

    #[test]
    fn what_is_no_xml_is_not_taken_apart() {
        for body in ["a", "<a>", "<a></b>", "</a>", "<a", "<!-- "] {
            assert!(leaves(body.as_bytes()).is_none(), "{body}");
        }
    }
}
