//! AppArmor: denials in the kernel's log, and what a profile's path rules say.
//!
//! apparmor.d(5): "Access Modes", "Globbing (AARE)"; Linux, `security/apparmor/audit.c` for the form of the line.

use super::{Remedy, quoted};

/// A denial, as the kernel's log and the audit log show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileDenial {
    /// `open`, `exec`, `connect`.
    pub operation: String,
    /// The profile: `/usr/sbin/nginx`.
    pub profile: String,
    /// The path that was wanted.
    pub name: Option<String>,
    /// The letters of what was refused: `r`, `wc`, `x`.
    pub denied: String,
}

/// Reads a line; `None` when it is no denial. `apparmor="ALLOWED"` is a profile that only complains.
pub fn denial(line: &str) -> Option<ProfileDenial> {
    if !line.contains("apparmor=\"DENIED\"") {
        return None;
    }
    let value = |key: &str| {
        let at = line.find(&format!(" {key}=\""))? + key.len() + 3;
        line[at..].split('"').next().map(str::to_owned)
    };
    Some(ProfileDenial {
        operation: value("operation").unwrap_or_default(),
        profile: value("profile")?,
        name: value("name"),
        denied: value("denied_mask").unwrap_or_default(),
    })
}

/// The rule that a denial needs, in the file that distributions leave to the administrator.
pub fn remedies(denial: &ProfileDenial) -> Vec<Remedy> {
    let Some(path) = denial.name.as_deref().filter(|name| name.starts_with('/')) else { return Vec::new() };
    // The kernel's letters for create and delete are part of `w` in a profile.
    let mut letters: String =
        Vec::from_iter(denial.denied.chars()).iter().fold(String::new(), |mut letters, c| {
            let letter = match c {
                'r' | 'm' | 'k' | 'l' => *c,
                'x' => return letters,
                _ => 'w',
            };
            if !letters.contains(letter) {
                letters.push(letter);
            }
            letters
        });
    if denial.denied.contains('x') {
        letters.push_str("ix");
    }
    if letters.is_empty() {
        return Vec::new();
    }
    let file = denial.profile.split("//").next().unwrap_or("").trim_start_matches('/').replace('/', ".");
    let rule =
        if path.contains([' ', '\t', '*', '?', '[', '{']) { format!("\"{path}\"") } else { path.to_owned() };
    let local = quoted(&format!("/etc/apparmor.d/local/{file}"));
    let profile = quoted(&format!("/etc/apparmor.d/{file}"));
    let command =
        format!("echo {} >> {local} && apparmor_parser -r {profile}", quoted(&format!("{rule} {letters},")));
    vec![Remedy { command, opens: format!("`{letters}` on {path} to the profile {}", denial.profile) }]
}

/// One path rule of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRule {
    /// The pattern.
    pub pattern: String,
    /// Its letters.
    pub letters: String,
    /// Whether it is a `deny` rule, which wins over all others.
    pub denies: bool,
    /// The line, from 1.
    pub line: u32,
}

/// What a profile says of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// A rule allows it.
    Allowed(u32),
    /// The `deny` rule of this line refuses it.
    Denied(u32),
    /// No rule of this file allows it; included files may.
    NoRule {
        /// Whether the profile includes files that were not looked at.
        includes: bool,
    },
}

/// The path rules of a profile's text, in order, and whether it includes other files.
pub fn path_rules(text: &str) -> (Vec<PathRule>, bool) {
    let (mut rules, mut includes) = (Vec::new(), false);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        includes |= line.starts_with("#include") || line.starts_with("include ");
        let line = line.split(" #").next().unwrap_or(line).trim();
        let Some(rule) = line.strip_suffix(',') else { continue };
        let (denies, rule) = match rule.strip_prefix("deny ") {
            Some(rule) => (true, rule),
            None => (false, rule),
        };
        let mut words =
            rule.split_whitespace().filter(|word| !matches!(*word, "audit" | "owner" | "allow" | "file"));
        let (Some(first), Some(second), None) = (words.next(), words.next(), words.next()) else { continue };
        // Both orders are written: `/srv/** r,` and `r /srv/**,`.
        let (pattern, letters) = if is_path(first) { (first, second) } else { (second, first) };
        let known = letters.chars().all(|c| "rwakmlixpPucUC".contains(c));
        if is_path(pattern) && known {
            let pattern = pattern.trim_matches('"').to_owned();
            rules.push(PathRule { pattern, letters: letters.to_owned(), denies, line: index as u32 + 1 });
        }
    }
    (rules, includes)
}

/// What the rules say of a path: `letter` is `r`, `w` or `x`.
pub fn ruling(text: &str, path: &str, letter: char) -> Ruling {
    let (rules, includes) = path_rules(text);
    let fits = |rule: &&PathRule| {
        let given = rule.letters.contains(letter) || (letter == 'w' && rule.letters.contains('a'));
        given && matches_path(&rule.pattern, path)
    };
    if let Some(rule) = rules.iter().filter(|rule| rule.denies).find(fits) {
        return Ruling::Denied(rule.line);
    }
    match rules.iter().filter(|rule| !rule.denies).find(fits) {
        Some(rule) => Ruling::Allowed(rule.line),
        None => Ruling::NoRule { includes: includes || rules.iter().any(|rule| rule.pattern.contains("@{")) },
    }
}

fn is_path(word: &str) -> bool {
    word.trim_start_matches('"').starts_with(['/', '@'])
}

/// `*` and `?` stop at a slash, `**` does not, `{a,b}` is one of several, `[ab]` one character.
fn matches_path(pattern: &str, path: &str) -> bool {
    let mut regex = String::from("^");
    let mut characters = pattern.chars().peekable();
    let mut depth = 0u32;
    while let Some(c) = characters.next() {
        match c {
            '*' if characters.peek() == Some(&'*') => {
                characters.next();
                regex.push_str(".*");
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '{' => {
                depth += 1;
                regex.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                regex.push(')');
            }
            ',' if depth > 0 => regex.push('|'),
            '[' | ']' | '-' | '^' => regex.push(c),
            c if c.is_alphanumeric() || c == '/' || c == '_' => regex.push(c),
            c => {
                regex.push('\\');
                regex.push(c);
            }
        }
    }
    regex.push('$');
    let pattern = crate::pattern::Pattern::new(&regex, crate::pattern::Case::Sensitive);
    pattern.ok().and_then(|pattern| pattern.find(path).ok()).flatten().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "audit: type=1400 audit(1700000000.1:42): apparmor=\"DENIED\" operation=\"open\" class=\"file\" profile=\"/usr/sbin/nginx\" name=\"/srv/shop/a.html\" pid=7 comm=\"nginx\" requested_mask=\"r\" denied_mask=\"r\" fsuid=33 ouid=0";

    #[test]
    fn a_denial_becomes_a_rule_in_the_local_file() {
        let found = denial(LINE).unwrap();
        assert_eq!(
            remedies(&found)[0].command,
            "echo '/srv/shop/a.html r,' >> /etc/apparmor.d/local/usr.sbin.nginx && apparmor_parser -r /etc/apparmor.d/usr.sbin.nginx"
        );
        assert_eq!(denial(&LINE.replace("DENIED", "ALLOWED")), None);
    }

    #[test]
    fn a_deny_rule_wins_and_stars_stop_at_slashes() {
        let text = "profile nginx /usr/sbin/nginx {\n  /srv/** r,\n  deny /srv/private/** rw,\n  owner /var/*.log w,\n}\n";
        assert_eq!(ruling(text, "/srv/shop/a", 'r'), Ruling::Allowed(2));
        assert_eq!(ruling(text, "/srv/private/a", 'r'), Ruling::Denied(3));
        assert_eq!(ruling(text, "/var/a/b.log", 'w'), Ruling::NoRule { includes: false });
        assert_eq!(ruling(text, "/var/b.log", 'w'), Ruling::Allowed(4));
    }
}
