//! Three logs of the same requests: nginx's access log with ids, its error log, and a JSON audit log. Of every two
//! refused requests one was refused by a rule of nginx (the error log says so), the other by the firewall.

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
