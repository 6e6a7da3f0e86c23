//! Shell patterns, as in glob(7): what `include` and `IncludeOptional` take.

/// Whether one path component matches a pattern with `*`, `?` and `[...]`; a leading dot only matches a dot.
pub fn glob_match(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    component(pattern.as_bytes(), name.as_bytes())
}

/// All paths that match, sorted component by component.
pub(super) fn expand(
    pattern: &str,
    list: &dyn Fn(&str) -> Vec<String>,
    exists: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let mut found = vec![if pattern.starts_with('/') { "/".to_owned() } else { String::new() }];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for base in &found {
            if part.contains(['*', '?', '[']) {
                let names = list(if base.is_empty() { "." } else { base });
                let matching = names.into_iter().filter(|name| glob_match(part, name));
                next.extend(matching.map(|name| join(base, &name)));
            } else {
                next.push(join(base, &part.replace('\\', "")));
            }
        }
        found = next;
    }
    found.retain(|path| exists(path));
    found
}

fn join(base: &str, name: &str) -> String {
    if base.is_empty() || base.ends_with('/') { format!("{base}{name}") } else { format!("{base}/{name}") }
}

/// Linear-space matching with one remembered star: time is at most pattern × name.
fn component(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, n));
            p += 1;
        } else if let Some(width) = one(&pattern[p..], name[n]) {
            p += width;
            n += 1;
        } else if let Some((after, from)) = star {
            star = Some((after, from + 1));
            (p, n) = (after, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// How much of the pattern matches this one byte.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match *pattern.first()? {
        b'*' => None,
        b'?' => Some(1),
        b'\\' => (pattern.get(1) == Some(&byte)).then_some(2),
        b'[' => class(pattern, byte),
        literal => (literal == byte).then_some(1),
    }
}

fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let negated = matches!(pattern.get(1), Some(b'!' | b'^'));
    let start = if negated { 2 } else { 1 };
    let Some(length) = pattern.iter().skip(start + 1).position(|&byte| byte == b']') else {
        return (byte == b'[').then_some(1);
    };
    let end = start + 1 + length;
    let mut members = &pattern[start..end];
    let mut found = false;
    while let Some(&low) = members.first() {
        if let [_, b'-', high, ..] = members {
            found |= (low..=*high).contains(&byte);
            members = &members[3..];
        } else {
            found |= low == byte;
            members = &members[1..];
        }
    }
    (found != negated).then_some(end + 1)
}
