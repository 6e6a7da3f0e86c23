//! Masks secrets wherever they stand, also percent-encoded, escaped for JSON, HTML or a shell, and inside base64.

use std::fmt::Write as _;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// What is shown instead of a secret. Its length tells nothing of the secret's.
const SHOWN: &str = "«masked»";

/// The shortest part of a secret at the cut end of an excerpt that is masked, in bytes.
const PART: usize = 6;

/// Finds secrets in text. Built once for a report.
#[derive(Clone)]
pub struct Mask {
    automaton: Option<AhoCorasick>,
    forms: Vec<String>,
}

impl Mask {
    /// A mask for these secret values.
    #[must_use]
    pub fn new(secrets: &[String]) -> Mask {
        let mut forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        // The deterministic automaton, which is chosen for few forms, takes minutes for one of 40 kB that repeats itself.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&forms)
            .ok();
        Mask { automaton: automaton.filter(|_| !forms.is_empty()), forms }
    }

    /// The text without the secrets.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let Some(automaton) = &self.automaton else {
            // Forms that cannot be searched for all at once hide the whole text rather than nothing of it.
            return if self.forms.is_empty() { text.to_owned() } else { SHOWN.to_owned() };
        };
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

    /// An excerpt of a longer text without the secrets, nor the parts of secrets at its ends.
    #[must_use]
    pub fn apply_to_excerpt(&self, text: &str) -> String {
        if self.forms.iter().any(|form| form.len() > text.len() && form.contains(text)) {
            return SHOWN.to_owned();
        }
        let bytes = text.as_bytes();
        let cut = |overlaps: &dyn Fn(&[u8], usize) -> bool| {
            let longest = |form: &String| {
                (PART..form.len().min(bytes.len())).rev().find(|&length| overlaps(form.as_bytes(), length))
            };
            self.forms.iter().filter_map(longest).max().unwrap_or(0)
        };
        let head = cut(&|form, length| bytes.starts_with(&form[form.len() - length..]));
        let tail = cut(&|form, length| bytes.ends_with(&form[..length]));
        let (start, end) = (head, bytes.len() - tail);
        let (Some(middle), true) = (text.get(start..end.max(start)), start <= end) else {
            return SHOWN.to_owned();
        };
        let shown = |length: usize| if length > 0 { SHOWN } else { "" };
        format!("{}{}{}", shown(head), self.apply(middle), shown(tail))
    }
}

impl std::fmt::Debug for Mask {
    /// Says how many forms are masked, and none of them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask({} forms)", self.forms.len())
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
    for before in 0..3 {
        add(inside_base64(secret.as_bytes(), before));
    }
    forms
}

/// The characters that a value always gives within base64 (RFC 4648) when `before` bytes stand before it in its group of
/// three. Those at the ends depend on the neighbours and are left out.
fn inside_base64(value: &[u8], before: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = &value[value.len().min((3 - before) % 3)..];
    whole
        .chunks_exact(3)
        .flat_map(|group| {
            let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
            [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift & 63) as usize]))
        })
        .collect()
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

    /// Takes minutes with an automaton whose size grows with the square of that.
    #[test]
    fn a_long_secret_that_repeats_itself_is_masked() {
        let secret = "eyJ".repeat(14_000);
        assert_eq!(
            Mask::new(std::slice::from_ref(&secret)).apply(&format!("a {secret} b")),
            format!("a {SHOWN} b")
        );
    }

    #[test]
    fn what_cannot_be_searched_is_hidden_as_a_whole() {
        let mask = Mask { automaton: None, forms: vec!["s3cret".to_owned()] };
        assert_eq!(mask.apply("a s3cret b"), SHOWN);
        assert_eq!(Mask::new(&[]).apply("nothing secret"), "nothing secret");
    }

    #[test]
    fn a_secret_is_masked_inside_base64_wherever_it_begins() {
        let mask = Mask::new(&["hunter2-long".to_owned()]);
        // "a:", "an:" and "ann:" before the value, as `base64` prints them.
        for text in ["YTpodW50ZXIyLWxvbmc=", "YW46aHVudGVyMi1sb25n", "YW5uOmh1bnRlcjItbG9uZw=="] {
            assert!(mask.apply(text).contains(SHOWN), "{text} -> {}", mask.apply(text));
        }
    }

    #[test]
    fn an_excerpt_that_cuts_through_a_secret_shows_no_part_of_it() {
        let mask = Mask::new(&["abcdefghijklmnopqrstuvwxyz".to_owned()]);
        assert_eq!(mask.apply_to_excerpt("qrstuvwxyz; next"), "«masked»; next");
        assert_eq!(mask.apply_to_excerpt("Cookie: a=abcdefghij"), "Cookie: a=«masked»");
        assert_eq!(mask.apply_to_excerpt("cdefghijklm"), "«masked»");
        assert_eq!(mask.apply_to_excerpt("nothing secret"), "nothing secret");
    }

    #[test]
    fn the_longest_secret_wins_and_no_secret_changes_nothing() {
        let mask = Mask::new(&["token".to_owned(), "token-and-more".to_owned()]);
        assert_eq!(mask.apply("x=token-and-more;"), "x=«masked»;");
        assert_eq!(Mask::new(&[]).apply("x=token"), "x=token");
    }
}
