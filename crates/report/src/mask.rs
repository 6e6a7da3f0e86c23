//! Masks secrets wherever they stand, also percent-encoded, escaped for JSON or HTML, and inside Basic credentials.

use std::fmt::Write as _;

use aho_corasick::{AhoCorasick, MatchKind};

/// What is shown instead of a secret. Its length tells nothing of the secret's.
const SHOWN: &str = "«masked»";

/// Finds secrets in text. Built once for a report.
#[derive(Clone, Debug)]
pub struct Mask {
    automaton: Option<AhoCorasick>,
}

impl Mask {
    /// A mask for these secret values.
    #[must_use]
    pub fn new(secrets: &[String]) -> Mask {
        let mut forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&forms).ok();
        Mask { automaton: automaton.filter(|_| !forms.is_empty()) }
    }

    /// The text without the secrets.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let Some(automaton) = &self.automaton else { return text.to_owned() };
        let mut out = String::with_capacity(text.len());
        let mut kept = 0;
        for found in automaton.find_iter(text) {
            // A secret is whole characters of UTF-8, so its ends are character boundaries of the text.
            out.push_str(&text[kept..found.start()]);
            out.push_str(SHOWN);
            kept = found.end();
        }
        out.push_str(&text[kept..]);
        out
    }
}

/// The ways a value is written in the documents we show.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    let mut add = |form: String| {
        if form.len() >= 4 && !forms.contains(&form) {
            forms.push(form);
        }
    };
    add(percent(secret, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
    add(percent(secret, |byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)));
    add(percent(secret, |byte| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte)).replace("%20", "+"));
    add(percent(secret, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)).to_ascii_lowercase());
    add(secret.replace('\\', "\\\\").replace('"', "\\\""));
    add(secret.replace('/', "\\/"));
    add(secret
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&#39;"));
    add(secret.replace('\'', "'\\''"));
    add(secret.replace('\'', "\\'"));
    forms
}

fn percent(text: &str, plain: impl Fn(u8) -> bool) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_in_every_form_it_is_written() {
        let mask = Mask::new(&["p@ss/\"word".to_owned(), "s3cret".to_owned()]);
        for text in [
            "p@ss/\"word",
            "p%40ss%2F%22word",
            "p%40ss%2f%22word",
            r#"p@ss/\"word"#,
            "p@ss/&quot;word",
            "a s3cret b",
        ] {
            let shown = mask.apply(text);
            assert!(
                shown.contains(SHOWN) && !shown.contains("word") && !shown.contains("s3cret"),
                "{text} -> {shown}"
            );
        }
    }

    #[test]
    fn the_longest_secret_wins_and_no_secret_changes_nothing() {
        let mask = Mask::new(&["token".to_owned(), "token-and-more".to_owned()]);
        assert_eq!(mask.apply("x=token-and-more;"), "x=«masked»;");
        assert_eq!(Mask::new(&[]).apply("x=token"), "x=token");
    }
}
