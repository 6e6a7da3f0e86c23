//! Shell patterns as APR matches them: `apr_fnmatch()` with `APR_FNM_PATHNAME`, and `ap_strcmp_match()`.

/// Whether a text is a pattern at all (`apr_fnmatch_test()`).
pub(super) fn is_pattern(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'?' | b'*' => return true,
            b'\\' => at += 1,
            b'[' if bytes[at + 1..].contains(&b']') => return true,
            _ => {}
        }
        at += 1;
    }
    false
}

/// Whether a wildcard matches a slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slash {
    /// Only a slash does.
    Separates,
    /// It is a letter like others.
    Letter,
}

/// Whether the pattern matches the whole text. Time is at most pattern × text.
pub(super) fn matches(pattern: &str, text: &str, slash: Slash) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if let Some(width) = one(&pattern[p..], text[t], slash) {
            p += width;
            t += 1;
        } else if let Some((after, from)) = star {
            if slash == Slash::Separates && text[from] == b'/' {
                return false;
            }
            star = Some((after, from + 1));
            (p, t) = (after, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

/// How much of the pattern matches this one byte.
fn one(pattern: &[u8], byte: u8, slash: Slash) -> Option<usize> {
    let separates = byte == b'/' && slash == Slash::Separates;
    match *pattern.first()? {
        b'*' => None,
        b'?' => (!separates).then_some(1),
        b'\\' => match pattern.get(1) {
            Some(&escaped) => (escaped == byte).then_some(2),
            None => (byte == b'\\').then_some(1),
        },
        b'[' if !separates => class(pattern, byte),
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

/// `ap_strcasecmp_match()`: `*` and `?` over everything, letters of either case alike.
pub(super) fn matches_host(pattern: &str, host: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &host.to_ascii_lowercase(), Slash::Letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stops_at_a_slash() {
        assert!(matches("/srv/*/www/", "/srv/a/www/", Slash::Separates));
        assert!(!matches("/srv/*/www/", "/srv/a/b/www/", Slash::Separates));
        assert!(matches("/srv/*/www/", "/srv/a/b/www/", Slash::Letter));
        assert!(matches("*.ph[pq]", "x.php", Slash::Separates));
        assert!(!matches("?x", "/x", Slash::Separates));
        assert!(is_pattern("a?") && is_pattern("[a]") && !is_pattern("a[") && !is_pattern("\\*"));
    }
}
