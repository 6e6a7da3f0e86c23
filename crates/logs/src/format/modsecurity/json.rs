//! Audit entries in JSON: ModSecurity 2.9 (`SecAuditLogFormat JSON`), ModSecurity 3 and Coraza.
//! <https://github.com/owasp-modsecurity/ModSecurity/wiki/Reference-Manual-(v3.x)#secauditlogformat>

use super::line;
use crate::format::json::{Scalar, walk};
use crate::format::nginx_error::request;
use crate::record::{Entry, Field};
use crate::text::Encoding;

/// Reads one audit entry; on failure nothing is left in `out`.
pub(crate) fn parse(text: &[u8], out: &mut Vec<Entry>) -> bool {
    if !text.trim_ascii_start().starts_with(b"{\"transaction\"") {
        return false;
    }
    let kept = out.len();
    let mut group = (0, 0);
    let whole = walk(text, &mut |scalar: &Scalar<'_>| {
        let path: Vec<&[u8]> = scalar.path.iter().map(|(start, end)| &text[*start..*end]).collect();
        if path.contains(&b"messages".as_slice()) && group.0 != scalar.item {
            group = (scalar.item, group.1 + 1);
        }
        take(&path, scalar, group.1, text, out);
    });
    let messages = out.len() > kept && whole;
    if !messages {
        out.truncate(kept);
    }
    messages
}

fn take(path: &[&[u8]], scalar: &Scalar<'_>, group: u16, text: &[u8], out: &mut Vec<Entry>) {
    let (start, end) = (scalar.start, scalar.end);
    let mut push = |field, group| {
        if end > start {
            out.push(Entry { field, encoding: Encoding::Json, group, start: start as u32, end: end as u32 });
        }
    };
    let last = *path.last().unwrap_or(&b"".as_slice());
    match path {
        // Version 2: each message is a text as in the error log.
        [b"audit_data", b"messages"] => line::parse_group(text, start, end, group, out),
        [.., b"messages", b"message"] => push(Field::RuleMessage, group),
        [.., b"messages", b"details" | b"data", _] => {
            if let Some(field) = detail(last, path.contains(&b"details".as_slice())) {
                push(field, group);
            }
        }
        [b"request", b"request_line"] => {
            push(Field::Request, 0);
            request(text, start, end, out);
        }
        [b"transaction", b"request", b"method"] => push(Field::Method, 0),
        [b"transaction", b"request", b"uri"] => push(Field::Target, 0),
        [b"transaction", b"request", b"headers", name]
        | [b"request", b"headers", name]
        | [b"transaction", b"request", b"headers", name, _] => {
            let name = String::from_utf8_lossy(name);
            if let Some(field) = crate::format::nginx::header(&name) {
                push(field, 0);
            }
        }
        [b"transaction", b"response", b"http_code" | b"status"] | [b"response", b"status"] => {
            push(Field::Status, 0)
        }
        [b"transaction", name] => {
            let field = match *name {
                b"time" | b"time_stamp" | b"timestamp" => Field::Time,
                b"unix_timestamp" => return,
                b"transaction_id" | b"unique_id" | b"id" => Field::RequestId,
                b"remote_address" | b"client_ip" => Field::Client,
                b"remote_port" | b"client_port" => Field::ClientPort,
                b"local_port" | b"host_port" => Field::ServerPort,
                b"server_id" => Field::Server,
                _ => return,
            };
            push(field, 0);
        }
        _ => {}
    }
}

/// The names within `details` (version 3) and `data` (Coraza).
fn detail(name: &[u8], version3: bool) -> Option<Field> {
    Some(match name {
        b"ruleId" | b"id" => Field::RuleId,
        b"file" => Field::RuleFile,
        b"lineNumber" | b"line" => Field::RuleLine,
        b"data" => Field::RuleData,
        b"match" => Field::RuleOperator,
        b"msg" if !version3 => Field::RuleMessage,
        b"severity" => Field::RuleSeverity,
        b"ver" => Field::RuleVersion,
        b"tags" => Field::RuleTag,
        _ => return None,
    })
}
