//! Random routers, each with middlewares of its own, for one host name a site.

use crate::random::Random;

/// The host that shows that the routers are there.
pub(super) const READY: &str = "ready.test";

const PATHS: &[&str] = &["/", "/a", "/a/b", "/api", "/api/v1", "/admin", "/x.txt", "/A"];
const PATTERNS: &[&str] = &["^/a", "/[a-z]+/b$", "\\.txt$", "^/(api|admin)(/|$)", "v1", "^/a/?$"];
const RANGES: &[&str] = &[
    "127.0.0.0/8",
    "127.0.0.1",
    "10.0.0.0/8",
    "192.0.2.0/24",
    "203.0.113.5",
    "::1",
    "2001:db8::/32",
    "0.0.0.0/0",
];

/// The dynamic configuration of so many sites.
pub(super) fn dynamic(random: &mut Random, sites: usize, upstream: u16) -> String {
    let mut text = Text { random, routers: Vec::new(), middlewares: Vec::new() };
    for site in 0..sites {
        text.site(site);
    }
    format!(
        "http:\n  routers:\n    ready: {{rule: 'Host(`{READY}`)', service: up}}\n{}  middlewares:\n    all: {{headers: {{customRequestHeaders: {{X-All: e}}}}}}\n{}  services:\n    up: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:{upstream}'}}]}}}}\n    own-host: {{loadBalancer: {{passHostHeader: false, servers: [{{url: 'http://127.0.0.1:{upstream}'}}]}}}}\n",
        text.routers.concat(),
        text.middlewares.concat(),
    )
}

struct Text<'a> {
    random: &'a mut Random,
    routers: Vec<String>,
    middlewares: Vec<String>,
}

impl Text<'_> {
    fn site(&mut self, site: usize) {
        for number in 0..1 + self.random.below(5) {
            let name = format!("s{site}r{number}");
            let rule = match self.random.below(12) {
                0 => format!("Host(`S{site}.test`)"),
                1 => format!("HostRegexp(`^s{site}\\.test$`) && {}", self.rule(2)),
                2 => format!("Host(`s{site}.test`) && ({} && {})", self.rule(1), self.rule(1)),
                _ => format!("Host(`s{site}.test`) && {}", self.rule(2)),
            };
            let mut settings = format!("rule: '{}'", rule.replace('\'', "''"));
            if self.random.chance(15) {
                settings.push_str(&format!(", entryPoints: [e{}]", self.random.below(3)));
            }
            if self.random.chance(20) {
                settings.push_str(&format!(", priority: {}", 1 + self.random.below(120)));
            }
            let count = [0, 1, 1, 2, 3][self.random.below(5)];
            let names: Vec<String> = (0..count).map(|place| format!("{name}m{place}")).collect();
            for middleware in &names {
                let settings = self.middleware(middleware, 0);
                self.middlewares.push(format!("    {middleware}: {{{settings}}}\n"));
            }
            if !names.is_empty() {
                settings.push_str(&format!(", middlewares: [{}]", names.join(", ")));
            }
            let service = if self.random.chance(90) { "up" } else { "own-host@file" };
            self.routers.push(format!("    {name}: {{{settings}, service: {service}}}\n"));
        }
    }

    fn rule(&mut self, depth: usize) -> String {
        match self.random.below(if depth > 0 { 14 } else { 10 }) {
            0 | 1 => format!("PathPrefix(`{}`)", self.random.pick(PATHS)),
            2 => format!("Path(`{}`)", self.random.pick(PATHS)),
            3 => format!("PathRegexp(`{}`)", self.random.pick(PATTERNS)),
            4 => format!("Method(`{}`)", self.random.pick(&["GET", "POST", "put"])),
            5 => format!(
                "Header(`{}`, `{}`)",
                self.random.pick(&["X-Key", "x-role", "Content-Type"]),
                self.random.pick(&["k", "admin", "application/json"])
            ),
            6 => format!("HeaderRegexp(`User-Agent`, `{}`)", self.random.pick(&["^curl", "Mozilla", "."])),
            7 => (*self.random.pick(&["Query(`q`, `1`)", "Query(`q`)", "QueryRegexp(`q`, `^[a-z]+$`)"]))
                .to_owned(),
            8 => format!("ClientIP(`{}`)", self.random.pick(RANGES)),
            9 => "PathPrefix(`/`)".to_owned(),
            10 => format!("!{}", self.rule(depth - 1)),
            11 => format!("({} || {})", self.rule(depth - 1), self.rule(depth - 1)),
            12 => format!("({} && {})", self.rule(depth - 1), self.rule(depth - 1)),
            _ => format!("!({} || {})", self.rule(depth - 1), self.rule(depth - 1)),
        }
    }

    fn ranges(&mut self) -> String {
        let count = 1 + self.random.below(2);
        let ranges: Vec<String> = (0..count).map(|_| format!("'{}'", self.random.pick(RANGES))).collect();
        format!("[{}]", ranges.join(", "))
    }

    fn middleware(&mut self, name: &str, depth: usize) -> String {
        match self.random.below(if depth == 0 { 17 } else { 16 }) {
            0..4 => self.allow_list(),
            4 => "basicAuth: {users: ['ann:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/']}".to_owned(),
            5 => format!(
                "headers: {{customRequestHeaders: {{{}}}}}",
                self.random.pick(&["X-Key: set", "X-Key: ''", "x-new: 'a b', Cookie: ''", "Host: inner.test"])
            ),
            6 => "headers: {accessControlAllowMethods: [GET, PUT], accessControlAllowOriginList: ['https://a.test']}".to_owned(),
            7 | 8 => format!("buffering: {{maxRequestBodyBytes: {}}}", self.random.pick(&[5, 100, 0])),
            9 => format!(
                "redirectScheme: {{scheme: {}{}}}",
                self.random.pick(&["https", "http"]),
                self.random.pick(&["", ", permanent: true"])
            ),
            10 => format!(
                "stripPrefix: {{prefixes: [{}]}}",
                self.random.pick(&["/a", "/api, /a", "/api/", "/"])
            ),
            11 => format!("addPrefix: {{prefix: {}}}", self.random.pick(&["/in", "/in/"])),
            12 => "replacePath: {path: /new}".to_owned(),
            13 => "rateLimit: {average: 100000, burst: 100000}".to_owned(),
            14 => "inFlightReq: {amount: 1000}".to_owned(),
            15 => (*self.random.pick(&["compress: {}", "retry: {attempts: 2}", "contentType: {}"])).to_owned(),
            _ => {
                let inner = format!("{name}c");
                let settings = self.middleware(&inner, depth + 1);
                self.middlewares.push(format!("    {inner}: {{{settings}}}\n"));
                format!("chain: {{middlewares: [{inner}]}}")
            }
        }
    }

    fn allow_list(&mut self) -> String {
        let ranges = self.ranges();
        let strategy = match self.random.below(6) {
            0 => format!(", ipStrategy: {{depth: {}}}", 1 + self.random.below(3)),
            1 => format!(", ipStrategy: {{excludedIPs: {}}}", self.ranges()),
            _ => String::new(),
        };
        let status = if self.random.chance(20) { ", rejectStatusCode: 404" } else { "" };
        format!("ipAllowList: {{sourceRange: {ranges}{strategy}{status}}}")
    }
}
