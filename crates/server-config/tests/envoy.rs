//! Envoy: which rule of the bootstrap decides, and what is unknown by name. `real_servers` compares with the program.

use server_config::envoy;
use server_config::walk::{Answer, BelievedFrom, Walk};
use server_config::{Coverage, FileTree, Request};

const HEAD: &str = "static_resources:\n  listeners:\n  - name: edge\n    address:\n      socket_address: {address: 0.0.0.0, port_value: 8080}\n    filter_chains:\n    - filters:\n      - name: hcm\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n          stat_prefix: edge\n";
const ROUTES: &str = "          route_config:\n            virtual_hosts:\n            - name: shop\n              domains: [\"shop.test\", \"*.shop.test\"]\n              routes:\n              - match: {prefix: /old}\n                direct_response: {status: 410}\n              - match: {prefix: /}\n                route: {cluster: up}\n";
const TAIL: &str = "          - name: router\n            typed_config: {\"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}\n";
const CLUSTER: &str = "  clusters:\n  - name: up\n    load_assignment: {cluster_name: up, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9000}}}}]}]}\n";

fn bootstrap(manager: &str, filters: &str) -> String {
    format!("{HEAD}{manager}          http_filters:\n{filters}{TAIL}{ROUTES}{CLUSTER}")
}

fn walk(text: &str, request: &Request) -> Walk {
    let files = FileTree::in_memory(Coverage::Part, [("envoy.yaml", text)]);
    let config = envoy::load(&files, "envoy.yaml");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    config.simulate(request, &files)
}

fn post(url: &str) -> Request {
    Request::new("POST", url).from_client([192, 0, 2, 7].into())
}

#[test]
fn the_route_that_answers_is_named_with_those_that_lost() {
    let answer = walk(&bootstrap("", ""), &post("http://shop.test:8080/old/1"));
    // The port is part of the host unless it is stripped.
    assert_eq!(answer.outcome.answer, Answer::Status(404));
    let text = bootstrap("          strip_any_host_port: true\n", "");
    let answer = walk(&text, &post("http://shop.test:8080/old/1"));
    assert_eq!(answer.outcome.answer, Answer::Status(410));
    let place = answer.outcome.decided_by.unwrap();
    assert!(text.lines().nth(place.line as usize - 1).unwrap().contains("direct_response: {status: 410}"));
    let passed = walk(&text, &post("http://a.shop.test:8080/new"));
    assert!(
        matches!(&passed.outcome.answer, Answer::Upstream(forwarded) if forwarded.destination == "http://127.0.0.1:9000")
    );
    let step = passed.steps.iter().find(|step| step.phase == "route").unwrap();
    assert_eq!(step.losers[0].because, "its prefix /old does not match");
}

#[test]
fn a_policy_is_named_and_the_believed_address_told() {
    let rbac = "          - name: rbac\n            typed_config:\n              \"@type\": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC\n              rules:\n                action: DENY\n                policies:\n                  \"no writes\":\n                    permissions: [{header: {name: \":method\", string_match: {exact: POST}}}]\n                    principals: [{remote_ip: {address_prefix: 10.0.0.0, prefix_len: 8}}]\n";
    let text = bootstrap("          use_remote_address: false\n          strip_any_host_port: true\n", rbac);
    let request = post("http://shop.test:8080/x").with_header("X-Forwarded-For", "203.0.113.9, 10.1.1.1");
    let answer = walk(&text, &request);
    assert_eq!(answer.outcome.answer, Answer::Status(403));
    assert_eq!(answer.client.from, BelievedFrom::Header("X-Forwarded-For".to_owned()));
    let last = answer.steps.last().unwrap();
    assert!(last.because.ends_with("(`rbac_access_denied_matched_policy[no_writes]`)"), "{}", last.because);
    assert_eq!(last.text, "no writes");
    let remote = text.replace("use_remote_address: false", "use_remote_address: true");
    assert!(matches!(walk(&remote, &request).outcome.answer, Answer::Upstream(_)));
    let condition = text.replace(
        "                    principals",
        "                    condition: {}\n                    principals",
    );
    assert!(
        matches!(walk(&condition, &request).outcome.answer, Answer::Unknown(needs) if needs.0.contains("condition"))
    );
}

/// Found by the comparison with the real server.
#[test]
fn each_line_of_a_field_is_looked_at_by_itself() {
    let filter = |principal: &str| {
        format!(
            "          - name: rbac\n            typed_config:\n              \"@type\": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC\n              rules: {{action: DENY, policies: {{p: {{permissions: [{{any: true}}], principals: [{principal}]}}}}}}\n"
        )
    };
    let exact = "{header: {name: x-key, string_match: {exact: one}}}";
    let twice = post("http://shop.test/x").with_header("X-Key", "two").with_header("X-Key", "one");
    assert_eq!(walk(&bootstrap("", &filter(exact)), &twice).outcome.answer, Answer::Status(403));
    let other = post("http://shop.test/x").with_header("X-Key", "two,one");
    assert!(matches!(walk(&bootstrap("", &filter(exact)), &other).outcome.answer, Answer::Upstream(_)));
    let routed = |matcher: &str| {
        let text = bootstrap("", "").replace(
            "{prefix: /old}",
            &format!("{{prefix: /x, headers: [{{name: x-key, string_match: {{exact: one}}{matcher}}}]}}"),
        );
        walk(&text, &twice).outcome.answer
    };
    assert_eq!(routed(""), Answer::Status(410));
    assert!(matches!(routed(", invert_match: true"), Answer::Upstream(_)));
}

#[test]
fn fixes_let_the_request_pass_and_say_what_they_open() {
    let filters = "          - name: csrf\n            typed_config:\n              \"@type\": type.googleapis.com/envoy.extensions.filters.http.csrf.v3.CsrfPolicy\n              filter_enabled: {default_value: {numerator: 100}}\n          - name: buffer\n            typed_config:\n              \"@type\": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer\n              max_request_bytes: 100\n";
    let text = bootstrap("          strip_any_host_port: true\n", filters);
    let files = FileTree::in_memory(Coverage::Part, [("envoy.yaml", text.as_str())]);
    let config = envoy::load(&files, "envoy.yaml");
    let cross = post("http://shop.test:8080/x").with_header("Origin", "https://pay.test");
    let fix = &config.fixes(&cross, &files)[0];
    assert!(
        fix.patches[0]
            .diff
            .contains("+              additional_origins:\n+              - exact: \"pay.test\"\n"),
        "{}",
        fix.patches[0].diff
    );
    let mut large = post("http://shop.test:8080/x").with_header("Origin", "https://shop.test");
    large.body_length = 1500;
    let fix = &config.fixes(&large, &files)[0];
    assert!(
        fix.patches[0].diff.contains("+              max_request_bytes: 2048"),
        "{}",
        fix.patches[0].diff
    );
    assert!(fix.opens.contains("2048 bytes"));
}

const TOKENS: &str = "          - name: jwt\n            typed_config:\n              \"@type\": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication\n              providers: {p: {issuer: i, local_jwks: {inline_string: \"{}\"}}}\n              rules: [{match: {prefix: /api, grpc: {}}, requires: {provider_name: p}}]\n";

/// Found by the comparison with the real server.
#[test]
fn a_rule_for_tokens_looks_at_path_fields_and_parameters_alone() {
    let text = bootstrap("          strip_any_host_port: true\n", TOKENS);
    // The rule says `grpc`, and the filter does not look at that.
    let refused = walk(&text, &post("http://shop.test:8080/api"));
    assert_eq!(refused.outcome.answer, Answer::Status(401));
    assert!(refused.steps.last().unwrap().because.contains("{Jwt_is_missing}"));
    let passed = walk(&text, &post("http://shop.test:8080/new"));
    assert!(matches!(passed.outcome.answer, Answer::Upstream(_)));
    for (token, is_known) in [("abc", true), ("a.b", true), ("a..c", true), ("a.b.c", false)] {
        let request =
            post("http://shop.test:8080/api").with_header("Authorization", &format!("Bearer {token}"));
        let walk = walk(&text, &request);
        match walk.outcome.answer {
            Answer::Status(401) if is_known => {
                assert!(walk.steps.last().unwrap().because.contains("two_dots"), "{token}");
            }
            Answer::Unknown(needs) if !is_known => assert!(needs.0.contains("the keys of `p`"), "{needs}"),
            other => panic!("{other:?} for {token}"),
        }
    }
}

/// Found by the comparison with the real server: only a route that was found refuses a change of protocol.
#[test]
fn a_change_of_protocol_without_a_route_runs_through_the_filters() {
    let upgrade = |url: &str| {
        Request::new("GET", url)
            .from_client([192, 0, 2, 7].into())
            .with_header("Connection", "Upgrade")
            .with_header("Upgrade", "websocket")
    };
    let manager = "          strip_any_host_port: true\n";
    let text = bootstrap(manager, TOKENS);
    assert_eq!(walk(&text, &upgrade("http://shop.test:8080/new")).outcome.answer, Answer::Status(403));
    assert_eq!(walk(&text, &upgrade("http://other.test:8080/new")).outcome.answer, Answer::Status(404));
    assert_eq!(walk(&text, &upgrade("http://other.test:8080/api")).outcome.answer, Answer::Status(401));
    // A filter that waits for the whole body waits for one that has no end.
    let buffer = "          - name: buffer\n            typed_config: {\"@type\": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 100}\n";
    let text = bootstrap(manager, buffer);
    let answer = walk(&text, &upgrade("http://other.test:8080/new")).outcome.answer;
    assert!(matches!(answer, Answer::Unknown(needs) if needs.0.contains("the end of a body")));
}

#[test]
fn a_policy_for_the_request_is_put_before_the_others() {
    let head = "          - name: rbac\n            typed_config:\n              \"@type\": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC\n";
    let block = "              rules:\n                action: ALLOW\n                policies:\n                  office:\n                    permissions: [{any: true}]\n                    principals: [{direct_remote_ip: {address_prefix: 10.0.0.0, prefix_len: 8}}]\n";
    let flow = "              rules: {action: ALLOW, policies: {office: {permissions: [{any: true}], principals: [{direct_remote_ip: {address_prefix: 10.0.0.0, prefix_len: 8}}]}}}\n";
    let empty = "              rules: {action: ALLOW, policies: {}}\n";
    for rules in [block, flow, empty] {
        let text = bootstrap("          strip_any_host_port: true\n", &format!("{head}{rules}"));
        let files = FileTree::in_memory(Coverage::Part, [("envoy.yaml", text.as_str())]);
        let config = envoy::load(&files, "envoy.yaml");
        let request = post("http://shop.test:8080/api?q=1");
        let fixes = config.fixes(&request, &files);
        let opens: Vec<&str> = fixes.iter().map(|fix| fix.opens.as_str()).collect();
        assert_eq!(opens, ["POST /api from 192.0.2.7", "POST /api from anybody"], "{rules}");
        let fixed = files.clone().with_file("envoy.yaml", fixes[0].patches[0].after.as_bytes());
        let fixed_config = envoy::load(&fixed, "envoy.yaml");
        let answer = |request: &Request| fixed_config.simulate(request, &fixed).outcome.answer;
        assert!(matches!(answer(&request), Answer::Upstream(_)), "{}", fixes[0].patches[0].diff);
        assert_eq!(answer(&post("http://shop.test:8080/other")), Answer::Status(403));
        let elsewhere = post("http://shop.test:8080/api").from_client([198, 51, 100, 1].into());
        assert_eq!(answer(&elsewhere), Answer::Status(403));
    }
}

#[test]
fn what_a_control_plane_or_another_service_decides_is_unknown_by_name() {
    let authorization = "          - name: authz\n            typed_config: {\"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz}\n";
    let dynamic = bootstrap("", "")
        .replace("          route_config:\n", "          rds: {route_config_name: r}\n          other:\n");
    let lua = authorization.replace("ext_authz.v3.ExtAuthz", "lua.v3.Lua");
    for (text, named) in
        [(bootstrap("", authorization), "ext_authz"), (dynamic, "rds"), (bootstrap("", &lua), "lua")]
    {
        match walk(&text, &post("http://shop.test/x")).outcome.answer {
            Answer::Unknown(needs) => assert!(needs.0.contains(named), "{needs}"),
            other => panic!("{other:?} for {named}"),
        }
    }
}

#[test]
fn an_exact_server_name_wins_over_a_wildcard_and_no_chain_closes() {
    let chains = "    listener_filters: [{name: envoy.filters.listener.tls_inspector}]\n    filter_chains:\n    - name: wide\n      filter_chain_match: {server_names: [\"*.shop.test\"]}\n      filters: [{name: odd}]\n    - name: exact\n      filter_chain_match: {server_names: [a.shop.test]}\n      filters: [{name: odd}]\n";
    let text = format!(
        "static_resources:\n  listeners:\n  - name: edge\n    address: {{socket_address: {{address: 0.0.0.0, port_value: 443}}}}\n{chains}"
    );
    let chain = |url: &str| {
        let walk = walk(&text, &Request::new("GET", url));
        walk.steps.iter().find(|step| step.phase == "filter-chain").map(|step| step.text.clone())
    };
    assert_eq!(chain("https://a.shop.test/").as_deref(), Some("exact"));
    assert_eq!(chain("https://b.shop.test/").as_deref(), Some("wide"));
    assert_eq!(walk(&text, &Request::new("GET", "https://other.test/")).outcome.answer, Answer::Closed);
}

/// Found by the comparison with the real server, which answered now from one chain and now from the other.
#[test]
fn a_range_of_everything_beside_none_leaves_the_choice_open() {
    let chains = |first: &str, second: &str| {
        format!(
            "static_resources:\n  listeners:\n  - name: edge\n    address: {{socket_address: {{address: 0.0.0.0, port_value: 80}}}}\n    filter_chains:\n    - {{name: one, filter_chain_match: {first}, filters: [{{name: odd}}]}}\n    - {{name: two, filter_chain_match: {second}, filters: [{{name: odd}}]}}\n"
        )
    };
    let request = post("http://a.test/").to_listener("127.0.0.1:80".parse().unwrap());
    let chain = |first: &str, second: &str| {
        let walk = walk(&chains(first, second), &request);
        walk.steps.iter().find(|step| step.phase == "filter-chain").map(|step| step.text.clone())
    };
    let everything = "{prefix_ranges: [{address_prefix: 0.0.0.0, prefix_len: 0}]}";
    assert_eq!(chain("{transport_protocol: raw_buffer}", everything), None);
    assert_eq!(chain("{}", everything), None);
    let local = everything.replace("0.0.0.0, prefix_len: 0", "127.0.0.0, prefix_len: 8");
    assert_eq!(chain("{transport_protocol: raw_buffer}", &local).as_deref(), Some("two"));
}

#[test]
fn hostile_files_give_warnings_and_no_panic() {
    let whole = bootstrap("", "");
    for text in [
        "",
        "\0\u{1}",
        "[",
        "static_resources: 1",
        "static_resources: {listeners: [1, {address: 2}, {filter_chains: 3}]}",
        "a: &a [*a]",
    ] {
        let files = FileTree::in_memory(Coverage::Part, [("envoy.yaml", text)]);
        let config = envoy::load(&files, "envoy.yaml");
        assert!(!config.warnings.is_empty(), "{text}");
        config.simulate(&post("http://shop.test/"), &files);
        config.check();
        config.listeners();
    }
    // Every prefix of a real file, and every line left out.
    for at in (0..whole.len()).step_by(7) {
        let files = FileTree::in_memory(Coverage::Part, [("envoy.yaml", &whole[..at])]);
        envoy::load(&files, "envoy.yaml").simulate(&post("http://shop.test/old"), &files);
    }
    for skipped in 0..whole.lines().count() {
        let text: String = whole
            .lines()
            .enumerate()
            .filter(|(n, _)| *n != skipped)
            .map(|(_, line)| format!("{line}\n"))
            .collect();
        let files = FileTree::in_memory(Coverage::Part, [("envoy.yaml", text)]);
        envoy::load(&files, "envoy.yaml").simulate(&post("http://shop.test/old"), &files);
    }
    let many = format!("static_resources: {{listeners: [{}]}}", "{name: a}, ".repeat(20_000));
    let files = FileTree::in_memory(Coverage::Part, [("envoy.yaml", many)]);
    envoy::load(&files, "envoy.yaml").simulate(&post("http://shop.test/"), &files);
}
