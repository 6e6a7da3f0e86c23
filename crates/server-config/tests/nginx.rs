//! What nginx does with one request: small configurations, one question each.

use std::net::IpAddr;

use server_config::nginx::{self, Config};
use server_config::walk::{Answer, HowChanged, Walk};
use server_config::{Coverage, FileTree, Request, Verdict};

const FILES: &[(&str, &str)] = &[("/srv/index.html", "home"), ("/srv/a.txt", "a"), ("/srv/empty/.keep", "")];

/// The walk of a request through a server block with these directives.
fn walk(server: &str, request: &Request) -> Walk {
    let (config, files) =
        load(&format!("events {{}}\nhttp {{\nserver {{\nlisten 80;\nroot /srv;\n{server}\n}}\n}}\n"));
    config.simulate(request, &files)
}

fn load(text: &str) -> (Config, FileTree) {
    let files = FILES.iter().copied().chain([("/etc/nginx/nginx.conf", text)]);
    let files = FileTree::in_memory(Coverage::Whole, files);
    let config = nginx::load(&files, "/etc/nginx/nginx.conf");
    (config, files)
}

fn answer(server: &str, method: &str, path: &str) -> (Answer, Option<u32>) {
    let request = Request::new(method, &format!("http://shop.example{path}"));
    let request = request.from_client(IpAddr::from([192, 0, 2, 7]));
    let outcome = walk(server, &request).outcome;
    (outcome.answer, outcome.decided_by.map(|place| place.line - 5))
}

fn status(server: &str, method: &str, path: &str) -> u16 {
    match answer(server, method, path).0 {
        Answer::Status(status) => status,
        Answer::File(_) => 200,
        other => panic!("{other:?}"),
    }
}

#[test]
fn limit_except_refuses_a_post_and_names_its_line() {
    let server = "location /api/ {\nlimit_except GET {\ndeny all;\n}\nproxy_pass http://127.0.0.1:1;\n}";
    assert_eq!(answer(server, "POST", "/api/orders"), (Answer::Status(403), Some(3)));
    assert!(matches!(answer(server, "HEAD", "/api/orders").0, Answer::Upstream(_)));
}

#[test]
fn a_choice_names_every_loser() {
    let server = "location / { return 201; }\nlocation /a { return 202; }\nlocation ~ \\.txt$ { return 203; }\n\
                  location = /b { return 204; }";
    let walk = walk(server, &Request::new("GET", "http://x/a.txt"));
    assert_eq!(walk.outcome.answer, Answer::Status(203));
    let step = walk.steps.iter().find(|step| step.phase == "location").unwrap();
    let losers: Vec<&str> = step.losers.iter().map(|loser| loser.because.as_str()).collect();
    assert_eq!(
        losers,
        [
            "the prefix `/a` is longer",
            "the path `/a.txt` is not `/b`",
            "`location ~ \"\\.txt$\"` matches, and a regular expression goes before a prefix",
        ]
    );
}

#[test]
fn static_files_take_no_post() {
    assert_eq!(status("", "POST", "/a.txt"), 405);
    assert_eq!(status("", "GET", "/a.txt"), 200);
    assert_eq!(status("", "GET", "/empty/"), 403);
    assert_eq!(status("", "GET", "/empty"), 301);
    assert_eq!(status("", "GET", "/none/"), 404);
    assert_eq!(status("autoindex on;", "GET", "/empty/"), 200);
    assert_eq!(status("", "POST", "/"), 405);
}

/// Found by the comparison with the real server: `r->content_handler` outlives the `if` that set it, its settings do not.
#[test]
fn the_handler_of_an_if_stays_without_its_upstream() {
    let server = |own: &str, last: &str| {
        format!(
            "location / {{\n{own}\nif ($uri ~ a) {{\nproxy_pass http://127.0.0.1:9;\n}}\nif ($uri ~ b) {{\n{last}\n}}\n}}"
        )
    };
    assert_eq!(status(&server("empty_gif;", "set $x 1;"), "DELETE", "/a/b"), 500);
    assert_eq!(status(&server("", "set $x 1;"), "GET", "/a/b"), 500);
    assert_eq!(status(&server("fastcgi_pass 127.0.0.1:8;", "set $x 1;"), "GET", "/a/b"), 500);
    // The location's own upstream of the same kind serves both.
    let both = answer(&server("proxy_pass http://127.0.0.1:8;", "set $x 1;"), "GET", "/a/b").0;
    assert!(matches!(both, Answer::Upstream(forwarded) if forwarded.destination.contains(":8")));
    let only = answer(&server("empty_gif;", "set $x 1;"), "GET", "/a").0;
    assert!(matches!(only, Answer::Upstream(forwarded) if forwarded.destination.contains(":9")));
    assert_eq!(status(&server("empty_gif;", "set $x 1;"), "DELETE", "/b"), 405);
}

/// Found by the comparison with the real server (`r->valid_location` in `ngx_http_core_module.c`).
#[test]
fn an_alias_is_lost_where_the_path_was_rewritten() {
    let server = "rewrite \\.txt$ /b/ break;\nlocation /b/ {\nalias /srv/;\n}";
    assert_eq!(answer(server, "GET", "/a.txt"), (Answer::Status(500), Some(3)));
    assert_eq!(status(server, "GET", "/b/"), 200);
    assert_eq!(status(server, "DELETE", "/a.txt"), 405);
    assert_eq!(status(&server.replace("break", "last"), "GET", "/a.txt"), 200);
    let named = "location ~ ^/(a|b)/ {\nrewrite /b/ /a.txt;\nif (!-e $request_filename) {\nreturn 400;\n}\nbreak;\nalias /srv/empty/;\n}";
    assert_eq!(status(named, "GET", "/b/"), 400);
}

/// Found by the comparison with the real server, whose upstream waited for the body that the subrequest announced.
#[test]
fn a_subrequest_announces_a_body_that_it_does_not_send() {
    let server = "error_page 404 =403 @page;\nlocation / {\nauth_request /auth;\n}\nlocation = /auth {\nreturn 404;\n}\nlocation @page {\nproxy_pass http://127.0.0.1:9;\n}";
    let mut request = Request::new("POST", "http://shop.example/").from_client(IpAddr::from([192, 0, 2, 7]));
    assert_eq!(walk(server, &request).outcome.answer, Answer::Status(403));
    request.body_length = 10;
    let answer = walk(server, &request).outcome.answer;
    assert!(matches!(answer, Answer::Unknown(needs) if needs.0.contains("lacks its body")));
}

#[test]
fn the_first_address_rule_decides_and_an_inner_list_replaces_the_outer() {
    let server = "deny all;\nlocation / {\nallow 192.0.2.0/24;\ndeny all;\n}\nlocation /in/ {\nreturn 200;\n}\nlocation /deny/ {\ntry_files /a.txt =404;\n}";
    assert_eq!(answer(server, "GET", "/a.txt").0, Answer::File("/srv/a.txt".into()));
    assert_eq!(answer(server, "GET", "/deny/x"), (Answer::Status(403), Some(1)));
    assert_eq!(status(server, "GET", "/in/x"), 200, "`return` goes before the access phase");
}

#[test]
fn an_error_page_keeps_the_status_and_the_rule() {
    let server = "error_page 403 /a.txt;\nlocation /p/ {\ndeny all;\n}\n";
    assert_eq!(answer(server, "POST", "/p/"), (Answer::Status(403), Some(3)));
    let server = "error_page 403 = /a.txt;\nlocation /p/ {\ndeny all;\n}\n";
    assert_eq!(answer(server, "POST", "/p/").0, Answer::File("/srv/a.txt".into()));
    let server = "error_page 403 =418 /a.txt;\nlocation /p/ {\ndeny all;\n}\n";
    assert_eq!(answer(server, "POST", "/p/").0, Answer::Status(418));
}

#[test]
fn a_limit_is_an_assumption_and_a_foreign_directive_is_unknown() {
    let limited = walk("limit_req zone=z;\nlocation / {\ndeny all;\n}", &Request::new("GET", "http://x/"));
    assert_eq!(limited.outcome.answer, Answer::Status(403));
    assert_eq!(limited.outcome.assuming.len(), 1);
    let foreign = answer("location / {\nmodsecurity on;\ndeny all;\n}", "GET", "/");
    let Answer::Unknown(needs) = &foreign.0 else { panic!("{foreign:?}") };
    assert!(needs.0.contains("modsecurity"), "{needs}");
    assert_eq!(foreign.1, Some(2));
}

#[test]
fn the_next_hop_sees_what_the_headers_become() {
    let server = "proxy_set_header X-Real-IP $remote_addr;\nlocation /api/ {\nproxy_set_header X-Key \"\";\n\
                  proxy_pass http://127.0.0.1:8080/v1/;\n}";
    let request = Request::new("POST", "http://shop.example/api/o?x=1")
        .with_header("api_key", "k")
        .with_header("X-Key", "k")
        .with_header("Upgrade", "h2c")
        .with_header("Accept", "*/*");
    let Answer::Upstream(next) = walk(server, &request).outcome.answer else { panic!() };
    assert_eq!(next.destination, "http://127.0.0.1:8080");
    assert_eq!(next.target.known(), Some("/v1/o?x=1"));
    assert_eq!(next.header("Host").unwrap().known(), Some("127.0.0.1:8080"));
    assert_eq!(next.header("X-Real-IP"), None, "an inner proxy_set_header inherits none");
    assert_eq!(next.header("Accept").unwrap().known(), Some("*/*"));
    let dropped: Vec<&str> = next
        .changes
        .iter()
        .filter(|change| change.how == HowChanged::Dropped)
        .map(|change| change.name.as_str())
        .collect();
    assert_eq!(dropped, ["X-Key", "Upgrade", "api_key"]);
}

#[test]
fn a_trusted_proxy_changes_who_is_refused() {
    let server = "set_real_ip_from 10.0.0.0/8;\nreal_ip_header X-Forwarded-For;\nreal_ip_recursive on;\n\
                  location / {\nallow 10.0.0.0/8;\ndeny all;\n}";
    let request = Request::new("GET", "http://x/a.txt").with_header("X-Forwarded-For", "192.0.2.7, 10.0.0.2");
    let walk = walk(server, &request.from_client("10.0.0.1".parse().unwrap()));
    assert_eq!(walk.client.address, Some("192.0.2.7".parse().unwrap()));
    assert_eq!(walk.outcome.answer, Answer::Status(403));
    assert_eq!(walk.outcome.decided_by.unwrap().line, 5 + 6);
}

#[test]
fn what_cannot_be_seen_is_unknown() {
    let text = "events {}\nhttp {\nserver {\nlisten 80;\nallow 10.0.0.1;\ndeny all;\nroot /srv;\n}\n}\n";
    let files = FileTree::in_memory(Coverage::Part, [("/etc/nginx/nginx.conf", text)]);
    let config = nginx::load(&files, "/etc/nginx/nginx.conf");
    let walk = config.simulate(&Request::new("GET", "http://x/"), &files);
    assert!(matches!(walk.outcome.answer, Answer::Unknown(_)), "{walk:?}");
    let request = Request::new("GET", "http://x/a").from_client("10.0.0.1".parse().unwrap());
    let walk = config.simulate(&request, &files);
    assert!(matches!(walk.outcome.answer, Answer::Unknown(_)), "the file may exist");
    assert!(walk.steps.iter().any(|step| matches!(step.verdict, Verdict::Unknown(_))));
}

#[test]
fn a_refusal_names_what_its_rule_hangs_on() {
    let text = "events {}\nhttp {\nmap $http_user_agent $bad { default 0; ~curl 1; }\nserver {\nlisten 80;\n\
                location / {\nif ($bad) {\nreturn 403;\n}\n}\n}\n}\n";
    let (config, files) = load(text);
    let request = Request::new("POST", "http://shop.example/").with_header("User-Agent", "curl/8");
    let outcome = config.simulate(&request, &files).outcome;
    let conditions: Vec<&str> = outcome.conditions.iter().map(|condition| condition.text.as_str()).collect();
    assert_eq!(conditions, ["if ($bad)", "map $http_user_agent $bad", "location /"]);
}
