//! Fixes: each diff lets the request pass, says what it opens, and leaves a control request refused.

use server_config::nginx;
use server_config::{Coverage, FileTree, Fix, Request};

fn tree(server: &str) -> FileTree {
    let text = format!("events {{}}\nhttp {{\nserver {{\nlisten 80;\n{server}\n}}\n}}\n");
    FileTree::in_memory(Coverage::Whole, [("/etc/nginx/nginx.conf", text)])
}

fn request(method: &str, client: [u8; 4], length: u64) -> Request {
    let mut request = Request::new(method, "http://shop.example/api/o").from_client(client.into());
    request.body_length = length;
    request
}

/// The fixes of a request, checked against a control request that must stay refused.
fn fixes(server: &str, refused: &Request, controls: &[Request]) -> Vec<Fix> {
    let files = tree(server);
    let main = "/etc/nginx/nginx.conf";
    let fixes = nginx::load(&files, main).fixes(refused, &files);
    assert_eq!(fixes.len(), controls.len(), "{fixes:?}");
    for (fix, control) in fixes.iter().zip(controls) {
        let patched = files.clone().with_file(main, fix.patches[0].after.as_bytes());
        let config = nginx::load(&patched, main);
        assert!(!config.simulate(refused, &patched).refuses());
        assert!(config.simulate(control, &patched).refuses(), "{fix:?}");
    }
    fixes
}

#[test]
fn a_method_or_a_client_is_let_through_limit_except() {
    let server =
        "location /api/ {\n    limit_except GET { deny all; }\n    proxy_pass http://127.0.0.1:1;\n}";
    let refused = request("POST", [10, 0, 0, 1], 0);
    let controls = [request("DELETE", [10, 0, 0, 1], 0), request("POST", [10, 0, 0, 2], 0)];
    let fixes = fixes(server, &refused, &controls);
    assert!(fixes[0].patches[0].diff.contains("+    limit_except GET POST { deny all; }"), "{fixes:?}");
    assert_eq!(fixes[0].opens, "POST for everyone, for every path of `location /api/`");
    assert!(
        fixes[1].patches[0].diff.contains("+    limit_except GET { allow 10.0.0.1; deny all; }"),
        "{fixes:?}"
    );
}

#[test]
fn a_client_is_allowed_in_front_of_the_rule() {
    let server = "    allow 192.0.2.0/24;\n    deny all;\nlocation / { proxy_pass http://127.0.0.1:1; }";
    let fixes = fixes(server, &request("GET", [10, 0, 0, 1], 0), &[request("GET", [10, 0, 0, 2], 0)]);
    let diff = &fixes[0].patches[0].diff;
    assert!(diff.contains("+    allow 10.0.0.1;\n     deny all;"), "{diff}");
}

#[test]
fn a_body_limit_grows_to_the_body_and_no_further() {
    let server = "client_max_body_size 1m;\nlocation / { proxy_pass http://127.0.0.1:1; }";
    let control = request("POST", [10, 0, 0, 1], 9 << 20);
    let fixes = fixes(server, &request("POST", [10, 0, 0, 1], 5_000_000), &[control]);
    assert!(fixes[0].patches[0].diff.contains("+client_max_body_size 5m;"), "{fixes:?}");
}

#[test]
fn a_deliberate_refusal_has_no_fix() {
    assert!(fixes("location / { return 403; }", &request("GET", [10, 0, 0, 1], 0), &[]).is_empty());
}

#[test]
fn a_proxys_address_is_never_allowed_its_word_is_taken() {
    let server = "    allow 192.0.2.0/24;\n    deny all;\nlocation / { proxy_pass http://127.0.0.1:1; }";
    let through = |client: &str| request("POST", [127, 0, 0, 1], 0).with_header("X-Forwarded-For", client);
    let fixes = fixes(server, &through("192.0.2.7"), &[through("198.51.100.7")]);
    let diff = &fixes[0].patches[0].diff;
    assert!(
        diff.contains("+    set_real_ip_from 127.0.0.1;\n+    real_ip_header X-Forwarded-For;"),
        "{diff}"
    );
}

#[test]
fn a_method_a_site_and_a_body_get_what_they_need() {
    let server = "if ($request_method !~ ^(GET|HEAD)$) {\n    return 403;\n}\nlocation / { proxy_pass http://127.0.0.1:1; }";
    let found = fixes(server, &request("PUT", [10, 0, 0, 1], 0), &[request("DELETE", [10, 0, 0, 1], 0)]);
    assert!(found[0].patches[0].diff.contains("+if ($request_method !~ ^(GET|HEAD|PUT)$) {"), "{found:?}");
    let server = "location / {\n    valid_referers none server_names;\n    if ($invalid_referer) { return 403; }\n    proxy_pass http://127.0.0.1:1;\n}";
    let from = |site: &str| request("POST", [10, 0, 0, 1], 0).with_header("Referer", site);
    let found = fixes(server, &from("https://partner.example/a"), &[from("https://other.example/")]);
    assert!(
        found[0].patches[0].diff.contains("+    valid_referers none server_names partner.example;"),
        "{found:?}"
    );
    let server = "location / {\n    proxy_pass http://127.0.0.1:1;\n}";
    let found =
        fixes(server, &request("POST", [10, 0, 0, 1], 3_000_000), &[request("POST", [10, 0, 0, 1], 9 << 20)]);
    assert!(found[0].patches[0].diff.contains("+    client_max_body_size 3m;"), "{found:?}");
}

#[test]
fn a_path_that_an_expression_takes_gets_a_location_of_its_own() {
    let server = "location / {\n    proxy_pass http://127.0.0.1:1;\n    proxy_set_header Host $http_host;\n}\nlocation ~ /\\. {\n    deny all;\n}";
    let post = |path: &str| Request::new("POST", &format!("http://shop.example{path}"));
    let hook = post("/.well-known/payment/webhook").from_client([10, 0, 0, 1].into());
    let other = post("/.git/config").from_client([10, 0, 0, 1].into());
    let found = fixes(server, &hook, std::slice::from_ref(&other));
    let diff = &found[0].patches[0].diff;
    assert!(
        diff.contains("+location = /.well-known/payment/webhook {\n+    proxy_pass http://127.0.0.1:1;"),
        "{diff}"
    );
}

#[test]
fn a_location_that_holds_others_is_not_made_exact() {
    let server = "location / {\n    proxy_pass http://127.0.0.1:1;\n    location /b/ { deny all; }\n}\nlocation ~ /\\. {\n    deny all;\n}";
    let request = |client: [u8; 4]| {
        Request::new("POST", "http://shop.example/.well-known/a").from_client(client.into())
    };
    let files = tree(server);
    let found = nginx::load(&files, "/etc/nginx/nginx.conf").fixes(&request([10, 0, 0, 1]), &files);
    assert!(found.iter().all(|fix| !fix.patches[0].diff.contains("location =")), "{found:?}");
}

/// The diff that lets a field reach the next hop, after a check that it does.
fn passed_on(server: &str, name: &str) -> String {
    let files = tree(server);
    let plain = request("POST", [10, 0, 0, 1], 0);
    let request = if name == "Host" { plain } else { plain.with_header(name, "abc") };
    let config =
        server_config::Configuration::load_recognised(&files, "/etc/nginx/nginx.conf").expect("nginx");
    let fixes = config.header_fixes(&request, &files, name);
    fixes.into_iter().flat_map(|fix| fix.patches).map(|patch| patch.diff).collect()
}

#[test]
fn a_dropped_header_is_passed_on() {
    let emptied =
        "location / {\n    proxy_set_header Authorization \"\";\n    proxy_pass http://127.0.0.1:1;\n}";
    let diff = passed_on(emptied, "Authorization");
    assert!(diff.contains("+    proxy_set_header Authorization $http_authorization;"), "{diff}");
    let plain = "location / {\n    proxy_pass http://127.0.0.1:1;\n}";
    assert!(passed_on(plain, "X_Key").contains("+underscores_in_headers on;"));
    let host =
        passed_on("location / {\n    proxy_set_header X-A b;\n    proxy_pass http://127.0.0.1:1;\n}", "Host");
    assert!(host.contains("+    proxy_set_header Host $http_host;\n     proxy_set_header X-A b;"), "{host}");
    assert_eq!(passed_on(plain, "Authorization"), "");
    assert_eq!(passed_on(plain, "Connection"), "");
}

#[test]
fn a_condition_leaves_out_a_value_or_a_request() {
    let server = "if ($http_user_agent ~* (curl|wget)) {\n    return 403;\n}\nlocation / { proxy_pass http://127.0.0.1:1; }";
    let by = |agent: &str, path: &str| {
        let request =
            Request::new("POST", &format!("http://shop.example{path}")).from_client([10, 0, 0, 1].into());
        request.with_header("User-Agent", agent)
    };
    let controls = [by("wget/1.2", "/api/o"), by("curl/8.5.0", "/api/p")];
    let found = fixes(server, &by("curl/8.5.0", "/api/o"), &controls);
    let added: Vec<&str> = found[0].patches[0]
        .diff
        .lines()
        .filter(|line| line.starts_with("+ ") || line.starts_with("+i") || line.starts_with("+s"))
        .collect();
    assert_eq!(
        added,
        [
            "+set $refuses5 0;",
            "+if ($http_user_agent ~* (curl|wget)) { set $refuses5 1; }",
            "+if ($http_user_agent = \"curl/8.5.0\") { set $refuses5 0; }",
            "+if ($refuses5) {",
        ]
    );
    assert!(found[1].patches[0].diff.contains("+set $asked5 $request_method$uri;"), "{found:?}");
    // A condition that compares with one value alone would never hold again.
    let one = "if ($http_x_client = \"till/1\") {\n    return 403;\n}\nlocation / { proxy_pass http://127.0.0.1:1; }";
    let till = |path: &str| by("a", path).with_header("X-Client", "till/1");
    let found = fixes(one, &till("/api/o"), &[till("/api/p")]);
    assert!(found[0].text.starts_with("take POST /api/o out of"), "{found:?}");
}
