//! `normalize_path`, `merge_slashes` and `path_with_escaped_slashes_action` (`common/http/path_utility.cc`).

use super::run::{Answered, Run};
use crate::document::Node;

impl<'a> Run<'a> {
    /// The path as routes and filters will see it, or the answer where it is refused.
    pub(super) fn normalise(&mut self, manager: &'a Node) -> Result<(), Answered> {
        let (path, query) = match self.path.find('?') {
            Some(at) => (self.path[..at].to_owned(), self.path[at..].to_owned()),
            None => (self.path.clone(), String::new()),
        };
        let mut path = path;
        if manager.is_on("normalize_path") {
            if path.contains('\\') || has_unreserved_escape(&path) {
                return Err(self.unknown("Envoy's normal form of such a path"));
            }
            path = without_dots(&path);
        }
        if manager.is_on("merge_slashes") {
            while path.contains("//") {
                path = path.replace("//", "/");
            }
        }
        let lower = path.to_ascii_lowercase();
        let escaped = ["%2f", "%5c"].iter().any(|escape| lower.contains(escape));
        let setting = manager.entry("path_with_escaped_slashes_action").filter(|_| escaped);
        if let Some((key, action)) = setting {
            let place = Some(self.config.key_place(key));
            let text = format!("{}: {}", key.text, action.text().unwrap_or(""));
            match action.text() {
                Some("REJECT_REQUEST") => {
                    let because = "the path holds an escaped slash";
                    return Err(self.local_reply(
                        "path",
                        place,
                        text,
                        400,
                        because,
                        "path_normalization_failed",
                    ));
                }
                Some("UNESCAPE_AND_REDIRECT") => {
                    let because = "the path holds an escaped slash";
                    return Err(self.local_reply(
                        "path",
                        place,
                        text,
                        307,
                        because,
                        "path_normalization_redirect",
                    ));
                }
                Some("UNESCAPE_AND_FORWARD") => return Err(self.unknown("Envoy's unescaping of slashes")),
                Some("KEEP_UNCHANGED") => {}
                _ => return Err(self.unknown("the implementation's own handling of escaped slashes")),
            }
        }
        self.path = format!("{path}{query}");
        Ok(())
    }
}

/// RFC 3986, 5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        match *part {
            "." if is_last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if is_last {
                    kept.push("");
                }
            }
            part => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}

/// An escape that a normal form writes as the character itself, or one that is none.
fn has_unreserved_escape(path: &str) -> bool {
    let bytes = path.as_bytes();
    (0..bytes.len()).filter(|at| bytes[*at] == b'%').any(|at| {
        let digits = path.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        !matches!(digits, Some(b' ' | b'/' | b'\\' | b'"' | b'<' | b'>'))
    })
}
