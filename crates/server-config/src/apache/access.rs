//! Who may come in: `AllowMethods`, `SSLRequireSSL`, the rules of 2.2 (`Order`, `Allow`, `Deny`), `Require`, and
//! `Satisfy` over them.

use super::addresses::Network;
use super::layers::{Layer, Rule};
use super::methods;
use super::require::{self, Auth};
use super::run::{End, Phase, Run};
use super::tree::Directive;
use crate::request::Scheme;
use crate::source::Place;
use crate::walk::{Needs, Verdict};

/// The directives of `mod_access_compat`; the innermost section with one of them replaces all outer ones.
const COMPAT: &[&str] = &["Order", "Allow", "Deny", "Satisfy"];

/// A refusal that another check may overrule.
pub(super) type Refusal = Option<(u16, Option<Place>)>;

impl<'a> Run<'a> {
    /// The switch over `Satisfy` in `ap_process_request_internal()`.
    pub(super) fn access(&mut self) -> Phase<'a> {
        if self.before.as_ref().is_some_and(|before| self.scope.is_kept_from(before)) {
            return Ok(());
        }
        self.user = None;
        let satisfy = self.compat_rule("Satisfy");
        let is_any = satisfy.is_some_and(|rule| rule.arg(0).eq_ignore_ascii_case("any"));
        let refused = self.check_access()?;
        match refused {
            None if is_any => {
                self.step("access", satisfy, Verdict::Hit, "one passed check is enough".to_owned());
                return Ok(());
            }
            Some((status, place)) if !is_any => return Err(End::Status(status, place)),
            _ => {}
        }
        self.authorize()
    }

    /// `ap_run_access_checker()`: the first refusal counts.
    fn check_access(&mut self) -> Phase<'a, Refusal> {
        if let Some(refusal) = self.allowed_methods() {
            return Ok(Some(refusal));
        }
        // Modules of one rank run in the order of `LoadModule`, which is the alphabet's on Debian.
        if let Some(refusal) = self.order()? {
            return Ok(Some(refusal));
        }
        if let Some(rule) = self.scope.last("SSLRequireSSL").filter(|_| self.request.scheme == Scheme::Http) {
            self.step("access", Some(rule), Verdict::Hit, "the connection is not encrypted".to_owned());
            return Ok(Some((403, Some(rule.place.clone()))));
        }
        match self.scope.last("SSLRequire") {
            Some(rule) => self.unknown(rule, Needs("the outcome of `SSLRequire`".to_owned())),
            None => Ok(None),
        }
    }

    /// `am_check_access()` in `modules/aaa/mod_allowmethods.c`.
    fn allowed_methods(&mut self) -> Refusal {
        let rule = self.scope.last("AllowMethods")?;
        let is_reset = rule.words.len() == 1 && rule.arg(0).eq_ignore_ascii_case("reset");
        if is_reset || rule.words.iter().any(|method| methods::same(method, &self.method)) {
            return None;
        }
        self.step("access", Some(rule), Verdict::Hit, format!("{} is not among its methods", self.method));
        Some((405, Some(rule.place.clone())))
    }

    fn compat_layer(&self) -> Option<&std::rc::Rc<Layer<'a>>> {
        let is_loaded = self.config.known.has_module("access_compat");
        self.scope.innermost_with(COMPAT).filter(|_| is_loaded)
    }

    /// The last such rule for the method.
    fn compat_rule(&self, name: &str) -> Option<&'a Directive> {
        let rules = &self.compat_layer()?.rules;
        let of_method = |rule: &&Rule<'a>| rule.directive.is(name) && rule.covers(&self.method);
        rules.iter().rfind(of_method).map(|rule| rule.directive)
    }

    /// `check_dir_access()` in `modules/aaa/mod_access_compat.c`.
    fn order(&mut self) -> Phase<'a, Refusal> {
        let Some(layer) = self.compat_layer().cloned() else { return Ok(None) };
        let order = self.compat_rule("Order");
        let setting = order.map_or("deny,allow", |rule| rule.arg(0)).to_ascii_lowercase();
        let allow = self.find_rule(&layer, "Allow");
        let deny = self.find_rule(&layer, "Deny");
        let is_deny_first = setting == "deny,allow";
        let granted = match (&allow, &deny) {
            (Ok(Some(_)), _) | (_, Ok(None)) if is_deny_first => true,
            (Ok(None), Ok(Some(_))) if is_deny_first => false,
            (Ok(None), _) | (_, Ok(Some(_))) if !is_deny_first => false,
            (Ok(Some(_)), Ok(None)) => true,
            (Err((rule, needs)), _) | (_, Err((rule, needs))) => return self.unknown(rule, needs.clone()),
            _ => true,
        };
        let matched = |found: Result<Option<&'a Directive>, (&'a Directive, Needs)>| found.ok().flatten();
        let (allow, deny) = (matched(allow), matched(deny));
        if granted {
            if let Some(rule) = allow.or(order) {
                self.step(
                    "access",
                    Some(rule),
                    Verdict::Hit,
                    format!("it lets the client in (`Order {setting}`)"),
                );
            }
            return Ok(None);
        }
        let (rule, because) = match (deny, allow) {
            (Some(deny), _) => (Some(deny), format!("it holds the client (`Order {setting}`)")),
            (None, _) => (order, "no `Allow` holds the client, and without one it is refused".to_owned()),
        };
        self.step("access", rule, Verdict::Hit, because);
        Ok(Some((403, rule.map(|rule| rule.place.clone()))))
    }

    /// `find_allowdeny()`: the first `Allow` or `Deny` that holds the client.
    fn find_rule(
        &mut self,
        layer: &Layer<'a>,
        name: &str,
    ) -> Result<Option<&'a Directive>, (&'a Directive, Needs)> {
        let mut open = None;
        for rule in layer.rules.iter().filter(|rule| rule.directive.is(name)) {
            let directive = rule.directive;
            if !rule.covers(&self.method) {
                continue;
            }
            for word in directive.words.iter().skip(1) {
                match self.holds_client(word) {
                    Ok(true) => return Ok(Some(directive)),
                    Ok(false) => {}
                    Err(needs) => open = Some((directive, needs)),
                }
            }
            if open.is_none() {
                let because = "it does not hold the client".to_owned();
                self.step("access", Some(directive), Verdict::Miss, because);
            }
        }
        open.map_or(Ok(None), Err)
    }

    /// `all`, `env=NAME`, `env=!NAME`, an address, a network, or a host's name.
    fn holds_client(&self, word: &str) -> Result<bool, Needs> {
        let lower = word.to_ascii_lowercase();
        if lower == "all" {
            return Ok(true);
        }
        if let Some(name) = lower.strip_prefix("env=") {
            return Ok(match name.strip_prefix('!') {
                Some(name) => self.env.get(name).is_none(),
                None => self.env.get(name).is_some(),
            });
        }
        match Network::parse(word) {
            Some(network) => self.client_in(network),
            None => Err(Needs(format!("the client's host name, for `{word}`"))),
        }
    }

    pub(super) fn client_in(&self, network: Network) -> Result<bool, Needs> {
        match self.client.address {
            Some(address) => Ok(network.contains(address)),
            None => Err(Needs("the client's address".to_owned())),
        }
    }

    /// `authorize_userless()`, then a user if one is needed, then `authorize_user()`.
    fn authorize(&mut self) -> Phase<'a> {
        if !self.config.known.has_module("authz_core") {
            return Ok(());
        }
        let Some(root) = require::effective(&self.scope) else {
            return match self.auth_type()? {
                Some(rule) => {
                    let because = "there is no `Require` for the users it asks for".to_owned();
                    self.refuse("access", Some(rule), 500, because)
                }
                None => Ok(()),
            };
        };
        let first = self.apply(&root)?;
        match first.result {
            Auth::Granted => return Ok(()),
            Auth::Denied | Auth::Neutral => return Err(End::Status(403, first.place)),
            Auth::NeedsUser => {}
        }
        self.authenticate()?;
        let second = self.apply(&root)?;
        let forbids = self.scope.is_on("AuthzSendForbiddenOnFailure", false);
        match second.result {
            Auth::Granted => Ok(()),
            Auth::NeedsUser => Err(End::Status(401, second.place)),
            Auth::Denied | Auth::Neutral if forbids => Err(End::Status(403, second.place)),
            Auth::Denied | Auth::Neutral => Err(End::Status(401, second.place)),
        }
    }
}
