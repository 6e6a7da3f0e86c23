//! Header fields that hold secrets, in texts that are no HTTP message: code, logs in JSON, exports, command lines.

use super::{NO_SECRETS, is_placeholder, is_plain_word, of_field};

/// `Authorization: ...` and the like, wherever a line holds it: with curl's marks before it, quoted behind `-H`, as a member of
/// JSON or of code, assigned in a script, or as the pair of `key` and `value` that collections write.
pub(super) fn header_line(line: &str, values: &mut Vec<String>) {
    const NAMES: [&str; 3] = ["authorization", "set-cookie", "cookie"];
    let lower = line.to_ascii_lowercase();
    for name in NAMES {
        let mut from = 0;
        while let Some(at) = lower[from..].find(name).map(|at| from + at) {
            from = at + name.len();
            let whole_line = at <= 3 || lower[..at].ends_with("proxy-") && at <= 9;
            if let Some(value) = given(&line[from..], whole_line) {
                of_field(name, value.trim(), values);
                // What stands within the value is hidden with it.
                from = value.as_ptr() as usize - line.as_ptr() as usize + value.len();
            }
        }
    }
    for (at, _) in lower.match_indices("bearer ") {
        let ends = |c: char| c.is_whitespace() || "\"'`,;<>\\)}".contains(c);
        let rest = &line[at + "bearer ".len()..];
        let token = rest.split(ends).next().unwrap_or("");
        // A challenge goes on with `realm=`, a sentence with a word.
        let parameter = token.trim_end_matches('=').contains('=')
            || rest[token.len()..].starts_with('"') && token.ends_with('=');
        let placeholder = is_placeholder(token) || token.starts_with("{{") || token.starts_with("${");
        if !placeholder
            && !is_plain_word(token)
            && !parameter
            && !NO_SECRETS.contains(&token.to_ascii_lowercase().as_str())
        {
            values.push(token.to_owned());
        }
    }
}

/// The value that is given to a name, from behind the name on.
fn given(after: &str, whole_line: bool) -> Option<&str> {
    let behind_name = after.trim_start_matches(['"', '\'', '\\', ' ']);
    let rest = match behind_name.strip_prefix(',') {
        Some(pair) => pair.trim_start_matches(['"', '\'', '\\', ' ']).strip_prefix("value")?,
        None => behind_name,
    };
    let rest = rest.trim_start_matches(['"', '\'', '\\', ' ']);
    let assigned = rest.strip_prefix('=').map(|rest| rest.trim_start_matches('>'));
    let value = rest.strip_prefix(':').or(assigned)?.trim_start_matches([' ', '\t', '\\']);
    match value.chars().next()? {
        quote @ ('"' | '\'' | '`') => value[1..].split([quote, '\\']).next(),
        // A configuration names a variable there.
        '$' | '%' | '{' if assigned.is_some() => None,
        _ if assigned.is_some() => value.split([' ', '&', ';', ',', '"', '\'']).next(),
        _ if whole_line => Some(value),
        _ => value.split(['\'', '"']).next(),
    }
}

#[cfg(test)]
mod tests {
    use super::header_line;

    fn of(line: &str) -> Vec<String> {
        let mut values = Vec::new();
        header_line(line, &mut values);
        values
    }

    #[test]
    fn a_credential_is_found_in_every_notation() {
        for line in [
            "Authorization: Bearer s3cr3t-opaque-99",
            "> authorization: Bearer s3cr3t-opaque-99",
            "curl -H 'Authorization: Bearer s3cr3t-opaque-99' https://shop.example",
            r#"http POST shop.example Authorization:"Bearer s3cr3t-opaque-99""#,
            r#"  "authorization": "Bearer s3cr3t-opaque-99","#,
            r#"{"msg":"{\"authorization\":\"Bearer s3cr3t-opaque-99\"}"}"#,
            r#"headers: { Authorization: 'Bearer s3cr3t-opaque-99' }"#,
            r#""authorization"="Bearer s3cr3t-opaque-99""#,
            r#"{"key": "Authorization", "value": "Bearer s3cr3t-opaque-99"}"#,
            "the token was sent as Bearer s3cr3t-opaque-99, and refused",
        ] {
            assert!(of(line).iter().any(|value| value == "s3cr3t-opaque-99"), "{line}: {:?}", of(line));
        }
        assert!(of(r#""cookie": "sid=s3cr3t-99; a=1""#).contains(&"s3cr3t-99".to_owned()));
    }

    #[test]
    fn what_only_speaks_of_credentials_is_none() {
        for line in [
            "Access-Control-Allow-Headers: Authorization, Cookie, X-Token",
            "proxy_set_header Authorization \"\";",
            r#"WWW-Authenticate: Bearer realm="shop", error="invalid_token""#,
            "Bearer token missing",
            "curl -H \"Authorization: Bearer $TOKEN\" https://shop.example",
            "Authorization: Bearer {{token}}",
            "Authorization: <your token>",
            "log_format main 'cookie=$cookie_sid';",
        ] {
            assert_eq!(of(line), Vec::<String>::new(), "{line}");
        }
    }
}
