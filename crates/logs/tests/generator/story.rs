//! Several logs of the same requests. nginx: its access log with ids, its error log, and a JSON audit log; of every two
//! refused requests one was refused by a rule of nginx (the error log says so), the other by the firewall. Apache: its
//! access log and its error log, with ids; its own rules refused every other one.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use super::{Line, Shape, Truth, write_watched};

/// The files, in the order in which tasks take them.
pub(crate) const NAMES: [&str; 3] = ["access.log", "error.log", "audit.json"];

/// Writes the three logs; the access log has at least so many bytes, or exactly so many lines.
pub(crate) fn write(folder: &Path, bytes: u64, lines: Option<u64>) -> std::io::Result<Truth> {
    let file =
        |name: &str| File::create(folder.join(name)).map(|file| BufWriter::with_capacity(1 << 20, file));
    let (mut access, mut error, mut audit) = (file(NAMES[0])?, file(NAMES[1])?, file(NAMES[2])?);
    let (mut number, mut failed) = (0_u64, Ok(()));
    let truth = write_watched(&mut access, Shape::WithIds, bytes, lines, &mut |line| {
        number += 1;
        let written = tell(line, number, &mut error, &mut audit);
        failed = std::mem::replace(&mut failed, Ok(())).and(written);
    })?;
    failed?;
    access.flush()?;
    error.flush()?;
    audit.flush()?;
    Ok(truth)
}

/// Apache's two logs.
pub(crate) const APACHE_NAMES: [&str; 2] = ["other_access.log", "apache_error.log"];

/// Writes Apache's logs; the access log has exactly so many lines.
pub(crate) fn write_apache(folder: &Path, lines: u64) -> std::io::Result<Truth> {
    let file = |name: &str| File::create(folder.join(name)).map(BufWriter::new);
    let (mut access, mut error) = (file(APACHE_NAMES[0])?, file(APACHE_NAMES[1])?);
    let mut failed = Ok(());
    let truth = write_watched(&mut access, Shape::Apache, 0, Some(lines), &mut |line| {
        let written = tell_apache(line, &mut error);
        failed = std::mem::replace(&mut failed, Ok(())).and(written);
    })?;
    failed?;
    access.flush()?;
    error.flush()?;
    Ok(truth)
}

/// What Apache's error log says of a request, by `ErrorLogFormat "[%t] [%-m:%l] [pid %P:tid %T] [client %a]
/// [%{X-Request-ID}i] %E: %M"`.
fn tell_apache(line: &Line<'_>, error: &mut dyn Write) -> std::io::Result<()> {
    let (level, what) = match line.status {
        403 if line.id.is_multiple_of(2) => {
            ("authz_core:error", "AH01630: client denied by server configuration")
        }
        404 if line.id.is_multiple_of(2) => ("core:info", "AH00128: File does not exist"),
        _ => return Ok(()),
    };
    let [_, day, hour, minute, second] = line.moment();
    let (client, port, id) = (&line.client, 1024 + line.id % 60_000, line.id);
    writeln!(
        error,
        "[Tue Nov {day:02} {hour:02}:{minute:02}:{second:02}.{:06} 2026] [{level}] [pid 31:tid 1403] [client {client}:{port}] [{id:032x}] {what}: /srv/www/403",
        line.id % 1_000_000
    )
}

/// What the other two logs say of a request.
fn tell(line: &Line<'_>, number: u64, error: &mut dyn Write, audit: &mut dyn Write) -> std::io::Result<()> {
    let [_, day, hour, minute, second] = line.moment();
    let (client, request) = (&line.client, &line.request);
    let head = format!("2026/11/{day:02} {hour:02}:{minute:02}:{second:02} [error] 31#31: *{number}");
    let tail =
        format!("client: {client}, server: shop.example, request: \"{request}\", host: \"shop.example\"");
    if line.status == 404 && number.is_multiple_of(2) {
        writeln!(error, "{head} open() \"/srv/www/missing\" failed (2: No such file or directory), {tail}")?;
    }
    if line.status != 403 {
        return Ok(());
    }
    if line.id.is_multiple_of(2) {
        return writeln!(error, "{head} access forbidden by rule, {tail}");
    }
    let (method, target) = request.split_once(' ').unwrap_or(("", request));
    let target = target.trim_end_matches(" HTTP/1.1");
    writeln!(
        audit,
        r#"{{"transaction":{{"client_ip":"{client}","time_stamp":"Tue Nov {day:02} {hour:02}:{minute:02}:{second:02} 2026","server_id":"0a1b","client_port":51234,"unique_id":"{:032x}","request":{{"method":"{method}","http_version":1.1,"uri":"{target}","headers":{{"Host":"shop.example"}}}},"response":{{"http_code":403}},"messages":[{{"message":"SQL Injection Attack Detected via libinjection","details":{{"ruleId":"942100","file":"/crs/REQUEST-942.conf","lineNumber":"66","data":"Matched Data: s&1 found within ARGS:q","severity":"2"}}}},{{"message":"Inbound Anomaly Score Exceeded (Total Score: 5)","details":{{"ruleId":"949110","file":"/crs/REQUEST-949.conf","lineNumber":"81","data":"","severity":"2"}}}}]}}}}"#,
        line.id
    )
}
