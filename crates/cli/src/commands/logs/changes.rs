//! `--changes DIR`: what was changed on a server, and which change comes nearest before refusals began.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use logs::group::{Change, Group};

/// So many files are looked at, so deep.
const FILES: usize = 20_000;
const DEPTH: usize = 8;

/// Histories larger than this are not read.
const LARGEST: u64 = 64 << 20;

/// A change further back than this is not called near.
const NEAR: i64 = 24 * 3_600_000_000;

/// Something that was changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    /// In microseconds since 1970.
    pub(super) at: i64,
    /// What, in a few words.
    pub(super) what: String,
    /// The file that tells it.
    pub(super) document: String,
}

/// All changes that folders and files tell of: when files were written, which packages were installed, where a git
/// repository moved.
///
/// # Errors
/// Where a folder does not exist.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Event>> {
    let (mut events, mut files) = (Vec::new(), 0);
    for path in paths {
        fs::metadata(path).with_context(|| format!("--changes: {} cannot be read", path.display()))?;
        walk(path, 0, &mut files, &mut events);
    }
    events.sort();
    events.dedup();
    Ok(events)
}

fn walk(path: &Path, depth: usize, files: &mut usize, events: &mut Vec<Event>) {
    *files += 1;
    let Ok(meta) = fs::symlink_metadata(path) else { return };
    if depth > DEPTH || *files > FILES {
        return;
    }
    if meta.is_dir() {
        if path.file_name().is_some_and(|name| name == ".git") {
            history(&path.join("logs/HEAD"), &|text, document| git(text, document), events);
            return;
        }
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| walk(&entry.path(), depth + 1, files, events));
        return;
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if name.starts_with("dpkg.log") {
        history(path, &|text, document| dpkg(text, document), events);
    } else if name.starts_with("history.log") {
        history(path, &|text, document| apt(text, document), events);
    } else if meta.is_file() && !name.contains(".log") && !name.ends_with(".gz") {
        let at = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let document = path.display().to_string();
        events.extend(at.map(|at| Event { at: at.as_micros() as i64, what: "written".into(), document }));
    }
}

fn history(path: &Path, read: &dyn Fn(&str, &str) -> Vec<Event>, events: &mut Vec<Event>) {
    if fs::metadata(path).is_ok_and(|meta| meta.len() <= LARGEST)
        && let Ok(bytes) = fs::read(path)
    {
        events.extend(read(&String::from_utf8_lossy(&bytes), &path.display().to_string()));
    }
}

/// `2026-11-24 08:30:00 upgrade nginx:amd64 1.22.1-9 1.24.0-1`: dpkg(1), in local time.
fn dpkg(text: &str, document: &str) -> Vec<Event> {
    let event = |line: &str| {
        let rest = line.get(20..)?;
        let done = ["install ", "upgrade ", "remove "].iter().any(|action| rest.starts_with(action));
        let at = local(line.get(..19)?)?;
        done.then(|| Event { at, what: rest.trim().to_owned(), document: document.to_owned() })
    };
    text.lines().filter_map(event).collect()
}

/// `Start-Date: 2026-11-24  08:30:00` and `Commandline: apt upgrade`: apt's history, in local time.
fn apt(text: &str, document: &str) -> Vec<Event> {
    let (mut events, mut at) = (Vec::new(), None);
    for line in text.lines() {
        if let Some(date) = line.strip_prefix("Start-Date: ") {
            at = local(&date.replace("  ", " "));
        } else if let Some((at, command)) = at.zip(line.strip_prefix("Commandline: ")) {
            events.push(Event { at, what: command.to_owned(), document: document.to_owned() });
        }
    }
    events
}

/// `OLD NEW Name <mail> 1795506000 +0100<tab>commit: Deny the API`: git's reflog, gitformat-index(5) of `.git/logs`.
fn git(text: &str, document: &str) -> Vec<Event> {
    let event = |line: &str| {
        let (head, what) = line.split_once('\t')?;
        let seconds: i64 = head.rsplit(' ').nth(1)?.parse().ok()?;
        let commit = head.split(' ').nth(1)?.get(..10)?;
        let what = format!("{what} ({commit})");
        Some(Event { at: seconds.checked_mul(1_000_000)?, what, document: document.to_owned() })
    };
    text.lines().filter_map(event).collect()
}

/// A local date and time of this machine.
fn local(text: &str) -> Option<i64> {
    let time: jiff::civil::DateTime = text.trim().parse().ok()?;
    Some(time.to_zoned(TimeZone::system()).ok()?.timestamp().as_microsecond())
}

/// The moment at which a group's refusals began to be more: its first one, where there were none before.
pub(super) fn moment(group: &Group, change: &Change) -> i64 {
    group.first.micros.filter(|_| change.before == 0.0).unwrap_or(change.at)
}

/// The last change before a moment, if one is near; `blur` is how exactly the moment is known.
pub(super) fn nearest(events: &[Event], moment: i64, blur: i64) -> Option<&Event> {
    let before = events.partition_point(|event| event.at <= moment + blur);
    events[..before].last().filter(|event| moment - event.at <= NEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_are_read_and_the_nearest_change_comes_before() {
        let reflog =
            "0000 1234567890abcdef A B <a@b.example> 1795506000 +0100\tcommit: Deny the API\nbroken\n";
        let events = git(reflog, "HEAD");
        assert_eq!(
            (events[0].at, events[0].what.as_str()),
            (1_795_506_000_000_000, "commit: Deny the API (1234567890)")
        );
        let text = "2026-11-24 08:30:00 upgrade nginx:amd64 1 2\n2026-11-24 08:30:01 status installed nginx:amd64 2\n";
        assert_eq!(dpkg(text, "dpkg.log").len(), 1);
        let text =
            "Start-Date: 2026-11-24  08:30:00\nCommandline: apt upgrade\nEnd-Date: 2026-11-24  08:31:00\n";
        assert_eq!(apt(text, "history.log")[0].what, "apt upgrade");
        let event = |at| Event { at, what: String::new(), document: String::new() };
        let events = [event(100), event(200), event(300)];
        assert_eq!(nearest(&events, 250, 10), Some(&events[1]));
        assert_eq!(nearest(&events, 295, 10), Some(&events[2]));
        assert_eq!(nearest(&events, 50, 10), None);
        assert_eq!(nearest(&events, 300 + NEAR + 1, 0), None);
    }
}
