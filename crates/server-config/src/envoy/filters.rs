//! The HTTP filters in their order, each with what the route says of it.

use super::connection::kind;
use super::listener::name;
use super::matcher::fraction;
use super::run::{Answered, Run};
use crate::document::Node;
use crate::walk::{Needs, Step, Verdict};

/// Filters that let every request through: they look, count, or change the answer.
const HARMLESS: [&str; 10] = [
    ".AdaptiveConcurrency",
    ".Compressor",
    ".GrpcStats",
    ".GrpcWeb",
    ".HealthCheck",
    ".OnDemand",
    ".SetMetadataConfig",
    ".StatefulSession",
    ".Config.http_stats",
    ".BandwidthLimit",
];

impl<'a> Run<'a> {
    /// Runs the filters up to the router.
    pub(super) fn http_filters(&mut self, manager: &'a Node) -> Result<(), Answered> {
        for filter in manager.list("http_filters") {
            let kind = kind(filter);
            if kind.ends_with(".http.router.v3.Router") {
                return Ok(());
            }
            let per_route = self.per_route(name(filter).as_str());
            let wrapped = per_route
                .filter(|own| own.text_of("@type").is_some_and(|kind| kind.ends_with(".FilterConfig")));
            let is_off = match wrapped {
                Some(own) => own.is_on("disabled"),
                None => filter.is_on("disabled") && per_route.is_none(),
            };
            if is_off {
                self.miss("http-filter", filter, name(filter), "it is disabled here");
                continue;
            }
            let per_route = match wrapped {
                Some(own) => own.field("config").filter(|config| config.entries().next().is_some()),
                None => per_route,
            };
            self.http_filter(filter, kind, per_route)?;
        }
        Err(self.unknown_at("http-filter", manager, Needs("a router behind the filters".to_owned())))
    }

    fn http_filter(
        &mut self,
        filter: &'a Node,
        kind: &str,
        per_route: Option<&'a Node>,
    ) -> Result<(), Answered> {
        let settings = filter.field("typed_config");
        let short = kind.rsplit('/').next().unwrap_or(kind);
        match short.strip_prefix("envoy.extensions.filters.http.").unwrap_or(short) {
            "rbac.v3.RBAC" => self.rbac(filter, settings, per_route),
            "cors.v3.Cors" => self.cors(filter, per_route),
            "csrf.v3.CsrfPolicy" => self.csrf(filter, per_route.or(settings)),
            "buffer.v3.Buffer" => self.buffer(filter, settings, per_route),
            "jwt_authn.v3.JwtAuthentication" => self.jwt(filter, settings, per_route),
            "local_ratelimit.v3.LocalRateLimit" => {
                self.local_rate_limit(filter, per_route.or(settings));
                Ok(())
            }
            "ratelimit.v3.RateLimit" => {
                self.assume(filter, "the limits of the service that `ratelimit` asks");
                Ok(())
            }
            "ext_authz.v3.ExtAuthz" => self.external_authorization(filter, per_route),
            "fault.v3.HTTPFault" => self.fault(filter, per_route.or(settings)),
            "header_mutation.v3.HeaderMutation" => {
                let needs = Needs("the request as `header_mutation` changes it for later filters".to_owned());
                if self.is_last_but_router(filter) {
                    self.miss(
                        "http-filter",
                        filter,
                        name(filter),
                        "it changes header fields for the upstream",
                    );
                    return Ok(());
                }
                Err(self.unknown_at("http-filter", filter, needs))
            }
            other if HARMLESS.iter().any(|end| other.ends_with(end)) => {
                self.miss("http-filter", filter, name(filter), "it refuses nothing");
                Ok(())
            }
            other => Err(self.unknown_at("http-filter", filter, Needs(format!("the filter `{other}`")))),
        }
    }

    /// What route, virtual host or route configuration say of a filter, the most specific of them.
    fn per_route(&self, filter: &str) -> Option<&'a Node> {
        let chosen = self.chosen?;
        let levels = [
            chosen.route,
            chosen.host.filter(|_| chosen.route.is_some()),
            Some(chosen.config).filter(|_| chosen.route.is_some()),
        ];
        levels.into_iter().flatten().find_map(|level| level.field("typed_per_filter_config")?.get(filter))
    }

    fn is_last_but_router(&self, filter: &Node) -> bool {
        let filters = self.manager.map_or(&[][..], |manager| manager.list("http_filters"));
        let at = filters.iter().position(|known| std::ptr::eq(known, filter));
        at.is_some_and(|at| at + 2 == filters.len())
    }

    /// A body that is larger than what is buffered is refused before it is passed on.
    fn buffer(
        &mut self,
        filter: &'a Node,
        settings: Option<&'a Node>,
        per_route: Option<&'a Node>,
    ) -> Result<(), Answered> {
        if per_route.is_some_and(|own| own.is_on("disabled")) {
            self.miss("http-filter", filter, name(filter), "the route switches it off");
            return Ok(());
        }
        let own = per_route.and_then(|own| own.field("buffer"));
        let Some((key, limit)) = own.or(settings).and_then(|settings| settings.entry("max_request_bytes"))
        else {
            return Ok(());
        };
        if self.is_upgrade {
            let needs =
                "how long the filter waits for the end of a body that a change of protocol leaves open";
            return Err(self.unknown_at("http-filter", limit, Needs(needs.to_owned())));
        }
        let most = limit.text().and_then(|text| text.parse::<u64>().ok());
        let Some(most) = most else {
            return Err(self.unknown_at("http-filter", limit, Needs("the limit in bytes".to_owned())));
        };
        if self.request.body_length > most {
            let because = format!("the body has {} bytes, and {most} are buffered", self.request.body_length);
            let place = Some(self.config.key_place(key));
            let text = format!("max_request_bytes: {most}");
            return Err(self.local_reply(
                "http-filter",
                place,
                text,
                413,
                &because,
                "request_payload_too_large",
            ));
        }
        self.miss("http-filter", filter, name(filter), "the body is not larger than what is buffered");
        Ok(())
    }

    /// A local limit refuses only where it is both enabled and enforced; neither is the default.
    fn local_rate_limit(&mut self, filter: &'a Node, settings: Option<&'a Node>) {
        let set = |name: &str| settings.and_then(|settings| settings.path(&[name, "default_value"]));
        let is_live = settings.is_some_and(|settings| settings.field("token_bucket").is_some())
            && fraction(set("filter_enabled")) != Some(false)
            && fraction(set("filter_enforced")) != Some(false);
        match is_live {
            true => self.assume(filter, "the tokens left in `local_ratelimit`"),
            false => self.miss("http-filter", filter, name(filter), "it is not both enabled and enforced"),
        }
    }

    /// Notes a limit that depends on what happened before; the walk goes on behind it.
    fn assume(&mut self, filter: &'a Node, needs: &str) {
        let needs = Needs(needs.to_owned());
        let because = format!("it depends on {needs}");
        let place = Some(self.config.place(filter));
        self.steps.push(Step::new(
            "http-filter",
            place,
            name(filter),
            Verdict::Unknown(needs.clone()),
            because,
        ));
        self.assuming.push(needs);
    }

    fn external_authorization(
        &mut self,
        filter: &'a Node,
        per_route: Option<&'a Node>,
    ) -> Result<(), Answered> {
        if per_route.is_some_and(|own| own.is_on("disabled")) {
            self.miss("http-filter", filter, name(filter), "the route switches it off");
            return Ok(());
        }
        Err(self.unknown_at(
            "http-filter",
            filter,
            Needs("the answer of the service that `ext_authz` asks".to_owned()),
        ))
    }

    fn fault(&mut self, filter: &'a Node, settings: Option<&'a Node>) -> Result<(), Answered> {
        let aborts = settings.and_then(|settings| settings.field("abort"));
        match aborts.map(|abort| fraction(abort.field("percentage"))) {
            None | Some(Some(false)) => {
                self.miss("http-filter", filter, name(filter), "it aborts nothing");
                Ok(())
            }
            Some(_) => Err(self.unknown_at(
                "http-filter",
                filter,
                Needs("whether `fault` aborts this request".to_owned()),
            )),
        }
    }
}
