//! `why403 causes`: the closed list.

use std::fmt::Write as _;

use anyhow::Result;

use crate::args::ListFormat;
use crate::{EXPLAINED, output};

/// Prints all causes.
pub(crate) fn run(format: ListFormat) -> Result<u8> {
    let mut text = String::new();
    for cause in catalogue::CAUSES {
        // Writing to a string cannot fail.
        let _ = match format {
            ListFormat::Terminal => {
                writeln!(text, "{:<28} {:<12} {}", cause.id, cause.layer.name(), cause.title())
            }
            ListFormat::Json => writeln!(text, "{}", report::cause_line(cause)),
        };
    }
    output::print(&text)?;
    Ok(EXPLAINED)
}
