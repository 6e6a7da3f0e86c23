//! Routes: paths with their identifiers folded, so that `/orders/17` and `/orders/18` are one.

/// The route of a path: segments that are identifiers become `{id}`.
pub fn route(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            out.push('/');
        }
        out.push_str(if is_identifier(segment) { "{id}" } else { segment });
        if out.len() > 300 {
            let cut = (0..=300).rev().find(|at| out.is_char_boundary(*at)).unwrap_or(0);
            out.truncate(cut);
            out.push('…');
            break;
        }
    }
    out
}

/// Numbers, UUIDs, long hexadecimal and random words; never a plain word or a version (`v1`).
fn is_identifier(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if bytes.is_empty() || digits == 0 {
        return false;
    }
    let hex = bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let word = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(byte));
    digits == bytes.len()
        || (hex && bytes.len() >= 8)
        || (word && bytes.len() >= 16 && digits * 6 >= bytes.len())
}

#[cfg(test)]
mod tests {
    use super::route;

    #[test]
    fn identifiers_are_folded_and_words_are_not() {
        let table = [
            ("/orders/4711/items", "/orders/{id}/items"),
            ("/api/v1/users/9f1c2d3e-0000-4000-8000-123456789abc", "/api/v1/users/{id}"),
            ("/static/app.js", "/static/app.js"),
            ("/oauth2/token", "/oauth2/token"),
            ("/blob/5f2b8c1e9a7d", "/blob/{id}"),
            ("/internationalisation-guide", "/internationalisation-guide"),
            ("/", "/"),
        ];
        for (path, expected) in table {
            assert_eq!(route(path), expected);
        }
    }
}
