//! `AuthType`: whose password is asked for (`modules/aaa/mod_authn_core.c`, `mod_auth_basic.c`, `mod_authn_file.c`).

use super::expr;
use super::include;
use super::passwords::{self, Password};
use super::run::{Phase, Run};
use super::tree::Directive;
use crate::credentials;
use crate::source::ReadError;
use crate::walk::{Needs, Verdict};

/// What a provider says of a user and a password.
enum Checked {
    Right,
    Wrong(String),
    NotFound(String),
    Fault(String),
}

impl<'a> Run<'a> {
    /// The `AuthType` that holds, unless it is `None`.
    pub(super) fn auth_type(&mut self) -> Phase<'a, Option<&'a Directive>> {
        Ok(self.scope.last("AuthType").filter(|rule| !rule.arg(0).eq_ignore_ascii_case("none")))
    }

    /// `ap_run_check_user_id()`.
    pub(super) fn authenticate(&mut self) -> Phase<'a> {
        let Some(rule) = self.auth_type()? else {
            let because = "a user is required, and no `AuthType` says how one is known".to_owned();
            return self.refuse("access", None, 500, because);
        };
        let kind = match expr::text(rule.arg(0), self) {
            Ok(kind) => kind.to_ascii_lowercase(),
            Err(needs) => return self.unknown(rule, needs),
        };
        match kind.as_str() {
            "basic" if self.config.known.has_module("auth_basic") => self.basic(rule),
            "basic" => self.refuse("access", Some(rule), 500, "`mod_auth_basic` is not loaded".to_owned()),
            "digest" if self.header("Authorization").is_none() => {
                self.refuse("access", Some(rule), 401, "the request has no credentials".to_owned())
            }
            _ => self.unknown(rule, Needs(format!("what `AuthType {}` says", rule.arg(0)))),
        }
    }

    /// `authenticate_basic_user()`.
    fn basic(&mut self, rule: &'a Directive) -> Phase<'a> {
        if self.scope.last("AuthName").is_none() {
            return self.refuse("access", Some(rule), 500, "there is no `AuthName`".to_owned());
        }
        let header = match self.header("Authorization") {
            None => {
                let because = "the request has no credentials".to_owned();
                return self.refuse("access", Some(rule), 401, because);
            }
            Some(_) => match self.header_text("Authorization") {
                Ok(header) => header,
                Err(needs) => return self.unknown(rule, needs),
            },
        };
        let (scheme, encoded) = header.split_once(' ').unwrap_or((&header, ""));
        if !scheme.eq_ignore_ascii_case("basic") {
            let because = "the request has credentials of another scheme".to_owned();
            return self.refuse("access", Some(rule), 401, because);
        }
        let decoded = credentials::base64(encoded.trim()).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        let (user, password) = decoded.split_once(':').unwrap_or((&decoded, ""));
        let (place, checked) = self.ask_providers(rule, user, password)?;
        let is_authoritative = self.scope.is_on("AuthBasicAuthoritative", true);
        match checked {
            Checked::Right => {
                self.step("access", Some(place), Verdict::Miss, format!("the password of `{user}` is right"));
                self.user = Some(user.to_owned());
                Ok(())
            }
            Checked::Wrong(because) => self.refuse("access", Some(place), 401, because),
            Checked::NotFound(because) | Checked::Fault(because) if !is_authoritative => {
                self.refuse("access", Some(place), 500, format!("{because}, and nobody else is asked"))
            }
            Checked::NotFound(because) => self.refuse("access", Some(place), 401, because),
            Checked::Fault(because) => self.refuse("access", Some(place), 500, because),
        }
    }

    fn ask_providers(
        &mut self,
        rule: &'a Directive,
        user: &str,
        password: &str,
    ) -> Phase<'a, (&'a Directive, Checked)> {
        let named = self.scope.last("AuthBasicProvider");
        let mut last = None;
        for provider in named.map_or(vec!["file"], |named| named.words.iter().map(|word| &**word).collect()) {
            if provider != "file" {
                if self.request.user.as_deref() == Some(user) {
                    return Ok((named.unwrap_or(rule), Checked::Right));
                }
                let needs = Needs(format!("what the provider `{provider}` says of `{user}`"));
                return self.unknown(named.unwrap_or(rule), needs);
            }
            let (place, checked) = self.ask_file(rule, user, password)?;
            if !matches!(checked, Checked::NotFound(_)) {
                return Ok((place, checked));
            }
            last = Some((place, checked));
        }
        Ok(last.unwrap_or((rule, Checked::Fault("there is no provider".to_owned()))))
    }

    /// `check_password()` in `modules/aaa/mod_authn_file.c`.
    fn ask_file(
        &mut self,
        rule: &'a Directive,
        user: &str,
        password: &str,
    ) -> Phase<'a, (&'a Directive, Checked)> {
        let layer = self.scope.innermost_with(&["AuthUserFile"]);
        let Some(file) = layer.and_then(|layer| layer.last("AuthUserFile")) else {
            return Ok((rule, Checked::Fault("there is no `AuthUserFile`".to_owned())));
        };
        let path = include::below(&self.config.server_root, file.arg(0));
        let is_given = self.request.user.as_deref() == Some(user);
        let text = match self.files.read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(ReadError::Absent) => {
                return Ok((file, Checked::Fault(format!("there is no file `{path}`"))));
            }
            Err(_) if is_given => return Ok((file, Checked::Right)),
            Err(_) => return self.unknown(file, Needs(format!("the passwords in `{path}`"))),
        };
        let entry = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| *name == user);
        let Some((_, entry)) = entry else {
            return Ok((file, Checked::NotFound(format!("`{path}` has no user `{user}`"))));
        };
        let entry = entry.split(':').next().unwrap_or(entry).trim_end();
        match passwords::check(password, entry) {
            Password::Right => Ok((file, Checked::Right)),
            Password::Wrong => Ok((file, Checked::Wrong(format!("the password of `{user}` is wrong")))),
            Password::Unread if is_given => Ok((file, Checked::Right)),
            Password::Unread => {
                self.unknown(file, Needs(format!("whether the password of `{user}` is right")))
            }
        }
    }
}
