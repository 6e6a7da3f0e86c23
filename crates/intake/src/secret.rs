//! Secrets: values that no output may show. `report` masks them wherever they stand.

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
    for value in values {
        evidence.mark_secret(&value);
    }
}

/// Whether a value is a plain word, as in `token: expired` or `consent=true`: to mask it would blank that word everywhere.
fn is_plain_word(value: &str) -> bool {
    value.len() < 12 && value.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'))
}

/// Keeps a value that is no plain word.
fn keep(values: &mut Vec<String>, value: &str) {
    let value = value.trim();
    if !is_plain_word(value) {
        values.push(value.to_owned());
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
        "authorization" | "proxy-authorization" => {
            keep(values, value);
            // The scheme alone is no secret; what follows it is.
            if let Some((scheme, secret)) = value.split_once(' ') {
                keep(values, secret);
                if scheme.eq_ignore_ascii_case("basic") {
                    of_basic(secret.trim(), values);
                }
                values.extend(secret.split("Signature=").skip(1).map(|rest| until(rest, &[',', ' ', '"'])));
            }
        }
        "cookie" => {
            for (_, value) in value.split(';').filter_map(|pair| pair.split_once('=')) {
                keep(values, value);
            }
        }
        "set-cookie" => {
            if let Some((_, value)) = value.split(';').next().unwrap_or("").split_once('=') {
                keep(values, value);
            }
        }
        name if is_secret_name(name) => keep(values, value),
        _ => {}
    }
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
        header_line(line, values);
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

/// `Authorization: ...` and the like, wherever a line holds it: with curl's marks before it, or quoted after `-H`.
fn header_line(line: &str, values: &mut Vec<String>) {
    const NAMES: [&str; 4] = ["authorization:", "cookie:", "set-cookie:", "proxy-authorization:"];
    let lower = line.to_ascii_lowercase();
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            let rest = line[at + name.len()..].trim_start();
            let value = until(rest, if at > 3 { &['\'', '"'] } else { &[] });
            of_field(&name[..name.len() - 1], value.trim(), values);
        }
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
        let assigned = quoted.is_some() || line.as_bytes()[sign] == b'=';
        let named_password = ["password", "passwd", "passphrase", "secret", "pwd"];
        let name = before[start..].to_ascii_lowercase();
        match assigned && named_password.iter().any(|word| name.ends_with(word)) {
            true => values.push(value),
            false => keep(values, &value),
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
