//! What may decide and is not simulated: named, never guessed.

use super::run::{End, Phase, Run};
use crate::request::Scheme;
use crate::walk::{Needs, Verdict};

/// Directives whose presence makes the outcome depend on what is not modelled.
const DECIDERS: &[&str] = &[
    "Use",
    "LuaHookAccessChecker",
    "LuaHookAuthChecker",
    "LuaHookCheckUserID",
    "LuaHookTranslateName",
    "LuaHookFixups",
    "LuaHookMapToStorage",
    "LuaHookTypeChecker",
    "PerlAccessHandler",
    "PerlAuthenHandler",
    "PerlAuthzHandler",
    "PerlTransHandler",
    "PerlFixupHandler",
    "JkMount",
    "JkMountFile",
    "ProxyExpressEnable",
    "WSGIAccessScript",
    "WSGIAuthUserScript",
    "WSGIAuthGroupScript",
    "WSGIScriptAliasMatch",
    "PassengerEnabled",
    "PassengerAppRoot",
    "ImapBase",
];

/// Limits that depend on earlier requests.
const LIMITS: &[&str] =
    &["DOSPageCount", "DOSSiteCount", "QS_ClientEventLimitCount", "QS_LocRequestLimit", "QS_SrvMaxConnPerIP"];

impl<'a> Run<'a> {
    /// Asked once the sections are known.
    pub(super) fn unmodelled(&mut self) -> Phase<'a> {
        for name in LIMITS {
            if let Some(rule) = self.scope.last(name) {
                let needs = Needs(format!("the state of `{}`", rule.text()));
                let because = "whether the limit is exceeded depends on earlier requests".to_owned();
                if !self.assuming.contains(&needs) {
                    self.step("limit", Some(rule), Verdict::Unknown(needs.clone()), because);
                    self.assuming.push(needs);
                }
            }
        }
        let decider = DECIDERS.iter().find_map(|name| self.scope.last(name));
        match decider {
            Some(rule) => self.unknown(rule, Needs(format!("what `{}` does", rule.text()))),
            None => Ok(()),
        }
    }

    /// The firewall's rules about the request line and the header are asked before all others.
    pub(super) fn waf_head(&mut self) {
        let Some(rule) = self.defaults.last("SecRuleEngine").filter(|rule| self.is_blocking(rule.arg(0)))
        else {
            return;
        };
        let needs = Needs("what the rules of ModSecurity's first phase say".to_owned());
        if !self.assuming.contains(&needs) {
            let because = "`SecRuleEngine On` asks the firewall's rules".to_owned();
            self.step("waf", Some(rule), Verdict::Unknown(needs.clone()), because);
            self.assuming.push(needs);
        }
    }

    /// Its rules about the body are asked last of all before the answer.
    pub(super) fn waf_body(&mut self) -> Phase<'a> {
        let rule = self.scope.last("SecRuleEngine").filter(|rule| self.is_blocking(rule.arg(0)));
        match rule.filter(|_| self.depth == 0) {
            Some(rule) => {
                let needs = Needs("what ModSecurity's rules say (`SecRuleEngine On`)".to_owned());
                self.unknown(rule, needs)
            }
            None => Ok(()),
        }
    }

    fn is_blocking(&self, mode: &str) -> bool {
        mode.eq_ignore_ascii_case("on") && self.config.known.has_module("security2")
    }

    /// Plain text on a TLS port is refused; a client certificate cannot be seen.
    pub(super) fn transport(&mut self) -> Phase<'a> {
        let engine = self.defaults.last("SSLEngine");
        let is_tls = engine.is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("on"));
        match (is_tls, self.request.scheme) {
            (true, Scheme::Http) => {
                self.refuse("request", engine, 400, "plain text arrives where TLS is expected".to_owned())
            }
            (false, Scheme::Https) if engine.is_some() || self.config.known.has_module("ssl") => {
                // A fragment or a proxy in front may leave it out; then nothing else depends on it.
                Ok(())
            }
            (true, Scheme::Https) => {
                let verify = self.defaults.last("SSLVerifyClient");
                let level = verify.map_or("none", |rule| rule.arg(0)).to_ascii_lowercase();
                match verify.filter(|_| level == "require") {
                    Some(rule) => {
                        let needs = Needs("the client's certificate".to_owned());
                        self.step("tls", Some(rule), Verdict::Unknown(needs.clone()), needs.0.clone());
                        Err(End::Unknown(needs, Some(rule.place.clone())))
                    }
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}
