//! `Invoke-WebRequest` and `Invoke-RestMethod`: "Copy as PowerShell" of browsers, and people's own scripts.

use super::{Draft, has};

/// Whether a text holds such a command.
pub(super) fn is_request(text: &str) -> bool {
    command(text).is_some()
}

/// Where the command begins: at the start of a line, or behind an assignment or a prompt.
fn command(text: &str) -> Option<usize> {
    let names = ["Invoke-WebRequest ", "Invoke-RestMethod "];
    let starts = |at: usize| {
        let before = text[..at].rsplit('\n').next().unwrap_or("").trim_end();
        let behind = text[at + names[0].len()..].trim_start();
        // `Invoke-WebRequest : …` is what PowerShell says when it fails.
        (before.is_empty() || before.ends_with(['=', '>', '|', '(', '{', ';'])) && !behind.starts_with(':')
    };
    names.iter().flat_map(|name| text.match_indices(name)).map(|(at, _)| at).filter(|at| starts(*at)).min()
}

/// Reads the command, and what the text sets of its session before.
pub(super) fn read(text: &str) -> Option<Draft> {
    let at = command(text)?;
    let (before, command) = text.split_at(at);
    let url = parameter(command, "-Uri").or_else(|| first_argument(command))?;
    let method = parameter(command, "-Method").unwrap_or_else(|| "GET".to_owned()).to_uppercase();
    let mut draft = Draft { url, method, ..Draft::default() };
    if let Some(table) = command.find("-Headers").and_then(|at| command[at..].split_once("@{")) {
        draft.fields = members(table.1);
    }
    // Names that Chrome copies of HTTP/2's pseudo fields.
    draft.fields.retain(|(name, _)| !matches!(name.as_str(), "authority" | "method" | "path" | "scheme"));
    let agent =
        before.split_once(".UserAgent").and_then(|(_, rest)| string(rest.trim_start_matches([' ', '='])));
    let given = [
        ("User-Agent", parameter(command, "-UserAgent").or(agent)),
        ("Content-Type", parameter(command, "-ContentType")),
    ];
    for (name, value) in given {
        if let Some(value) = value.filter(|_| !has(&draft.fields, name)) {
            draft.fields.push((name.to_owned(), value));
        }
    }
    let cookies: Vec<String> = before.split("System.Net.Cookie(").skip(1).filter_map(cookie).collect();
    if !cookies.is_empty() {
        draft.fields.push(("Cookie".to_owned(), cookies.join("; ")));
    }
    if let Some(body) = parameter(command, "-Body") {
        draft.fields.push(("Content-Length".to_owned(), body.len().to_string()));
        draft.body = body.into_bytes();
    }
    Some(draft)
}

/// The value of a parameter: a string, also within a call that makes bytes of it, or a word.
fn parameter(command: &str, name: &str) -> Option<String> {
    let at = command.find(&format!("{name} "))?;
    let rest = command[at + name.len()..].trim_start();
    if rest.starts_with('(') {
        return string(&rest[rest.find(['"', '\''])?..]);
    }
    string(rest).or_else(|| {
        let word = rest.split([' ', '`', '\r', '\n', '|']).next()?;
        let known =
            |word: &str| word.strip_prefix('$').map_or_else(|| word.to_owned(), |name| format!("<{name}>"));
        (!word.is_empty()).then(|| known(word))
    })
}

/// The address without `-Uri` before it.
fn first_argument(command: &str) -> Option<String> {
    let mut rest = command.split_once(' ')?.1.trim_start();
    while let Some(switch) = ["-UseBasicParsing", "-Verbose"].iter().find_map(|name| rest.strip_prefix(name))
    {
        rest = switch.trim_start();
    }
    string(rest)
        .or_else(|| rest.split_whitespace().next().map(str::to_owned))
        .filter(|url| url.contains("://"))
}

/// `"name"="value"` of a hash table, up to its end.
fn members(table: &str) -> Vec<(String, String)> {
    let (mut members, mut rest) = (Vec::new(), table);
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        let Some((name, behind)) = quoted(rest).or_else(|| bare(rest)) else { return members };
        let Some(value) = behind.trim_start().strip_prefix('=') else { return members };
        let Some((value, behind)) = quoted(value.trim_start()).or_else(|| bare(value.trim_start())) else {
            return members;
        };
        members.push((name, value));
        rest = behind;
    }
}

fn bare(text: &str) -> Option<(String, &str)> {
    let end = text.find(|c: char| c.is_whitespace() || "=;}".contains(c)).unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

/// `"name", "value", …` of a cookie.
fn cookie(arguments: &str) -> Option<String> {
    let (name, rest) = quoted(arguments)?;
    let (value, _) = quoted(rest.trim_start_matches([',', ' ']))?;
    Some(format!("{name}={value}"))
}

fn string(text: &str) -> Option<String> {
    quoted(text).map(|(value, _)| value)
}

/// The string at the start of a text, and what follows (about_Quoting_Rules, about_Escape_Characters).
fn quoted(text: &str) -> Option<(String, &str)> {
    let mark = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut out = String::new();
    let mut rest = &text[1..];
    loop {
        // Chrome writes characters outside ASCII so.
        if let Some(code) = rest.strip_prefix("$([char]").filter(|_| mark == '"') {
            let (number, behind) = code.split_once(')')?;
            out.extend(char::from_u32(number.trim().parse().ok()?));
            rest = behind;
            continue;
        }
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            '`' if mark == '"' => {
                let escaped = rest.chars().next()?;
                rest = &rest[escaped.len_utf8()..];
                out.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                });
            }
            c if c == mark && rest.starts_with(mark) => {
                out.push(mark);
                rest = &rest[1..];
            }
            c if c == mark => return Some((out, rest)),
            c => out.push(c),
        }
    }
}
