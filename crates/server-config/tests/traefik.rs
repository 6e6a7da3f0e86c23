//! Traefik: the tables of its own published tests (`pkg/muxer/http/mux_test.go`,
//! `pkg/middlewares/ipallowlist/ip_allowlist_test.go`, `pkg/ip/strategy_test.go`) as facts, and what the comparison with the
//! running program (`real_servers`) found.

use server_config::traefik;
use server_config::walk::{Answer, Walk};
use server_config::{Coverage, FileTree, Request};

fn walk(text: &str, request: &Request) -> Walk {
    let files = FileTree::in_memory(Coverage::Part, [("dynamic.yml", text)]);
    let config = traefik::load(&files, "dynamic.yml");
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

fn router(rule: &str) -> String {
    format!(
        "http:\n  routers:\n    one:\n      rule: '{rule}'\n      service: s\n  services:\n    s: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:8080'}}]}}}}\n"
    )
}

/// A rule, and the status of each host and path.
type Case = (&'static str, &'static [(&'static str, &'static str, u16)]);

#[test]
fn rules_match_as_in_traefiks_own_tests() {
    let cases: &[Case] = &[
        (
            "Host(`localhost`) && PathPrefix(`/css`)",
            &[("https://localhost", "/css", 200), ("https://localhost", "/js", 404)],
        ),
        (
            "Host(`example.com`) || Host(`example.org`)",
            &[
                ("https://example.com", "/css", 200),
                ("https://example.org", "/js", 200),
                ("https://example.eu", "/html", 404),
            ],
        ),
        (
            "Host(\"example.com\") || (Host(\"example.org\") && Path(\"/css\"))",
            &[
                ("https://example.com", "/css", 200),
                ("https://example.com", "/js", 200),
                ("https://example.org", "/css", 200),
                ("https://example.org", "/js", 404),
                ("https://example.eu", "/css", 404),
            ],
        ),
        (
            "Host(\"example.com\") || Host(\"example.org\") && Path(\"/css\")",
            &[
                ("https://example.com", "/css", 200),
                ("https://example.com", "/js", 200),
                ("https://example.org", "/css", 200),
                ("https://example.org", "/js", 404),
                ("https://example.eu", "/css", 404),
            ],
        ),
        (
            "(Host(\"example.com\") || Host(\"example.org\")) && Path(\"/css\")",
            &[
                ("https://example.com", "/css", 200),
                ("https://example.com", "/js", 404),
                ("https://example.org", "/css", 200),
                ("https://example.org", "/js", 404),
                ("https://example.eu", "/css", 404),
            ],
        ),
        (
            "(Host(\"example.com\") && Path(\"/js\")) || ((Host(\"example.org\")) && Path(\"/css\"))",
            &[
                ("https://example.com", "/css", 404),
                ("https://example.com", "/js", 200),
                ("https://example.org", "/css", 200),
                ("https://example.org", "/js", 404),
                ("https://example.eu", "/css", 404),
            ],
        ),
        (
            "PATHPREFIX(\"/css\")",
            &[("https://example.com", "/css", 200), ("https://example.com", "/js", 404)],
        ),
        (
            "pathprefix(\"/css\")",
            &[("https://example.com", "/css", 200), ("https://example.com", "/js", 404)],
        ),
        ("!Host(\"example.com\")", &[("https://example.org", "", 200), ("https://example.com", "", 404)]),
        (
            "!(Host(\"example.com\") || Host(\"example.org\"))",
            &[
                ("https://example.eu", "/js", 200),
                ("https://example.com", "/css", 404),
                ("https://example.org", "/js", 404),
            ],
        ),
        (
            "!(Host(\"example.com\") && Path(\"/css\"))",
            &[
                ("https://example.com", "/js", 200),
                ("https://example.eu", "/css", 200),
                ("https://example.com", "/css", 404),
            ],
        ),
        (
            "!(Host(\"example.com\") && !Path(\"/css\"))",
            &[
                ("https://example.com", "/css", 200),
                ("https://example.org", "/css", 200),
                ("https://example.com", "/js", 404),
            ],
        ),
        (
            "!Host(\"example.com\") || !Path(\"/css\")",
            &[
                ("https://example.com", "/js", 200),
                ("https://example.org", "/css", 200),
                ("https://example.com", "/css", 404),
            ],
        ),
        (
            "!(!(Host(\"example.com\") && Pathprefix(\"/css\")))",
            &[
                ("https://example.com", "/css", 200),
                ("https://example.com", "/js", 404),
                ("https://example.org", "/css", 404),
            ],
        ),
        (
            "!Host(\"example.com\") && Pathprefix(\"/css\")",
            &[
                ("https://example.org", "/css", 200),
                ("https://example.org", "/js", 404),
                ("https://example.com", "/css", 404),
            ],
        ),
    ];
    for (rule, requests) in cases {
        for (host, path, expected) in *requests {
            assert_eq!(
                status(&router(rule), &Request::new("GET", &format!("{host}{path}"))),
                *expected,
                "{rule} {host}{path}"
            );
        }
    }
    for rule in
        ["rulewithnotmatcher", "Host(example.com)", "Host(`a`) Path(`/b`)", "Foobar(`a`)", "Host(`a`", "(((("]
    {
        assert_eq!(status(&router(rule), &Request::new("GET", "http://a/")), 404, "{rule}");
    }
}

#[test]
fn the_longer_rule_or_the_greater_priority_wins() {
    let text = |first: &str, second: &str| {
        format!(
            "http:\n  routers:\n    one: {{{first}, service: s}}\n    two: {{{second}, service: s, middlewares: [m]}}\n  middlewares:\n    m: {{ipAllowList: {{sourceRange: [10.0.0.0/8]}}}}\n  services:\n    s: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:1'}}]}}}}\n"
        )
    };
    let request = Request::new("GET", "http://a/mypath").from_client([127, 0, 0, 1].into());
    // The second router refuses, so that the status tells them apart.
    for (first, second, expected) in [
        ("rule: 'PathPrefix(`/my`)', priority: 10", "rule: 'PathPrefix(`/my`)', priority: 20", 403),
        ("rule: 'PathPrefix(`/my`)', priority: 20", "rule: 'PathPrefix(`/my`)', priority: 10", 200),
        ("rule: 'PathPrefix(`/mypath`)', priority: 10", "rule: 'PathPrefix(`/my`)', priority: 20", 403),
        ("rule: 'PathPrefix(`/mypath`)'", "rule: 'PathPrefix(`/my`)'", 200),
        ("rule: 'PathPrefix(`/my`)'", "rule: 'PathPrefix(`/mypath`)'", 403),
    ] {
        assert_eq!(status(&text(first, second), &request), expected, "{first} | {second}");
    }
    let equal = walk(&text("rule: 'PathPrefix(`/my`)'", "rule: 'PathPrefix(`/my`)'"), &request);
    assert!(matches!(equal.outcome.answer, Answer::Unknown(_)));
}

#[test]
fn the_allow_list_sees_the_address_that_its_strategy_finds() {
    let text = |strategy: &str, forwarded: &str| {
        format!(
            "entryPoints:\n  web:\n    address: ':80'\n    forwardedHeaders: {{{forwarded}}}\nhttp:\n  routers:\n    one: {{rule: 'Path(`/`)', service: s, middlewares: [m]}}\n  middlewares:\n    m:\n      ipAllowList:\n        sourceRange: [20.20.20.20]\n        {strategy}\n  services:\n    s: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:1'}}]}}}}\n"
        )
    };
    let from = |client: [u8; 4], forwarded: &str| {
        let request = Request::new("GET", "http://a/").from_client(client.into());
        if forwarded.is_empty() { request } else { request.with_header("X-Forwarded-For", forwarded) }
    };
    let trusted = "insecure: true";
    for (strategy, trust, request, expected) in [
        ("", trusted, from([20, 20, 20, 20], ""), 200),
        ("", trusted, from([20, 20, 20, 21], "20.20.20.20"), 403),
        ("ipStrategy: {depth: 1}", trusted, from([1, 1, 1, 1], "10.0.0.2,20.20.20.20"), 200),
        ("ipStrategy: {depth: 2}", trusted, from([1, 1, 1, 1], "10.0.0.2,20.20.20.20"), 403),
        ("ipStrategy: {depth: 3}", trusted, from([1, 1, 1, 1], "10.0.0.2,20.20.20.20"), 403),
        ("ipStrategy: {excludedIPs: [10.0.0.2]}", trusted, from([1, 1, 1, 1], "20.20.20.20,10.0.0.2"), 200),
        ("ipStrategy: {excludedIPs: [10.0.0.0/8]}", trusted, from([1, 1, 1, 1], "10.0.0.1,10.0.0.2"), 403),
        ("ipStrategy: {depth: 1}", "", from([1, 1, 1, 1], "20.20.20.20"), 403),
        ("ipStrategy: {depth: 1}", "trustedIPs: [1.1.1.1/32]", from([1, 1, 1, 1], "20.20.20.20"), 200),
        ("rejectStatusCode: 404", trusted, from([1, 1, 1, 1], ""), 404),
    ] {
        assert_eq!(status(&text(strategy, trust), &request), expected, "{strategy} {trust} {request:?}");
    }
    let refused = walk(&text("", trusted), &from([1, 1, 1, 1], ""));
    assert_eq!(refused.outcome.decided_by.unwrap().to_string(), "dynamic.yml:11");
}

#[test]
fn a_static_file_leads_to_its_dynamic_ones_in_toml_as_well() {
    let files = FileTree::in_memory(
        Coverage::Part,
        [
            (
                "/etc/traefik/traefik.toml",
                "[entryPoints.web]\naddress = \":8000\"\n[providers.file]\nfilename = \"/etc/traefik/dyn.toml\"\n",
            ),
            (
                "/etc/traefik/dyn.toml",
                "[http.routers.shop]\nrule = \"Host(`shop.test`) && Method(`POST`)\"\nentryPoints = [\"web\"]\nmiddlewares = [\"limit@file\"]\nservice = \"s\"\n[http.middlewares.limit.buffering]\nmaxRequestBodyBytes = 10\n[[http.services.s.loadBalancer.servers]]\nurl = \"http://127.0.0.1:1\"\n",
            ),
        ],
    );
    let config = traefik::load(&files, "/etc/traefik/traefik.toml");
    assert_eq!(config.warnings, []);
    assert_eq!(config.listeners()[0].port, 8000);
    let mut request = Request::new("POST", "http://shop.test:8000/");
    assert!(matches!(config.simulate(&request, &files).outcome.answer, Answer::Upstream(_)));
    request.body_length = 11;
    let walk = config.simulate(&request, &files);
    assert_eq!(walk.outcome.answer, Answer::Status(413));
    assert_eq!(walk.outcome.decided_by.unwrap().to_string(), "/etc/traefik/dyn.toml:7");
    let get = config.simulate(&Request::new("GET", "http://shop.test:8000/"), &files);
    assert_eq!(get.outcome.answer, Answer::Status(404));
}

#[test]
fn what_is_not_modelled_is_unknown_by_name() {
    let text = |middleware: &str| {
        router("PathPrefix(`/`)").replace(
            "service: s\n  services",
            &format!("service: s\n      middlewares: [m]\n  middlewares:\n    m: {middleware}\n  services"),
        )
    };
    for (middleware, named) in [
        ("{forwardAuth: {address: 'http://auth/'}}", "http://auth/"),
        ("{plugin: {x: {}}}", "plugin"),
        ("{chain: {middlewares: [m]}}", "chain"),
        ("{chain: {middlewares: [absent]}}", "absent"),
    ] {
        match walk(&text(middleware), &Request::new("GET", "http://a/")).outcome.answer {
            Answer::Unknown(needs) => assert!(needs.0.contains(named), "{needs}"),
            other => panic!("{other:?} for {middleware}"),
        }
    }
    assert_eq!(status(&text("{basicAuth: {users: ['a:b']}}"), &Request::new("GET", "http://a/")), 401);
    assert_eq!(
        walk(&text("{rateLimit: {average: 1}}"), &Request::new("GET", "http://a/")).outcome.assuming.len(),
        1
    );
}

#[test]
fn the_service_receives_what_traefik_makes_of_the_request() {
    let text = |middlewares: &str, entry: &str| {
        format!(
            "entryPoints: {{web: {{address: ':80'{entry}}}}}\nhttp:\n  routers:\n    one: {{rule: 'PathPrefix(`/`)', service: s, middlewares: [a, b]}}\n  middlewares:\n{middlewares}  services:\n    s: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:1'}}]}}}}\n"
        )
    };
    let request = Request::new("POST", "http://a/api/x?q")
        .from_client([192, 0, 2, 7].into())
        .with_header("x-forwarded-for", "10.0.0.1")
        .with_header("TE", "trailers");
    let plain = "    a: {compress: {}}\n    b: {compress: {}}\n";
    let received = |text: &str| match walk(text, &request).outcome.answer {
        Answer::Upstream(forwarded) => {
            let fields = forwarded.headers.iter();
            let fields = fields.filter_map(|field| Some(format!("{}: {}", field.name, field.value.known()?)));
            (forwarded.target.known().unwrap().to_owned(), fields.collect::<Vec<_>>().join("\n"))
        }
        other => panic!("{other:?}"),
    };
    let (target, fields) = received(&text(plain, ""));
    assert_eq!(target, "/api/x?q");
    for field in [
        "X-Forwarded-For: 192.0.2.7",
        "X-Real-Ip: 192.0.2.7",
        "X-Forwarded-Port: 80",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Host: a",
        "Te: trailers",
        "Accept-Encoding: gzip",
    ] {
        assert!(fields.lines().any(|line| line == field), "{field} in\n{fields}");
    }
    let trusting = text(plain, ", forwardedHeaders: {insecure: true}");
    assert!(received(&trusting).1.contains("X-Forwarded-For: 10.0.0.1, 192.0.2.7"));
    let paths = "    a: {stripPrefix: {prefixes: [/api/x]}}\n    b: {replacePath: {path: /new}}\n";
    let (target, fields) = received(&text(paths, ""));
    assert_eq!(target, "/new?q");
    assert!(
        fields.contains("X-Forwarded-Prefix: /api/x") && fields.contains("X-Replaced-Path: \n"),
        "{fields}"
    );
    let doubled = "    a: {addPrefix: {prefix: /in/}}\n    b: {stripPrefix: {prefixes: [/in]}}\n";
    assert_eq!(status(&text(doubled, ""), &request), 400);
}

#[test]
fn hostile_files_give_warnings() {
    for text in
        ["\0", "http: [", "http: {routers: [1, 2]}", "http: {routers: {a: {rule: [x]}}}", "[", "http: 1"]
    {
        for name in ["a.yml", "a.toml"] {
            let files = FileTree::in_memory(Coverage::Part, [(name, text)]);
            let config = traefik::load(&files, name);
            config.simulate(&Request::new("GET", "http://a/"), &files);
            config.check();
        }
    }
    let deep = format!("{}Host(`a`){}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(status(&router(&deep), &Request::new("GET", "http://a/")), 404);
}
