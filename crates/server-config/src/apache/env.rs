//! Variables of a request, and the directives that set them (`modules/metadata/mod_setenvif.c`, `mod_env.c`).

use std::collections::BTreeMap;

use super::expr::{self, Matched};
use super::run::{Phase, Run};
use super::tree::Directive;
use super::words;
use crate::pattern::{Captures, Case, Pattern};
use crate::request::Value;
use crate::walk::{Needs, Verdict};

/// `r->subprocess_env`: names compare without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Env {
    values: BTreeMap<String, String>,
}

impl Env {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        self.values.insert(name.to_ascii_lowercase(), value);
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.values.remove(&name.to_ascii_lowercase());
    }

    /// After an internal redirect every name starts with `REDIRECT_` (`rename_original_env()`).
    pub(super) fn redirected(self) -> Self {
        let renamed = self.values.into_iter().map(|(name, value)| (format!("redirect_{name}"), value));
        Self { values: renamed.collect() }
    }
}

/// Whose directives are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Server,
    Sections,
}

impl<'a> Run<'a> {
    /// `SetEnvIf` and its relatives, in order: those of the server after the request was read, those of the
    /// sections once they are known (`match_headers()`).
    pub(super) fn set_env_if(&mut self, of: Where) -> Phase<'a> {
        let names = ["SetEnvIf", "SetEnvIfNoCase", "SetEnvIfExpr", "BrowserMatch", "BrowserMatchNoCase"];
        let (scope, from) = match of {
            Where::Server => (&self.defaults, 0),
            Where::Sections => (&self.scope, self.defaults.layers.len()),
        };
        let rules: Vec<&'a Directive> = scope
            .layers
            .iter()
            .skip(from)
            .flat_map(|layer| layer.rules.iter().map(|rule| rule.directive))
            .filter(|rule| rule.is_any(&names))
            .collect();
        for rule in rules {
            self.set_by_rule(rule)?;
        }
        Ok(())
    }

    fn set_by_rule(&mut self, rule: &'a Directive) -> Phase<'a> {
        let (subject, regex, from) = if rule.is("SetEnvIfExpr") {
            return self.set_by_expression(rule);
        } else if rule.is_any(&["BrowserMatch", "BrowserMatchNoCase"]) {
            (self.header_text("User-Agent"), rule.arg(0), 1)
        } else {
            (self.attribute(rule.arg(0)), rule.arg(1), 2)
        };
        let subject = match subject {
            Ok(subject) => subject,
            Err(needs) => return self.unknown(rule, needs),
        };
        let is_blind = rule.name.to_ascii_lowercase().ends_with("nocase");
        let case = if is_blind { Case::Insensitive } else { Case::Sensitive };
        match Pattern::new(regex, case).and_then(|pattern| pattern.find(&subject)) {
            Ok(Some(captures)) => {
                self.set_words(rule, from, Some(&captures));
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(needs) => self.unknown(rule, needs),
        }
    }

    fn set_by_expression(&mut self, rule: &'a Directive) -> Phase<'a> {
        let mut matched = Matched::default();
        match expr::holds(rule.arg(0), self, &mut matched) {
            Ok(true) => {
                let captures = Captures { groups: matched.groups, named: Vec::new(), range: (0, 0) };
                self.set_words(rule, 1, Some(&captures));
                Ok(())
            }
            Ok(false) => Ok(()),
            Err(needs) => self.unknown(rule, needs),
        }
    }

    /// `name`, `name=value` with `$1`, `!name`.
    fn set_words(&mut self, rule: &Directive, from: usize, captures: Option<&Captures>) {
        let mut names = Vec::new();
        for word in rule.words.iter().skip(from) {
            let (name, value) =
                word.split_once('=').filter(|(_, value)| !value.is_empty()).unwrap_or((word, "1"));
            names.push(name.trim_end_matches('=').to_owned());
            match name.strip_prefix('!').filter(|_| !word.contains('=')) {
                Some(name) => self.env.unset(name),
                None => {
                    let groups = captures.map_or(&[][..], |captures| &captures.groups);
                    self.env.set(name.trim_end_matches('='), substitute(value, groups));
                }
            }
        }
        self.step("set-env", Some(rule), Verdict::Hit, format!("it sets {}", names.join(", ")));
    }

    /// What `SetEnvIf` compares: an attribute, a header field, or an earlier variable.
    fn attribute(&mut self, name: &str) -> Result<String, Needs> {
        match name.to_ascii_lowercase().as_str() {
            "remote_addr" => self.variable("REMOTE_ADDR").map(Option::unwrap_or_default),
            "remote_host" => self.variable("REMOTE_HOST").map(Option::unwrap_or_default),
            "server_addr" => self.variable("SERVER_ADDR").map(Option::unwrap_or_default),
            "request_uri" => Ok(self.uri.clone()),
            "request_method" => Ok(self.method.clone()),
            "request_protocol" => Ok(self.request.version.name().to_owned()),
            _ if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) => {
                match self.header(name) {
                    Some(Value::Known(value)) => Ok(value.clone()),
                    Some(Value::Unknown(needs)) => Err(needs.clone()),
                    None => Ok(self.env.get(name).unwrap_or("").to_owned()),
                }
            }
            _ => self.header_by_regex(name),
        }
    }

    fn header_by_regex(&mut self, regex: &str) -> Result<String, Needs> {
        let pattern = Pattern::new(regex, Case::Insensitive)?;
        let mut last = String::new();
        for header in &self.headers {
            if pattern.find(&header.name)?.is_some() {
                match &header.value {
                    Value::Known(value) => last.clone_from(value),
                    Value::Unknown(needs) => return Err(needs.clone()),
                }
            }
        }
        Ok(last)
    }

    /// `SetEnv`, `PassEnv` and `UnsetEnv` come last, in the fixups: no rule of access sees them.
    pub(super) fn set_env(&mut self) {
        let rules: Vec<&'a Directive> = self
            .scope
            .layers
            .iter()
            .flat_map(|layer| layer.rules.iter().map(|rule| rule.directive))
            .collect();
        for rule in rules {
            if rule.is("SetEnv") {
                self.env.set(rule.arg(0), rule.arg(1).to_owned());
            } else if rule.is("UnsetEnv") {
                rule.words.iter().for_each(|name| self.env.unset(name));
            } else if rule.is("PassEnv") {
                for name in &rule.words {
                    if let Some(value) = self.config.known.variables.get(&**name) {
                        self.env.set(name, value.clone());
                    }
                }
            }
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&Value> {
        self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| &header.value)
    }

    /// A header field's text; empty when there is none.
    pub(super) fn header_text(&self, name: &str) -> Result<String, Needs> {
        match self.header(name) {
            None => Ok(String::new()),
            Some(Value::Known(value)) => Ok(value.clone()),
            Some(Value::Unknown(needs)) => Err(needs.clone()),
        }
    }
}

/// `$0` to `$9` and `&` (`ap_pregsub()`); a backslash takes the meaning from what follows.
pub(super) fn substitute(template: &str, groups: &[Option<String>]) -> String {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('$', Some(digit)) if digit.is_ascii_digit() => {
                let index = digit.to_digit(10).unwrap_or(0) as usize;
                chars.next();
                out.push_str(groups.get(index).and_then(Option::as_deref).unwrap_or(""));
            }
            ('&', _) => out.push_str(groups.first().and_then(Option::as_deref).unwrap_or("")),
            ('\\', Some(&next)) if next == '$' || next == '&' => {
                out.push(next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// Words of an argument that is no expression.
pub(super) fn plain_words(text: &str) -> Vec<String> {
    words::split(text)
}
