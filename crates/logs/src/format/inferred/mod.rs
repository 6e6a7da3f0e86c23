//! An access log of nobody's format: what its columns are is told from what stands in them.
//!
//! `log_format` and `LogFormat` are written by each site for itself. Without the configuration the lines still show which
//! column is a time stamp, a status, an address: by the looks of all its values together.

mod column;
mod split;

use std::collections::HashMap;

use super::template::{Builder, Shape, Slot, Template};
use crate::record::Field;
use crate::text::Encoding;
use column::{Column, Looks};
use split::{Piece, pieces};

/// So many lines are looked at.
const LOOKED_AT: usize = 64;

/// Fewer columns say too little of a request and its answer: development servers print a line that is read as an application's.
const FEWEST: usize = 5;

/// What stands between columns, in the order in which it is tried.
const SEPARATORS: [&[u8]; 6] = [b"\t", b" | ", b"|", b";", b",", b" "];

/// The template that fits most of the lines; `None` when they do not look like those of an access log.
pub(super) fn infer(lines: &[&[u8]]) -> Option<Template> {
    let step = lines.len().div_ceil(LOOKED_AT).max(1);
    let looked_at: Vec<&[u8]> = lines.iter().step_by(step).copied().collect();
    SEPARATORS.iter().find_map(|separator| with(&looked_at, separator))
}

fn with(lines: &[&[u8]], separator: &[u8]) -> Option<Template> {
    let split: Vec<Vec<Piece<'_>>> = lines.iter().filter_map(|line| pieces(line, separator)).collect();
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for pieces in &split {
        *counts.entry(pieces.len()).or_default() += 1;
    }
    let (columns, alike) = counts.into_iter().max_by_key(|(columns, lines)| (*lines, *columns))?;
    if columns < FEWEST || alike * 5 < lines.len() * 3 {
        return None;
    }
    let rows: Vec<&Vec<Piece<'_>>> = split.iter().filter(|pieces| pieces.len() == columns).collect();
    let columns: Vec<Column<'_>> = (0..columns).map(|at| Column::of(&rows, at)).collect();
    // Pairs of name and value are read by their names.
    if columns.iter().filter(|column| !column.label.is_empty()).count() * 2 > columns.len() {
        return None;
    }
    let fields = name(&columns)?;
    build(&columns, &fields, separator)
}

/// What each column is; `None` when they do not make a request and its answer.
fn name(columns: &[Column<'_>]) -> Option<Vec<Option<Field>>> {
    let mut fields: Vec<Option<Field>> = columns.iter().map(|column| column.hint).collect();
    let mut once = |looks: Looks, field: Field| {
        let taken = fields.contains(&Some(field));
        let at = (0..columns.len()).find(|at| fields[*at].is_none() && columns[*at].looks == looks);
        if let (false, Some(at)) = (taken, at) {
            fields[at] = Some(field);
        }
    };
    once(Looks::Time, Field::Time);
    once(Looks::Date, Field::Date);
    once(Looks::Clock, Field::TimeOfDay);
    once(Looks::Request, Field::Request);
    once(Looks::Method, Field::Method);
    once(Looks::Path, Field::Target);
    once(Looks::Protocol, Field::Protocol);
    once(Looks::Address, Field::Client);
    once(Looks::Endpoint, Field::Client);
    once(Looks::Endpoint, Field::Upstream);
    once(Looks::Addresses, Field::ForwardedFor);
    once(Looks::Agent, Field::UserAgent);
    once(Looks::Identifier, Field::RequestId);
    once(Looks::Host, Field::Host);
    answer(columns, &mut fields);
    // A whole URL is what was asked for, unless that is known from another column.
    let target =
        [Field::Request, Field::Target, Field::Path].iter().any(|field| fields.contains(&Some(*field)));
    let urls = (0..columns.len()).find(|at| fields[*at].is_none() && columns[*at].looks == Looks::Url);
    if let Some(at) = urls {
        fields[at] = Some(if target { Field::Referer } else { Field::Target });
    }
    let any = |wanted: &[Field]| wanted.iter().any(|field| fields.contains(&Some(*field)));
    let whole = any(&[Field::Status])
        && any(&[Field::Request, Field::Target, Field::Path])
        && any(&[Field::Time, Field::Date, Field::Client]);
    whole.then_some(fields)
}

/// Status and size: the first columns of their looks behind the request, else the first of all.
fn answer(columns: &[Column<'_>], fields: &mut [Option<Field>]) {
    let asked = |field: &Option<Field>| {
        matches!(field, Some(Field::Request | Field::Target | Field::Path | Field::Protocol | Field::Method))
    };
    let behind = fields.iter().rposition(asked).map_or(0, |at| at + 1);
    let find = |fields: &[Option<Field>], from: usize, looks: &[Looks]| {
        let fits = |at: &usize| fields[*at].is_none() && looks.contains(&columns[*at].looks);
        (from..columns.len()).find(fits).or_else(|| (0..columns.len()).find(fits))
    };
    let mut status = fields.iter().position(|field| *field == Some(Field::Status));
    if status.is_none()
        && let Some(at) = find(fields, behind, &[Looks::Status])
    {
        fields[at] = Some(Field::Status);
        status = Some(at);
    }
    let Some(status) = status else { return };
    if !fields.contains(&Some(Field::Size))
        && let Some(at) = find(fields, status, &[Looks::Number, Looks::Status]).filter(|at| *at > status)
    {
        fields[at] = Some(Field::Size);
    }
    // A second status is the one of the server behind.
    if !fields.contains(&Some(Field::UpstreamStatus))
        && let Some(at) = find(fields, status, &[Looks::Status]).filter(|at| *at > status)
    {
        fields[at] = Some(Field::UpstreamStatus);
    }
    if !fields.contains(&Some(Field::Duration))
        && let Some(at) = find(fields, 0, &[Looks::Fraction])
    {
        fields[at] = Some(Field::Duration);
    }
}

fn build(columns: &[Column<'_>], fields: &[Option<Field>], separator: &[u8]) -> Option<Template> {
    let mut builder = Builder::default();
    for (index, (column, field)) in columns.iter().zip(fields).enumerate() {
        if index > 0 {
            builder.text(separator);
        }
        let slot = match field {
            Some(Field::Client) if column.looks == Looks::Endpoint => {
                Slot::of(Field::Client).shaped(Shape::Endpoint)
            }
            Some(Field::Target) => {
                Slot::of(Field::Target).shaped(if column.open.is_empty() { Shape::Word } else { Shape::Any })
            }
            Some(field) => Slot::of(*field),
            None => Slot::other(),
        };
        builder
            .text(column.label)
            .text(column.open)
            .slot(slot.encoded(Encoding::Backslash))
            .text(column.close);
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::infer;
    use crate::record::Field;

    fn fields(lines: &[&str]) -> Option<Vec<(Field, String)>> {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let template = infer(&lines)?;
        let mut out = Vec::new();
        assert!(template.parse(lines[0], &mut out));
        let text = |entry: &crate::record::Entry| {
            String::from_utf8_lossy(&lines[0][entry.start as usize..entry.end as usize]).into_owned()
        };
        Some(out.iter().map(|entry| (entry.field, text(entry))).collect())
    }

    #[test]
    fn a_size_is_no_status_though_it_looks_like_one() {
        let found = fields(&[
            "POST /a 403 200 192.0.2.1 2026-11-26T10:00:01Z",
            "GET /b 200 403 192.0.2.1 2026-11-26T10:00:02Z",
            "GET /b 200 153 192.0.2.1 2026-11-26T10:00:02Z",
        ])
        .expect("an access log");
        assert!(found.contains(&(Field::Status, "403".into())), "{found:?}");
        assert!(found.contains(&(Field::Size, "200".into())), "{found:?}");
    }

    #[test]
    fn what_is_no_access_log_is_not_taken_for_one() {
        for lines in [
            &["2026-11-26 10:00:01 INFO started in 403 ms", "2026-11-26 10:00:02 INFO stopped in 200 ms"],
            &["a b c d", "e f g h"],
            &["time=1 status=403 path=x client=y", "time=2 status=200 path=x client=y"],
        ] {
            assert_eq!(fields(lines), None, "{lines:?}");
        }
    }
}
