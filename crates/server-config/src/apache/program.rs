//! CGI and other programs beside the server (`modules/generators/mod_cgi.c`).

use std::os::unix::fs::PermissionsExt;

use super::options::{self, Options};
use super::run::{End, Phase, Run};
use crate::request::{Scheme, Value};
use crate::source::{Entry, Place};
use crate::walk::{Answer, Forwarded, Verdict};

impl<'a> Run<'a> {
    /// `cgi_handler()`.
    pub(super) fn cgi(&mut self, place: Option<Place>) -> Phase<'a> {
        let path = self.filename.clone().unwrap_or_default();
        if !Options::of(&self.scope).has(options::EXEC_CGI) && !self.is_script_aliased {
            let rule = options::decider(&self.scope, &["ExecCGI", "All", "None"]);
            let because = format!("`{path}` is a CGI program, and `Options` does not have `ExecCGI`");
            self.step("content", rule, Verdict::Hit, because);
            return Err(End::Status(403, rule.map(|rule| rule.place.clone())));
        }
        self.unseen_file()?;
        match self.entry {
            Entry::Absent => return self.missing(),
            Entry::Directory => {
                self.step(
                    "content",
                    None,
                    Verdict::Hit,
                    format!("`{path}` is a directory and no CGI program"),
                );
                return Err(End::Status(403, place));
            }
            _ => {}
        }
        let accepts = self.scope.last("AcceptPathInfo");
        if accepts.is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("off")) && !self.path_info.is_empty() {
            return self.refuse("content", accepts, 404, format!("`{}` follows the program", self.path_info));
        }
        self.body_limit()?;
        let is_executable = self.files.on_disk(&path).and_then(|path| std::fs::metadata(path).ok());
        if is_executable.is_some_and(|found| found.permissions().mode() & 0o111 == 0) {
            self.step("content", None, Verdict::Hit, format!("`{path}` is not executable"));
            return Err(End::Status(500, place));
        }
        self.program("cgi", place)
    }

    /// The program answers; it sees the request as variables.
    pub(super) fn program(&mut self, protocol: &str, place: Option<Place>) -> Phase<'a> {
        self.body_limit()?;
        let path = self.filename.clone().unwrap_or_default();
        self.step("content", None, Verdict::Hit, format!("the program `{path}` answers"));
        let forwarded = Forwarded {
            destination: format!("{protocol}:{path}"),
            scheme: Scheme::Http,
            method: self.method.clone(),
            target: Value::Known(self.request.target.clone()),
            version: self.request.version,
            headers: self.headers.clone(),
            changes: Vec::new(),
            body_length: self.request.body_length,
            client: self.client.clone(),
        };
        Err(End::Answer(Answer::Upstream(Box::new(forwarded)), place))
    }
}
