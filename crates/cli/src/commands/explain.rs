//! `why403 explain ID`: one page of the catalogue.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{EXPLAINED, output};

/// Prints the page of a cause, or of an emitter.
pub(crate) fn run(id: &str) -> Result<u8> {
    let id = &id.trim().to_ascii_lowercase();
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

/// Writes every page into a folder that is new or empty: nothing is overwritten.
pub(crate) fn book(folder: &Path) -> Result<u8> {
    let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if occupied {
        bail!("{} is not empty; name a new folder for the book", folder.display());
    }
    let chapters = report::book(catalogue::emitters::all(), catalogue::CAUSES);
    for chapter in &chapters {
        let path = folder.join(&chapter.path);
        let parent = path.parent().unwrap_or(folder);
        let write = fs::create_dir_all(parent).and_then(|()| fs::write(&path, &chapter.text));
        write.with_context(|| format!("cannot write {}", path.display()))?;
    }
    output::print(&format!("{} pages, from {}\n", chapters.len(), folder.join("README.md").display()))?;
    Ok(EXPLAINED)
}

/// What was asked, what comes near it, and where the list is.
fn unknown(id: &str) -> String {
    let word = id.rsplit(['.', ':']).next().unwrap_or(id);
    let causes = catalogue::CAUSES.iter().map(|cause| cause.id.to_owned());
    let emitters = catalogue::emitters::all().iter().map(|emitter| format!("emitter:{}", emitter.id));
    let known: Vec<String> = causes.chain(emitters).collect();
    let holds = |name: &&String| !word.is_empty() && name.contains(word);
    let mut near: Vec<&String> = known.iter().filter(holds).collect();
    // Two letters too much, too few or other ones, as in a pair that changed places; more in a long name.
    let mut misspelt: Vec<(usize, &String)> = known
        .iter()
        .map(|name| (distance(id, name).min(distance(id, name.trim_start_matches("emitter:"))), name))
        .filter(|(distance, _)| *distance <= (id.len() / 4).max(2) && id.len() > 3)
        .collect();
    misspelt.sort();
    near.extend(misspelt.into_iter().map(|(_, name)| name));
    let near: Vec<&str> = near.into_iter().take(3).map(String::as_str).collect();
    let near = if near.is_empty() { String::new() } else { format!("; did you mean {}", near.join(" or ")) };
    format!("there is no page `{id}`{near}; `why403 causes` and `why403 explain emitters` list all")
}

/// How many letters must be added, removed or changed to make one word of another (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (at, c) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, d) in other.chars().enumerate() {
            let changed = diagonal + usize::from(c != d);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
