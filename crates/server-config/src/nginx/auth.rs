//! `auth_basic` and `auth_request`.

use super::access::{Check, Said};
use super::run::Run;
use super::tree::Directive;
use crate::credentials;
use crate::source::ReadError;
use crate::walk::{Answer, Needs, Verdict};

impl<'a> Run<'a> {
    /// `ngx_http_auth_basic_handler()`: without credentials 401; without the password file 403.
    pub(super) fn auth_basic(&mut self) -> Check {
        let (Some(realm), Some(file)) =
            (self.scope.one("auth_basic"), self.scope.one("auth_basic_user_file"))
        else {
            return Ok(Said::Nothing);
        };
        let text = match self.expand(realm.arg(0)) {
            Ok(text) => text,
            Err(needs) => return self.unknown(realm, needs),
        };
        if text == "off" {
            return Ok(Said::Nothing);
        }
        let place = Some(self.config.place(realm));
        let header = match self.header_text("authorization") {
            Ok(header) => header,
            Err(needs) => return self.unknown(realm, needs),
        };
        let Some((user, password)) = credentials::basic(&header) else {
            let because = "the request has no Basic credentials".to_owned();
            self.step("access", Some(realm), Verdict::Hit, because);
            return Ok(Said::No(401, place));
        };
        let path = match self.expand(file.arg(0)) {
            Ok(path) => self.full_path(&path),
            Err(needs) => return self.unknown(file, needs),
        };
        match self.files.read(&path) {
            Ok(entries) => self.check_password(file, &String::from_utf8_lossy(&entries), &user, &password),
            Err(ReadError::Absent) => {
                self.step("access", Some(file), Verdict::Hit, format!("there is no file `{path}`"));
                Ok(Said::No(403, Some(self.config.place(file))))
            }
            Err(_) if self.request.user.as_deref() == Some(&*user) => {
                self.step(
                    "access",
                    Some(realm),
                    Verdict::Miss,
                    format!("the password of `{user}` is taken as right"),
                );
                Ok(Said::Yes)
            }
            Err(_) => self.unknown(file, Needs(format!("the passwords in `{path}`"))),
        }
    }

    fn check_password(&mut self, file: &'a Directive, entries: &str, user: &str, password: &str) -> Check {
        let place = Some(self.config.place(file));
        let found = entries
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| *name == user);
        let Some((_, entry)) = found else {
            self.step("access", Some(file), Verdict::Hit, format!("it has no user `{user}`"));
            return Ok(Said::No(401, place));
        };
        let entry = entry.split(':').next().unwrap_or(entry).trim_end();
        let right = match entry.strip_prefix("{PLAIN}") {
            Some(plain) => plain == password,
            None if self.request.user.as_deref() == Some(user) => true,
            None => return self.unknown(file, Needs(format!("whether the password of `{user}` is right"))),
        };
        if right {
            self.step("access", Some(file), Verdict::Miss, format!("the password of `{user}` is right"));
            return Ok(Said::Yes);
        }
        self.step("access", Some(file), Verdict::Hit, format!("the password of `{user}` is wrong"));
        Ok(Said::No(401, place))
    }

    /// `ngx_http_auth_request_handler()`: 2xx lets through, 401 and 403 refuse, anything else is 500.
    pub(super) fn auth_request(&mut self) -> Check {
        let Some(rule) = self.scope.one("auth_request").filter(|rule| rule.arg(0) != "off") else {
            return Ok(Said::Nothing);
        };
        let because = format!("a subrequest to `{}` decides", rule.arg(0));
        self.step("access", Some(rule), Verdict::Hit, because);
        let status = match self.subrequest(rule.arg(0), "") {
            Some(Answer::Status(status)) => status,
            Some(Answer::File(_)) => 200,
            Some(Answer::Unknown(needs)) => return self.unknown(rule, needs),
            Some(Answer::Upstream(next)) => {
                let needs =
                    format!("what {} answers to the subrequest of `{}`", next.destination, rule.text());
                return self.unknown(rule, Needs(needs));
            }
            Some(Answer::Closed) | None => {
                return self.unknown(rule, Needs(format!("the end of the subrequest of `{}`", rule.text())));
            }
        };
        for set in self.scope.inherited(&["auth_request_set"]) {
            let needs = Needs(format!("the value of `{}` after the subrequest", set.arg(0)));
            let name = set.arg(0).trim_start_matches('$').to_ascii_lowercase();
            self.variables.insert(name, crate::request::Value::Unknown(needs));
        }
        let place = Some(self.config.place(rule));
        match status {
            200..=299 => Ok(Said::Yes),
            401 | 403 => Ok(Said::No(status, place)),
            _ => Ok(Said::No(500, place)),
        }
    }

    pub(super) fn remote_user(&mut self) -> Result<String, Needs> {
        let header = self.header_text("authorization")?;
        Ok(credentials::basic(&header).map_or(String::new(), |(user, _)| user))
    }

    /// Names of files are relative to the directory of the configuration (`ngx_conf_full_name()`).
    fn full_path(&self, path: &str) -> String {
        if path.starts_with('/') {
            return path.to_owned();
        }
        let main = self.config.sources.iter().next().map_or("", |source| &*source.name);
        let directory = main.rsplit_once('/').map_or("", |(directory, _)| directory);
        format!("{directory}/{path}")
    }
}
