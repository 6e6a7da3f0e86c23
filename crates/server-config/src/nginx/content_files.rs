//! From a path of the request to a path of the disk, and `try_files`.

use super::location::{self, Kind};
use super::run::{Flow, Phase, Run};
use super::tree::Directive;
use crate::source::{Entry, Place};
use crate::walk::{Needs, Verdict};

/// Where relative roots start on Debian (`nginx -V`: `--prefix=/usr/share/nginx`); other builds differ.
const PREFIX: &str = "/usr/share/nginx";

impl<'a> Run<'a> {
    pub(super) fn root_directive(&self) -> Option<&'a Directive> {
        self.scope.inherited(&["root", "alias"]).last().copied()
    }

    /// `ngx_http_map_uri_to_path()`: `root` goes in front, `alias` replaces the location's name.
    pub(super) fn file_path(&mut self) -> Result<String, (Needs, Option<Place>)> {
        let path = self.path.clone();
        match self.mapped(&path) {
            Ok(mapped) => Ok(mapped),
            Err(needs) => Err((needs, self.root_directive().map(|rule| self.config.place(rule)))),
        }
    }

    fn mapped(&mut self, path: &str) -> Result<String, Needs> {
        let Some(rule) = self.root_directive() else { return Ok(format!("{PREFIX}/html{path}")) };
        let base = self.expand(rule.arg(0))?;
        let base = if base.starts_with('/') { base } else { format!("{PREFIX}/{base}") };
        if rule.name() == "root" {
            return Ok(format!("{}{path}", base.trim_end_matches('/')));
        }
        match self.alias_length() {
            None => Ok(base),
            Some(length) => Ok(format!("{base}{}", path.get(length..).unwrap_or(""))),
        }
    }

    /// `alias` has no meaning where `rewrite ... break` changed the path: nginx answers 500.
    pub(super) fn lost_alias(&mut self) -> Option<Flow<'a>> {
        let rule = self.root_directive().filter(|rule| rule.name() == "alias" && !self.location_holds)?;
        let because = "a location where the path was rewritten cannot use it".to_owned();
        self.step("content", Some(rule), Verdict::Hit, because);
        Some(Flow::Refuse(500, Some(self.config.place(rule))))
    }

    /// How much of the path `alias` replaces; `None` when it replaces all, in a regular expression.
    fn alias_length(&self) -> Option<usize> {
        let level = self.scope.without_inner_blocks();
        let level = level.level_with(&["root", "alias"])?.header?;
        match location::kind(level) {
            Kind::Exact(name) | Kind::Prefix(name) | Kind::FinalPrefix(name) => Some(name.len()),
            Kind::Regex(..) | Kind::Named(_) => None,
        }
    }

    pub(super) fn file_variable(&mut self, name: &str) -> Result<String, Needs> {
        if name == "request_filename" {
            // Where the path was rewritten in the same location, nginx says so in its log and has no value.
            let is_alias = self.root_directive().is_some_and(|rule| rule.name() == "alias");
            if is_alias && (self.path_changed || !self.location_holds) {
                return Ok(String::new());
            }
            let path = self.path.clone();
            return self.mapped(&path);
        }
        let Some(rule) = self.root_directive() else { return Ok(format!("{PREFIX}/html")) };
        let base = self.expand(rule.arg(0))?;
        Ok(if rule.name() == "root" { base.trim_end_matches('/').to_owned() } else { base })
    }

    /// What is at a path of the disk, or a stop at the directive that asks.
    pub(super) fn exists(&mut self, asks: &Directive, path: &str) -> Result<Entry, (Needs, Option<Place>)> {
        match self.files.entry(path) {
            Entry::Unknown => self.unknown(asks, Needs::file(path)),
            entry => Ok(entry),
        }
    }

    /// `try_files` of this very block: it is not inherited (`ngx_http_try_files_module.c` has no merge), so a
    /// request in an `if` or `limit_except` block passes it by.
    pub(super) fn try_files(&mut self) -> Phase<'a> {
        let Some(rule) = self.scope.innermost().last("try_files") else { return Ok(Flow::Next) };
        let Some((last, tries)) = rule.args().split_last() else { return Ok(Flow::Next) };
        if let Some(flow) = self.lost_alias() {
            return Ok(flow);
        }
        for name in tries {
            let is_directory = name.ends_with('/') && name.len() > 1;
            let text = match self.expand(name.strip_suffix('/').filter(|_| is_directory).unwrap_or(name)) {
                Ok(text) => text,
                Err(needs) => return self.unknown(rule, needs),
            };
            let mapped = match self.mapped_try(&text) {
                Ok(mapped) => mapped,
                Err(needs) => return self.unknown(rule, needs),
            };
            let found = match self.exists(rule, &mapped)? {
                Entry::Directory => is_directory,
                Entry::File | Entry::Special => !is_directory,
                Entry::Absent | Entry::Unknown => false,
            };
            if found {
                self.step("try-files", Some(rule), Verdict::Hit, format!("there is `{mapped}`"));
                self.take_tried(&text);
                return Ok(Flow::Next);
            }
        }
        self.last_try(rule, last)
    }

    fn last_try(&mut self, rule: &'a Directive, last: &str) -> Phase<'a> {
        self.step("try-files", Some(rule), Verdict::Hit, format!("none is there, so `{last}` is taken"));
        if let Some(code) = last.strip_prefix('=') {
            let status = code.parse().unwrap_or(500);
            return Ok(Flow::Refuse(status, Some(self.config.place(rule))));
        }
        let text = match self.expand(last) {
            Ok(text) => text,
            Err(needs) => return self.unknown(rule, needs),
        };
        if text.starts_with('@') {
            return Ok(Flow::Named(text, rule));
        }
        let (path, args) = text.split_once('?').unwrap_or((&text, ""));
        Ok(Flow::Redirect(path.to_owned(), args.to_owned(), rule))
    }

    /// The name is put behind the root; below `alias` the location's name is cut off it first.
    fn mapped_try(&mut self, text: &str) -> Result<String, Needs> {
        let is_alias = self.root_directive().is_some_and(|rule| rule.name() == "alias");
        match self.alias_length().filter(|_| is_alias) {
            Some(length) if self.path.get(..length) != text.get(..length) => {
                let base = self.file_variable("document_root")?;
                Ok(format!("{base}{text}"))
            }
            None if is_alias => {
                let base = self.file_variable("document_root")?;
                Ok(format!("{base}{text}"))
            }
            _ => self.mapped(text),
        }
    }

    /// The path becomes the name that was found.
    fn take_tried(&mut self, text: &str) {
        let is_alias = self.root_directive().is_some_and(|rule| rule.name() == "alias");
        self.target_holds = false;
        match self.alias_length().filter(|_| is_alias) {
            Some(length) if self.path.get(..length) != text.get(..length) => {
                self.path = format!("{}{text}", self.path.get(..length).unwrap_or(""));
            }
            None if is_alias => {}
            _ => text.clone_into(&mut self.path),
        }
    }
}
