//! The log formats that a server's configuration defines: nginx's `log_format`, Apache's `LogFormat` and `CustomLog`,
//! HAProxy's `log-format`.

use super::Format;

/// All formats that a configuration defines, of whatever server; what cannot be compiled is left out.
pub fn definitions(config: &str) -> Vec<Format> {
    let mut formats: Vec<Format> = Vec::new();
    let mut keep = |format: Option<Format>| formats.extend(format);
    for at in starts(config, "log_format") {
        keep(statement(&config[at..]).and_then(|text| Format::from_nginx_log_format(text).ok()));
    }
    for line in logical_lines(config) {
        let line = line.trim();
        let word = line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        match word.as_str() {
            "logformat" => keep(Format::from_apache_log_format(line).ok()),
            "customlog" => keep(inline(line).and_then(|text| Format::from_apache_log_format(&text).ok())),
            "log-format" | "error-log-format" => keep(Format::from_haproxy_log_format(line).ok()),
            _ => {}
        }
    }
    formats
}

/// Where a directive begins a line.
fn starts<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].rsplit('\n').next().unwrap_or_default().trim_end();
        let alone = text[at + name.len()..].starts_with(char::is_whitespace);
        alone && (before.trim().is_empty() || before.ends_with([';', '{', '}'])) && !before.contains('#')
    })
}

/// A directive up to its semicolon, which may stand within quotation marks.
fn statement(text: &str) -> Option<&str> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (letter, quote) {
            (';', None) => return Some(&text[..=at]),
            ('"' | '\'', None) => quote = Some(letter),
            _ if quote == Some(letter) => quote = None,
            _ => {}
        }
    }
    None
}

/// Lines, with those that end in a backslash put together.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let (part, more) = line.strip_suffix('\\').map_or((line, false), |part| (part, true));
        match lines.last_mut().filter(|_| open) {
            Some(last) => last.push_str(part.trim_start()),
            None => lines.push(part.to_owned()),
        }
        open = more;
    }
    lines
}

/// The format that `CustomLog FILE "%h ..."` gives in place.
fn inline(line: &str) -> Option<String> {
    let at = line.find(" \"%").or_else(|| line.find("\t\"%"))?;
    Some(format!("LogFormat {}", &line[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::definitions;
    use crate::{Field, Kind};

    #[test]
    fn formats_of_all_servers_are_found_and_comments_are_not() {
        let config = "# log_format old '$status';\nhttp { log_format a '$remote_addr; '\n  '$status';\n}\n\
            LogFormat \"%h %>s \\\"%r\\\"\" short\nCustomLog logs/x \\\n  \"%h %{X}i %>s\"\n  log-format \"%ci %ST %{+Q}r\"\n";
        let formats = definitions(config);
        let kinds: Vec<_> = formats.iter().map(|format| format.kind()).collect();
        assert_eq!(kinds, [Kind::NginxAccess, Kind::ApacheAccess, Kind::ApacheAccess, Kind::Haproxy]);
        let record = formats[0].parse(b"192.0.2.1; 403").expect("a line of the format");
        assert_eq!((record.status(), record.get(Field::Client).as_deref()), (Some(403), Some("192.0.2.1")));
    }
}
