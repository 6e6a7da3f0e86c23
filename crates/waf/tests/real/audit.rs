//! The native audit log of both engines: per transaction the test's number and the rules that were logged.

use std::collections::{BTreeMap, BTreeSet};

/// Rules that only sum up what others found.
fn is_bookkeeping(rule: u32) -> bool {
    matches!(rule / 1000, 949 | 959 | 980)
}

/// By the number of the request, the rules that its transaction logged.
pub(crate) fn read(log: &str) -> BTreeMap<usize, BTreeSet<u32>> {
    let mut all = BTreeMap::new();
    let mut section = ' ';
    let mut number = None;
    let mut rules = BTreeSet::new();
    for line in log.lines() {
        if let Some(letter) = boundary(line) {
            section = letter;
            match letter {
                'A' => (number, rules) = (None, BTreeSet::new()),
                'Z' => all.extend(number.take().map(|number| (number, std::mem::take(&mut rules)))),
                _ => {}
            }
        } else if section == 'B' {
            let value = line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("X-Test-Number"));
            number = number.or_else(|| value.and_then(|(_, value)| value.trim().parse().ok()));
        } else if section == 'H' && is_message(line) {
            rules.extend(id(line).filter(|rule| !is_bookkeeping(*rule)));
        }
    }
    all
}

/// mod_security2 writes `Message:` and, for Apache's log, `Apache-Error:` with the same text; libmodsecurity3 `ModSecurity:`.
fn is_message(line: &str) -> bool {
    line.starts_with("Message: ") || line.starts_with("ModSecurity: ")
}

/// The letter of `--1a2b3c4d-A--`, or of `---AbCdEfGh---A--`.
fn boundary(line: &str) -> Option<char> {
    let inside = line.strip_prefix("--")?.strip_suffix("--")?;
    let (_, letter) = inside.rsplit_once('-')?;
    let mut letters = letter.chars();
    let only = letters.next().filter(char::is_ascii_uppercase)?;
    letters.next().is_none().then_some(only)
}

fn id(line: &str) -> Option<u32> {
    let at = line.rfind("[id \"")? + 5;
    line[at..].split('"').next()?.parse().ok()
}
