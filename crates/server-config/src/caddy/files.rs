//! Files: the server of them, and the matcher that looks for them (`modules/caddyhttp/fileserver`).

use super::matching::{Fit, Fits};
use super::placeholders::Unset;
use super::route::{Files, Handler};
use super::run::{Flow, Run};
use super::uri;
use crate::source::Entry;
use crate::walk::{Answer, Needs, Verdict};

impl<'a> Run<'a> {
    pub(super) fn serve_file(&mut self, handler: &'a Handler, files: &'a Files) -> Result<Flow, Needs> {
        let place = Some(handler.place.clone());
        let root = self.root(files.root.as_deref())?;
        let mut path = uri::join(&root, &self.uri.path);
        let mut entry = self.entry(&path)?;
        let mut is_index = false;
        if entry == Entry::Directory {
            for name in &files.index {
                let index = uri::join(&path, &self.replace(name, Unset::Empty)?);
                if !is_hidden(&index, &files.hide) && self.entry(&index)? == Entry::File {
                    (path, entry, is_index) = (index, Entry::File, true);
                    break;
                }
            }
        }
        if entry == Entry::Directory && files.browses {
            self.handler_step(handler, Verdict::Hit, format!("`{path}` is a directory, which is listed"));
            return Ok(Flow::Answer(Answer::Status(200), place));
        }
        if entry != Entry::File || is_hidden(&path, &files.hide) {
            if files.passes_through {
                self.handler_step(handler, Verdict::Miss, format!("there is no file `{path}`"));
                return Ok(Flow::Next);
            }
            let because = match entry {
                Entry::Directory => format!("the directory `{path}` has no index file"),
                Entry::File => format!("`{path}` is hidden"),
                _ => format!("there is no file `{path}`"),
            };
            self.handler_step(handler, Verdict::Hit, because);
            return Ok(Flow::Error(404, place));
        }
        let base = |path: &str| path.trim_end_matches('/').rsplit('/').next().unwrap_or("").to_owned();
        if base(&self.original.path) == base(&self.uri.path) && is_index != self.original.path.ends_with('/')
        {
            let because = "a directory's URL ends in a slash, and a file's does not".to_owned();
            self.handler_step(handler, Verdict::Hit, because);
            return Ok(Flow::Answer(Answer::Status(308), place));
        }
        // Versions from 2.7 on refuse other methods with 405; earlier ones serve the file.
        if !matches!(self.method.as_str(), "GET" | "HEAD") {
            return Err(Needs(format!("Caddy's version: whether it serves files to {}", self.method)));
        }
        self.handler_step(handler, Verdict::Hit, format!("the file is `{path}`"));
        let status = match (&self.error, files.status.is_empty()) {
            (_, false) => Some(self.replace(&files.status, Unset::Empty)?.parse().unwrap_or(500)),
            (Some((status, _)), true) => Some(*status),
            (None, true) => None,
        };
        Ok(Flow::Answer(status.map_or(Answer::File(path), Answer::Status), place))
    }

    /// `try_files` and `file`: the first that exists (`selectFile()`).
    pub(super) fn file_fits(&mut self, root: Option<&str>, tries: &[String]) -> Fits {
        let root = self.root(root)?;
        for pattern in tries {
            if let Some(status) = pattern.strip_prefix('=').and_then(|status| status.parse().ok()) {
                return Ok(Fit::Error(status));
            }
            let mut name = uri::clean(&self.replace(pattern, Unset::Empty)?, true);
            // `path.Clean()` takes the last slash away, but for the root's own.
            name.truncate(name.trim_end_matches('/').len().max(1));
            if pattern.ends_with('/') {
                name.push('/');
            }
            if pattern.contains(['*', '?', '[']) {
                return Err(Needs(format!("the files that `{pattern}` names")));
            }
            let path = uri::join(&root, &name);
            // `SanitizedPathJoin()` keeps a last slash, but for that of a name that is only the slash.
            let wanted = if path.ends_with('/') { Entry::Directory } else { Entry::File };
            if self.entry(path.trim_end_matches('/'))? == wanted {
                let relative = path.strip_prefix(root.trim_end_matches('/')).unwrap_or(&path).to_owned();
                self.placeholders.insert("http.matchers.file.relative".to_owned(), relative);
                self.placeholders.insert("http.matchers.file.absolute".to_owned(), path);
                return Ok(Fit::Yes);
            }
        }
        Ok(Fit::No(format!("none of the files `{}` is there", tries.join(" "))))
    }

    fn root(&self, root: Option<&str>) -> Result<String, Needs> {
        let root = match root {
            Some(root) => self.replace(root, Unset::Empty)?,
            None => self.vars.get("root").cloned().unwrap_or_default(),
        };
        if root.starts_with('/') {
            Ok(root)
        } else {
            Err(Needs("the directory that Caddy runs in, where its files are looked for".to_owned()))
        }
    }

    fn entry(&self, path: &str) -> Result<Entry, Needs> {
        match self.files.entry(path) {
            Entry::Unknown => Err(Needs::file(path)),
            entry => Ok(entry),
        }
    }
}

/// A name without a slash hides any part of the path, one with a slash the path and what is below (`fileHidden()`).
fn is_hidden(path: &str, hide: &[String]) -> bool {
    hide.iter().any(|hidden| match hidden.contains('/') {
        false => path.split('/').any(|part| crate::source::glob_match(hidden, part)),
        true => path
            .strip_prefix(hidden.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    })
}
