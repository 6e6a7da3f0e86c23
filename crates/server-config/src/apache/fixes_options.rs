//! Fixes of refusals by `Options`: a program that may not run, a link that may not be followed, a directory without
//! an index.

use super::fixes::At;
use crate::fix::Fix;
use crate::source::{Entry, FileTree, Link};

/// Names that stand for a directory where `DirectoryIndex` says so.
const INDEXES: &[&str] = &["index.php", "index.htm", "index.cgi", "index.pl", "default.html", "home.html"];

impl At<'_> {
    pub(super) fn options(&self, files: &FileTree) -> Vec<Option<Fix>> {
        let because = self.refusal();
        let Some(path) = because.split('`').nth(1) else { return Vec::new() };
        if because.contains("`ExecCGI`") {
            return self.exec_cgi(path);
        }
        if because.contains("rewriting") {
            return vec![self.add_option("SymLinksIfOwnerMatch", "links whose target has the same owner")];
        }
        if because.contains("link") {
            return self.links(path, files);
        }
        if because.contains("index file") {
            return self.index(path, files);
        }
        Vec::new()
    }

    /// What the walk says of the refusal.
    fn refusal(&self) -> String {
        let steps = &self.walk.steps;
        let own = steps.iter().rfind(|step| step.place.as_ref() == Some(&self.rule.place));
        let own = own.or(steps.last().filter(|step| step.place.is_none()));
        own.map_or(String::new(), |step| step.because.clone())
    }

    /// Only this program, by its name.
    fn exec_cgi(&self, path: &str) -> Vec<Option<Fix>> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let lines = [format!("<Files \"{name}\">"), "    Options +ExecCGI".to_owned(), "</Files>".to_owned()];
        let opens = format!("the program `{name}` may run, wherever it is below {}", self.place_of());
        let text = format!("let `{name}` run");
        let inner =
            self.insert_after(self.rule, &lines).and_then(|edit| self.edit(vec![edit], text.clone(), opens));
        let wrapped: Vec<String> = [format!("<Directory \"{directory}\">")]
            .into_iter()
            .chain(lines.iter().map(|line| format!("    {line}")))
            .chain(["</Directory>".to_owned()])
            .collect();
        let opens = format!("the program `{path}` may run");
        let outer = self.behind_section(&wrapped, text.clone(), opens.clone());
        if !self.rule.is("Options") {
            let edit = self.insert_after(self.rule, &wrapped);
            return vec![outer.or(edit.and_then(|edit| self.edit(vec![edit], text, opens)))];
        }
        vec![outer.or(inner), self.add_option("ExecCGI", "every program here may run")]
    }

    fn links(&self, path: &str, files: &FileTree) -> Vec<Option<Fix>> {
        let same_owner = files.link(path) == Some(Link::SameOwner);
        let by_owner = same_owner
            .then(|| self.add_option("SymLinksIfOwnerMatch", "links whose target has the same owner"))
            .flatten();
        let own: Option<Fix> = path.rsplit_once('/').and_then(|(directory, _)| {
            let lines = [
                format!("<Directory \"{directory}\">"),
                "    Options +FollowSymLinks".to_owned(),
                "</Directory>".to_owned(),
            ];
            let text = format!("follow the links in `{directory}`");
            self.behind_section(&lines, text, format!("all links in and below `{directory}`, to any file"))
        });
        vec![by_owner, own]
    }

    /// An index that is there and not named, else the list of this very directory.
    fn index(&self, path: &str, files: &FileTree) -> Vec<Option<Fix>> {
        let directory = path.trim_end_matches('/');
        let own = |line: &str| {
            [format!("<Directory \"{directory}\">"), format!("    {line}"), "</Directory>".to_owned()]
        };
        let found = INDEXES.iter().find(|name| files.entry(&format!("{directory}/{name}")) == Entry::File);
        let index = found.and_then(|name| {
            let text = format!("take `{name}` as the index of `{directory}`");
            self.behind_section(
                &own(&format!("DirectoryIndex {name}")),
                text,
                format!("`{name}` for `{directory}/`"),
            )
        });
        let text = format!("list the files of `{directory}`");
        let opens = format!("the names of all files in and below `{directory}` are shown to everyone");
        let listed = self.behind_section(&own("Options +Indexes"), text, opens);
        vec![
            index,
            listed
                .or_else(|| self.add_option("Indexes", "the names of all files here are shown to everyone")),
        ]
    }

    /// One more directive behind the one that refuses.
    fn add_option(&self, option: &str, opens: &str) -> Option<Fix> {
        let edit = self.insert_after(self.rule, &[format!("Options +{option}")])?;
        let text = format!("add `Options +{option}` behind `{}`", self.rule.text());
        self.edit(vec![edit], text, format!("{opens}, for {}", self.scope()))
    }

    /// A section of its own behind the outermost one in the server.
    fn behind_section(&self, lines: &[String], text: String, opens: String) -> Option<Fix> {
        let outer = self.around.iter().find(|section| section.is_any(&["Directory", "DirectoryMatch"]))?;
        self.edit(vec![self.insert_after(outer, lines)?], text, opens)
    }

    fn place_of(&self) -> String {
        self.scope().trim_start_matches("everything in ").to_owned()
    }
}
