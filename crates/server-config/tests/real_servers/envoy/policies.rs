//! Random policies of role-based access control, and the matchers that routes share with them.

use super::generate::{RANGES, REGEXES, Text};

const NAMES: &[&str] = &[
    "x-key",
    "x-role",
    "x-count",
    "cookie",
    "user-agent",
    "origin",
    ":method",
    ":path",
    ":authority",
    "x-forwarded-proto",
    "x-missing",
];

impl Text {
    pub(crate) fn rules(&mut self, is_http: bool) -> String {
        let action = *self.random.pick(&["ALLOW", "DENY", "DENY", "LOG"]);
        let mut policies = Vec::new();
        for name in ["zeta", "alpha one", "mid"] {
            if self.random.chance(60) {
                let permissions: Vec<String> =
                    (0..1 + self.random.below(2)).map(|_| self.permission(is_http, 2)).collect();
                let principals: Vec<String> =
                    (0..1 + self.random.below(2)).map(|_| self.principal(is_http, 2)).collect();
                policies.push(format!(
                    "{name}: {{permissions: [{}], principals: [{}]}}",
                    permissions.join(", "),
                    principals.join(", ")
                ));
            }
        }
        format!("{{action: {action}, policies: {{{}}}}}", policies.join(", "))
    }

    fn permission(&mut self, is_http: bool, depth: usize) -> String {
        match self.random.below(if is_http { 10 } else { 5 }) {
            0 if depth > 0 => {
                let kind = *self.random.pick(&["and_rules", "or_rules"]);
                let (one, other) = (self.permission(is_http, depth - 1), self.permission(is_http, depth - 1));
                format!("{{{kind}: {{rules: [{one}, {other}]}}}}")
            }
            1 if depth > 0 => format!("{{not_rule: {}}}", self.permission(is_http, depth - 1)),
            2 => format!("{{destination_ip: {}}}", self.range()),
            3 => "{destination_port_range: {start: 1024, end: 50000}}".to_owned(),
            4 | 5 => "{any: true}".to_owned(),
            6 | 7 if is_http => format!("{{url_path: {{path: {}}}}}", self.string()),
            8 | 9 if is_http => format!("{{header: {}}}", self.header()),
            _ => "{any: true}".to_owned(),
        }
    }

    fn principal(&mut self, is_http: bool, depth: usize) -> String {
        match self.random.below(if is_http { 10 } else { 7 }) {
            0 if depth > 0 => {
                let kind = *self.random.pick(&["and_ids", "or_ids"]);
                let (one, other) = (self.principal(is_http, depth - 1), self.principal(is_http, depth - 1));
                format!("{{{kind}: {{ids: [{one}, {other}]}}}}")
            }
            1 if depth > 0 => format!("{{not_id: {}}}", self.principal(is_http, depth - 1)),
            2 => format!("{{direct_remote_ip: {}}}", self.range()),
            3 => format!("{{remote_ip: {}}}", self.range()),
            4 => format!("{{source_ip: {}}}", self.range()),
            5 => "{authenticated: {principal_name: {exact: a}}}".to_owned(),
            7 if is_http => format!("{{url_path: {{path: {}}}}}", self.string()),
            8 | 9 if is_http => format!("{{header: {}}}", self.header()),
            _ => "{any: true}".to_owned(),
        }
    }

    fn range(&mut self) -> String {
        let (address, length) = *self.random.pick(RANGES);
        format!("{{address_prefix: {address}, prefix_len: {length}}}")
    }

    fn string(&mut self) -> String {
        let path = *self.random.pick(&["/a", "/api", "/admin", "b", "/API", "/a/b", "orders"]);
        let kind = *self.random.pick(&["exact", "prefix", "suffix", "contains"]);
        match self.random.below(6) {
            0 => format!("{{safe_regex: {{regex: \"{}\"}}}}", self.random.pick(REGEXES)),
            1 => format!("{{{kind}: \"{path}\", ignore_case: true}}"),
            _ => format!("{{{kind}: \"{path}\"}}"),
        }
    }

    pub(crate) fn header(&mut self) -> String {
        let name = *self.random.pick(NAMES);
        let value = *self.random.pick(&[
            "k",
            "admin",
            "7",
            "POST",
            "GET",
            "/api/v1/orders",
            "shop.test",
            "curl",
            "https",
            "id=7",
            "key-7",
        ]);
        let matcher = match self.random.below(10) {
            0 => "present_match: true".to_owned(),
            1 => "present_match: false".to_owned(),
            2 => "range_match: {start: 5, end: 70}".to_owned(),
            3 => format!("string_match: {{prefix: \"{value}\"}}"),
            4 => format!("string_match: {{contains: \"{value}\", ignore_case: true}}"),
            5 => "string_match: {safe_regex: {regex: \"[a-z]+(-[0-9])?\"}}".to_owned(),
            6 => format!("string_match: {{suffix: \"{value}\"}}"),
            _ => format!("string_match: {{exact: \"{value}\"}}"),
        };
        let inverts = if self.random.chance(20) { ", invert_match: true" } else { "" };
        let empty = if self.random.chance(15) { ", treat_missing_header_as_empty: true" } else { "" };
        format!("{{name: \"{name}\", {matcher}{inverts}{empty}}}")
    }
}
