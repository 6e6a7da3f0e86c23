//! For spreadsheets and databases: RFC 4180, with a header.

use std::fmt::Write as _;

use anyhow::Result;

use super::Pieces;
use crate::commands::logs::requests::Requests;

/// Prints the groups as CSV.
///
/// # Errors
/// Where standard output cannot be written.
pub(super) fn write(requests: &Requests) -> Result<()> {
    let (mut out, mut text) = (Pieces::default(), String::new());
    let names: Vec<&str> = requests.settings.group_by.iter().map(|key| key.name()).collect();
    text.push_str(&names.join(","));
    text.push_str(",count,share,first,last,document,line\r\n");
    for group in &requests.groups {
        for at in 0..names.len() {
            text.push_str(&cell(&requests.value(group, at).unwrap_or_default()));
            text.push(',');
        }
        let (document, line) = requests.place(group);
        let moment = |micros| requests.moment(micros).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{},{:.6},{},{},{},{line}\r\n",
            group.count,
            requests.share(group),
            moment(group.first.micros),
            moment(group.last.micros),
            cell(&document)
        );
        out.add(&text)?;
        text.clear();
    }
    out.add(&text)?;
    out.end()
}

/// A cell: quoted where it must be, and never a formula, which spreadsheets would run.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=cmd()"), "'=cmd()");
    }
}
