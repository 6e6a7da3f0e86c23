//! One request through a Caddyfile: sites, the order of directives, what the next hop receives.

use server_config::caddy;
use server_config::walk::{Answer, HowChanged};
use server_config::{Coverage, FileTree, Request, Value, Walk};

const MAIN: &str = "/etc/caddy/Caddyfile";

fn walk(text: &str, request: &Request) -> Walk {
    let files = FileTree::in_memory(
        Coverage::Whole,
        [
            (MAIN, text),
            ("/srv/index.html", "home"),
            ("/srv/a.txt", "a"),
            ("/etc/caddy/sites/b", "http://b.example {\n\tabort\n}\n"),
        ],
    );
    caddy::load(&files, MAIN).simulate(request, &files)
}

fn post(url: &str) -> Request {
    Request::new("POST", url).from_client([10, 0, 0, 1].into())
}

fn decided(walk: &Walk) -> (Answer, u32) {
    (walk.outcome.answer.clone(), walk.outcome.decided_by.as_ref().map_or(0, |place| place.line))
}

#[test]
fn directives_run_in_caddys_order() {
    let text = "http://a.example {\n\treverse_proxy 127.0.0.1:8080\n\t@api {\n\t\tpath /api/*\n\t\tmethod POST PUT\n\t}\n\trespond @api 403\n\trespond /x 404\n}\n";
    assert_eq!(decided(&walk(text, &post("http://a.example/API/x"))), (Answer::Status(403), 7));
    let passes = walk(text, &Request::new("GET", "http://a.example/api/x"));
    assert!(matches!(passes.outcome.answer, Answer::Upstream(_)), "{passes:?}");
}

#[test]
fn handles_exclude_one_another_and_routes_keep_their_order() {
    let text = "http://a.example {\n\thandle /api/* {\n\t\trespond 401\n\t}\n\thandle {\n\t\trespond 403\n\t}\n\thandle /api/v1/* {\n\t\troute {\n\t\t\trespond 418\n\t\t\tredir /x\n\t\t}\n\t}\n}\n";
    assert_eq!(decided(&walk(text, &post("http://a.example/api/v1/x"))), (Answer::Status(418), 10));
    assert_eq!(decided(&walk(text, &post("http://a.example/api/x"))), (Answer::Status(401), 3));
    assert_eq!(decided(&walk(text, &post("http://a.example/other"))), (Answer::Status(403), 6));
}

#[test]
fn imports_and_snippets_are_in_place() {
    let text = "(deny) {\n\t@{args.0} remote_ip {args.1}\n\trespond @{args.0} 403\n}\nhttp://a.example {\n\timport deny office 10.0.0.0/8\n\trespond 200\n}\nimport sites/*\n";
    assert_eq!(decided(&walk(text, &post("http://a.example/"))), (Answer::Status(403), 3));
    let other = walk(text, &post("http://b.example/"));
    assert_eq!(decided(&other), (Answer::Closed, 2));
    assert_eq!(&*other.outcome.decided_by.expect("a place").file, "/etc/caddy/sites/b");
    assert_eq!(other.steps[0].losers[0].text, "http://a.example");
}

#[test]
fn what_is_not_modelled_is_unknown_with_its_name() {
    for (rule, name) in [
        ("coraza_waf {\n}", "coraza_waf"),
        ("@x `path('/a')`\nrespond @x 403", "expression"),
        ("forward_auth auth:9000 {\nuri /check\n}", "auth:9000"),
        ("respond {$STATUS}", "STATUS"),
    ] {
        let walk =
            walk(&format!("http://a.example {{\n{rule}\nrespond 200\n}}\n"), &post("http://a.example/"));
        assert!(
            matches!(&walk.outcome.answer, Answer::Unknown(needs) if needs.0.contains(name)),
            "{rule}: {walk:?}"
        );
    }
}

#[test]
fn errors_have_pages_and_files_are_looked_for() {
    let text = "http://a.example {\n\troot * /srv\n\tfile_server\n\thandle_errors {\n\t\trespond \"{err.status_code}\" {err.status_code}\n\t}\n}\n";
    assert_eq!(
        walk(text, &Request::new("GET", "http://a.example/a.txt")).outcome.answer,
        Answer::File("/srv/a.txt".to_owned())
    );
    assert_eq!(
        decided(&walk(text, &Request::new("GET", "http://a.example/missing"))),
        (Answer::Status(404), 3)
    );
}

#[test]
fn the_next_hop_sees_what_the_rules_made() {
    let text = "http://a.example {\n\thandle_path /api/* {\n\t\treverse_proxy 127.0.0.1:8080 {\n\t\t\theader_up -Authorization\n\t\t}\n\t}\n}\n";
    let request = post("http://a.example/api/v1?q=1")
        .with_header("Authorization", "Bearer x")
        .with_header("X-Forwarded-For", "192.0.2.1");
    let walk = walk(text, &request);
    let Answer::Upstream(forwarded) = &walk.outcome.answer else { panic!("{walk:?}") };
    assert_eq!(forwarded.target, Value::Known("/v1?q=1".to_owned()));
    assert_eq!(forwarded.header("authorization"), None);
    assert_eq!(forwarded.header("x-forwarded-for"), Some(&Value::Known("10.0.0.1".to_owned())));
    let dropped = forwarded.changes.iter().find(|change| change.name == "Authorization").expect("a change");
    assert_eq!(dropped.how, HowChanged::Dropped);
}

#[test]
fn plain_requests_of_a_tls_site_are_redirected_or_refused() {
    let text = "shop.example {\n\trespond 403\n}\n";
    assert_eq!(decided(&walk(text, &post("http://shop.example/"))), (Answer::Status(308), 1));
    assert_eq!(decided(&walk(text, &post("https://shop.example/"))), (Answer::Status(403), 2));
    assert_eq!(walk(text, &post("http://shop.example:443/")).outcome.answer, Answer::Status(400));
}

#[test]
fn json_is_read_with_its_lines() {
    let text = "{\n \"apps\": {\"http\": {\"servers\": {\"s\": {\n  \"listen\": [\":80\"],\n  \"routes\": [\n   {\"match\": [{\"path\": [\"/api/*\"], \"method\": [\"POST\"]}],\n    \"handle\": [\n     {\"handler\": \"static_response\", \"status_code\": 403}]}\n  ]}}}}\n}\n";
    assert_eq!(decided(&walk(text, &post("http://a.example/api/x"))), (Answer::Status(403), 7));
}

#[test]
fn try_files_finds_the_root_as_a_directory() {
    let text = "http://a.example {\n\troot * /srv\n\ttry_files {path} {path}/ /index.html\n\treverse_proxy 127.0.0.1:8080\n}\n";
    let walk = walk(text, &post("http://a.example/?q=1"));
    let Answer::Upstream(forwarded) = &walk.outcome.answer else { panic!("{walk:?}") };
    assert_eq!(forwarded.target, Value::Known("/?q=1".to_owned()));
    let handle = walk.steps.iter().find(|step| step.text.starts_with("try_files")).expect("a step");
    assert_eq!(handle.because, "it fits");
}

#[test]
fn a_rule_in_the_last_handle_hangs_on_what_the_others_leave() {
    let conditions = |text: &str| {
        let outcome = walk(text, &post("http://a.example/v1")).outcome;
        let texts: Vec<String> = outcome.conditions.into_iter().map(|condition| condition.text).collect();
        texts.join(" | ")
    };
    let rest = "http://a.example {\n\thandle /v2/* {\n\t\treverse_proxy 127.0.0.1:8080\n\t}\n\thandle {\n\t\trespond 403\n\t}\n}\n";
    assert_eq!(conditions(rest), "handle");
    let alone = "http://a.example {\n\thandle {\n\t\trespond 403\n\t}\n}\n";
    assert_eq!(conditions(alone), "");
}
