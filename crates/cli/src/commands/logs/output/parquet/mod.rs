//! For query engines: one row for each refused request, as an Apache Parquet file. The columns are documented in
//! `docs/logs.md`.
//!
//! Row groups of plain, uncompressed pages: the least that every reader understands, in a few hundred lines instead of
//! a dependency. <https://parquet.apache.org/docs/file-format/>

mod thrift;

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};

use self::thrift::Struct;
use crate::commands::logs::key::Key;
use crate::commands::logs::requests::{Request, Requests};
use crate::output;

/// The columns that are fields of a refusal, in their order; time, document and line stand around them.
pub(crate) const COLUMNS: [Key; 8] =
    [Key::Cause, Key::Emitter, Key::Route, Key::Client, Key::Rule, Key::Status, Key::Method, Key::Host];

const MAGIC: &[u8] = b"PAR1";

/// Physical and converted types, repetition and encodings: `parquet.thrift` of the format.
const INT64: i64 = 2;
const BYTE_ARRAY: i64 = 6;
const UTF8: i64 = 0;
const TIMESTAMP_MICROS: i64 = 10;
const REQUIRED: i64 = 0;
const OPTIONAL: i64 = 1;
const PLAIN: i64 = 0;
const RLE: i64 = 3;

/// Rows of a row group, so that only so many are in memory.
const ROWS: usize = 10_000;

/// Writes the rows to standard output.
///
/// # Errors
/// Where standard output is a terminal, or cannot be written.
pub(super) fn write(requests: &mut Requests) -> Result<()> {
    if std::io::stdout().is_terminal() {
        bail!("a Parquet file is no text: send it to a file with `> refusals.parquet`");
    }
    for warning in requests.warnings() {
        output::note(&format!("warning: {warning}"));
    }
    let files: Vec<String> =
        requests.files.iter().map(|file| report::neutral(&file.path.display().to_string())).collect();
    let at = COLUMNS.map(|key| requests.settings.keys.iter().position(|own| *own == key));
    let mut file = File { written: 0, groups: Vec::new(), rows: 0, failed: output::print_bytes(MAGIC) };
    file.written += MAGIC.len() as i64;
    let mut columns = columns();
    requests
        .each(&mut |row| {
            add(&mut columns, row, &at, &files);
            if columns[0].values.len() == ROWS {
                file.group(&mut columns);
            }
        })
        .context("the temporary folder")?;
    file.end(&mut columns)
}

/// A file that is written row group by row group.
struct File {
    written: i64,
    groups: Vec<Struct>,
    rows: i64,
    failed: Result<()>,
}

impl File {
    /// Writes the rows that the columns hold, and empties them.
    fn group(&mut self, columns: &mut [Column]) {
        let rows = columns[0].values.len() as i64;
        let mut bytes = Vec::new();
        let chunks: Vec<Struct> =
            columns.iter().map(|column| column.chunk(self.written, &mut bytes)).collect();
        let total = bytes.len() as i64;
        self.groups.push(Struct::new().structs(1, &chunks).number(2, total).number(3, rows));
        self.written += total;
        self.rows += rows;
        if self.failed.is_ok() {
            self.failed = output::print_bytes(&bytes);
        }
        columns.iter_mut().for_each(|column| column.values.clear());
    }

    /// Writes what is left, and where everything is.
    fn end(mut self, columns: &mut [Column]) -> Result<()> {
        if columns[0].values.len() > 0 || self.groups.is_empty() {
            self.group(columns);
        }
        self.failed?;
        let root = Struct::new().text(4, "refusals").small(5, columns.len() as i64);
        let schema: Vec<Struct> = std::iter::once(root).chain(columns.iter().map(Column::schema)).collect();
        let footer = Struct::new()
            .small(1, 1)
            .structs(2, &schema)
            .number(3, self.rows)
            .structs(4, &self.groups)
            .text(6, "why403")
            .end();
        let mut bytes = footer.clone();
        bytes.extend_from_slice(&u32::try_from(footer.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(MAGIC);
        output::print_bytes(&bytes)
    }
}

/// A column: its name and its values.
struct Column {
    name: &'static str,
    values: Values,
}

enum Values {
    Texts(Vec<Option<String>>),
    Moments(Vec<Option<i64>>),
    Numbers(Vec<i64>),
}

/// The columns, without rows.
fn columns() -> Vec<Column> {
    let mut columns = vec![Column { name: "time", values: Values::Moments(Vec::new()) }];
    columns.extend(COLUMNS.map(|key| Column { name: key.name(), values: Values::Texts(Vec::new()) }));
    columns.push(Column { name: "document", values: Values::Texts(Vec::new()) });
    columns.push(Column { name: "line", values: Values::Numbers(Vec::new()) });
    columns
}

/// Adds a row; `at` says where each field stands among the row's values.
fn add(columns: &mut [Column], row: &Request<'_>, at: &[Option<usize>; COLUMNS.len()], files: &[String]) {
    let value = |at: &Option<usize>| row.values.get((*at)?).copied().flatten().map(report::neutral);
    let mut texts = at.iter().map(value).chain(std::iter::once(files.get(row.seen.file).cloned()));
    for column in columns {
        match &mut column.values {
            Values::Moments(values) => values.push(row.seen.micros),
            Values::Texts(values) => values.push(texts.next().flatten()),
            Values::Numbers(values) => values.push(row.seen.place.line as i64),
        }
    }
}

impl Values {
    fn clear(&mut self) {
        match self {
            Values::Texts(values) => values.clear(),
            Values::Moments(values) => values.clear(),
            Values::Numbers(values) => values.clear(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Values::Texts(values) => values.len(),
            Values::Moments(values) => values.len(),
            Values::Numbers(values) => values.len(),
        }
    }

    /// Physical type, converted type, repetition.
    fn types(&self) -> (i64, Option<i64>, i64) {
        match self {
            Values::Texts(_) => (BYTE_ARRAY, Some(UTF8), OPTIONAL),
            Values::Moments(_) => (INT64, Some(TIMESTAMP_MICROS), OPTIONAL),
            Values::Numbers(_) => (INT64, None, REQUIRED),
        }
    }

    /// A page's content: for optional values which of them are there, then those.
    fn page(&self) -> Vec<u8> {
        let mut page = match self {
            Values::Texts(values) => present(values.iter().map(Option::is_some)),
            Values::Moments(values) => present(values.iter().map(Option::is_some)),
            Values::Numbers(_) => Vec::new(),
        };
        match self {
            Values::Texts(values) => values.iter().flatten().for_each(|text| {
                page.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
                page.extend_from_slice(text.as_bytes());
            }),
            Values::Moments(values) => {
                values.iter().flatten().for_each(|value| page.extend_from_slice(&value.to_le_bytes()));
            }
            Values::Numbers(values) => {
                values.iter().for_each(|value| page.extend_from_slice(&value.to_le_bytes()))
            }
        }
        page
    }
}

/// Definition levels of one bit, as runs, with their length in front.
fn present(values: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut runs: Vec<(u64, bool)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((length, last)) if *last == value => *length += 1,
            _ => runs.push((1, value)),
        }
    }
    let mut levels = Vec::new();
    for (length, value) in runs {
        thrift::varint(length << 1, &mut levels);
        levels.push(u8::from(value));
    }
    let mut out = u32::try_from(levels.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    out.extend_from_slice(&levels);
    out
}

impl Column {
    fn schema(&self) -> Struct {
        let (physical, converted, repetition) = self.values.types();
        let element = Struct::new().small(1, physical).small(3, repetition).text(4, self.name);
        match converted {
            Some(converted) => element.small(6, converted),
            None => element,
        }
    }

    /// Writes the column's page, and says where it is; `before` bytes of the file stand before these.
    fn chunk(&self, before: i64, bytes: &mut Vec<u8>) -> Struct {
        let page = self.values.page();
        let (count, size, start) = (self.values.len() as i64, page.len() as i64, before + bytes.len() as i64);
        let data = Struct::new().small(1, count).small(2, PLAIN).small(3, RLE).small(4, RLE);
        let header = Struct::new().small(1, 0).small(2, size).small(3, size).inner(5, data).end();
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&page);
        let total = header.len() as i64 + size;
        let meta = Struct::new()
            .small(1, self.values.types().0)
            .smalls(2, &[PLAIN, RLE])
            .texts(3, &[self.name])
            .small(4, 0)
            .number(5, count)
            .number(6, total)
            .number(7, total)
            .number(9, start);
        Struct::new().number(2, start).inner(3, meta)
    }
}
