//! Random ACLs and rules. Each port has rules of its own, which name it.

use crate::random::Random;

const ACLS: &[&str] = &[
    "src 127.0.0.0/8",
    "src 10.0.0.0/8 192.0.2.1-192.0.2.9",
    "src all",
    "dstdomain shop.test",
    "dstdomain .shop.test",
    "dstdomain -n .other.test www.shop.test",
    "dstdom_regex -n ^www",
    "dstdom_regex -i SHOP",
    "port 80 443 21",
    "port 1025-65535",
    "method GET HEAD",
    "method POST",
    "method PUT DELETE PATCH",
    "url_regex ^http://shop",
    "url_regex -i SECRET",
    "url_regex /a/.*\\.txt$",
    "urlpath_regex ^/api",
    "urlpath_regex -i \\.(TXT|php)$",
    "urlpath_regex q=bbb",
    "proto HTTP",
    "proto FTP",
    "browser ^curl",
    "browser Mozilla",
    "referer_regex shop",
    "req_header X-Key ^k$",
    "req_header X-Key .",
    "req_mime_type json",
    "url_regex \"DIR/list\"",
    "proxy_auth REQUIRED",
    "proxy_auth ann",
    "any-of aA aB",
    "all-of aA aB",
    "localport 1-100",
    "dstdomain -n .shop.test",
];
const PAGES: &[&str] = &[
    "404:ERR_ACCESS_DENIED",
    "410:ERR_ACCESS_DENIED",
    "429:ERR_ACCESS_DENIED",
    "http://help.test/",
    "TCP_RESET",
    "ERR_ZERO_SIZE_OBJECT",
];

/// ACLs `aA` to `aN`, and rules for each port; Squid reads them all.
pub(crate) fn rules(random: &mut Random, ports: usize) -> String {
    let mut lines = vec!["acl aA method POST PUT".to_owned(), "acl aB urlpath_regex ^/a".to_owned()];
    let names: Vec<String> = ('A'..='N').map(|letter| format!("a{letter}")).collect();
    for name in &names[2..] {
        lines.push(format!("acl {name} {}", random.pick(ACLS)));
    }
    for _ in 0..random.below(5) {
        lines.push(format!("deny_info {} {}", random.pick(PAGES), random.pick(&names)));
    }
    for port in 0..ports {
        lines.push(format!("acl p{port} myportname p{port}"));
        for _ in 0..1 + random.below(6) {
            let action = if random.chance(50) { "allow" } else { "deny" };
            let mut acls = vec![format!("p{port}")];
            for _ in 0..1 + random.below(3) {
                let sign = if random.chance(25) { "!" } else { "" };
                let predefined = ["localhost", "to_localhost", "manager", "CONNECT", "all"];
                match random.chance(12) {
                    true => acls.push(format!("{sign}{}", random.pick(&predefined))),
                    false => acls.push(format!("{sign}{}", random.pick(&names))),
                }
            }
            lines.push(format!("http_access {action} {}", acls.join(" ")));
        }
        if random.chance(70) {
            let action = if random.chance(50) { "allow" } else { "deny" };
            lines.push(format!("http_access {action} p{port}"));
        }
    }
    if random.chance(30) {
        lines.push(format!("miss_access deny {}", random.pick(&names[..2])));
        lines.push("miss_access allow all".to_owned());
    }
    lines.push(format!("forwarded_for {}", random.pick(&["on", "off", "delete", "transparent", "truncate"])));
    if random.chance(40) {
        lines.push("request_header_access X-Key deny aB".to_owned());
    }
    if random.chance(30) {
        lines.push(
            "request_header_access User-Agent deny all\nrequest_header_replace User-Agent Nutscrape/1.0"
                .to_owned(),
        );
    }
    if random.chance(30) {
        lines.push("follow_x_forwarded_for allow localhost\nfollow_x_forwarded_for deny all".to_owned());
    }
    if random.chance(30) {
        lines.push("request_body_max_size 1 KB".to_owned());
    }
    lines.join("\n")
}
