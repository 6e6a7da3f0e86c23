//! HAProxy: the default HTTP, HTTPS and TCP formats, and any `log-format`.
//! <https://docs.haproxy.org/3.0/configuration.html#8.2.6>

use super::template::{Builder, Shape, Slot, Template};
use crate::record::Field;
use crate::text::Encoding;

/// `option httplog` (8.2.3), `option httpslog` (8.2.5), `option tcplog` (8.2.2), in this order.
pub(crate) const KNOWN: &[(&str, &str)] = &[
    (
        "HTTPS",
        r#"%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r %[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] %[ssl_fc_sni]/%sslv/%sslc"#,
    ),
    (
        "HTTP",
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r",
    ),
    // Without captured headers their places and blanks are gone.
    (
        "HTTP",
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %{+Q}r",
    ),
    (
        "HTTP",
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %{+Q}r",
    ),
    ("TCP", "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq"),
    (
        "CLF",
        r#"%{+Q}o %{-Q}ci - - [%trg] %r %ST %B "" "" %cp %ms %ftl %b %s %TR %Tw %Tc %Tr %Ta %tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl"#,
    ),
];

/// Compiles a definition: the bare string, or the whole directive `log-format "..."`.
pub(crate) fn compile(definition: &str) -> Option<Template> {
    let text = unwrap_directive(definition);
    let mut builder = Builder::default();
    let mut rest = text.as_str();
    let mut all_quoted = false;
    while let Some(at) = rest.find('%') {
        builder.text(&rest.as_bytes()[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('%') {
            builder.text(b"%");
            rest = tail;
            continue;
        }
        let (flags, name, tail) = item(after)?;
        rest = tail;
        if name == "o" {
            all_quoted = flags.contains("+Q");
            rest = rest.trim_start();
            continue;
        }
        let quoted = flags.contains("+Q") || (all_quoted && is_text(name) && !flags.contains("-Q"));
        let slot = slot(name);
        if quoted {
            builder.text(b"\"").slot(slot).text(b"\"");
        } else {
            builder.slot(slot);
        }
    }
    builder.text(rest.as_bytes());
    builder.build()
}

/// Splits `{+Q}[capture.req.hdr(0)]` or `ST` into flags, name and what follows.
fn item(text: &str) -> Option<(&str, &str, &str)> {
    let (flags, rest) = match text.strip_prefix('{') {
        Some(inner) => {
            let end = inner.find('}')?;
            (&inner[..end], &inner[end + 1..])
        }
        None => ("", text),
    };
    // `%(name)ST` names a field for other encodings.
    let rest = match rest.strip_prefix('(') {
        Some(inner) => &inner[inner.find(')')? + 1..],
        None => rest,
    };
    if let Some(inner) = rest.strip_prefix('[') {
        let end = sample_end(inner)?;
        return Some((flags, &inner[..end], &inner[end + 1..]));
    }
    let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    (length > 0).then(|| (flags, &rest[..length], &rest[length..]))
}

/// The bracket that closes a sample expression; its arguments may hold brackets.
fn sample_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b']' if depth <= 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// The text of a directive: its quotation marks and `\ ` undone.
fn unwrap_directive(definition: &str) -> String {
    let trimmed = definition.trim();
    let names = ["log-format", "error-log-format"];
    let Some(rest) =
        names.iter().find_map(|name| trimmed.strip_prefix(name)).filter(|rest| rest.starts_with(' '))
    else {
        return trimmed.to_owned();
    };
    let mut text = String::new();
    let mut quote = None;
    let mut letters = rest.trim_start().chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', Some('"') | None) => text.extend(letters.next()),
            ('"' | '\'', None) => quote = Some(letter),
            (' ', None) => break,
            _ if quote == Some(letter) => quote = None,
            _ => text.push(letter),
        }
    }
    text
}

/// Whether `%{+Q}o` puts a value into quotation marks: strings, not numbers (8.2.6, column "type").
fn is_text(name: &str) -> bool {
    matches!(
        name,
        "b" | "CC"
            | "CS"
            | "f"
            | "ft"
            | "ftl"
            | "hr"
            | "hs"
            | "hrl"
            | "hsl"
            | "HM"
            | "HP"
            | "HPO"
            | "HQ"
            | "HU"
            | "HV"
            | "ID"
            | "r"
            | "s"
            | "si"
            | "sslc"
            | "sslv"
            | "tsc"
            | "ts"
            | "H"
            | "cc"
            | "cs"
    )
}

fn slot(name: &str) -> Slot {
    let field = match name {
        "ci" => Field::Client,
        "cp" => Field::ClientPort,
        "t" | "tr" | "trg" | "trl" | "T" | "Tl" | "Ts" => Field::Time,
        "ft" | "f" => Field::Frontend,
        "ftl" => Field::Frontend,
        "b" => Field::Backend,
        "s" => Field::Upstream,
        "si" => Field::Upstream,
        "ST" => Field::Status,
        "B" => Field::Size,
        "U" => Field::RequestSize,
        "tsc" | "ts" => Field::Termination,
        "r" => Field::Request,
        "HM" => Field::Method,
        "HP" | "HPO" => Field::Path,
        "HQ" => Field::Query,
        "HU" => Field::Target,
        "HV" => Field::Protocol,
        "H" => Field::Machine,
        "ID" => Field::RequestId,
        "pid" => Field::Pid,
        "Ta" | "Tt" | "TR" | "Tw" | "Tc" | "Tr" | "Td" | "Th" | "Ti" | "Tq" | "ms" => {
            return if name == "Ta" || name == "Tt" { Slot::of(Field::Duration) } else { Slot::other() }
                .shaped(Shape::Number);
        }
        "ac" | "fc" | "bc" | "sc" | "rc" | "sq" | "bq" | "lc" | "rt" => {
            return Slot::other().shaped(Shape::Number);
        }
        "hr" | "hs" => return Slot::other(),
        _ => return sample(name),
    };
    Slot::of(field).encoded(Encoding::Plain)
}

/// A sample fetch: `last_rule_file`, `req.hdr(host)`, `capture.req.hdr(0)`, `unique-id`.
fn sample(expression: &str) -> Slot {
    let expression = expression.split(',').next().unwrap_or(expression);
    let (name, argument) = expression.split_once('(').unwrap_or((expression, ""));
    let argument = argument.trim_end_matches(')');
    let field = match name {
        "last_rule_file" => Some(Field::RuleFile),
        "last_rule_line" => Some(Field::RuleLine),
        "src" => Some(Field::Client),
        "src_port" => Some(Field::ClientPort),
        "method" => Some(Field::Method),
        "path" => Some(Field::Path),
        "query" => Some(Field::Query),
        "pathq" | "url" => Some(Field::Target),
        "status" | "txn.status" => Some(Field::Status),
        "unique-id" | "unique_id" | "uuid" => Some(Field::RequestId),
        "ssl_fc_sni" => Some(Field::Server),
        "req.hdr" | "req.fhdr" | "hdr" | "res.hdr" => super::nginx::header(argument),
        _ => None,
    };
    field.map_or(Slot::other(), |field| Slot::of(field).encoded(Encoding::Plain))
}
