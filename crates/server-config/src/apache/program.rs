//! CGI and other programs beside the server (`modules/generators/mod_cgi.c`).

use std::os::unix::fs::PermissionsExt;

use super::options::{self, Options};
use super::run::{End, Phase, Run};
use crate::request::{Header, Scheme, Value};
use crate::source::{Entry, Place};
use crate::walk::{Answer, Forwarded, HeaderChange, HowChanged, Verdict};

impl<'a> Run<'a> {
    /// `cgi_handler()`.
    pub(super) fn cgi(&mut self, place: Option<Place>) -> Phase<'a> {
        let path = self.filename.clone().unwrap_or_default();
        if !Options::of(&self.scope).has(options::EXEC_CGI) && !self.is_script_aliased {
            let rule = options::decider(&self.scope, &["ExecCGI", "All", "None"]);
            let because = format!("`{path}` is a CGI program, and `Options` does not have `ExecCGI`");
            // Where no `Options` stands, the rule that made it a program does.
            let rule = rule.or_else(|| self.scope.at(place.as_ref()?));
            self.step("content", rule, Verdict::Hit, because);
            return Err(End::Status(403, rule.map(|rule| rule.place.clone()).or(place)));
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
        let (headers, changes) = self.program_headers(protocol, place.as_ref());
        let forwarded = Forwarded {
            destination: format!("{protocol}:{path}"),
            scheme: Scheme::Http,
            method: self.method.clone(),
            target: Value::Known(self.request.target.clone()),
            version: self.request.version,
            headers,
            changes,
            body_length: self.request.body_length,
            client: self.client.clone(),
        };
        Err(End::Answer(Answer::Upstream(Box::new(forwarded)), place))
    }

    /// The fields that a program sees as variables (`ap_add_common_vars()` in `server/util_script.c`): no `Authorization`
    /// without `CGIPassAuth On`, none whose name has other characters than letters, digits and hyphens (`http2env()`), and
    /// no `Proxy`. mod_wsgi has a switch of its own (`wsgi_build_environment()`); a variable may stand in for the field.
    pub(super) fn program_headers(
        &self,
        protocol: &str,
        place: Option<&Place>,
    ) -> (Vec<Header>, Vec<HeaderChange>) {
        let switch = if protocol == "wsgi" { "WSGIPassAuthorization" } else { "CGIPassAuth" };
        let passes = self.scope.is_on("CGIPassAuth", false)
            || (protocol == "wsgi" && self.scope.is_on(switch, false))
            || self.env.get("HTTP_AUTHORIZATION").is_some();
        let why_not = |name: &str| -> Option<String> {
            let is_credential =
                ["authorization", "proxy-authorization"].iter().any(|own| name.eq_ignore_ascii_case(own));
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if is_credential && !passes {
                Some(format!("a program does not see it without `{switch} On`"))
            } else if name.eq_ignore_ascii_case("proxy") {
                Some("a program would take it for a setting".to_owned())
            } else if !name.chars().all(is_plain) {
                Some("its name has a character that no variable may have".to_owned())
            } else {
                None
            }
        };
        let mut changes = self.header_changes.clone();
        let dropped = self.headers.iter().filter_map(|header| {
            let because = why_not(&header.name)?;
            let off = self.scope.last(switch).filter(|_| because.contains(switch));
            let place = off.map(|rule| rule.place.clone()).or_else(|| place.cloned());
            Some(HeaderChange { name: header.name.clone(), how: HowChanged::Dropped, place, because })
        });
        changes.extend(dropped);
        let kept = self.headers.iter().filter(|header| why_not(&header.name).is_none());
        (kept.cloned().collect(), changes)
    }
}
