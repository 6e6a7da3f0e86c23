//! For query engines: one row for each refused request, as an Apache Parquet file. The columns are documented in
//! `docs/logs.md`.
//!
//! One row group of plain, uncompressed pages: the least that every reader understands, in a few hundred lines instead of
//! a dependency. <https://parquet.apache.org/docs/file-format/>

mod thrift;

use std::io::IsTerminal;

use anyhow::{Result, bail};

use self::thrift::Struct;
use crate::commands::logs::key::Key;
use crate::commands::logs::requests::Requests;
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

/// Writes the rows to standard output.
///
/// # Errors
/// Where standard output is a terminal, or cannot be written.
pub(super) fn write(requests: &Requests) -> Result<()> {
    if std::io::stdout().is_terminal() {
        bail!("a Parquet file is no text: send it to a file with `> refusals.parquet`");
    }
    for warning in requests.warnings() {
        output::note(&format!("warning: {warning}"));
    }
    output::print_bytes(&file(requests))
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

fn file(requests: &Requests) -> Vec<u8> {
    let columns = columns(requests);
    let rows = columns.first().map_or(0, |column| column.values.len()) as i64;
    let mut bytes = MAGIC.to_vec();
    let chunks: Vec<Struct> = columns.iter().map(|column| column.chunk(&mut bytes)).collect();
    let total = bytes.len() as i64;
    let group = Struct::new().structs(1, &chunks).number(2, total).number(3, rows);
    let root = Struct::new().text(4, "refusals").small(5, columns.len() as i64);
    let schema: Vec<Struct> = std::iter::once(root).chain(columns.iter().map(Column::schema)).collect();
    let footer = Struct::new()
        .small(1, 1)
        .structs(2, &schema)
        .number(3, rows)
        .structs(4, &[group])
        .text(6, "why403")
        .end();
    bytes.extend_from_slice(&footer);
    bytes.extend_from_slice(&u32::try_from(footer.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(MAGIC);
    bytes
}

fn columns(requests: &Requests) -> Vec<Column> {
    let rows = requests.rows();
    let mut columns = vec![Column {
        name: "time",
        values: Values::Moments(rows.iter().map(|row| row.seen.micros).collect()),
    }];
    for key in COLUMNS {
        let at = requests.settings.keys.iter().position(|own| *own == key);
        let value = |row: &crate::commands::logs::requests::Request<'_>| {
            row.values.get(at?).copied().flatten().map(report::neutral)
        };
        columns.push(Column { name: key.name(), values: Values::Texts(rows.iter().map(value).collect()) });
    }
    let document =
        |file: usize| requests.files.get(file).map(|file| report::neutral(&file.path.display().to_string()));
    columns.push(Column {
        name: "document",
        values: Values::Texts(rows.iter().map(|row| document(row.seen.file)).collect()),
    });
    let lines = rows.iter().map(|row| row.seen.place.line as i64).collect();
    columns.push(Column { name: "line", values: Values::Numbers(lines) });
    columns
}

impl Values {
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

    /// Writes the column's page, and says where it is.
    fn chunk(&self, bytes: &mut Vec<u8>) -> Struct {
        let page = self.values.page();
        let (count, size, start) = (self.values.len() as i64, page.len() as i64, bytes.len() as i64);
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
