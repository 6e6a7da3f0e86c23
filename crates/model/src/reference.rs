//! Where a `Location` points (RFC 3986, section 5), written the way curl writes it.

use crate::url::Url;

impl Url {
    /// The URL that a reference stands for, seen from here. `None` if it cannot be followed.
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<Url> {
        let reference = encode(reference.trim())?;
        let absolute = match scheme(&reference) {
            Some("http" | "https") => reference,
            Some(_) => return None,
            None if reference.starts_with("//") => format!("{}:{reference}", self.scheme),
            None => format!("{}{}", self.origin(), relative(self, &reference)),
        };
        let mut url = Url::parse(&absolute)?;
        url.path = without_dots(&url.path);
        Some(url)
    }
}

/// The scheme in lower case, where the reference starts with one.
fn scheme(reference: &str) -> Option<&'static str> {
    let (scheme, _) = reference.split_once("://")?;
    if scheme.contains(['/', '?', '#']) {
        return None;
    }
    let known = ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known));
    Some(known.unwrap_or("other"))
}

fn relative(base: &Url, reference: &str) -> String {
    match reference.chars().next() {
        Some('/') => reference.to_owned(),
        Some('?') => format!("{}{reference}", base.path),
        Some('#') | None => format!("{}{reference}", base.target()),
        Some(_) => {
            let folder = base.path.rfind('/').map_or("/", |slash| &base.path[..=slash]);
            format!("{folder}{reference}")
        }
    }
}

/// Blanks and bytes beyond ASCII are percent-encoded; control characters make a reference unusable.
fn encode(reference: &str) -> Option<String> {
    let mut encoded = String::with_capacity(reference.len());
    for byte in reference.bytes() {
        match byte {
            b' ' if encoded.contains('?') => encoded.push('+'),
            b' ' | 0x80.. => encoded.push_str(&format!("%{byte:02x}")),
            0..=0x1f | 0x7f => return None,
            _ => encoded.push(char::from(byte)),
        }
    }
    Some(encoded)
}

/// RFC 3986, section 5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    for (index, segment) in segments.iter().enumerate() {
        let last = index + 1 == segments.len();
        match *segment {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_against_their_base() {
        let base = Url::parse("http://a.example:8080/b/c?d=e").unwrap();
        for (reference, expected) in [
            ("/x", "http://a.example:8080/x"),
            ("x/../y/./z", "http://a.example:8080/b/y/z"),
            ("?q=1", "http://a.example:8080/b/c?q=1"),
            ("//b.example/x", "http://b.example/x"),
            ("HTTPS://b.example/a b?c d", "https://b.example/a%20b?c+d"),
            ("../../..", "http://a.example:8080/"),
            ("/login?next=http://c.example/", "http://a.example:8080/login?next=http://c.example/"),
        ] {
            assert_eq!(base.resolve(reference).unwrap().to_string(), expected, "{reference}");
        }
        assert_eq!(base.resolve("ftp://a/"), None);
        assert_eq!(base.resolve("/a\u{1b}[2J"), None);
    }
}
