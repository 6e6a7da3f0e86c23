//! `jwt_authn`: a request without a token is decided here; one with a token needs keys and a clock
//! (`extensions/filters/http/jwt_authn`).

use super::listener::name;
use super::run::{Answered, Run};
use crate::document::Node;
use crate::walk::Needs;

/// What a requirement makes of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Yes,
    Missing,
}

impl<'a> Run<'a> {
    pub(super) fn jwt(
        &mut self,
        filter: &'a Node,
        settings: Option<&'a Node>,
        per_route: Option<&'a Node>,
    ) -> Result<(), Answered> {
        let Some(settings) = settings else { return Ok(()) };
        if per_route.is_some_and(|own| own.is_on("disabled")) {
            self.miss("http-filter", filter, name(filter), "the route switches it off");
            return Ok(());
        }
        if settings.is_on("bypass_cors_preflight") && self.is_preflight() {
            self.miss("http-filter", filter, name(filter), "preflights need no token");
            return Ok(());
        }
        let (rule, requirement) = match self.requirement(settings, per_route) {
            Err(needs) => return Err(self.unknown_at("http-filter", filter, needs)),
            Ok(None) => {
                self.miss("http-filter", filter, name(filter), "no rule of it asks for a token here");
                return Ok(());
            }
            Ok(Some(found)) => found,
        };
        match self.meets(settings, requirement) {
            Err(needs) => Err(self.unknown_at("http-filter", rule, needs)),
            Ok(Met::Yes) => {
                self.miss("http-filter", rule, name(filter), "a missing token is allowed here");
                Ok(())
            }
            Ok(Met::Missing) => {
                let place = Some(self.config.place(rule));
                let because = "the request has no token where this rule asks for one";
                let details = "jwt_authn_access_denied{Jwt_is_missing}";
                Err(self.local_reply("http-filter", place, name(filter), 401, because, details))
            }
        }
    }

    fn is_preflight(&self) -> bool {
        self.request.method == "OPTIONS"
            && self.request.header("Origin").is_some()
            && self.request.header("Access-Control-Request-Method").is_some()
    }

    /// The requirement of the route, or of the first rule whose match fits.
    fn requirement(
        &self,
        settings: &'a Node,
        per_route: Option<&'a Node>,
    ) -> Result<Option<(&'a Node, &'a Node)>, Needs> {
        let named = |name: &str| settings.field("requirement_map").and_then(|map| map.get(name));
        if let Some(own) = per_route.and_then(|own| own.field("requirement_name")) {
            let found = named(own.text().unwrap_or(""));
            return found
                .map(|found| Some((own, found)))
                .ok_or_else(|| Needs("a requirement of that name".to_owned()));
        }
        if settings.field("filter_state_rules").is_some() {
            return Err(Needs("the filter's state".to_owned()));
        }
        for rule in settings.list("rules") {
            let empty = || Needs("the match of a rule".to_owned());
            if self.route_matches(rule.field("match").ok_or_else(empty)?)?.is_err() {
                continue;
            }
            if let Some(name) = rule.text_of("requirement_name") {
                let found = named(name).ok_or_else(|| Needs("a requirement of that name".to_owned()))?;
                return Ok(Some((rule, found)));
            }
            return Ok(rule.field("requires").map(|requires| (rule, requires)));
        }
        Ok(None)
    }

    fn meets(&self, settings: &'a Node, requirement: &'a Node) -> Result<Met, Needs> {
        if let Some(name) = requirement.text_of("provider_name") {
            return self.has_token(settings, name);
        }
        if let Some(provider) = requirement.field("provider_and_audiences") {
            return self.has_token(settings, provider.text_of("provider_name").unwrap_or(""));
        }
        if let Some(any) = requirement.field("requires_any") {
            let mut met = Met::Missing;
            for one in any.list("requirements") {
                if self.meets(settings, one)? == Met::Yes {
                    met = Met::Yes;
                }
            }
            return Ok(met);
        }
        if let Some(all) = requirement.field("requires_all") {
            let mut met = Met::Yes;
            for one in all.list("requirements") {
                if self.meets(settings, one)? == Met::Missing {
                    met = Met::Missing;
                }
            }
            return Ok(met);
        }
        if requirement.field("allow_missing_or_failed").is_some() {
            return Ok(Met::Yes);
        }
        if requirement.field("allow_missing").is_some() {
            // It allows no token at all, of any provider; a token that is there is checked by all of them.
            let providers = settings.field("providers").map_or(Vec::new(), |map| map.entries().collect());
            for (key, _) in providers {
                self.has_token(settings, &key.text)?;
            }
            return Ok(Met::Yes);
        }
        Ok(Met::Yes)
    }

    /// Whether there is no token where a provider looks; one that is there cannot be judged here.
    fn has_token(&self, settings: &Node, provider: &str) -> Result<Met, Needs> {
        let Some(provider_node) = settings.field("providers").and_then(|map| map.get(provider)) else {
            return Err(Needs(format!("the provider `{provider}`")));
        };
        let found =
            || Err(Needs(format!("the keys of `{provider}` and the time, for the token that was sent")));
        let (headers, parameters, cookies) = (
            provider_node.list("from_headers"),
            provider_node.list("from_params"),
            provider_node.list("from_cookies"),
        );
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        let asks = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        if headers.is_empty() && parameters.is_empty() && cookies.is_empty() {
            let bearer = self.header_value("authorization")?.is_some_and(|value| value.contains("Bearer "));
            return if bearer || asks("access_token") { found() } else { Ok(Met::Missing) };
        }
        for header in headers {
            if let Some(value) = self.header_value(header.text_of("name").unwrap_or(""))?
                && value.contains(header.text_of("value_prefix").unwrap_or(""))
            {
                return found();
            }
        }
        let cookie = self.header_value("cookie")?.unwrap_or_default();
        let has_cookie =
            |name: &str| cookie.split(';').any(|pair| pair.trim().split('=').next() == Some(name));
        let named = parameters.iter().filter_map(Node::text).any(asks)
            || cookies.iter().filter_map(Node::text).any(has_cookie);
        if named { found() } else { Ok(Met::Missing) }
    }
}
