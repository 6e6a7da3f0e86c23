//! `mod_rewrite` in the server and in sections (`hook_uri2file()`, `hook_fixup()` in
//! `modules/mappers/mod_rewrite.c`).

use super::options::{self, Options};
use super::rewrite_apply::{Action, How, Subject};
use super::rewrite_rules::RuleSet;
use super::run::{End, Phase, Run};
use super::tree::Directive;
use crate::source::Entry;
use crate::walk::Verdict;

const DIRECTIVES: &[&str] =
    &["RewriteEngine", "RewriteOptions", "RewriteCond", "RewriteRule", "RewriteMap", "RewriteBase"];

impl<'a> Run<'a> {
    /// Rules of the server; `true` when they map the request.
    pub(super) fn rewrite_server(&mut self) -> Phase<'a, bool> {
        let is_loaded = self.config.known.has_module("rewrite");
        if !is_loaded || !self.scope.is_on("RewriteEngine", false) || self.has_ended || self.uri == "*" {
            return Ok(false);
        }
        // A virtual host without a directive of the module has no rules, not even those of the main server.
        if self.chosen.host.as_ref().is_some_and(|host| !host.has_any(DIRECTIVES)) {
            return Ok(false);
        }
        let set = RuleSet::merged(&self.defaults);
        let (path, args) = (self.uri.clone(), self.args.clone());
        let mut subject = Subject { path, path_info: String::new(), args, directory: None };
        self.filename = Some(self.uri.clone());
        let action = self.rewrite(&set.rules, &mut subject);
        self.filename = None;
        let action = action?;
        self.check_rewritten_query(&action, &subject)?;
        self.args.clone_from(&subject.args);
        match action {
            Action::None => Ok(false),
            Action::Status(status, by) => Err(End::Status(status, Some(by.place.clone()))),
            Action::Rewritten { how, by, output } => self.follow_server(how, by, &output, subject),
        }
    }

    fn follow_server(
        &mut self,
        how: How,
        by: &'a Directive,
        output: &str,
        subject: Subject,
    ) -> Phase<'a, bool> {
        match how {
            How::Redirect(status) => Err(self.redirected(status, by)),
            How::Proxy => self.proxy_by_rule(by, &subject.path).map(|()| true),
            How::PassThrough => {
                self.uri = subject.path;
                Ok(false)
            }
            How::Local => {
                let path = if self.is_file_path(&subject.path, output, by)? {
                    subject.path
                } else {
                    let root = self.document_root();
                    format!("{}/{}", root.trim_end_matches('/'), subject.path.trim_start_matches('/'))
                };
                if path.split('/').any(|part| part == "..") {
                    let because = "the path leads out of `DocumentRoot`".to_owned();
                    return self.refuse("rewrite", Some(by), 403, because);
                }
                self.step("translate", Some(by), Verdict::Hit, format!("the path becomes `{path}`"));
                self.filename = Some(path);
                Ok(true)
            }
        }
    }

    /// `prefix_stat()`: the first part of the path is a directory of the disk, and the rule meant it.
    fn is_file_path(&mut self, path: &str, output: &str, by: &'a Directive) -> Phase<'a, bool> {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
        let top = format!("/{first}");
        let root = self.document_root();
        let is_meant = output.starts_with(&top) || path.starts_with(&root);
        match self.files.entry(&top) {
            _ if !is_meant => Ok(false),
            Entry::Absent => Ok(false),
            Entry::Unknown => self.unknown(by, super::sections::whether_exists(&top)),
            Entry::File | Entry::Directory | Entry::Special => Ok(true),
        }
    }

    /// `[P]`: the URL is passed on to.
    fn proxy_by_rule(&mut self, by: &'a Directive, url: &str) -> Phase<'a> {
        if !self.config.known.has_module("proxy") {
            return self.refuse("rewrite", Some(by), 403, "`mod_proxy` is not loaded".to_owned());
        }
        self.proxy = Some((url.to_owned(), by));
        self.handler = Some(("proxy-server".to_owned(), Some(by.place.clone())));
        Ok(())
    }

    /// Rules of sections.
    pub(super) fn rewrite_sections(&mut self) -> Phase<'a> {
        if !self.config.known.has_module("rewrite") || !self.scope.is_on("RewriteEngine", false) {
            return Ok(());
        }
        let set = RuleSet::merged(&self.scope);
        let Some(directory) = set.directory.clone() else { return Ok(()) };
        let Some(filename) = self.filename.clone().filter(|_| self.proxy.is_none()) else {
            return match set.rules.first() {
                Some(rule) if self.proxy.is_some() => {
                    let needs = "rewriting of a request that is passed on".to_owned();
                    self.unknown(rule.directive, crate::walk::Needs(needs))
                }
                _ => Ok(()),
            };
        };
        // The directory itself without its slash is redirected first, by `mod_dir`.
        if format!("{filename}/") == directory && !set.has("allownoslash") {
            return Ok(());
        }
        if self.has_ended {
            return Ok(());
        }
        let options = Options::of(&self.scope);
        if !options.has(options::SYM_LINKS) && !options.has(options::SYM_OWNER) {
            let names = &["FollowSymLinks", "SymLinksIfOwnerMatch", "All", "None"];
            let rule = options::decider(&self.scope, names).or(set.engine);
            let because =
                "rewriting here needs `Options FollowSymLinks` or `SymLinksIfOwnerMatch`".to_owned();
            return self.refuse("rewrite", rule, 403, because);
        }
        let before = filename.clone();
        let mut subject = Subject {
            path: filename,
            path_info: self.path_info.clone(),
            args: self.args.clone(),
            directory: Some(directory.clone()),
        };
        let action = self.rewrite(&set.rules, &mut subject)?;
        self.check_rewritten_query(&action, &subject)?;
        match action {
            Action::None => Ok(()),
            Action::Status(status, by) => Err(End::Status(status, Some(by.place.clone()))),
            Action::Rewritten { how: How::Redirect(status), by, .. } => Err(self.redirected(status, by)),
            Action::Rewritten { how: How::Proxy, by, .. } => {
                self.args = subject.args;
                self.proxy_by_rule(by, &subject.path)
            }
            Action::Rewritten { by, .. } => {
                self.args = subject.args;
                if !subject.path.starts_with('/') {
                    return self.refuse("rewrite", Some(by), 400, format!("`{}` is no path", subject.path));
                }
                if subject.path == before {
                    return Ok(());
                }
                let target = self.as_url(&set, &directory, &subject.path);
                // The query goes along (`handler_redirect()`).
                let target = match &self.args {
                    Some(args) => format!("{target}?{args}"),
                    None => target,
                };
                self.rewritten = Some((target, by));
                Ok(())
            }
        }
    }

    /// A file's path becomes a URL path again: by `RewriteBase`, or without the document root, or by the alias.
    fn as_url(&self, set: &RuleSet<'a>, directory: &str, path: &str) -> String {
        if let Some(base) = &set.base {
            if let Some(rest) = path.strip_prefix(directory) {
                return format!("{}/{rest}", base.trim_end_matches('/'));
            }
        } else {
            let root = self.document_root();
            if let Some(rest) =
                path.strip_prefix(root.trim_end_matches('/')).filter(|rest| rest.starts_with('/'))
            {
                return rest.to_owned();
            }
        }
        if let Some((prefix, root)) = self.context.as_ref().filter(|_| !set.has("ignorecontextinfo"))
            && let Some(rest) =
                path.strip_prefix(root.trim_end_matches('/')).filter(|rest| rest.starts_with('/'))
        {
            return format!("{}{rest}", prefix.trim_end_matches('/'));
        }
        path.to_owned()
    }
}
