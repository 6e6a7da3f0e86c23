//! The same work by other tools, each in the form that its users would write.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Job;
use crate::generator::Shape;

pub(crate) fn jobs(path: &Path, shape: Shape) -> Vec<Job> {
    let file = path.display();
    let mut jobs = vec![shell("wc -l", format!("wc -l < {file}"))];
    match shape {
        Shape::Json => {
            jobs.push(shell(
                "rg piped to jq",
                format!(r#"rg '"status":403' {file} | jq -c .request_uri | wc -l"#),
            ));
            jobs.push(duckdb(
                "DuckDB, JSON",
                format!(
                    "select count(*) from read_json('{file}', format='newline_delimited') where status = 403"
                ),
            ));
        }
        _ => {
            jobs.push(shell("rg -c '\" 403 '", format!("rg -c '\" 403 ' {file}")));
            jobs.push(shell("rg -c ' 403 '", format!("rg -c ' 403 ' {file}")));
            jobs.push(shell("grep -c ' 403 ' (C locale)", format!("LC_ALL=C grep -c ' 403 ' {file}")));
            jobs.push(shell("gawk $9==403", format!("LC_ALL=C gawk '$9==403{{n++}}END{{print n}}' {file}")));
            jobs.push(shell("mawk $9==403", format!("LC_ALL=C mawk '$9==403{{n++}}END{{print n}}' {file}")));
            let lines = format!(
                "read_csv('{file}', columns={{'line':'VARCHAR'}}, delim='\\x01', quote='', escape='', header=false, auto_detect=false)"
            );
            jobs.push(duckdb(
                "DuckDB, substring, then extract",
                format!(
                    "select sum(n) from (select regexp_extract(line, '\"[A-Z]+ ([^ ]+)', 1) p, count(*) n from {lines} \
                     where contains(line, '\" 403 ') and regexp_matches(line, '\" 403 [0-9]+ ') group by p)"
                ),
            ));
        }
    }
    jobs
}

pub(crate) fn gzip(path: &Path) -> Vec<Job> {
    let file = path.display();
    vec![shell("gzip -dc", format!("gzip -dc {file} | wc -c | awk '{{print 0}}'"))]
}

fn shell(name: &str, line: String) -> Job {
    let run = move || output(Command::new("sh").args(["-c", &line]));
    Job { name: name.to_owned(), run: Box::new(run) }
}

fn duckdb(name: &str, query: String) -> Job {
    let script = format!(
        "import duckdb\nc=duckdb.connect(config={{'threads':2}})\nprint(c.execute(r'''{query}''').fetchone()[0])"
    );
    let run = move || output(Command::new("python3").args(["-c", &script]));
    Job { name: name.to_owned(), run: Box::new(run) }
}

fn output(command: &mut Command) -> Option<u64> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
