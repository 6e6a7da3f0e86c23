//! Three logs of the same requests: nginx's access log with ids, its error log, and a JSON audit log. Of every two
//! refused requests one was refused by a rule of nginx (the error log says so), the other by the firewall.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use logs::{Field, Options, Record, Sink, Traits};

use crate::generator::{self, Line, Shape, Truth};

/// The files, in the order in which tasks take them.
pub(crate) const NAMES: [&str; 3] = ["access.log", "error.log", "audit.json"];

/// Writes the three logs; the access log has at least so many bytes.
pub(crate) fn write(folder: &Path, bytes: u64) -> std::io::Result<Truth> {
    let file =
        |name: &str| File::create(folder.join(name)).map(|file| BufWriter::with_capacity(1 << 20, file));
    let (mut access, mut error, mut audit) = (file(NAMES[0])?, file(NAMES[1])?, file(NAMES[2])?);
    let (mut number, mut failed) = (0_u64, Ok(()));
    let truth = generator::write_watched(&mut access, Shape::WithIds, bytes, None, &mut |line| {
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
    if line.status == 404 && number % 2 == 0 {
        writeln!(error, "{head} open() \"/srv/www/missing\" failed (2: No such file or directory), {tail}")?;
    }
    if line.status != 403 {
        return Ok(());
    }
    if line.id % 2 == 0 {
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

/// Keeps what the join compares, and whether the line says why.
#[derive(Default)]
struct Told(Vec<(Traits, bool)>);

impl Sink for Told {
    fn part(&self) -> Told {
        Told::default()
    }

    fn refusal(&mut self, record: &Record<'_>) {
        let rule = || record.rules().iter().any(|rule| !rule.is_bookkeeping() && rule.id.is_some());
        let told = || record.get(Field::Message).is_some_and(|said| said.contains("forbidden by rule"));
        self.0.push((Traits::of(record), told() || rule()));
    }

    fn append(&mut self, mut part: Told, _lines: u64) {
        self.0.append(&mut part.0);
    }
}

/// The refused requests of which another log says why: as many as there are, when the join is right.
pub(crate) fn join(files: &[PathBuf]) -> u64 {
    let options = Options { threads: 1, ..Options::default() };
    let mut told: Vec<Vec<bool>> = Vec::new();
    let mut traits: Vec<Vec<Traits>> = Vec::new();
    for file in files {
        let found = logs::scan(std::slice::from_ref(file), &options, Told::default(), &|_| {});
        let (own, whether) = found.sink.0.into_iter().unzip();
        traits.push(own);
        told.push(whether);
    }
    let whole = |story: &&logs::Story| {
        story.lines.len() == 2
            && story.lines.iter().filter(|(file, _)| *file == 0).count() == 1
            && story.lines.iter().any(|(file, line)| told[*file][*line])
    };
    logs::join_traits(&traits).stories.iter().filter(whole).count() as u64
}
