//! One request through an HAProxy configuration: stages, conditions, what the next hop receives.

use server_config::haproxy;
use server_config::walk::{Answer, BelievedFrom, HowChanged, Verdict};
use server_config::{Coverage, FileTree, Request, Value, Walk};

const MAIN: &str = "/etc/haproxy/haproxy.cfg";

fn walk_of(text: &str, request: &Request, coverage: Coverage) -> Walk {
    let allowed = "# offices\n10.0.0.0/8\n192.0.2.7\n".to_owned();
    let files =
        FileTree::in_memory(coverage, [(MAIN, text.to_owned()), ("/etc/haproxy/allowed.lst", allowed)]);
    haproxy::load(&files, MAIN).simulate(request, &files)
}

/// A frontend on port 80 with these lines, and a backend `app`.
fn walk(frontend: &str, request: &Request) -> Walk {
    let text = format!(
        "defaults\n    mode http\nfrontend web\n    bind :80\n{frontend}\n    default_backend app\n\
         backend app\n    server a 127.0.0.1:8080\n"
    );
    walk_of(&text, request, Coverage::Part)
}

fn post() -> Request {
    Request::new("POST", "http://shop.example/api/orders?id=7").from_client([10, 0, 0, 1].into())
}

fn decided(walk: &Walk) -> (Answer, u32) {
    (walk.outcome.answer.clone(), walk.outcome.decided_by.as_ref().map_or(0, |place| place.line))
}

#[test]
fn the_first_rule_that_applies_decides() {
    let rules = "    acl is_api path_beg /api\n    http-request deny if { path_beg /admin }\n    http-request deny deny_status 429 if is_api METH_POST\n    http-request deny";
    let walk = walk(rules, &post());
    assert_eq!(decided(&walk), (Answer::Status(429), 7));
    let steps: Vec<(&str, &Verdict)> = walk
        .steps
        .iter()
        .filter(|step| step.phase == "http-request")
        .map(|step| (&*step.because, &step.verdict))
        .collect();
    assert_eq!(
        steps,
        [
            ("`{ path_beg /admin }` does not hold", &Verdict::Miss),
            ("`is_api METH_POST` holds", &Verdict::Hit)
        ]
    );
}

/// Found by the comparison with the real server.
#[test]
fn the_statistics_page_goes_by_the_method_as_it_came() {
    let rules = "    http-request set-method GET\n    stats uri /stats\n    stats auth ann:secret";
    let ask = |method: &str| walk(rules, &Request::new(method, "http://shop.example/stats"));
    assert_eq!(decided(&ask("GET")).0, Answer::Status(401));
    assert!(matches!(ask("PATCH").outcome.answer, Answer::Upstream(_)));
    let rules = rules.replace("set-method GET", "set-method PATCH");
    let changed = walk(&rules, &Request::new("GET", "http://shop.example/stats"));
    assert_eq!(decided(&changed).0, Answer::Status(401));
}

#[test]
fn lists_of_patterns_come_from_files() {
    let rules = "    http-request deny unless { src -f /etc/haproxy/allowed.lst }";
    assert!(!walk(rules, &post()).refuses());
    assert!(walk(rules, &post().from_client([203, 0, 113, 9].into())).refuses());
    let missing = walk("    http-request deny unless { src -f /etc/haproxy/other.lst }", &post());
    assert!(
        matches!(&missing.outcome.answer, Answer::Unknown(needs) if needs.0.contains("other.lst")),
        "{missing:?}"
    );
}

#[test]
fn limits_are_assumptions_and_scripts_are_unknown() {
    let rules = "    stick-table type ip size 1m expire 10s store http_req_rate(10s)\n    http-request track-sc0 src\n    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 100 }";
    let limited = walk(rules, &post());
    assert!(matches!(limited.outcome.answer, Answer::Upstream(_)));
    assert_eq!(limited.outcome.assuming.len(), 1);
    let inverted = walk("    http-request deny unless { src_get_gpc0 gt 0 }", &post());
    assert!(matches!(inverted.outcome.answer, Answer::Unknown(_)), "{inverted:?}");
    let script = walk("    http-request lua.check", &post());
    assert!(matches!(&script.outcome.answer, Answer::Unknown(needs) if needs.0.contains("lua.check")));
    let agent = walk(
        "    filter spoe engine waf config /w.cfg\n    http-request deny if { var(txn.waf.fail) -m bool }",
        &post(),
    );
    assert!(matches!(&agent.outcome.answer, Answer::Unknown(needs) if needs.0.contains("txn.waf.fail")));
}

#[test]
fn the_next_hop_sees_what_the_rules_made() {
    let rules = "    option forwardfor\n    http-request set-path /v1%[path]\n    http-request del-header Authorization\n    http-request set-header X-Host %[req.hdr(host),upper]\n    http-request set-src hdr_ip(x-forwarded-for)";
    let request =
        post().with_header("Authorization", "Bearer x").with_header("X-Forwarded-For", "198.51.100.4");
    let walk = walk(rules, &request);
    let Answer::Upstream(forwarded) = &walk.outcome.answer else { panic!("{walk:?}") };
    assert_eq!(forwarded.destination, "http://127.0.0.1:8080");
    assert_eq!(forwarded.target, Value::Known("/v1/api/orders?id=7".to_owned()));
    assert_eq!(forwarded.header("x-host"), Some(&Value::Known("SHOP.EXAMPLE".to_owned())));
    assert_eq!(forwarded.header("authorization"), None);
    let dropped = forwarded.changes.iter().find(|change| change.name == "authorization").expect("a change");
    assert_eq!((dropped.how, dropped.place.as_ref().map(|place| place.line)), (HowChanged::Dropped, Some(7)));
    assert_eq!(walk.client.from, BelievedFrom::Header("x-forwarded-for".to_owned()));
    let addresses: Vec<&Value> = forwarded
        .headers
        .iter()
        .filter(|header| header.name == "x-forwarded-for")
        .map(|header| &header.value)
        .collect();
    assert_eq!(addresses.len(), 2);
    assert_eq!(addresses[1], &Value::Known("198.51.100.4".to_owned()));
}

#[test]
fn frontends_and_backends_are_chosen_with_their_losers() {
    let text = "defaults\n    mode http\nfrontend other\n    bind :8080\nfrontend web\n    bind :80\n    use_backend no if { path_beg /no }\n    use_backend %[req.hdr(host),field(1,.)] if { path_beg /api }\nbackend no\nbackend shop\n    http-request deny\n";
    let walk = walk_of(text, &post(), Coverage::Part);
    assert_eq!(decided(&walk), (Answer::Status(403), 11));
    assert_eq!(walk.steps[0].losers[0].because, "it has no `bind` on port 80");
    let switch = walk.steps.iter().find(|step| step.phase == "use_backend").expect("a step");
    assert_eq!(switch.losers[0].because, "`{ path_beg /no }` does not hold");
}

#[test]
fn a_backend_without_a_server_answers_503_and_mode_tcp_has_no_http_rules() {
    let text = "frontend web\n    bind :80\n    http-request deny\n    default_backend app\nbackend app\n    server a 127.0.0.1:1 disabled\n";
    assert_eq!(decided(&walk_of(text, &post(), Coverage::Part)), (Answer::Status(503), 5));
}

#[test]
fn conditionals_and_variables_choose_lines() {
    let text = "global\n    setenv SIZE small\ndefaults\n    mode http\n.if streq($SIZE,big)\n.endif\n.if streq(\"$SIZE\",small) && !defined(NOTHING_HERE) || streq(a,a)\nfrontend web\n    bind \"${ADDRESS-*}:80\"\n.else\nfrontend web\n    bind :1\n.endif\n    http-request deny if { path_beg \"$WHERE\" }\n";
    let files = FileTree::in_memory(Coverage::Part, [(MAIN, text)]);
    let config = haproxy::load(&files, MAIN);
    let walk = config.simulate(&post(), &files);
    assert!(matches!(&walk.outcome.answer, Answer::Unknown(needs) if needs.0.contains("WHERE")), "{walk:?}");
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert!(
        warnings.iter().any(|warning| warning.contains(":9") && warning.contains("ADDRESS")),
        "{warnings:?}"
    );
}

#[test]
fn defaults_have_the_first_rules() {
    let text = "defaults strict\n    mode http\n    acl bad path_beg /api\n    http-request deny if bad METH_POST\nfrontend web from strict\n    bind :80\n    http-request allow\n";
    assert_eq!(decided(&walk_of(text, &post(), Coverage::Part)), (Answer::Status(403), 4));
}

#[test]
fn tls_ends_at_a_bind_with_ssl_or_passes_through() {
    let tls = "defaults\n    mode http\nfrontend web\n    bind :80\n    bind :443 ssl crt /c.pem\n    http-request redirect scheme https unless { ssl_fc }\n    http-request deny\n";
    let at = |url: &str| Request::new("POST", url);
    assert_eq!(
        decided(&walk_of(tls, &at("https://shop.example/"), Coverage::Part)),
        (Answer::Status(403), 7)
    );
    assert_eq!(decided(&walk_of(tls, &at("http://shop.example/"), Coverage::Part)), (Answer::Status(302), 6));
    assert_eq!(decided(&walk_of(tls, &at("http://shop.example:443/"), Coverage::Part)), (Answer::Closed, 5));
    let tcp = "frontend web\n    bind :443\n    use_backend a if { req.ssl_sni -i shop.example }\nbackend a\n    server a 10.0.0.9:443\n";
    let passed = walk_of(tcp, &at("https://shop.example/"), Coverage::Part);
    let Answer::Upstream(forwarded) = &passed.outcome.answer else { panic!("{passed:?}") };
    assert_eq!(forwarded.destination, "https://10.0.0.9:443");
}

#[test]
fn a_part_that_is_replaced_takes_its_blanks_along() {
    let value = |list: &str| {
        let rule = "    http-request replace-value X-List [ac] <\\0>";
        let walk = walk(rule, &post().with_header("X-List", list));
        let Answer::Upstream(next) = walk.outcome.answer else { panic!("{:?}", walk.outcome) };
        next.header("x-list").cloned()
    };
    assert_eq!(value("\"a,b\", c"), Some(Value::Known("<a>,<c>".into())));
    assert_eq!(value("b, c , d"), Some(Value::Known("b,<c>, d".into())));
}

#[test]
fn the_backends_option_names_the_field_of_the_client() {
    let text = "frontend web\n    mode http\n    bind :80\n    option forwardfor header X-Client\n    default_backend app\nbackend app\n    mode http\n    option forwardfor\n    server a 127.0.0.1:8080\n";
    let Answer::Upstream(next) = walk_of(text, &post(), Coverage::Whole).outcome.answer else {
        panic!("refused")
    };
    assert_eq!(next.header("x-forwarded-for"), Some(&Value::Known("10.0.0.1".into())));
    assert_eq!(next.header("x-client"), None);
    let plain = text.replace("    option forwardfor\n", "");
    let Answer::Upstream(next) = walk_of(&plain, &post(), Coverage::Whole).outcome.answer else {
        panic!("refused")
    };
    assert_eq!(next.header("x-client"), Some(&Value::Known("10.0.0.1".into())));
}

#[test]
fn a_format_names_the_request_line_as_it_came() {
    let rules = "    http-request set-path /new\n    http-request set-method GET\n    http-request set-header X-Line \"%HM %HP%HQ\"";
    let Answer::Upstream(next) = walk(rules, &post()).outcome.answer else { panic!("refused") };
    assert_eq!(next.header("x-line"), Some(&Value::Known("POST /api/orders?id=7".into())));
}
