//! What a document is, by its content.

mod settings;

use model::SourceKind;

use crate::curl::shell;
use crate::{console, devtools, export, http, verbose, wget};
use settings::{is_config, is_python_settings};

/// How much of a document is looked at.
const SAMPLE: usize = 64 << 10;

/// Recognises a document by its content; the name decides only where the content leaves it open.
#[must_use]
pub fn recognise(name: &str, bytes: &[u8]) -> SourceKind {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let text = String::from_utf8_lossy(sample);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let first = text.lines().next().unwrap_or("");
    if is_har(text) {
        return SourceKind::Har;
    }
    if is_transcript(text) || wget::is_output(text) {
        return SourceKind::Transcript;
    }
    if export::is_export(text) {
        return SourceKind::Export;
    }
    if http::is_start_line(first) && !tells_answer(first, text) {
        let status = first.starts_with("HTTP/");
        return if status { SourceKind::Response } else { SourceKind::Request };
    }
    if devtools::is_panel(text) {
        return SourceKind::Panel;
    }
    if is_curl(text) {
        return SourceKind::Curl;
    }
    if first.starts_with("### ")
        || first.starts_with("###\n")
        || is_http_file(text) && !tells_answer(first, text)
    {
        return SourceKind::Request;
    }
    if console::is_console(text) {
        return SourceKind::Console;
    }
    if is_system(text) {
        return SourceKind::System;
    }
    rest(name, sample, text)
}

/// How much of a document is looked at to tell text from bytes.
const HEAD: usize = 4096;

/// Whether a document is no text: more than a fifth of its beginning is control characters or no UTF-8. A log that was cut to
/// nothing while its writer kept its place begins with zeros; they are passed over.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    let zeros = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let head = &bytes[zeros..bytes.len().min(zeros + HEAD)];
    let odd =
        |c: &char| *c == char::REPLACEMENT_CHARACTER || c.is_control() && !"\t\n\r\x1b\x0c".contains(*c);
    let odds = String::from_utf8_lossy(head).chars().filter(odd).count();
    odds * 5 > head.len() || head.is_empty() && !bytes.is_empty()
}

/// Logs, configurations, and text of no known kind.
fn rest(name: &str, sample: &[u8], text: &str) -> SourceKind {
    if name.ends_with(".log") || speaks_as_a_log(text) {
        return SourceKind::Log;
    }
    if is_page(text) || is_error_value(sample) || is_introduced_value(text) || is_printed_object(text) {
        return SourceKind::Text;
    }
    if is_config(text) {
        return SourceKind::Config;
    }
    if !is_sentence(text) && logs::recognise(sample).is_some() {
        return SourceKind::Log;
    }
    // Caddy's directives have neither marks nor words that many products share.
    if server_config::recognise(sample).or(server_config::product::named(name)).is_some() {
        return SourceKind::Config;
    }
    match name.rsplit('.').next() {
        Some("log") => SourceKind::Log,
        Some("conf" | "cfg" | "ini" | "toml" | "yaml" | "yml" | "htaccess" | "env") => SourceKind::Config,
        Some("py") if is_python_settings(text) => SourceKind::Config,
        _ => SourceKind::Text,
    }
}

/// A method and a target as somebody notes them, and below them what came back: `405 Method Not Allowed`, `status: 403`.
fn tells_answer(first: &str, text: &str) -> bool {
    let noted = first.split_ascii_whitespace().count() == 2 && !first.starts_with("HTTP/");
    let answer = |line: &str| {
        let status = line.strip_prefix("status:").map_or(line, str::trim_start);
        is_status(status)
            || status.len() < line.len() && status.starts_with(['4', '5']) && status.trim().len() == 3
    };
    noted && text.lines().skip(1).take(WORDS).any(answer)
}

/// The beginning of an HTML page, or of an XML document of the kinds that tell an error.
fn is_page(text: &str) -> bool {
    let mut rest = text;
    while let Some((open, close)) =
        [("<?", "?>"), ("<!--", "-->")].into_iter().find(|(open, _)| rest.starts_with(open))
    {
        let Some(end) = rest[open.len()..].find(close) else { return false };
        rest = rest[open.len() + end + close.len()..].trim_start();
    }
    let Some(tag) = rest.strip_prefix('<') else { return false };
    let name = tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or("");
    let name = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
    let page = ["!doctype", "html", "head", "body", "title", "center", "h1", "h2", "p", "div", "pre"];
    let error = ["error", "errors", "errorresponse", "fault", "envelope", "response"];
    page.contains(&name.as_str()) || error.contains(&name.as_str())
}

/// Whether a whole document is one JSON value with the members that answers to refused requests have (RFC 9457, and what
/// frameworks and services call them), and none of a log record or a configuration.
fn is_error_value(sample: &[u8]) -> bool {
    let value = match serde_json::from_slice(sample) {
        Ok(serde_json::Value::Array(mut values)) if values.len() == 1 => values.remove(0),
        Ok(value) => value,
        Err(_) => return false,
    };
    let Some(members) = value.as_object() else { return false };
    let has =
        |names: &[&str]| names.iter().any(|name| members.keys().any(|key| key.eq_ignore_ascii_case(name)));
    has(&[
        "error",
        "errors",
        "message",
        "detail",
        "details",
        "statusCode",
        "fault",
        "errorCode",
        "error_description",
        "reason",
        "__type",
    ]) && !has(&[
        "level",
        "lvl",
        "severity",
        "logger",
        "log",
        "ts",
        "time",
        "@timestamp",
        "msg",
        "remote_addr",
        "request",
    ])
}

/// Whether words of a program stand before such a value: `HTTPError: {"error": {"code": 403}}`, a path and what it answered. Braces
/// at the ends of its lines make it no configuration.
fn is_introduced_value(text: &str) -> bool {
    let opens = |start: &usize| text[start + 1..].trim_start().starts_with('"');
    let found = text.match_indices('{').map(|(start, _)| start).take(8).find(opens);
    let Some(start) = found.filter(|start| *start > 0) else { return false };
    let words = &text[..start];
    let names_one = words.lines().count() <= 3 && !words.contains([';', '=']);
    let value = || serde_json::Deserializer::from_str(&text[start..]).into_iter::<serde_json::Value>().next();
    names_one && matches!(value(), Some(Ok(serde_json::Value::Object(_))))
}

/// An object as Node prints it: members without quotation marks. A Caddyfile's options begin with `{` too, and have no colon.
fn is_printed_object(text: &str) -> bool {
    let Some(member) = text.strip_prefix('{').map(str::trim_start) else { return false };
    let name = member.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("");
    let value = member[name.len()..].strip_prefix(": ").map(str::trim_start);
    !name.is_empty() && value.is_some_and(|value| value.starts_with(['\'', '[', '{']))
}

/// A page as a browser shows it begins with its status: `403 Forbidden`.
fn is_status(text: &str) -> bool {
    let (digits, rest) = text.split_at_checked(3).unwrap_or((text, ""));
    digits.parse().is_ok_and(|status: u16| (400..600).contains(&status))
        && rest.strip_prefix(' ').is_some_and(|rest| rest.starts_with(char::is_alphabetic))
}

/// The most lines of a text in words, and where the entries of logs have their time.
const WORDS: usize = 60;
const CLOCK: std::ops::RangeInclusive<usize> = 40..=64;

/// A text in words, no line of which has a time of day at its beginning: what a server said, not what it logged.
fn is_sentence(text: &str) -> bool {
    let clock =
        |window: &[u8]| window[2] == b':' && [0, 1, 3, 4].iter().all(|&at| window[at].is_ascii_digit());
    let entry = |line: &str| {
        let bytes = line.as_bytes();
        bytes.len() > *CLOCK.start() && bytes[..bytes.len().min(*CLOCK.end())].windows(5).any(clock)
    };
    (text.starts_with(char::is_alphabetic) || is_status(text))
        && text.lines().take(WORDS + 1).count() <= WORDS
        && !text.lines().any(entry)
}

/// Words that stand in logs and in no configuration.
fn speaks_as_a_log(text: &str) -> bool {
    let first = text.lines().next().unwrap_or("");
    let words = [
        "avc:",
        "type=AVC",
        "apparmor=\"DENIED\"",
        "] [",
        "[error]",
        "[crit]",
        "ModSecurity: ",
        "level=error",
    ];
    words.iter().any(|word| first.contains(word))
}

/// A HAR is an object `log` (HAR 1.2, section "log"); a text `log` is a line that Docker's json-file driver wrapped.
fn is_har(text: &str) -> bool {
    let member = text.strip_prefix('{').and_then(|rest| rest.trim_start().strip_prefix("\"log\""));
    let value = member.and_then(|rest| rest.trim_start().strip_prefix(':'));
    value.is_some_and(|value| matches!(value.trim_start().bytes().next(), None | Some(b'{')))
}

/// `curl -v` marks its lines with `> `, `< ` and `* `; `--trace-ascii` has `=> Send header`.
fn is_transcript(text: &str) -> bool {
    let marked = |mark: &str| {
        text.lines()
            .take(2000)
            .any(|line| verbose::without_time(line.as_bytes()).starts_with(mark.as_bytes()))
    };
    marked("=> Send header")
        || marked("<= Recv header")
        || (marked("> ") && (marked("< HTTP/") || marked("* ")))
}

/// Whether a document begins with a `curl` command, as a copied terminal does.
pub(crate) fn starts_with_curl(bytes: &[u8]) -> bool {
    let sample = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
    sample.trim_start().lines().next().is_some_and(is_curl)
}

/// A command may stand below the words of a question, or in a script below its settings.
const COMMAND: usize = 100;

fn is_curl(text: &str) -> bool {
    shell::holds_command(text, COMMAND)
}

/// A `.http` file of an editor: comments, then a request line.
fn is_http_file(text: &str) -> bool {
    let skipped = |line: &&str| {
        line.is_empty() || line.starts_with('#') || line.starts_with("//") || line.starts_with('@')
    };
    let line = text.lines().take(200).find(|line| !skipped(line));
    line.is_some_and(|line| line.split_ascii_whitespace().count() >= 2 && http::is_start_line(line))
}

/// Output of commands that describe a machine.
fn is_system(text: &str) -> bool {
    let first = text.lines().next().unwrap_or("");
    let starts = ["f: /", "# file: ", "# getfacl", "getfacl: Removing leading", "uid=", "File: /"];
    starts.iter().any(|start| first.starts_with(start))
        || is_listing(first)
        || is_label(first)
        || (first.starts_with("USER ") && first.contains(" PID "))
        || (first.starts_with("UID ") && first.contains(" PPID "))
        || is_copied(first)
}

/// A line of `ls -Z`.
fn is_label(line: &str) -> bool {
    let first = line.split_ascii_whitespace().next().unwrap_or("");
    first.contains(":object_r:") && line.split_ascii_whitespace().count() == 2
}

/// A prompt with a command that describes files, copied along with its output.
fn is_copied(line: &str) -> bool {
    let command = line.split_once("$ ").or_else(|| line.split_once("# ")).map(|(_, command)| command);
    let name = command.and_then(|command| command.trim_start_matches("sudo ").split(' ').next());
    matches!(name, Some("ls" | "namei" | "getfacl" | "stat" | "id" | "findmnt" | "mount" | "ps"))
}

/// A line of `ls -l`.
fn is_listing(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let sized =
        |word: &&str| !word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'K' | b'M'));
    let mode = words.find(sized).unwrap_or("");
    line.starts_with("total ") && line.split_ascii_whitespace().count() == 2
        || (10..=11).contains(&mode.len())
            && mode.starts_with(['-', 'd', 'l', 's'])
            && mode.bytes().skip(1).take(9).all(|byte| b"rwxsStT-?".contains(&byte))
}
