//! What a rule looks at, by the words of all products' configurations.

use model::Subject;

/// What a deciding rule and the conditions it hangs on look at, the telling one first.
pub(super) fn subjects(rule: &str, because: &str, conditions: &[&str]) -> Vec<Subject> {
    let choosing = conditions.iter().filter(|text| !names_a_path(text));
    let texts: Vec<String> = std::iter::once(&rule)
        .chain(choosing)
        .map(|text| format!(" {} ", text.to_ascii_lowercase()))
        .collect();
    let mut found: Vec<Subject> = WORDS
        .iter()
        .filter(|(_, words)| words.iter().any(|word| texts.iter().any(|text| text.contains(word))))
        .map(|(subject, _)| *subject)
        .collect();
    if texts.iter().any(|text| lists_an_address(text)) {
        found.push(Subject::Address);
    }
    let reason = because.to_ascii_lowercase();
    if reason.contains("index file") || reason.contains("listing is off") {
        found.push(Subject::Directory);
    }
    // The limit that holds where none is written.
    if reason.starts_with("the body has") {
        found.push(Subject::BodySize);
    }
    if reason.contains("`execcgi`") {
        found.push(Subject::Program);
    }
    if conditions.contains(&"handle") {
        found.push(Subject::Remainder);
    }
    found.sort();
    found.dedup();
    found
}

/// Blocks that choose by path or file, whose pattern may hold any word.
fn names_a_path(condition: &str) -> bool {
    let condition = condition.trim_start_matches('<').to_ascii_lowercase();
    ["location", "directory", "files", "proxy", "handle", "route", "path"]
        .iter()
        .any(|word| condition.starts_with(word))
}

/// `allow`, `deny` and `Allow from` with an address; with `all` they look at nothing.
fn lists_an_address(text: &str) -> bool {
    let mut words = text.split_whitespace().filter(|word| *word != "from");
    let lists = matches!(words.next(), Some("allow" | "deny"));
    lists
        && words.next().is_some_and(|word| {
            word.trim_end_matches(';').starts_with(|c: char| c.is_ascii_hexdigit())
                && word.contains(['.', ':'])
        })
}

/// Words in lower case; each text has a blank before and after it.
static WORDS: &[(Subject, &[&str])] = &[
    (
        Subject::Certificate,
        &[
            "ssl_verify_client",
            "sslverifyclient",
            "ssl_client_verify",
            "ssl_c_",
            "client_auth",
            "ssl_fc_has_crt",
        ],
    ),
    (
        Subject::BodySize,
        &[
            "client_max_body_size",
            "limitrequestbody",
            "limitxmlrequestbody",
            "max_size",
            "req.body_len",
            "req.body_size",
            "(content-length",
            "request_body_max_size",
            "max_request_bytes",
            "maxrequestbodybytes",
            "request-size-limiting",
        ],
    ),
    (
        Subject::Rate,
        &[
            "limit_req",
            "limit_conn",
            "http_req_rate",
            "src_conn",
            "conn_rate",
            "rate-limiting",
            "ratelimit",
            "rate_limit",
            "sc_http_",
            "sc0_",
            "sc1_",
            "sc2_",
        ],
    ),
    (
        Subject::Credentials,
        &[
            "auth_basic",
            "auth_request",
            "auth_jwt",
            "valid-user",
            "require user",
            "require group",
            "require ldap",
            "require claim",
            "authtype",
            "forward_auth",
            "basic_auth",
            "basicauth",
            "http_auth",
            "proxy_auth",
            "forwardauth",
            "ext_authz",
            "lua.auth",
            "jwt_authn",
            "key-auth",
            "basic-auth",
            "http-request auth",
            " jwt",
        ],
    ),
    (Subject::Country, &["geoip", "country"]),
    (
        Subject::Method,
        &[
            "limit_except",
            "<limit",
            "limitexcept",
            "request_method",
            "require method",
            "allowmethods",
            " method ",
            "meth_",
            "methods",
            ":method",
        ],
    ),
    (Subject::UserAgent, &["user_agent", "user-agent", "browsermatch", " browser "]),
    (Subject::Referer, &["referer"]),
    (Subject::Origin, &["http_origin", "(origin", "http:origin", "header origin"]),
    (
        Subject::Address,
        &[
            "remote_addr",
            "realip",
            " geo ",
            "require ip",
            "require not ip",
            "require local",
            "require host",
            "require not host",
            "require forward-dns",
            " src ",
            " src_",
            "remote_ip",
            "client_ip",
            "ipallowlist",
            "ipwhitelist",
            "sourcerange",
            "source_ip",
            "principal_ip",
            "ip-restriction",
            " localnet",
        ],
    ),
    (
        Subject::Host,
        &["http_host", "$host", "(host", "hdr_dom", "http:host", "server_name", "dstdomain", "header host"],
    ),
    (
        Subject::Field,
        &[
            "$http_",
            "$cookie_",
            "$arg_",
            "$args",
            "query_string",
            "hdr(",
            "hdr_",
            "%{http:",
            "%{http_",
            " header ",
            "header_regexp",
            "cook(",
            "urlp(",
            "url_param",
            "req_header",
            "request_uri",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_rule_say_what_it_looks_at() {
        for (rule, conditions, expected) in [
            ("deny all", &["limit_except GET", "location /method/"][..], &[Subject::Method][..]),
            ("deny all", &["allow 192.0.2.0/24", "location /"], &[Subject::Address]),
            ("deny 2001:db8::/32", &[], &[Subject::Address]),
            ("deny all", &["location ~ /\\."], &[]),
            (
                "return 403",
                &["if ($bad)", "map $http_user_agent $bad"],
                &[Subject::UserAgent, Subject::Field],
            ),
            ("return 403", &["if ($request_method = POST)"], &[Subject::Method]),
            ("http-request deny unless reads", &["acl reads method GET HEAD"], &[Subject::Method]),
            ("http_access deny !office", &["acl office src 10.0.0.0/8"], &[Subject::Address]),
            (
                "http-request deny unless known",
                &["acl known hdr(host) -i shop.example"],
                &[Subject::Host, Subject::Field],
            ),
            ("Require ip 10.0.0.0/8", &["<Location /admin>"], &[Subject::Address]),
            ("Require all denied", &["<LimitExcept GET>"], &[Subject::Method]),
            ("Require all denied", &["<Directory /srv>"], &[]),
            ("respond 403", &["handle"], &[Subject::Remainder]),
            (
                "respond @far 403",
                &["not remote_ip 10.0.0.0/8", "handle"],
                &[Subject::Address, Subject::Remainder],
            ),
            ("auth_request /check", &[], &[Subject::Credentials]),
            ("client_max_body_size 1m", &[], &[Subject::BodySize]),
        ] {
            assert_eq!(subjects(rule, "", conditions), expected, "{rule}");
        }
        let directory = subjects("index index.html", "`/a/` is a directory without an index file", &[]);
        assert_eq!(directory, [Subject::Directory]);
    }
}
