//! `mod_dir`: the slash at the end of a directory's name, its index, and `FallbackResource` (`fixup_dir()`).

use super::content::DIRECTORY;
use super::methods;
use super::run::{End, Phase, Run};
use super::tree::Directive;
use crate::source::Entry;
use crate::walk::Verdict;

impl<'a> Run<'a> {
    pub(super) fn directory_index(&mut self) -> Phase<'a> {
        if self.handler.is_none() {
            self.handler = Some((DIRECTORY.to_owned(), None));
        }
        if !self.path_info.is_empty() {
            return Ok(());
        }
        if !self.uri.ends_with('/') {
            let slash = self.scope.last("DirectorySlash");
            let is_off = slash.is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("off"));
            let is_careful =
                !methods::same(&self.method, "GET") && self.env.get("redirect-carefully").is_some();
            if is_off || is_careful {
                return Ok(());
            }
            return self.refuse(
                "content",
                slash,
                301,
                format!("`{}` is a directory and lacks its slash", self.uri),
            );
        }
        let is_own = self.handler.as_ref().is_some_and(|(name, _)| name == DIRECTORY);
        if self.rewritten.is_some() || (self.scope.is_on("DirectoryCheckHandler", false) && !is_own) {
            return Ok(());
        }
        let names = self.index_names();
        let mut refused = None;
        for (index, name) in names.iter().enumerate() {
            match self.try_index(name)? {
                Ok(()) => return Ok(()),
                Err((status @ 300..=399, place)) => return Err(End::Status(status, place)),
                Err((status @ (401 | 406), place)) if index + 1 == names.len() => {
                    return Err(End::Status(status, place));
                }
                Err((404 | 200, _)) => {}
                Err(other) => refused = Some(other),
            }
        }
        match refused {
            Some((status, place)) => Err(End::Status(status, place)),
            None => Ok(()),
        }
    }

    /// The names of the innermost section with `DirectoryIndex`; `disabled` alone takes them away.
    fn index_names(&self) -> Vec<String> {
        let Some(layer) = self.scope.innermost_with(&["DirectoryIndex"]) else {
            return vec!["index.html".to_owned()];
        };
        let mut names = Vec::new();
        for rule in layer.named("DirectoryIndex") {
            if rule.words.len() == 1 && rule.arg(0).eq_ignore_ascii_case("disabled") {
                names.clear();
                continue;
            }
            names.extend(rule.words.iter().map(|word| word.to_string()));
        }
        names
    }

    /// One name as a subrequest; `Ok` when it is taken.
    fn try_index(&mut self, name: &str) -> Phase<'a, Result<(), (u16, Option<crate::source::Place>)>> {
        let (path, args) = match name.split_once('?') {
            Some((path, args)) => (path, Some(args.to_owned())),
            None => (name, self.args.clone()),
        };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("{}{path}", self.uri) };
        let (result, sub) = self.lookup(&path, args)?;
        if let Err(refused) = result {
            return Ok(Err(refused));
        }
        let is_proxied = sub.proxy.is_some();
        if !is_proxied && sub.entry != Entry::File {
            return Ok(Err((404, None)));
        }
        if let Some(rule) = self.scope.last("DirectoryIndexRedirect") {
            let status = match rule.arg(0).to_ascii_lowercase().as_str() {
                "on" | "temp" => Some(302),
                "permanent" => Some(301),
                "seeother" => Some(303),
                code => code.parse().ok(),
            };
            if let Some(status) = status {
                return Ok(Err((status, Some(rule.place.clone()))));
            }
        }
        self.step(
            "content",
            self.scope.last("DirectoryIndex"),
            Verdict::Hit,
            format!("the index is `{path}`"),
        );
        self.become_subrequest(sub);
        Ok(Ok(()))
    }

    /// `ap_internal_fast_redirect()`: the method stays the request's own.
    fn become_subrequest(&mut self, sub: Self) {
        self.uri = sub.uri;
        self.filename = sub.filename;
        self.path_info = sub.path_info;
        self.args = sub.args;
        self.entry = sub.entry;
        self.handler = sub.handler;
        self.scope = sub.scope;
        self.proxy = sub.proxy;
        self.rewritten = sub.rewritten;
        self.env = sub.env;
        self.context = sub.context;
        self.is_script_aliased = sub.is_script_aliased;
        self.has_ended |= sub.has_ended;
    }

    /// `fixup_dflt()`: a file for whatever does not exist.
    pub(super) fn fallback(&mut self) -> Phase<'a> {
        let Some(rule) = self.scope.last("FallbackResource").filter(|rule| rule.arg(0) != "disabled") else {
            return Ok(());
        };
        let path = rule.arg(0);
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            let directory = self.uri.rsplit_once('/').map_or("", |(directory, _)| directory);
            format!("{directory}/{path}")
        };
        self.take_fallback(rule, &path)
    }

    fn take_fallback(&mut self, rule: &'a Directive, path: &str) -> Phase<'a> {
        let args = self.args.clone();
        let (result, sub) = self.lookup(path, args)?;
        match result {
            Ok(()) if sub.proxy.is_some() || sub.entry == Entry::File => {
                self.step("content", Some(rule), Verdict::Hit, format!("`{path}` answers for it"));
                self.become_subrequest(sub);
                Ok(())
            }
            Ok(()) | Err((404, _)) => Ok(()),
            Err((status, place)) => Err(End::Status(status, place)),
        }
    }
}
