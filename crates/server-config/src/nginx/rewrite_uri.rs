//! `rewrite REGEX REPLACEMENT [FLAG]` (`ngx_http_script_regex_start_code()` in `ngx_http_script.c`).

use super::rewrite::{End, Ran};
use super::run::{Flow, Run};
use super::tree::Directive;
use crate::pattern::{Case, Pattern};
use crate::walk::Verdict;

impl<'a> Run<'a> {
    pub(super) fn rewrite(&mut self, directive: &'a Directive) -> Ran<'a> {
        let found = Pattern::new(directive.arg(0), Case::Sensitive).and_then(|regex| regex.find(&self.path));
        let captures = match found {
            Ok(Some(captures)) => captures,
            Ok(None) => {
                self.captures.clear();
                let because = format!("it does not match `{}`", self.path);
                self.step("rewrite", Some(directive), Verdict::Miss, because);
                return Ok(End::Through);
            }
            Err(needs) => return self.unknown(directive, needs),
        };
        self.remember(Some(captures));
        let place = Some(self.config.place(directive));
        let replacement = directive.arg(1);
        let outside = ["http://", "https://", "$scheme"].iter().any(|start| replacement.starts_with(start));
        let redirect = match directive.arg(2) {
            "redirect" => Some(302),
            "permanent" => Some(301),
            _ if outside => Some(302),
            _ => None,
        };
        if let Some(status) = redirect {
            self.step("rewrite", Some(directive), Verdict::Hit, format!("it redirects `{}`", self.path));
            return Ok(End::Flow(Flow::Refuse(status, place)));
        }
        let before = self.path.clone();
        if let Err(needs) = self.replace_path(replacement) {
            return self.unknown(directive, needs);
        }
        self.step("rewrite", Some(directive), Verdict::Hit, format!("`{before}` becomes `{}`", self.path));
        self.is_internal = true;
        self.target_holds = false;
        if self.path.is_empty() {
            return Ok(End::Flow(Flow::Refuse(500, place)));
        }
        self.path_changed = directive.arg(2) != "break";
        self.location_holds &= self.path_changed;
        match directive.arg(2) {
            "last" | "break" => Ok(End::Stop),
            _ => Ok(End::Through),
        }
    }

    /// The arguments of the request are added unless the replacement ends in `?`.
    fn replace_path(&mut self, replacement: &str) -> Result<(), crate::walk::Needs> {
        let (template, keeps_args) = match replacement.strip_suffix('?') {
            Some(template) => (template, false),
            None => (replacement, true),
        };
        let (path, args) = match template.split_once('?') {
            Some((path, args)) => (path, Some(args)),
            None => (template, None),
        };
        let path = self.expand(path)?;
        let mut new_args = match args {
            Some(args) => Some(self.expand_in_args(args)?),
            None => None,
        };
        if let Some(args) = &mut new_args
            && keeps_args
            && !self.args.is_empty()
        {
            args.push('&');
            args.push_str(&self.args);
        }
        match new_args {
            Some(args) => self.args = args,
            None if !keeps_args => self.args.clear(),
            None => {}
        }
        self.path = path;
        Ok(())
    }
}
