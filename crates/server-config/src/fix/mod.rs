//! Changes to a configuration that let the refused request pass: unified diffs, what they open, how wide.

mod exception;
pub(crate) mod header;
mod over_grant;
mod width;

use similar::TextDiff;

use crate::source::{FileTree, Source};
use crate::walk::{Answer, Walk};

pub(crate) use exception::{Exception, exceptions};
pub use over_grant::{OVER_GRANTS, OverGrant, over_grant, tempting};
pub use width::Width;

/// One way to mend the refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to do, in one sentence.
    pub text: String,
    /// The changes, one file each; empty when the fix is no change of a file (a command, a decision).
    pub patches: Vec<Patch>,
    /// What the change newly allows, beyond the request itself.
    pub opens: String,
}

/// A change to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The file's path as the server knows it.
    pub file: String,
    /// The change as a unified diff with three lines of context; `patch -p0` applies it.
    pub diff: String,
    /// The whole text after the change.
    pub after: String,
}

/// The lines `first..=last` of a file (from 1) are replaced by these; `last < first` inserts before `first`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The first line that goes.
    pub first: u32,
    /// The last line that goes.
    pub last: u32,
    /// The lines that come, without line ends.
    pub lines: Vec<String>,
}

impl Fix {
    /// A fix made of edits to one file; refused by name when an added line grants far more than the request.
    pub fn edit(
        source: &Source,
        edits: &[Edit],
        text: impl Into<String>,
        opens: impl Into<String>,
    ) -> Result<Self, &'static OverGrant> {
        let added = edits.iter().flat_map(|edit| &edit.lines);
        if let Some(refused) = added.filter_map(|line| over_grant(line)).next() {
            return Err(refused);
        }
        let patch = Patch::new(&source.name, &source.text(), &apply(&source.text(), edits));
        Ok(Self { text: text.into(), patches: vec![patch], opens: opens.into() })
    }
}

/// The same tree with what the fix makes of its files.
pub(crate) fn patched(files: &FileTree, fix: &Fix) -> FileTree {
    let made = fix.patches.iter();
    made.fold(files.clone(), |files, patch| files.with_file(&patch.file, patch.after.as_bytes()))
}

/// Whether the request of a walk passes: no rule refuses it, and no rule is left open. A file that it needs may be missing
/// where nobody can see.
pub(crate) fn passes(walk: &Walk) -> bool {
    match &walk.outcome.answer {
        Answer::Unknown(needs) => needs.is_file(),
        _ => !walk.refuses(),
    }
}

impl Patch {
    /// The difference between two texts of a file.
    pub fn new(file: &str, before: &str, after: &str) -> Self {
        let relative = file.trim_start_matches('/');
        let diff = TextDiff::from_lines(before, after);
        let unified =
            diff.unified_diff().header(&format!("a/{relative}"), &format!("b/{relative}")).to_string();
        Self { file: file.to_owned(), diff: unified, after: after.to_owned() }
    }
}

/// The text with the edits made; edits must not overlap.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.first, edit.last)));
    for edit in edits {
        let start = (edit.first.max(1) as usize - 1).min(lines.len());
        let end = (edit.last as usize).clamp(start, lines.len());
        let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
        if start == lines.len()
            && let Some(last) = lines.last_mut().filter(|last| !last.ends_with('\n'))
        {
            last.push_str(ending);
        }
        lines.splice(start..end, edit.lines.iter().map(|line| format!("{line}{ending}")));
    }
    lines.concat()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn source(text: &str) -> Source {
        Source { name: Arc::from("/etc/x.conf"), bytes: Arc::from(text.as_bytes()), included_from: None }
    }

    #[test]
    fn an_edit_becomes_a_unified_diff() {
        let edit = Edit { first: 2, last: 2, lines: vec!["B".into()] };
        let fix = Fix::edit(&source("a\nb\nc\n"), &[edit], "change b", "nothing").unwrap();
        assert_eq!(
            fix.patches[0].diff,
            "--- a/etc/x.conf\n+++ b/etc/x.conf\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
        );
    }

    #[test]
    fn an_insertion_keeps_what_is_there() {
        assert_eq!(apply("a\nb", &[Edit { first: 3, last: 2, lines: vec!["c".into()] }]), "a\nb\nc\n");
        assert_eq!(
            apply("a\r\nb\r\n", &[Edit { first: 2, last: 1, lines: vec!["x".into()] }]),
            "a\r\nx\r\nb\r\n"
        );
    }

    #[test]
    fn an_over_granting_fix_is_refused_by_name() {
        let edit = Edit { first: 1, last: 0, lines: vec!["    satisfy any;".into()] };
        let refused = Fix::edit(&source("a\n"), &[edit], "", "").unwrap_err();
        assert_eq!(refused.name, "satisfy any");
    }
}
