//! Kong: the tables of its own published tests (`spec/01-unit/08-router_spec.lua`, `spec/03-plugins/{17-ip-restriction,
//! 18-acl,09-key-auth}`) as facts. It was not run.

use server_config::kong;
use server_config::walk::{Answer, Walk};
use server_config::{Coverage, FileTree, Request};

fn walk(text: &str, request: &Request) -> Walk {
    let files = FileTree::in_memory(Coverage::Part, [("kong.yml", text)]);
    let config = kong::load(&files, "kong.yml");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    config.simulate(request, &files)
}

/// 200 for what is passed on.
fn status(text: &str, request: &Request) -> u16 {
    match walk(text, request).outcome.answer {
        Answer::Status(status) => status,
        Answer::Upstream(_) => 200,
        other => panic!("{other:?}"),
    }
}

/// Each route leads to a service of its own name.
fn routes(rules: &[&str]) -> String {
    let mut text = String::from("_format_version: \"3.0\"\nservices:\n");
    for (number, rule) in rules.iter().enumerate() {
        text.push_str(&format!(
            "- {{name: s{number}, url: \"http://s{number}.test\", routes: [{{name: r{number}, {rule}}}]}}\n"
        ));
    }
    text
}

fn taken(text: &str, request: &Request) -> Option<String> {
    match walk(text, request).outcome.answer {
        Answer::Upstream(forwarded) => Some(forwarded.destination.trim_start_matches("http://").to_owned()),
        Answer::Status(404) => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn routes_are_chosen_as_in_kongs_own_tests() {
    let get = |url: &str| Request::new("GET", url);
    for (rules, request, expected) in [
        (vec!["hosts: [domain-1.org]"], get("http://domain-1.org/"), Some("s0.test")),
        (vec!["hosts: [domain-1.org]"], get("http://DOMAIN-1.org:1234/"), Some("s0.test")),
        (vec!["hosts: [domain-1.org]"], get("http://other.org/"), None),
        (
            vec!["hosts: [\"*.route.com\"]", "hosts: [route.net]"],
            get("http://foo.route.com/"),
            Some("s0.test"),
        ),
        (vec!["hosts: [\"route.*\"]"], get("http://route.org/"), Some("s0.test")),
        (
            vec!["hosts: [\"*.route.com\"]", "hosts: [plain.route.com]"],
            get("http://plain.route.com/"),
            Some("s1.test"),
        ),
        (
            vec!["paths: [/my-route]", "paths: [/my-route/hello]"],
            get("http://a/my-route/hello/world"),
            Some("s1.test"),
        ),
        (vec!["paths: [/my-route]"], get("http://a/my-route-2"), Some("s0.test")),
        (vec!["paths: [/my-route]"], get("http://a/other"), None),
        (
            vec!["paths: [/route/persons/123]", "paths: [\"~/route/persons/\\\\d{3}\"]"],
            get("http://a/route/persons/123"),
            Some("s1.test"),
        ),
        (
            vec!["paths: [\"~/a\"], regex_priority: 1", "paths: [\"~/a.*\"], regex_priority: 5"],
            get("http://a/abc"),
            Some("s1.test"),
        ),
        (vec!["methods: [POST]"], get("http://a/"), None),
        (
            vec!["methods: [GET], paths: [/]", "paths: [/longer/path]"],
            get("http://a/longer/path"),
            Some("s0.test"),
        ),
        (vec!["hosts: [a]", "hosts: [a], methods: [GET]"], get("http://a/"), Some("s1.test")),
        (
            vec!["headers: {version: [v1, v2]}"],
            get("http://a/").with_header("Version", "V2"),
            Some("s0.test"),
        ),
        (vec!["headers: {version: [v1]}"], get("http://a/").with_header("Version", "v3"), None),
        (vec!["headers: {v: [\"~*^b.*\"]}"], get("http://a/").with_header("V", "Beta"), Some("s0.test")),
    ] {
        assert_eq!(taken(&routes(&rules), &request).as_deref(), expected, "{rules:?} {request:?}");
    }
    let equal = walk(&routes(&["paths: [/a]", "paths: [/a]"]), &get("http://x/a"));
    assert!(matches!(equal.outcome.answer, Answer::Unknown(_)));
}

#[test]
fn paths_are_stripped_and_plain_requests_to_https_routes_answered() {
    let stripped = walk(&routes(&["paths: [/api]"]), &Request::new("GET", "http://a/api/orders?x=1"));
    let Answer::Upstream(forwarded) = stripped.outcome.answer else { panic!("passed on") };
    assert_eq!(
        (
            forwarded.target.known(),
            forwarded.headers.iter().find(|header| header.name == "Host").and_then(|host| host.value.known())
        ),
        (Some("/orders?x=1"), Some("s0.test"))
    );
    assert_eq!(
        status(&routes(&["paths: [/api], protocols: [https]"]), &Request::new("GET", "http://a/api")),
        426
    );
}

const CONSUMERS: &str = "consumers:\n- {username: ann, keyauth_credentials: [{key: apikey123}]}\n- {username: bob, keyauth_credentials: [{key: apikey124}], acls: [{group: admin}]}\n- {username: cyd, keyauth_credentials: [{key: apikey125}], acls: [{group: pro}, {group: hello}]}\n";

#[test]
fn groups_and_keys_are_judged_as_in_kongs_own_tests() {
    let text = |acl: &str| {
        format!(
            "{}plugins:\n- {{name: key-auth}}\n- {{name: acl, config: {{{acl}}}}}\n{CONSUMERS}",
            routes(&["paths: [/]"])
        )
    };
    for (acl, key, expected) in [
        ("whitelist: [admin]", "apikey123", 403),
        ("whitelist: [admin]", "apikey124", 200),
        ("deny: [admin]", "apikey123", 200),
        ("deny: [admin]", "apikey124", 403),
        ("allow: [admin, pro]", "apikey125", 200),
        ("deny: [admin, pro, hello]", "apikey125", 403),
        ("allow: [admin]", "wrong", 401),
    ] {
        assert_eq!(
            status(&text(acl), &Request::new("GET", &format!("http://a/status?apikey={key}"))),
            expected,
            "{acl} {key}"
        );
    }
    let missing = walk(&text("allow: [admin]"), &Request::new("GET", "http://a/"));
    assert_eq!(missing.outcome.answer, Answer::Status(401));
    let shown: String = walk(&text("allow: [x]"), &Request::new("GET", "http://a/?apikey=apikey124"))
        .steps
        .iter()
        .map(|step| format!("{step:?}"))
        .collect();
    assert!(!shown.contains("apikey124"), "{shown}");
}

#[test]
fn addresses_and_sizes_and_the_most_specific_setting_decide() {
    let text = "_format_version: \"3.0\"\nservices:\n- name: s\n  url: http://s.test\n  plugins:\n  - name: ip-restriction\n    config:\n      allow: [10.0.0.0/8]\n  routes:\n  - name: open\n    paths: [/open]\n    plugins:\n    - name: ip-restriction\n      config: {deny: [192.0.2.1]}\n  - name: rest\n    paths: [/]\nplugins:\n- {name: ip-restriction, config: {deny: [0.0.0.0/0]}}\n- {name: request-size-limiting, config: {allowed_payload_size: 1, size_unit: kilobytes}}\n- {name: rate-limiting, config: {minute: 5}}\n";
    let from = |url: &str, client: [u8; 4]| Request::new("POST", url).from_client(client.into());
    assert_eq!(status(text, &from("http://a/x", [10, 1, 1, 1])), 200);
    let refused = walk(text, &from("http://a/x", [192, 0, 2, 2]));
    assert_eq!(
        (refused.outcome.answer, refused.outcome.decided_by.unwrap().to_string()),
        (Answer::Status(403), "kong.yml:8".to_owned())
    );
    assert_eq!(status(text, &from("http://a/open", [192, 0, 2, 2])), 200);
    assert_eq!(status(text, &from("http://a/open", [192, 0, 2, 1])), 403);
    let mut large = from("http://a/open", [192, 0, 2, 2]);
    large.body_length = 1025;
    assert_eq!(status(text, &large), 413);
    assert_eq!(walk(text, &from("http://a/open", [192, 0, 2, 2])).outcome.assuming.len(), 1);
}

#[test]
fn what_is_not_modelled_is_unknown_by_name_and_hostile_files_give_warnings() {
    let text = format!("{}plugins: [{{name: oauth2}}]\n", routes(&["paths: [/]"]));
    match walk(&text, &Request::new("GET", "http://a/")).outcome.answer {
        Answer::Unknown(needs) => assert!(needs.0.contains("oauth2")),
        other => panic!("{other:?}"),
    }
    for text in [
        "\0",
        "services: [",
        "services: {a: 1}",
        "routes: [{paths: [[1]]}]",
        "plugins: [1, {name: [x]}]",
        "1",
    ] {
        let files = FileTree::in_memory(Coverage::Part, [("kong.yml", text)]);
        let config = kong::load(&files, "kong.yml");
        config.simulate(&Request::new("GET", "http://a/"), &files);
        config.check();
    }
}
