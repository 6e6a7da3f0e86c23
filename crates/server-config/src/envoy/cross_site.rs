//! The filters for requests of other sites' pages: CORS and CSRF
//! (`extensions/filters/http/{cors/cors_filter,csrf/csrf_filter}.cc`).

use super::listener::name;
use super::matcher::{fraction, string};
use super::run::{Answered, Run};
use crate::document::Node;
use crate::walk::{Answer, Needs, Step, Verdict};

impl<'a> Run<'a> {
    /// CORS refuses nothing: it answers preflights, with the headers if the origin is allowed.
    pub(super) fn cors(&mut self, filter: &'a Node, policy: Option<&'a Node>) -> Result<(), Answered> {
        // It looks only at requests that a route passes on: not at redirects and answers of the route's own.
        let passes_on =
            self.chosen.and_then(|chosen| chosen.route).is_some_and(|route| route.field("route").is_some());
        let Some(policy) = policy.filter(|_| passes_on) else {
            self.miss("http-filter", filter, name(filter), "the route has no policy for it");
            return Ok(());
        };
        let enabled = policy.field("filter_enabled").map(|runtime| fraction(runtime.field("default_value")));
        match enabled {
            None | Some(Some(true)) => {}
            Some(Some(false)) => {
                self.miss("http-filter", policy, name(filter), "its policy is not enabled");
                return Ok(());
            }
            Some(None) => {
                return Err(self.unknown_at(
                    "http-filter",
                    policy,
                    Needs("chance: the policy takes a fraction of all requests".to_owned()),
                ));
            }
        }
        let value = |run: &mut Self, name: &str| run.header_value(name).map_err(|needs| run.unknown(needs.0));
        let Some(origin) = value(self, "origin")?.filter(|origin| !origin.is_empty()) else {
            self.miss("http-filter", policy, name(filter), "the request has no `Origin`");
            return Ok(());
        };
        let is_allowed = policy.list("allow_origin_string_match").iter().try_fold(false, |found, matcher| {
            Ok::<bool, Needs>(found || matcher.text_of("exact") == Some("*") || string(matcher, &origin)?)
        });
        let is_allowed = is_allowed.map_err(|needs| self.unknown_at("http-filter", policy, needs))?;
        let asks = value(self, "access-control-request-method")?.is_some_and(|method| !method.is_empty());
        let is_preflight = self.request.method == "OPTIONS" && asks;
        let forwards = policy.text_of("forward_not_matching_preflights") != Some("false");
        let place = Some(self.config.place(policy));
        if is_preflight && (is_allowed || !forwards) {
            let because = match is_allowed {
                true => "the filter answers the preflight, and the origin is allowed",
                false => "the filter answers the preflight without headers: the origin is not allowed",
            };
            self.steps.push(Step::new("http-filter", place.clone(), name(filter), Verdict::Hit, because));
            return Err(self.answer(Answer::Status(200), place));
        }
        let because = match is_allowed {
            true => "the origin is allowed",
            false => "the origin is not allowed: the answer gets no CORS headers, and the request goes on",
        };
        self.miss("http-filter", policy, name(filter), because);
        Ok(())
    }

    /// CSRF: methods that change state need an `Origin` or `Referer` that names the host, or one of the others.
    pub(super) fn csrf(&mut self, filter: &'a Node, policy: Option<&'a Node>) -> Result<(), Answered> {
        let Some(policy) = policy else { return Ok(()) };
        match fraction(policy.path(&["filter_enabled", "default_value"])) {
            Some(true) => {}
            Some(false) => {
                self.miss("http-filter", policy, name(filter), "it is not enabled");
                return Ok(());
            }
            None => {
                return Err(self.unknown_at(
                    "http-filter",
                    policy,
                    Needs("chance: the filter takes a fraction of all requests".to_owned()),
                ));
            }
        }
        if !matches!(self.request.method.as_str(), "POST" | "PUT" | "DELETE" | "PATCH") {
            self.miss("http-filter", policy, name(filter), "the method changes nothing");
            return Ok(());
        }
        let source = self.source_origin().map_err(|needs| self.unknown(needs.0))?;
        let target = host_and_port(&self.authority.clone());
        let named = policy
            .list("additional_origins")
            .iter()
            .try_fold(false, |found, matcher| Ok::<bool, Needs>(found || string(matcher, &source)?));
        let named = named.map_err(|needs| self.unknown_at("http-filter", policy, needs))?;
        if !source.is_empty() && (source == target || named) {
            let because = format!("the request comes from a page of `{source}`");
            self.miss("http-filter", policy, name(filter), &because);
            return Ok(());
        }
        let because = match source.is_empty() {
            true => "the request has neither `Origin` nor `Referer`".to_owned(),
            false => format!(
                "the request comes from a page of `{source}`, not of `{target}` or an additional origin"
            ),
        };
        let place = Some(self.config.place(policy));
        Err(self.local_reply("http-filter", place, name(filter), 403, &because, "csrf_origin_mismatch"))
    }

    fn source_origin(&self) -> Result<String, Needs> {
        let origin = self.header_value("origin")?.map(|origin| host_and_port(&origin)).unwrap_or_default();
        if !origin.is_empty() {
            return Ok(origin);
        }
        Ok(self.header_value("referer")?.map(|referer| host_and_port(&referer)).unwrap_or_default())
    }
}

/// The host and port of an absolute URL; another text stays as it is.
fn host_and_port(text: &str) -> String {
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let start = text.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
    });
    match rest {
        Some(rest) => rest.split(['/', '?', '#']).next().unwrap_or("").to_owned(),
        None => text.to_owned(),
    }
}
