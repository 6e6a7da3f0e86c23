//! The output of `nginx -T`: all files of a configuration in one text.

use crate::source::{Coverage, FileTree};

/// The line before each file, as `src/core/nginx.c` prints it: `# configuration file PATH:`.
const MARK: &str = "# configuration file ";

/// The files in the output of `nginx -T`, and the name of the main one, which comes first.
///
/// `None` when the text holds no such mark. Messages of `nginx -t` in front of the first mark are skipped.
pub fn files_of_dump(text: &str) -> Option<(FileTree, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let marked = line.strip_prefix(MARK).and_then(|rest| rest.trim_end().strip_suffix(':'));
        match (marked, files.last_mut()) {
            (Some(path), _) => files.push((path.to_owned(), String::new())),
            (None, Some((_, body))) => body.push_str(line),
            (None, None) => {}
        }
    }
    let main = files.first()?.0.clone();
    Some((FileTree::in_memory(Coverage::Part, files), main))
}
