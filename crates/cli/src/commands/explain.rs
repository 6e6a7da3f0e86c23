//! `why403 explain ID`: one page of the catalogue.

use anyhow::{Result, bail};

use crate::{EXPLAINED, output};

/// Prints the page of a cause, or of an emitter.
pub(crate) fn run(id: &str) -> Result<u8> {
    if id == "emitters" {
        let lines: Vec<String> = catalogue::emitters::all()
            .iter()
            .map(|emitter| format!("emitter:{:<28} {}\n", emitter.id, emitter.name))
            .collect();
        output::print(&lines.concat())?;
        return Ok(EXPLAINED);
    }
    let page = match id.strip_prefix("emitter:") {
        Some(emitter) => catalogue::emitters::find(emitter).map(report::emitter_page),
        None => catalogue::CAUSES.iter().find(|cause| cause.id == id).map(|cause| report::cause_page(cause)),
    };
    let Some(page) = page else { bail!("{}", unknown(id)) };
    output::print(&page.text)?;
    Ok(EXPLAINED)
}

/// What was asked, what comes near it, and where the list is.
fn unknown(id: &str) -> String {
    let word = id.rsplit(['.', ':']).next().unwrap_or(id);
    let near: Vec<&str> =
        catalogue::CAUSES.iter().map(|cause| cause.id).filter(|known| known.contains(word)).take(3).collect();
    let near = if near.is_empty() { String::new() } else { format!("; did you mean {}", near.join(" or ")) };
    format!("there is no cause `{id}`{near}; `why403 causes` and `why403 explain emitters` list all")
}
