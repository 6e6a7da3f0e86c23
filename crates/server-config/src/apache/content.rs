//! Types, fixups and handlers: from a file to an answer (`modules/http/mod_mime.c`, `server/core.c`,
//! `modules/generators/`).

use super::expr;
use super::methods;
use super::options::{self, Options};
use super::run::{End, Phase, Run};
use super::sections::whether_exists;
use super::tree::Directive;
use crate::source::{Entry, Place};
use crate::walk::{Answer, Needs, Verdict};

/// The largest body without `LimitRequestBody` (`AP_DEFAULT_LIMIT_REQ_BODY`, 1 GiB since 2.4.53).
const BODY_LIMIT: u64 = 1 << 30;

/// The handler of a directory.
pub(super) const DIRECTORY: &str = "httpd/unix-directory";

impl<'a> Run<'a> {
    /// `find_ct()`: a handler or a type that is one, by the name's extensions; `MultiViews` before it.
    pub(super) fn find_type(&mut self) -> Phase<'a> {
        if self.proxy.is_some() || self.entry == Entry::Directory {
            return Ok(());
        }
        self.multi_views()?;
        let Some(filename) = self.filename.clone() else { return Ok(()) };
        let name = filename.rsplit('/').next().unwrap_or("").trim_start_matches('.').to_ascii_lowercase();
        for extension in name.split('.').skip(1) {
            if let Some((handler, place)) = self.handler_of(extension) {
                self.handler = Some((handler, Some(place)));
            }
        }
        Ok(())
    }

    /// The last `AddHandler`, or `AddType` of a type that is a handler, for an extension.
    fn handler_of(&self, extension: &str) -> Option<(String, Place)> {
        let names = |rule: &Directive, from: usize| {
            rule.words
                .iter()
                .skip(from)
                .any(|word| word.trim_start_matches('.').eq_ignore_ascii_case(extension))
        };
        let mut found = None;
        for rule in self.scope.layers.iter().flat_map(|layer| layer.rules.iter().map(|rule| rule.directive)) {
            if rule.is("AddHandler") && names(rule, 1) {
                found = Some((rule.arg(0).to_ascii_lowercase(), rule.place.clone()));
            } else if rule.is("RemoveHandler") && names(rule, 0) {
                found = None;
            } else if rule.is("AddType") && rule.arg(0).starts_with("application/x-httpd-") && names(rule, 1)
            {
                found = found.or(Some((rule.arg(0).to_ascii_lowercase(), rule.place.clone())));
            }
        }
        found
    }

    /// A name that does not exist, with others that start like it, is negotiated.
    fn multi_views(&mut self) -> Phase<'a> {
        let is_on = Options::of(&self.scope).has(options::MULTI_VIEWS);
        if !is_on || self.entry != Entry::Absent || !self.config.known.has_module("negotiation") {
            return Ok(());
        }
        let Some(filename) = self.filename.clone() else { return Ok(()) };
        let (directory, name) = filename.rsplit_once('/').unwrap_or(("", &filename));
        let start = format!("{name}.");
        if self.files.list(directory).iter().any(|own| own.starts_with(&start)) {
            let needs = Needs(format!("the variant of `{filename}` that `Options MultiViews` chooses"));
            return match options::decider(&self.scope, &["MultiViews"]) {
                Some(rule) => self.unknown(rule, needs),
                None => Err(End::Unknown(needs, None)),
            };
        }
        Ok(())
    }

    /// `ap_run_fixups()`, in the order in which the modules hook in.
    pub(super) fn fixups(&mut self) -> Phase<'a> {
        self.set_handler()?;
        self.waf_body()?;
        self.rewrite_sections()?;
        self.set_env();
        self.redirects_of_sections()?;
        if let Some(forced) = self.forced_handler.take() {
            self.handler = Some(forced);
        }
        if self.config.known.has_module("dir") && self.proxy.is_none() {
            match self.entry {
                Entry::Directory => self.directory_index()?,
                Entry::Absent if self.handler.is_none() => self.fallback()?,
                _ => {}
            }
        }
        // Of the same rank as `mod_dir`, and loaded behind it where modules are loaded by the alphabet: an index file is
        // looked up with the fields as they came.
        self.request_headers(false)
    }

    /// `core_override_type()`.
    fn set_handler(&mut self) -> Phase<'a> {
        let Some(rule) = self.scope.last("SetHandler") else { return Ok(()) };
        let name = match expr::text(rule.arg(0), self) {
            Ok(name) => name,
            Err(needs) => return self.unknown(rule, needs),
        };
        let name = if name.starts_with("proxy:") { name } else { name.to_ascii_lowercase() };
        if name != "none" {
            self.handler = Some((name, Some(rule.place.clone())));
        }
        Ok(())
    }

    /// `ap_invoke_handler()`; every path ends in an answer.
    pub(super) fn handle(&mut self) -> Phase<'a> {
        if let Some((target, by)) = self.rewritten.take() {
            return Err(End::Restart(target, by));
        }
        let (name, place) = self.handler.clone().unwrap_or_default();
        if let Some((url, rule)) = self.proxy.clone() {
            return self.pass(&url, Some(rule.place.clone()));
        }
        if let Some(url) = name.strip_prefix("proxy:") {
            let url = format!("{url}{}", self.filename.clone().unwrap_or_default());
            return self.pass(&url, place);
        }
        self.foreign_methods()?;
        match name.as_str() {
            "cgi-script" | "application/x-httpd-cgi" => self.cgi(place),
            "wsgi-script" => self.program("wsgi", place),
            "fcgid-script" => self.cgi(place),
            "server-status" | "server-info" | "balancer-manager" if methods::same(&self.method, "GET") => {
                self.step("content", None, Verdict::Hit, format!("the handler `{name}` answers"));
                Err(End::Answer(Answer::Status(200), place))
            }
            _ if name.starts_with("application/x-httpd-php") && self.config.known.has_module("php") => {
                self.unseen_file()?;
                if self.entry == Entry::Absent {
                    return self.missing();
                }
                self.program("php", place)
            }
            "" | DIRECTORY | "default-handler" | "text/html" => self.files_handler(&name),
            _ => self.other_handler(&name),
        }
    }

    /// A handler that no module we know takes: a program in front (`Action`), or else the file itself.
    fn other_handler(&mut self, name: &str) -> Phase<'a> {
        let action =
            self.scope.all("Action").into_iter().rfind(|rule| rule.arg(0).eq_ignore_ascii_case(name));
        if let Some(rule) = action {
            return self.unknown(rule, Needs(format!("what `{}` answers", rule.arg(1))));
        }
        let taken = [
            "send-as-is",
            "type-map",
            "imap-file",
            "server-parsed",
            "lua-script",
            "perl-script",
            "ldap-status",
        ];
        if taken.contains(&name) || self.config.known.assume_modules {
            let needs = Needs(format!("what the handler `{name}` answers"));
            self.step("content", None, Verdict::Unknown(needs.clone()), needs.0.clone());
            return Err(End::Unknown(needs, None));
        }
        self.files_handler(name)
    }

    /// `Dav On` and `Script METHOD` take methods away from files.
    fn foreign_methods(&mut self) -> Phase<'a> {
        let dav = self.scope.last("Dav").filter(|rule| !rule.arg(0).eq_ignore_ascii_case("off"));
        let is_asked = !methods::same(&self.method, "GET") && self.config.known.has_module("dav");
        if let Some(rule) = dav.filter(|_| is_asked) {
            return self.unknown(rule, Needs(format!("what `mod_dav` does with {}", self.method)));
        }
        let script =
            self.scope.all("Script").into_iter().rfind(|rule| methods::same(rule.arg(0), &self.method));
        match script {
            Some(rule) => self.unknown(rule, Needs(format!("what `{}` answers", rule.arg(1)))),
            None => Ok(()),
        }
    }

    /// `handle_autoindex()`, then `default_handler()`.
    fn files_handler(&mut self, name: &str) -> Phase<'a> {
        let is_get = methods::same(&self.method, "GET");
        let is_listed = self.entry == Entry::Directory && matches!(name, "" | DIRECTORY);
        if is_listed && is_get && self.config.known.has_module("autoindex") {
            return self.listing();
        }
        self.body_limit()?;
        self.unseen_file()?;
        match self.method.as_str() {
            "GET" | "HEAD" | "POST" => self.file(),
            "OPTIONS" => {
                self.step("content", None, Verdict::Hit, "the allowed methods are listed".to_owned());
                Err(End::Answer(Answer::Status(200), None))
            }
            method if !methods::is_registered(method) && !self.is_limited_method() => self.refuse(
                "content",
                None,
                501,
                format!("{} is no method that the server knows", self.method),
            ),
            method => {
                let because = format!("a file takes GET, HEAD and POST, and this is {method}");
                self.refuse("content", None, 405, because)
            }
        }
    }

    /// A file that was not given: up to here it was taken to be there.
    pub(super) fn unseen_file(&mut self) -> Phase<'a> {
        if self.entry != Entry::Unknown {
            return Ok(());
        }
        let needs = whether_exists(&self.filename.clone().unwrap_or_default());
        self.step(
            "content",
            None,
            Verdict::Unknown(needs.clone()),
            format!("{needs} would have to be known"),
        );
        Err(End::Unknown(needs, None))
    }

    /// A method that the configuration itself names is registered by that.
    fn is_limited_method(&self) -> bool {
        let named = |rule: &Directive| rule.words.iter().any(|word| **word == *self.method);
        let in_limits = |layer: &super::layers::Layer<'a>| {
            layer.rules.iter().any(|rule| rule.limit.is_some_and(named))
                || layer.named("RegisterHttpMethod").any(named)
        };
        self.scope.layers.iter().any(|layer| in_limits(layer))
    }

    /// A file is sent for POST, too (`deliver_script` is set for every request).
    fn file(&mut self) -> Phase<'a> {
        let path = self.filename.clone().unwrap_or_default();
        if self.entry == Entry::Absent {
            return self.missing();
        }
        if self.entry == Entry::Directory {
            return self.refuse("content", None, 404, format!("`{path}` is a directory"));
        }
        let accepts = self.scope.last("AcceptPathInfo");
        let is_accepted = accepts.is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("on"));
        if !self.path_info.is_empty() && !is_accepted {
            let because = format!("`{path}` is a file, and `{}` follows it", self.path_info);
            return self.refuse("content", accepts, 404, because);
        }
        if let Some(name) =
            ["If-Match", "If-Unmodified-Since"].iter().find(|name| self.header(name).is_some())
        {
            return Err(End::Unknown(Needs(format!("the file's state, for `{name}`")), None));
        }
        self.step("content", None, Verdict::Hit, format!("the file is `{path}`"));
        Err(End::Answer(Answer::File(path), None))
    }

    pub(super) fn missing(&mut self) -> Phase<'a> {
        if self.scope.is_on("CheckSpelling", false)
            && let Some(rule) = self.scope.last("CheckSpelling")
        {
            return self.unknown(rule, Needs("the names that `CheckSpelling` finds".to_owned()));
        }
        let path = self.filename.clone().unwrap_or_default();
        self.refuse("content", self.defaults.last("DocumentRoot"), 404, format!("there is no file `{path}`"))
    }

    fn listing(&mut self) -> Phase<'a> {
        let path = self.filename.clone().unwrap_or_default();
        let rule = options::decider(&self.scope, &["Indexes", "All", "None"]);
        if !Options::of(&self.scope).has(options::INDEXES) {
            let because = format!("`{path}` has no index file, and `Options` does not have `Indexes`");
            return self.refuse("content", rule, 403, because);
        }
        self.body_limit()?;
        self.step("content", rule, Verdict::Hit, format!("`{path}` is listed"));
        Err(End::Answer(Answer::Status(200), rule.map(|rule| rule.place.clone())))
    }

    /// `LimitRequestBody`, asked when the body is read, but not of one that is passed on (`ap_http_filter()`).
    pub(super) fn body_limit(&mut self) -> Phase<'a> {
        if self.proxy.is_some() {
            return Ok(());
        }
        let rule = self.scope.last("LimitRequestBody");
        let limit = rule.and_then(|rule| rule.arg(0).parse().ok()).unwrap_or(BODY_LIMIT);
        let length = self.request.body_length;
        if limit == 0 || length <= limit {
            return Ok(());
        }
        self.refuse("content", rule, 413, format!("the body has {length} bytes, and {limit} are allowed"))
    }
}
