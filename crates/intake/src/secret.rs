//! Secrets: values that no output may show. `report` masks them wherever they stand.

mod notation;

use model::{Evidence, Exchange, SourceKind};

/// The most bytes of a document that are searched for secrets.
const SEARCHED: usize = 8 << 20;

/// Marks the secrets of all exchanges and documents.
pub(crate) fn mark(evidence: &mut Evidence) {
    let mut values = Vec::new();
    let trials = evidence.trials.iter().map(|trial| &trial.exchange);
    let related = evidence.related.iter().map(|related| &related.exchange);
    for exchange in std::iter::once(&evidence.refused).chain(related).chain(trials) {
        of_exchange(exchange, &mut values);
    }
    for (_, source) in evidence.sources.iter() {
        // A HAR's entries are marked where they were rendered.
        if source.kind != SourceKind::Har {
            in_text(&String::from_utf8_lossy(&source.bytes[..source.bytes.len().min(SEARCHED)]), &mut values);
        }
    }
    evidence.mark_secrets(values.iter().map(String::as_str));
}

/// Whether a value is a plain word, as in `token: expired` or `consent=true`: to mask it would blank that word everywhere.
fn is_plain_word(value: &str) -> bool {
    value.len() < 12 && value.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'))
}

/// Words that stand where a secret is expected and are none: what a server says of it, and switches.
const NO_SECRETS: [&str; 16] = [
    "absent",
    "accepted",
    "expired",
    "false",
    "invalid",
    "mismatch",
    "missing",
    "none",
    "null",
    "rejected",
    "required",
    "revoked",
    "stale",
    "true",
    "undefined",
    "unknown",
];

/// Whether a value only names where the secret comes from: `$TOKEN`, `${TOKEN}`, `{{token}}`, `<token>`.
fn is_placeholder(value: &str) -> bool {
    let named = |name: &str, allowed: fn(char) -> bool| !name.is_empty() && name.chars().all(allowed);
    let variable: fn(char) -> bool = |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let words: fn(char) -> bool = |c| c.is_alphanumeric() || " _-.$".contains(c);
    let between = |open: &str, close: &str| value.strip_prefix(open)?.strip_suffix(close);
    value.strip_prefix('$').is_some_and(|name| named(name, variable))
        || between("${", "}").is_some_and(|name| named(name, variable))
        || between("{{", "}}").is_some_and(|name| named(name, words))
        || between("<", ">").is_some_and(|name| named(name, words))
}

/// Keeps a value. A plain word would be blanked wherever it stands, so it is kept together with the name before it,
/// as the document writes both: `sid=opensesame`.
fn keep(values: &mut Vec<String>, value: &str, with_name: &str) {
    let value = value.trim();
    if is_placeholder(value) {
        return;
    }
    if !is_plain_word(value) {
        values.push(value.to_owned());
    } else if !value.is_empty() && !NO_SECRETS.contains(&value.to_ascii_lowercase().as_str()) {
        values.push(with_name.trim().to_owned());
    }
}

fn of_exchange(exchange: &Exchange, values: &mut Vec<String>) {
    let request = exchange.request.as_ref().map(|request| &request.message);
    let response = exchange.response.as_ref().map(|response| &response.message);
    for field in request.into_iter().chain(response).flat_map(|message| &message.fields.0) {
        of_field(&field.name, &field.value, values);
    }
}

/// The secrets of a header field.
pub fn of_field(name: &str, value: &str, values: &mut Vec<String>) {
    match name.to_ascii_lowercase().as_str() {
        "authorization" | "proxy-authorization" if is_placeholder(value.trim()) => {}
        "authorization" | "proxy-authorization" => {
            // The scheme alone is no secret; what follows it is.
            if !has_known_scheme(value) {
                keep(values, value, value);
            }
            if let Some((scheme, secret)) = value.split_once(' ') {
                keep(values, secret, value);
                if scheme.eq_ignore_ascii_case("basic") {
                    of_basic(secret.trim(), values);
                }
                values.extend(secret.split("Signature=").skip(1).map(|rest| until(rest, &[',', ' ', '"'])));
            }
        }
        "cookie" => {
            for pair in value.split(';') {
                keep(values, pair.split_once('=').map_or("", |(_, value)| value), pair);
            }
        }
        "set-cookie" => {
            let pair = value.split(';').next().unwrap_or("");
            keep(values, pair.split_once('=').map_or("", |(_, value)| value), pair);
        }
        lower if is_secret_name(lower) => keep(values, value, &format!("{name}: {}", value.trim())),
        _ => {}
    }
}

/// The least bytes of a secret that are masked wherever they stand; see [`Evidence::mark_secret`].
const MASKED: usize = 4;

/// A value that begins with the name of a scheme (IANA's registry, and those that products use beside it) and goes on with a
/// secret long enough to be masked on its own.
fn has_known_scheme(value: &str) -> bool {
    const SCHEMES: [&str; 14] = [
        "apikey",
        "aws4-hmac-sha256",
        "basic",
        "bearer",
        "digest",
        "dpop",
        "hawk",
        "hoba",
        "jwt",
        "negotiate",
        "ntlm",
        "oauth",
        "token",
        "vapid",
    ];
    value.split_once(' ').is_some_and(|(scheme, secret)| {
        SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) && secret.trim().len() >= MASKED
    })
}

/// User and password of a Basic value are secrets as well: they may stand elsewhere in clear.
fn of_basic(secret: &str, values: &mut Vec<String>) {
    use base64::Engine;
    let decoded = base64::engine::general_purpose::STANDARD.decode(secret).unwrap_or_default();
    if let Ok(text) = String::from_utf8(decoded) {
        values.extend(text.split_once(':').map(|(_, password)| password.to_owned()));
        values.push(text);
    }
}

/// Whether a field, parameter or key of that name holds a secret.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    const WORDS: &[&str] = &[
        "password",
        "passwd",
        "passphrase",
        "secret",
        "apikey",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "authtoken",
        "sessiontoken",
        "securitytoken",
        "privatekey",
        "accesskey",
        "subscriptionkey",
        "clientassertion",
        "csrftoken",
        "xsrftoken",
        "csrfmiddlewaretoken",
        "authenticitytoken",
        "requestverificationtoken",
        "privatetoken",
        "jobtoken",
        "vaulttoken",
        "credential",
        "signature",
        "bearer",
        "sessionid",
        "xauthkey",
        "jwtassertion",
        "csrf",
        "xsrf",
    ];
    const WHOLE: &[&str] = &["token", "pwd", "pass", "sig", "otp", "authkey", "sid", "jwt"];
    WORDS.iter().any(|word| name.ends_with(word)) || WHOLE.contains(&name.as_str())
}

/// The secrets of a text of any kind: named values, userinfo of URLs, tokens by their shape, private keys.
pub fn in_text(text: &str, values: &mut Vec<String>) {
    for line in text.lines() {
        notation::header_line(line, values);
        named_values(line, values);
        shapes(line, values);
    }
    let mut rest = text;
    while let Some(start) = rest.find("-----BEGIN ") {
        let block = &rest[start..];
        let end = block[11..].find("-----END ").map_or(block.len(), |end| end + 11);
        if block[..end.min(80)].contains("PRIVATE KEY") {
            values.extend(block[..end].lines().skip(1).filter(|line| line.len() >= 16).map(str::to_owned));
        }
        rest = &block[end.max(11)..];
    }
}

/// `name=value`, `"name": "value"`, `name: value`, `name value`, where the name says that it is secret.
fn named_values(line: &str, values: &mut Vec<String>) {
    let word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let mut at = 0;
    while let Some(offset) = line[at..].find(['=', ':']) {
        let sign = at + offset;
        at = sign + 1;
        let before = line[..sign].trim_end_matches(['"', '\'', ' ', '\\', ']']);
        let start = before
            .rfind(|c| !word(c))
            .map_or(0, |start| start + before[start..].chars().next().map_or(1, char::len_utf8));
        if before.len() - start > 64 || !is_secret_name(&before[start..]) {
            continue;
        }
        let rest = line[sign + 1..].trim_start_matches([' ', '\\']);
        let quoted = rest.strip_prefix(['"', '\'']);
        let value = match quoted {
            Some(quoted) => until(quoted, &['"', '\'', '\\']),
            None => until(rest, &['&', ' ', ';', ',', '"', '\'', '}', ')', '<']),
        };
        // What stands within the value is hidden with it.
        at = line.len() - quoted.unwrap_or(rest).len() + value.len();
        let assigned = quoted.is_some() || line.as_bytes()[sign] == b'=';
        let named_password = ["password", "passwd", "passphrase", "secret", "pwd"];
        let name = before[start..].to_ascii_lowercase();
        match assigned && named_password.iter().any(|word| name.ends_with(word)) {
            true => values.push(value),
            false if assigned => {
                let end = line.len() - rest.len() + usize::from(quoted.is_some()) + value.len();
                keep(values, &value, &line[start..end]);
            }
            false if is_plain_word(&value) => {}
            false => values.push(value),
        }
    }
    // `-u user:password` and `scheme://user:password@host`.
    for (at, _) in line.match_indices("://") {
        let authority = until(&line[at + 3..], &['/', ' ', '"', '\'', '?']);
        if let Some((userinfo, _)) = authority.rsplit_once('@') {
            values.extend(userinfo.split_once(':').map(|(_, password)| password.to_owned()));
        }
    }
    for flag in ["-u ", "--user ", "-U ", "--proxy-user ", "--oauth2-bearer "] {
        for (at, _) in line.match_indices(flag) {
            let rest = line[at + flag.len()..].trim_start().trim_start_matches(['\'', '"']);
            let value = until(rest, &[' ', '\'', '"']);
            let secret = value.split_once(':').map_or(value.as_str(), |(_, password)| password).to_owned();
            values.push(secret);
        }
    }
}

/// Tokens that show by their shape alone.
fn shapes(line: &str, values: &mut Vec<String>) {
    let word = |c: char| !(c.is_ascii_alphanumeric() || "_-.+/=".contains(c));
    const PREFIXES: [&str; 16] = [
        "eyJ",
        "ghp_",
        "gho_",
        "ghs_",
        "github_pat_",
        "glpat-",
        "sk_live_",
        "sk_test_",
        "rk_live_",
        "xoxb-",
        "xoxp-",
        "sk-",
        "AIza",
        "ya29.",
        "SG.",
        "hvs.",
    ];
    for text in line.split(word).filter(|text| text.len() >= 20) {
        if PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            values.push(text.to_owned());
        }
    }
}

fn until(text: &str, ends: &[char]) -> String {
    text.split(|c| ends.contains(&c)).next().unwrap_or("").to_owned()
}

#[cfg(test)]
mod tests {
    use super::{in_text, of_field};

    fn of_text(text: &str) -> Vec<String> {
        let mut values = Vec::new();
        in_text(text, &mut values);
        values
    }

    #[test]
    fn a_plain_word_is_kept_with_its_name_alone() {
        let mut values = Vec::new();
        of_field("Cookie", "sid=opensesame; consent=true", &mut values);
        of_field("X-Api-Key", "opensesame", &mut values);
        assert_eq!(values, ["sid=opensesame", "X-Api-Key: opensesame"]);
        assert_eq!(of_text("a=1&token=opensesame&b=2"), ["token=opensesame"]);
        assert_eq!(of_text(r#"{"apiKey": "opensesame"}"#), [r#"apiKey": "opensesame"#]);
    }

    #[test]
    fn the_scheme_is_shown_and_what_follows_is_not() {
        let mut values = Vec::new();
        of_field("Authorization", "Bearer anna0123456789", &mut values);
        assert_eq!(values, ["anna0123456789"]);
        values.clear();
        of_field("Authorization", "Opensesame anna0123456789", &mut values);
        assert_eq!(values, ["Opensesame anna0123456789", "anna0123456789"]);
        values.clear();
        of_field("Authorization", "Bearer abc", &mut values);
        assert!(values.contains(&"Bearer abc".to_owned()));
    }

    #[test]
    fn what_a_server_says_of_a_secret_is_none() {
        assert_eq!(of_text(r#"{"token": "expired"}"#), Vec::<String>::new());
        assert_eq!(of_text("invalid token: expired"), Vec::<String>::new());
    }
}
