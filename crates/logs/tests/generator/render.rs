//! One line as the products write it.

use std::fmt::Write;

use super::{Line, Random, Shape};

/// Writes a line, with its end.
pub(super) fn render(line: &Line<'_>, shape: Shape, random: &mut Random, text: &mut String) {
    let referer = match random.below(6000) {
        0 => "https://shop.example/errors/403",
        1..=2400 => "https://shop.example/catalogue/garden/chairs?page=2&sort=price",
        _ => "-",
    };
    let written = match shape {
        Shape::Combined => combined(line, referer, text),
        Shape::WithIds => with_ids(line, referer, text),
        Shape::Json => json(line, referer, text),
        Shape::Haproxy => haproxy(line, text),
        Shape::Apache => apache(line, referer, text),
    };
    debug_assert!(written.is_ok(), "writing to a string cannot fail");
    text.push('\n');
}

/// `24/Nov/2026:08:38:57`.
fn stamp(line: &Line<'_>) -> String {
    let [_, day, hour, minute, second] = line.moment();
    format!("{day:02}/Nov/2026:{hour:02}:{minute:02}:{second:02}")
}

fn combined(line: &Line<'_>, referer: &str, text: &mut String) -> std::fmt::Result {
    let Line { client, user, request, status, size, agent, .. } = line;
    let stamp = stamp(line);
    write!(text, r#"{client} - {user} [{stamp} +0000] "{request}" {status} {size} "{referer}" "{agent}""#)
}

fn with_ids(line: &Line<'_>, referer: &str, text: &mut String) -> std::fmt::Result {
    let Line { status, id, .. } = line;
    combined(line, referer, text)?;
    write!(text, " rid={id:032x} us={status} urt=0.{:03} rt=0.{:03}", id % 997, id % 991)
}

fn json(line: &Line<'_>, referer: &str, text: &mut String) -> std::fmt::Result {
    let Line { client, user, request, status, size, agent, id, .. } = line;
    let [_, day, hour, minute, second] = line.moment();
    let stamp = format!("2026-11-{day:02}T{hour:02}:{minute:02}:{second:02}+00:00");
    let (method, target) = request.split_once(' ').unwrap_or(("", request));
    let target = target.trim_end_matches(" HTTP/1.1").replace("\\x", "\\\\x");
    let method = method.replace("\\x", "\\\\x");
    write!(
        text,
        r#"{{"time":"{stamp}","remote_addr":"{client}","remote_user":"{user}","request_method":"{method}","request_uri":"{target}","server_protocol":"HTTP/1.1","status":{status},"body_bytes_sent":{size},"http_referer":"{referer}","http_user_agent":"{agent}","request_id":"{id:032x}","upstream_status":"{status}","request_time":0.{:03}}}"#,
        id % 1000
    )
}

/// <https://docs.haproxy.org/3.0/configuration.html#8.2.3>: of every two refusals, one is a rule's of HAProxy itself (8.5:
/// `PR`), the other the server's. What is no request is `<BADREQ>`; quotation marks are written as `#22` (8.6).
fn haproxy(line: &Line<'_>, text: &mut String) -> std::fmt::Result {
    let Line { client, request, status, size, agent, id, .. } = line;
    let [_, day, hour, minute, second] = line.moment();
    let (stamp, milliseconds, port) = (stamp(line), id % 1000, 1024 + id % 60_000);
    let agent = agent.replace(r#"\""#, "#22");
    write!(
        text,
        "Nov {day:2} {hour:02}:{minute:02}:{second:02} lb haproxy[31]: {client}:{port} [{stamp}.{milliseconds:03}] web "
    )?;
    let (server, timers, end, request) = match status {
        400 => ("web/<NOSRV>", "-1/-1/-1/-1", "PR--", "<BADREQ>"),
        403 if id.is_multiple_of(2) => ("web/<NOSRV>", "0/-1/-1/-1", "PR--", request.as_str()),
        _ => ("app/app1", "0/0/1/7", "----", request.as_str()),
    };
    let (total, captured) = (id % 700, &agent[..agent.len().min(64)]);
    write!(
        text,
        r#"{server} {timers}/{total} {status} {size} - - {end} 1/1/0/0/0 0/0 {{{captured}}} "{request}""#
    )
}

fn apache(line: &Line<'_>, referer: &str, text: &mut String) -> std::fmt::Result {
    write!(text, "shop.example:443 ")?;
    combined(line, referer, text)?;
    write!(text, " {} {} {:032x}", 400 + line.id % 9000, line.size + 210, line.id)
}
