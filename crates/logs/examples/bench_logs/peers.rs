//! The same work by other tools, each in the form that its users would write.

use std::path::Path;
use std::process::Command;

use crate::generator::story;

/// What the table calls it, and the command.
pub(crate) type Peer = (String, Vec<String>);

pub(crate) fn combined(path: &Path) -> Vec<Peer> {
    let file = path.display();
    let lines = table(path);
    vec![
        shell("wc -l", format!("wc -l < {file}")),
        shell("rg -c '\" 403 '", format!("rg -c '\" 403 ' {file}")),
        shell("rg -c ' 403 '", format!("rg -c ' 403 ' {file}")),
        shell("grep -c ' 403 ' (C locale)", format!("LC_ALL=C grep -c ' 403 ' {file}")),
        shell("gawk $9==403", format!("LC_ALL=C gawk '$9==403{{n++}}END{{print n}}' {file}")),
        shell("mawk $9==403", format!("LC_ALL=C mawk '$9==403{{n++}}END{{print n}}' {file}")),
        shell("gawk, totals per status", format!("LC_ALL=C gawk '{{n[$9]++}}END{{print n[403]}}' {file}")),
        duckdb(
            "DuckDB, substring, then extract",
            &format!(
                "select sum(n) from (select regexp_extract(line, '\"[A-Z]+ ([^ ]+)', 1) p, count(*) n from {lines} \
                 where contains(line, '\" 403 ') and regexp_matches(line, '\" 403 [0-9]+ \"') group by p)"
            ),
        ),
        duckdb(
            "DuckDB, a regular expression for each line",
            &format!(
                "select count(*) from (select regexp_extract(line, '{LINE}', ['client', 'user', 'time', 'request', 'status', 'size', 'referer', 'agent']) r \
                 from {lines}) where r.status = '403'"
            ),
        ),
        polars(
            "Polars, substring, then extract",
            path,
            r#"filter(c.str.contains('" 403 ', literal=True)).select(c.str.extract('" ([0-9]{3}) [0-9]+ "', 1).alias('s'), c.str.extract('"[A-Z]+ ([^ ]+)', 1).alias('p'))"#,
        ),
        polars(
            "Polars, a regular expression for each line",
            path,
            &format!("select(c.str.extract_groups(r'''{NAMED}''')).unnest('l')"),
        ),
    ]
}

/// The combined format as a regular expression, without and with names.
const LINE: &str = r#"^(\S+) - (.*?) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$"#;
const NAMED: &str = r#"^(?P<c>\S+) - (?P<u>.*?) \[(?P<t>[^\]]+)\] "(?P<p>(?:[^"\\]|\\.)*)" (?P<s>\d{3}) (?P<z>\d+) "(?P<r>(?:[^"\\]|\\.)*)" "(?P<a>(?:[^"\\]|\\.)*)"$"#;

pub(crate) fn json(path: &Path) -> Vec<Peer> {
    let file = path.display();
    vec![
        shell("rg piped to jq", format!(r#"rg '"status":403' {file} | jq -c .request_uri | wc -l"#)),
        duckdb(
            "DuckDB, JSON",
            &format!(
                "select count(*) from (select remote_addr, request_uri, time from read_json('{file}', format='newline_delimited') where status = 403)"
            ),
        ),
        python(
            "Polars, JSON",
            &format!(
                "import polars\nprint(polars.scan_ndjson('{file}').filter(polars.col('status')==403).select('remote_addr','request_uri','time').collect().height)"
            ),
        ),
    ]
}

pub(crate) fn gzip(path: &Path) -> Vec<Peer> {
    let file = path.display();
    vec![
        shell("gzip -dc", format!("gzip -dc {file} > /dev/null")),
        shell("gzip -dc, piped to rg -c", format!("gzip -dc {file} | rg -c '\" 403 '")),
    ]
}

/// Refused requests with what the other two logs say of them.
pub(crate) fn join(folder: &Path) -> Vec<Peer> {
    let [access, error, audit] = story::NAMES.map(|name| folder.join(name));
    let query = format!(
        "with a as (select regexp_extract(line, '^([^ ]+) - .*? \\[([^ ]+) [^\\]]*\\] \"([^\"]*)\" 403 .* rid=([0-9a-f]+)', ['client', 'time', 'request', 'id']) r \
         from {} where contains(line, '\" 403 ') and regexp_matches(line, '\" 403 [0-9]+ \"')), \
         e as (select regexp_extract(line, '^([0-9/]+ [0-9:]+) .*client: ([^,]+), .*request: \"([^\"]*)\"', ['time', 'client', 'request']) r, line \
         from {} where contains(line, 'access forbidden by rule')), \
         m as (select transaction.unique_id as id, transaction.messages[1].details.ruleId as rule from read_json('{}', format='newline_delimited')) \
         select count(*) from (select a.r.id, any_value(e.line), any_value(m.rule) from a \
         left join e on e.r.client = a.r.client and e.r.request = a.r.request and strptime(e.r.time, '%Y/%m/%d %H:%M:%S') = strptime(a.r.time, '%d/%b/%Y:%H:%M:%S') \
         left join m on m.id = a.r.id where e.line is not null or m.rule is not null group by a.r.id)",
        table(&access),
        table(&error),
        audit.display()
    );
    vec![duckdb("DuckDB, filtered first, joined", &query)]
}

fn table(path: &Path) -> String {
    format!(
        "read_csv('{}', columns={{'line':'VARCHAR'}}, delim='\u{1}', quote='', escape='', header=false, auto_detect=false)",
        path.display()
    )
}

fn shell(name: &str, line: String) -> Peer {
    (name.to_owned(), vec!["sh".into(), "-c".into(), line])
}

fn duckdb(name: &str, query: &str) -> Peer {
    python(
        name,
        &format!(
            "import duckdb\nc=duckdb.connect(config={{'threads':2}})\nc.execute('set enable_progress_bar = false')\nprint(c.execute(r'''{query}''').fetchone()[0])"
        ),
    )
}

/// `rest` goes on from the table whose only column is `c`.
fn polars(name: &str, path: &Path, rest: &str) -> Peer {
    let script = format!(
        "import polars\nc=polars.col('l')\n\
         t=polars.scan_csv('{}', has_header=False, new_columns=['l'], separator='\\x01', quote_char=None, schema={{'l':polars.String}}).{rest}\n\
         print(t.filter(polars.col('s')=='403').collect().height)",
        path.display()
    );
    python(name, &script)
}

/// By the first Python that has what the script imports first.
fn python(name: &str, script: &str) -> Peer {
    let import = script.lines().next().unwrap_or_default();
    let lab = std::env::var("WHY403_LAB_HOME").map(|home| format!("{home}/venv/bin/python"));
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.lab/venv/bin/python").to_owned();
    let pythons = [std::env::var("BENCH_PYTHON"), lab, Ok(own)].into_iter().flatten();
    let able = |python: &String| {
        Command::new(python).args(["-c", import]).output().is_ok_and(|output| output.status.success())
    };
    let python = pythons.into_iter().find(able).unwrap_or_else(|| String::from("python3"));
    (name.to_owned(), vec![python, "-c".into(), script.to_owned()])
}
