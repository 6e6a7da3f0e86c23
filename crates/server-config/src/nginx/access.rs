//! The access phase: `allow` and `deny`, `auth_basic`, `auth_request`, and `satisfy` over them
//! (`ngx_http_core_access_phase()` in `ngx_http_core_module.c`).

use super::addresses::Network;
use super::run::{Flow, Phase, Run};
use crate::source::Place;
use crate::walk::{Needs, Verdict};

/// What one check of the access phase says.
pub(super) enum Said {
    /// It is not configured here, or no rule of it applies.
    Nothing,
    Yes,
    No(u16, Option<Place>),
}

pub(super) type Check = Result<Said, (Needs, Option<Place>)>;

impl<'a> Run<'a> {
    /// Entering a location with a method outside its `limit_except` leads into that block
    /// (`ngx_http_update_location_config()`).
    pub(super) fn limit_except(&mut self) {
        let Some(block) = self.scope.innermost().last("limit_except") else { return };
        let allowed = block
            .args()
            .iter()
            .any(|method| **method == *self.method || (&**method == "GET" && self.method == "HEAD"));
        if allowed {
            self.step("location", Some(block), Verdict::Miss, format!("{} is excepted", self.method));
            return;
        }
        self.step("location", Some(block), Verdict::Hit, format!("{} is not among its methods", self.method));
        self.scope = self.scope.inside(block);
    }

    /// Limits that depend on earlier requests.
    pub(super) fn preaccess(&mut self) -> Result<(), (Needs, Option<Place>)> {
        self.take_client_address(&self.scope.clone());
        for name in ["limit_req", "limit_conn"] {
            for rule in self.scope.inherited(&[name]) {
                let needs = Needs(format!("the state of `{}`", rule.text()));
                let because = "whether the limit is exceeded depends on earlier requests".to_owned();
                self.step("preaccess", Some(rule), Verdict::Unknown(needs.clone()), because);
                self.assuming.push(needs);
            }
        }
        Ok(())
    }

    /// Addresses, then `auth_basic`, then `auth_request`: the modules' order in `auto/modules`, reversed.
    pub(super) fn access(&mut self) -> Phase<'a> {
        let satisfy = self.scope.one("satisfy");
        let any = satisfy.is_some_and(|rule| rule.arg(0) == "any");
        let mut refused: Option<(u16, Option<Place>)> = None;
        let checks = [Self::addresses, Self::auth_basic, Self::auth_request];
        for check in checks {
            match check(self)? {
                Said::Nothing => {}
                Said::Yes if any => {
                    self.step("access", satisfy, Verdict::Hit, "one passed check is enough".to_owned());
                    return Ok(Flow::Next);
                }
                Said::Yes => {}
                Said::No(status @ (401 | 403), place) if any => {
                    if refused.as_ref().is_none_or(|(before, _)| *before != 401) {
                        refused = Some((status, place));
                    }
                }
                Said::No(status, place) => return Ok(Flow::Refuse(status, place)),
            }
        }
        match refused {
            Some((status, place)) => Ok(Flow::Refuse(status, place)),
            None => Ok(Flow::Next),
        }
    }

    /// The first rule that holds the address decides (`ngx_http_access_module.c`).
    fn addresses(&mut self) -> Check {
        for rule in self.scope.inherited(&["allow", "deny"]) {
            let network = Network::parse(rule.arg(0));
            let holds = match (network, self.client.address) {
                (Some(Network::All), _) => true,
                (Some(network), Some(address)) => network.contains(address),
                (Some(_), None) => {
                    return self.unknown(rule, Needs("the client's address".to_owned()));
                }
                (None, _) => {
                    return self.unknown(rule, Needs(format!("the address `{}`", rule.arg(0))));
                }
            };
            let client = self.client.address.map_or("the client".to_owned(), |address| address.to_string());
            if !holds {
                self.step("access", Some(rule), Verdict::Miss, format!("{client} is not in it"));
                continue;
            }
            self.step(
                "access",
                Some(rule),
                Verdict::Hit,
                format!("it holds {client}, and the first rule decides"),
            );
            let place = self.config.place(rule);
            return Ok(if rule.name() == "allow" { Said::Yes } else { Said::No(403, Some(place)) });
        }
        Ok(Said::Nothing)
    }
}
