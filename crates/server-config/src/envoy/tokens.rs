//! `jwt_authn`: a request without a token is decided here, and one whose token has not three parts; any other token needs
//! keys and a clock (`extensions/filters/http/jwt_authn`).

use super::listener::name;
use super::run::{Answered, Run};
use crate::document::Node;
use crate::walk::Needs;

/// What a requirement makes of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Met {
    Yes,
    Missing,
    /// There is a token, and it cannot be one.
    Malformed,
}

/// No token is longer (`kMaxJwtSize` in jwt_verify_lib's `jwt.cc`).
const LONGEST: usize = 8096;

/// How the access log calls a token without three parts.
const MALFORMED: &str = "jwt_authn_access_denied{Jwt_is_not_in_the_form_of_Header.Payload.Signature_with_two_dots_and_3_sections}";

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
            Ok(refused) => {
                let place = Some(self.config.place(rule));
                let (because, details) = match refused {
                    Met::Malformed => ("the token that was sent has not three parts between dots", MALFORMED),
                    _ => (
                        "the request has no token where this rule asks for one",
                        "jwt_authn_access_denied{Jwt_is_missing}",
                    ),
                };
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
            if !self.rule_matches(rule.field("match").ok_or_else(empty)?)? {
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

    /// A rule's match: the path, header fields and query parameters. The other conditions that a route's match may have,
    /// `grpc` among them, are not looked at here (`extensions/filters/http/jwt_authn/matcher.cc`).
    fn rule_matches(&self, matcher: &Node) -> Result<bool, Needs> {
        if !self.path_matches(matcher)? {
            return Ok(false);
        }
        for header in matcher.list("headers") {
            if !self.header_matches(header)? {
                return Ok(false);
            }
        }
        for parameter in matcher.list("query_parameters") {
            if !self.query_matches(parameter)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn meets(&self, settings: &'a Node, requirement: &'a Node) -> Result<Met, Needs> {
        if let Some(name) = requirement.text_of("provider_name") {
            return self.has_token(settings, name);
        }
        if let Some(provider) = requirement.field("provider_and_audiences") {
            return self.has_token(settings, provider.text_of("provider_name").unwrap_or(""));
        }
        if let Some(any) = requirement.field("requires_any") {
            let mut all = Vec::new();
            for one in any.list("requirements") {
                all.push(self.meets(settings, one)?);
            }
            return match all.as_slice() {
                met if met.contains(&Met::Yes) => Ok(Met::Yes),
                met if !met.contains(&Met::Malformed) => Ok(Met::Missing),
                met if !met.contains(&Met::Missing) => Ok(Met::Malformed),
                _ => Err(Needs("which of several failures the filter names".to_owned())),
            };
        }
        if let Some(all) = requirement.field("requires_all") {
            let mut met = Met::Yes;
            for one in all.list("requirements") {
                // The first that is not met ends it.
                if met == Met::Yes {
                    met = self.meets(settings, one)?;
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
                if self.has_token(settings, &key.text)? == Met::Malformed {
                    return Ok(Met::Malformed);
                }
            }
            return Ok(Met::Yes);
        }
        Ok(Met::Yes)
    }

    /// Whether there is no token where a provider looks, or one that cannot be any; no other can be judged here.
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
            let bearer =
                self.header_value("authorization")?.and_then(|value| bearer(&value).map(str::to_owned));
            return match bearer {
                _ if asks("access_token") => found(),
                Some(token) if is_malformed(&token) => Ok(Met::Malformed),
                Some(_) => found(),
                None => Ok(Met::Missing),
            };
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

/// What stands behind `Bearer ` in a field's value, from the first letter on that a token may have; the whole value where
/// there is none (`ExtractorImpl::extractJWT()`).
fn bearer(value: &str) -> Option<&str> {
    let after = value.find("Bearer ")? + "Bearer ".len();
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    Some(value[after..].find(is_of_token).map_or(value, |start| &value[after + start..]))
}

/// `Jwt::parseFromString()` in jwt_verify_lib: two dots with something before, between and after them.
fn is_malformed(token: &str) -> bool {
    let parts = token.split('.').filter(|part| !part.is_empty()).count();
    token.len() >= LONGEST || token.matches('.').count() != 2 || parts != 3
}
