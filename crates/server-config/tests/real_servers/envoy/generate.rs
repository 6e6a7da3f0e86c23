//! Random bootstraps: many listeners, each with connection managers, filters, virtual hosts and routes of its own.

use crate::random::Random;

const PREFIXES: &[&str] = &["/", "/a", "/a/", "/api", "/api/v1", "/admin", "/old"];
const EXACT: &[&str] = &["/", "/a/b", "/admin", "/x.txt", "/api/v1/orders"];
pub(crate) const REGEXES: &[&str] = &["/a.*", "/api/v[0-9]+(/.*)?", ".*\\\\.txt", "/(a|admin)/?", "/[a-z]+"];
const SEPARATED: &[&str] = &["/a", "/api", "/api/v1", "/admin"];
const DOMAINS: &[&str] = &[
    "shop.test",
    "*.shop.test",
    "shop.*",
    "*",
    "other.test",
    "api.shop.test",
    "shop.test:8080",
    "*.test",
    "*-b.shop.test",
    "127.0.0.1",
];
pub(crate) const RANGES: &[(&str, u32)] = &[
    ("127.0.0.1", 32),
    ("127.0.0.0", 8),
    ("10.0.0.0", 8),
    ("192.0.2.0", 24),
    ("0.0.0.0", 0),
    ("203.0.113.5", 32),
    ("127.0.0.2", 32),
];
const TYPE: &str = "type.googleapis.com/envoy.extensions.filters";

/// A bootstrap with a listener on each port.
pub(crate) fn bootstrap(random: &mut Random, ports: &[u16], upstream: u16, log: &str) -> String {
    let mut text = Text {
        lines: Vec::new(),
        random: Random::new(random.next()),
        log: log.to_owned(),
        label: String::new(),
    };
    text.push(0, "static_resources:");
    text.push(2, "listeners:");
    for (number, port) in ports.iter().enumerate() {
        text.label = format!("l{number}");
        text.listener(*port);
    }
    text.push(2, "clusters:");
    let endpoint = format!(
        "{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {upstream}}}}}}}}}"
    );
    text.push(2, format!("- {{name: up, type: STATIC, load_assignment: {{cluster_name: up, endpoints: [{{lb_endpoints: [{endpoint}]}}]}}}}"));
    text.lines.join("\n") + "\n"
}

pub(crate) struct Text {
    lines: Vec<String>,
    pub(crate) random: Random,
    log: String,
    label: String,
}

impl Text {
    fn push(&mut self, indent: usize, line: impl AsRef<str>) {
        self.lines.push(format!("{}{}", " ".repeat(indent), line.as_ref()));
    }

    fn listener(&mut self, port: u16) {
        let label = self.label.clone();
        self.push(2, format!("- name: listener-{label}"));
        self.push(4, format!("address: {{socket_address: {{address: 0.0.0.0, port_value: {port}}}}}"));
        self.push(4, "filter_chains:");
        let mut taken = Vec::new();
        for chain in 0..1 + self.random.below(2) {
            let matcher = self.chain_match(port);
            if taken.contains(&matcher) {
                continue;
            }
            self.push(4, format!("- name: c{chain}"));
            self.push(6, format!("filter_chain_match: {matcher}"));
            taken.push(matcher);
            self.label = format!("{label}c{chain}");
            self.filters(6);
        }
        if self.random.chance(60) {
            self.push(4, "default_filter_chain:");
            self.push(6, "name: default");
            self.label = format!("{label}d");
            self.filters(6);
        }
    }

    fn chain_match(&mut self, port: u16) -> String {
        let (address, length) = *self.random.pick(RANGES);
        let range = format!("[{{address_prefix: {address}, prefix_len: {length}}}]");
        match self.random.below(8) {
            0 => format!("{{prefix_ranges: {range}}}"),
            1 => format!("{{direct_source_prefix_ranges: {range}}}"),
            2 => format!("{{source_prefix_ranges: {range}}}"),
            3 => format!("{{destination_port: {port}}}"),
            4 => "{source_type: SAME_IP_OR_LOOPBACK}".to_owned(),
            5 => "{transport_protocol: raw_buffer}".to_owned(),
            _ => "{}".to_owned(),
        }
    }

    fn filters(&mut self, indent: usize) {
        self.push(indent, "filters:");
        if self.random.chance(12) {
            let rules = self.rules(false);
            self.push(indent, "- name: network-rbac");
            let kind = format!("\"@type\": {TYPE}.network.rbac.v3.RBAC");
            self.push(indent + 2, format!("typed_config: {{{kind}, stat_prefix: r, rules: {rules}}}"));
        }
        self.push(indent, "- name: hcm");
        self.push(indent + 2, "typed_config:");
        let at = indent + 4;
        self.push(at, format!("\"@type\": {TYPE}.network.http_connection_manager.v3.HttpConnectionManager"));
        self.push(at, "stat_prefix: a");
        self.manager(at);
        self.push(at, "access_log:");
        self.push(at, "- name: file");
        let log = self.log.clone();
        self.push(at + 2, format!(
            "typed_config: {{\"@type\": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: {log}, log_format: {{text_format_source: {{inline_string: \"%REQ(X-Number)% %RESPONSE_CODE_DETAILS% %ROUTE_NAME%\\n\"}}}}}}"
        ));
        self.http_filters(at);
        self.routes(at);
    }

    fn manager(&mut self, at: usize) {
        let settings = [
            (50, "use_remote_address: true"),
            (30, "xff_num_trusted_hops: 1"),
            (10, "skip_xff_append: true"),
            (40, "normalize_path: true"),
            (30, "merge_slashes: true"),
            (15, "path_with_escaped_slashes_action: REJECT_REQUEST"),
            (15, "strip_any_host_port: true"),
            (10, "strip_matching_host_port: true"),
            (15, "common_http_protocol_options: {headers_with_underscores_action: REJECT_REQUEST}"),
            (10, "http_protocol_options: {accept_http_10: true}"),
        ];
        let mut has_strip = false;
        for (percent, setting) in settings {
            let strips = setting.starts_with("strip_");
            if self.random.chance(percent) && !(strips && has_strip) {
                has_strip |= strips;
                self.push(at, setting);
            }
        }
    }

    fn http_filters(&mut self, at: usize) {
        self.push(at, "http_filters:");
        let kinds = [
            "cors.v3.Cors",
            "csrf.v3.CsrfPolicy",
            "buffer.v3.Buffer",
            "rbac.v3.RBAC",
            "rbac.v3.RBAC",
            "jwt_authn.v3.JwtAuthentication",
            "local_ratelimit.v3.LocalRateLimit",
        ];
        for (number, kind) in kinds.iter().enumerate() {
            if !self.random.chance(40) {
                continue;
            }
            let settings = self.settings(kind);
            self.push(at, format!("- name: f{number}"));
            if self.random.chance(8) {
                self.push(at + 2, "disabled: true");
            }
            self.push(at + 2, format!("typed_config: {{\"@type\": {TYPE}.http.{kind}{settings}}}"));
        }
        self.push(at, "- name: envoy.filters.http.router");
        self.push(at + 2, format!("typed_config: {{\"@type\": {TYPE}.http.router.v3.Router}}"));
    }

    fn settings(&mut self, kind: &str) -> String {
        match kind.split('.').next().unwrap_or("") {
            "csrf" => format!(", {}", self.csrf()),
            "buffer" => format!(", max_request_bytes: {}", self.random.pick(&[5, 100, 4096])),
            "rbac" => match self.random.below(8) {
                0 => String::new(),
                1 => format!(", shadow_rules: {}", self.rules(true)),
                _ => format!(", rules: {}", self.rules(true)),
            },
            "jwt_authn" => {
                let matcher = self.route_match();
                let requires = *self.random.pick(&["{provider_name: p}", "{provider_name: p}", "{allow_missing: {}}", "{requires_any: {requirements: [{provider_name: p}, {allow_missing: {}}]}}", "{allow_missing_or_failed: {}}"]);
                let keys = "local_jwks: {inline_string: '{\"keys\":[]}'}";
                let keys = keys.replace("{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"c2VjcmV0\",\"kid\":\"a\"}]}");
                format!(", providers: {{p: {{issuer: i, {keys}}}}}, rules: [{{match: {matcher}, requires: {requires}}}]")
            }
            "local_ratelimit" => ", stat_prefix: l, token_bucket: {max_tokens: 100000, tokens_per_fill: 100000, fill_interval: 1s}, filter_enabled: {default_value: {numerator: 100}}, filter_enforced: {default_value: {numerator: 100}}".to_owned(),
            _ => String::new(),
        }
    }

    fn csrf(&mut self) -> String {
        let numerator = *self.random.pick(&[100, 100, 0]);
        let others = *self.random.pick(&[
            "",
            "",
            ", additional_origins: [{exact: evil.test}]",
            ", additional_origins: [{suffix: shop.test}]",
        ]);
        format!("filter_enabled: {{default_value: {{numerator: {numerator}}}}}{others}")
    }

    fn routes(&mut self, at: usize) {
        self.push(at, "route_config:");
        let at = at + 2;
        if self.random.chance(20) {
            self.push(at, "ignore_port_in_host_matching: true");
        }
        if self.random.chance(20) {
            self.overrides(at);
        }
        self.push(at, "virtual_hosts:");
        let mut taken: Vec<&str> = Vec::new();
        let count = 1 + self.random.below(4);
        for host in 0..count {
            let wanted: Vec<&str> =
                (0..1 + self.random.below(2)).map(|_| *self.random.pick(DOMAINS)).collect();
            let mut domains: Vec<&str> = Vec::new();
            for domain in wanted {
                if !taken.contains(&domain) {
                    taken.push(domain);
                    domains.push(domain);
                }
            }
            if domains.is_empty() {
                continue;
            }
            self.push(at, format!("- name: h{host}"));
            self.push(at + 2, format!("domains: [\"{}\"]", domains.join("\", \"")));
            if self.random.chance(15) {
                self.overrides(at + 2);
            }
            if self.random.chance(15) {
                self.push(at + 2, "request_headers_to_add: [{header: {key: x-host, value: h}}]");
            }
            self.push(at + 2, "routes:");
            for route in 0..1 + self.random.below(6) {
                self.route(at + 2, host, route);
            }
        }
    }

    fn route(&mut self, at: usize, host: usize, route: usize) {
        let name = format!("{}h{host}r{route}", self.label);
        let matcher = self.route_match();
        self.push(at, format!("- name: {name}"));
        self.push(at + 2, format!("match: {matcher}"));
        if self.random.chance(35) {
            self.overrides(at + 2);
        }
        if self.random.chance(15) {
            self.push(at + 2, "request_headers_to_add: [{header: {key: x-key, value: set}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]");
        }
        if self.random.chance(10) {
            self.push(at + 2, "request_headers_to_remove: [cookie]");
        }
        let action = match self.random.below(10) {
            0 => "direct_response: {status: 403, body: {inline_string: refused}}".to_owned(),
            1 => format!("direct_response: {{status: {}}}", self.random.pick(&[200, 404, 429, 503])),
            2 => format!(
                "redirect: {{host_redirect: x.test, response_code: {}}}",
                self.random.pick(&["FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "MOVED_PERMANENTLY"])
            ),
            3 if matcher.contains("{prefix:") => "route: {cluster: up, prefix_rewrite: /new}".to_owned(),
            4 => "route: {cluster: up, host_rewrite_literal: inner.test}".to_owned(),
            _ => "route: {cluster: up}".to_owned(),
        };
        self.push(at + 2, action);
    }

    fn route_match(&mut self) -> String {
        let path = match self.random.below(8) {
            0..4 => format!("prefix: {}", self.random.pick(PREFIXES)),
            4 => format!("path: {}", self.random.pick(EXACT)),
            5 => format!("path_separated_prefix: {}", self.random.pick(SEPARATED)),
            6 => format!("safe_regex: {{regex: \"{}\"}}", self.random.pick(REGEXES)),
            _ => format!("prefix: {}, case_sensitive: false", self.random.pick(PREFIXES)),
        };
        let mut more = String::new();
        if self.random.chance(20) {
            more.push_str(&format!(", headers: [{}]", self.header()));
        }
        if self.random.chance(10) {
            let matcher = *self.random.pick(&[
                "string_match: {exact: \"1\"}",
                "present_match: true",
                "string_match: {prefix: a}",
            ]);
            more.push_str(&format!(", query_parameters: [{{name: q, {matcher}}}]"));
        }
        if self.random.chance(3) {
            more.push_str(", grpc: {}");
        }
        format!("{{{path}{more}}}")
    }

    /// What a route, a virtual host or all routes say of the filters.
    fn overrides(&mut self, at: usize) {
        let mut lines = Vec::new();
        if self.random.chance(50) {
            let origins =
                *self.random.pick(&["{exact: \"http://shop.test\"}", "{exact: \"*\"}", "{suffix: test}"]);
            let forwards = *self.random.pick(&["", ", forward_not_matching_preflights: false"]);
            lines.push(format!("f0: {{\"@type\": {TYPE}.http.cors.v3.CorsPolicy, allow_origin_string_match: [{origins}]{forwards}}}"));
        }
        if self.random.chance(20) {
            let policy = self.csrf();
            lines.push(format!("f1: {{\"@type\": {TYPE}.http.csrf.v3.CsrfPolicy, {policy}}}"));
        }
        if self.random.chance(20) {
            let own = *self.random.pick(&["disabled: true", "buffer: {max_request_bytes: 150}"]);
            lines.push(format!("f2: {{\"@type\": {TYPE}.http.buffer.v3.BufferPerRoute, {own}}}"));
        }
        if self.random.chance(25) {
            let rules = self.rules(true);
            let own =
                if self.random.chance(30) { String::new() } else { format!(", rbac: {{rules: {rules}}}") };
            lines.push(format!("f3: {{\"@type\": {TYPE}.http.rbac.v3.RBACPerRoute{own}}}"));
        }
        if self.random.chance(15) {
            let kind = "type.googleapis.com/envoy.config.route.v3.FilterConfig";
            lines.push(format!("f4: {{\"@type\": {kind}, disabled: true}}"));
        }
        if self.random.chance(10) {
            lines.push(format!("f5: {{\"@type\": {TYPE}.http.jwt_authn.v3.PerRouteConfig, disabled: true}}"));
        }
        if lines.is_empty() {
            return;
        }
        self.push(at, "typed_per_filter_config:");
        for line in lines {
            self.push(at + 2, line);
        }
    }
}
