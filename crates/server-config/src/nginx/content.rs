//! The content phase: who answers, when nothing before did (`ngx_http_core_content_phase()`).

use super::run::{Flow, Phase, Run};
use super::tree::Directive;
use crate::source::{Entry, Place};
use crate::walk::{Needs, Verdict};

/// Directives that pass the request to another server.
const PASSES: &[&str] =
    &["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"];
/// Directives that answer themselves.
const ANSWERS: &[&str] = &["stub_status", "empty_gif", "flv", "mp4", "f4f", "hls", "perl"];

/// A phase that found its answer, or the directive it cannot judge.
type Answered<T> = Result<T, (Needs, Option<Place>)>;

impl<'a> Run<'a> {
    pub(super) fn content(&mut self) -> Phase<'a> {
        if let Some(handler) = self.handler() {
            return match handler.name() {
                name if PASSES.contains(&name) => self.pass(handler),
                "stub_status" | "empty_gif" => {
                    let place = Some(self.config.place(handler));
                    let is_read = matches!(self.method.as_str(), "GET" | "HEAD");
                    let because = format!("it answers GET and HEAD, and this is {}", self.method);
                    self.step("content", Some(handler), Verdict::Hit, because);
                    Ok(if is_read { Flow::Send(200, place) } else { Flow::Refuse(405, place) })
                }
                name => self.unknown(handler, Needs(format!("what `{name}` answers"))),
            };
        }
        if let Some(handler) = self.stale_handler {
            let because = "a later `if` took its settings away, and it stays without an upstream".to_owned();
            self.step("content", Some(handler), Verdict::Hit, because);
            return Ok(Flow::Refuse(500, Some(self.config.place(handler))));
        }
        if let Some(rule) = self.scope.one("random_index").filter(|rule| rule.arg(0) == "on")
            && self.path.ends_with('/')
        {
            return self.unknown(rule, Needs("the file that `random_index` picks".to_owned()));
        }
        if self.path.ends_with('/') {
            return self.directory();
        }
        self.unmodelled_content()?;
        self.static_file()
    }

    /// The handler that an `if` block around the request sets itself (`r->content_handler` outlives the block).
    pub(super) fn own_handler(&self) -> Option<&'a Directive> {
        let level = self.scope.innermost();
        let is_if = level.header.is_some_and(|header| header.name() == "if");
        let mut directives = level.directives.iter();
        directives.rfind(|directive| is_if && PASSES.contains(&directive.name()))
    }

    /// The handler of the location; `if` blocks inherit it, `limit_except` blocks only where it passes on
    /// (`ngx_http_proxy_merge_loc_conf()`).
    fn handler(&self) -> Option<&'a Directive> {
        let own = |directives: &'a [Directive], names: &[&str]| {
            directives.iter().rev().find(|directive| names.contains(&directive.name()))
        };
        let any: Vec<&str> = PASSES.iter().chain(ANSWERS).copied().collect();
        // The handler of an earlier `if` stays, whatever the location's is; it takes its settings from the location where
        // that passes on by the same module.
        let stale = self.stale_handler.map(|handler| [handler.name()]);
        let mut names = match &stale {
            Some(name) if self.own_handler().is_none() => name.as_slice(),
            _ => any.as_slice(),
        };
        for level in self.scope.levels.iter().skip(2).rev() {
            if let Some(found) = own(level.directives, names) {
                return Some(found);
            }
            match level.header.map(Directive::name) {
                Some("if") => {}
                Some("limit_except") => names = PASSES,
                _ => return None,
            }
        }
        None
    }

    /// A path that ends in `/`: an index file, a listing, or 403 (`ngx_http_index_module.c`,
    /// `ngx_http_autoindex_module.c`).
    fn directory(&mut self) -> Phase<'a> {
        let is_read = matches!(self.method.as_str(), "GET" | "HEAD");
        if is_read || self.method == "POST" {
            if let Some(flow) = self.lost_alias() {
                return Ok(flow);
            }
            match self.index()? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        let listing = self.scope.one("autoindex").filter(|rule| rule.arg(0) == "on");
        if let Some(rule) = listing.filter(|_| is_read) {
            let path = self.file_path()?;
            let place = Some(self.config.place(rule));
            return match self.exists(rule, &path)? {
                Entry::Directory => {
                    self.step("content", Some(rule), Verdict::Hit, format!("it lists `{path}`"));
                    Ok(Flow::Send(200, place))
                }
                _ => {
                    self.step("content", Some(rule), Verdict::Hit, format!("there is no directory `{path}`"));
                    Ok(Flow::Refuse(404, place))
                }
            };
        }
        self.unmodelled_content()?;
        if !is_read && self.method != "POST" {
            return Ok(self.method_not_allowed());
        }
        let because = format!("`{}` is a directory without an index file, and listing is off", self.path);
        self.step("content", None, Verdict::Hit, because);
        let place = self.scope.one("index").or(self.root_directive()).map(|rule| self.config.place(rule));
        Ok(Flow::Refuse(403, place))
    }

    fn index(&mut self) -> Phase<'a> {
        let rules = self.scope.inherited(&["index"]);
        let named: Vec<(Option<&'a Directive>, String)> = rules
            .iter()
            .flat_map(|rule| rule.args().iter().map(|name| (Some(*rule), name.to_string())))
            .collect();
        let names = if named.is_empty() { vec![(None, "index.html".to_owned())] } else { named };
        let mut is_tested = false;
        for (rule, name) in names {
            let anchor = rule.or(self.scope.innermost().header).unwrap_or(&self.config.directives[0]);
            let name = match self.expand(&name) {
                Ok(name) => name,
                Err(needs) => return self.unknown(anchor, needs),
            };
            if name.starts_with('/') {
                self.step("content", rule, Verdict::Hit, format!("it leads to `{name}`"));
                return Ok(Flow::Redirect(name, self.args.clone(), anchor));
            }
            let directory = self.file_path()?;
            let path = format!("{directory}{name}");
            match self.exists(anchor, &path)? {
                Entry::Absent if is_tested => {}
                Entry::Absent => {
                    // A missing directory is 404 (ngx_http_index_test_dir()).
                    if self.exists(anchor, directory.trim_end_matches('/'))? != Entry::Directory
                        && !directory.trim_end_matches('/').is_empty()
                    {
                        self.step(
                            "content",
                            rule,
                            Verdict::Hit,
                            format!("there is no directory `{directory}`"),
                        );
                        return Ok(Flow::Refuse(404, rule.map(|rule| self.config.place(rule))));
                    }
                    is_tested = true;
                }
                _ => {
                    self.step("content", rule, Verdict::Hit, format!("there is `{path}`"));
                    let uri = format!("{}{name}", self.path);
                    return Ok(Flow::Redirect(uri, self.args.clone(), anchor));
                }
            }
        }
        Ok(Flow::Next)
    }

    /// `ngx_http_static_handler()`: 405 for other methods and for POST, 301 to a directory, 404, or the file.
    fn static_file(&mut self) -> Phase<'a> {
        if !matches!(self.method.as_str(), "GET" | "HEAD" | "POST") {
            return Ok(self.method_not_allowed());
        }
        if let Some(flow) = self.lost_alias() {
            return Ok(flow);
        }
        let path = self.file_path()?;
        let anchor = self.root_directive().or(self.server.innermost().header);
        let anchor = anchor.unwrap_or(&self.config.directives[0]);
        let place = Some(self.config.place(anchor));
        if let Some(compressed) = self.compressed_file(&path)? {
            return Ok(Flow::File(compressed));
        }
        match self.exists(anchor, &path)? {
            Entry::Directory => {
                self.step("content", Some(anchor), Verdict::Hit, format!("`{path}` is a directory"));
                Ok(Flow::Refuse(301, place))
            }
            Entry::File if self.method == "POST" => Ok(self.method_not_allowed()),
            Entry::File => {
                self.step("content", Some(anchor), Verdict::Hit, format!("the file is `{path}`"));
                Ok(Flow::File(path))
            }
            Entry::Absent | Entry::Special | Entry::Unknown => {
                self.step("content", Some(anchor), Verdict::Hit, format!("there is no file `{path}`"));
                Ok(Flow::Refuse(404, place))
            }
        }
    }

    fn compressed_file(&mut self, path: &str) -> Answered<Option<String>> {
        let Some(rule) = self.scope.one("gzip_static").filter(|rule| rule.arg(0) != "off") else {
            return Ok(None);
        };
        if self.method == "POST" {
            return Ok(None);
        }
        let compressed = format!("{path}.gz");
        let accepts = rule.arg(0) == "always"
            || self.header_text("accept-encoding").is_ok_and(|encodings| encodings.contains("gzip"));
        let is_there = accepts && self.exists(rule, &compressed)? == Entry::File;
        Ok(is_there.then_some(compressed))
    }

    fn method_not_allowed(&mut self) -> Flow<'a> {
        let because = format!("a static file takes GET and HEAD, and this is {}", self.method);
        self.step("content", self.root_directive(), Verdict::Hit, because);
        Flow::Refuse(405, self.root_directive().map(|rule| self.config.place(rule)))
    }
}
