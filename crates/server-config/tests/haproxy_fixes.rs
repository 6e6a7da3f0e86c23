//! Fixes and checks: each diff lets the request pass and leaves a control refused; each check finds its fault.

use server_config::haproxy;
use server_config::{Coverage, FileTree, Request};

fn tree(rules: &str) -> FileTree {
    let text = format!(
        "frontend f\n    mode http\n    bind :80\n{rules}\n    default_backend b\nbackend b\n    server s 127.0.0.1:1\n"
    );
    FileTree::in_memory(Coverage::Whole, [("/h.cfg", text)])
}

fn request(method: &str, path: &str, client: [u8; 4]) -> Request {
    Request::new(method, &format!("http://shop.example{path}")).from_client(client.into())
}

/// The new line of each fix, after a check that the request passes and both controls stay refused.
fn fixes(rules: &str, refused: &Request, controls: &[Request]) -> Vec<String> {
    let files = tree(rules);
    let fixes = haproxy::load(&files, "/h.cfg").fixes(refused, &files);
    for (fix, control) in fixes.iter().zip(controls) {
        let patched = files.clone().with_file("/h.cfg", fix.patches[0].after.as_bytes());
        let config = haproxy::load(&patched, "/h.cfg");
        assert!(!config.simulate(refused, &patched).refuses(), "{fix:?}");
        assert!(config.simulate(control, &patched).refuses(), "{fix:?}");
    }
    let added = |diff: &str| {
        diff.lines()
            .filter(|line| line.starts_with("+ "))
            .map(|line| line[1..].trim().to_owned())
            .collect::<Vec<_>>()
    };
    fixes.iter().flat_map(|fix| added(&fix.patches[0].diff)).collect()
}

#[test]
fn a_rule_leaves_out_the_request_or_the_client() {
    let refused = request("POST", "/api/o", [10, 0, 0, 1]);
    let controls = [request("POST", "/api/p", [10, 0, 0, 1]), request("POST", "/api/o", [10, 0, 0, 2])];
    for (rule, expected) in [
        (
            "    http-request deny if METH_POST || { path_beg \"/x y\" } # no writes",
            [
                "http-request deny if METH_POST !{ method POST } or METH_POST !{ path /api/o } or { path_beg \"/x y\" } !{ method POST } or { path_beg \"/x y\" } !{ path /api/o } # no writes",
                "http-request deny if METH_POST !{ src 10.0.0.1 } or { path_beg \"/x y\" } !{ src 10.0.0.1 } # no writes",
            ],
        ),
        (
            "    http-request deny unless METH_GET",
            [
                "http-request deny unless METH_GET or { method POST } { path /api/o }",
                "http-request deny unless METH_GET or { src 10.0.0.1 }",
            ],
        ),
        (
            "    http-request deny",
            [
                "http-request deny unless { method POST } { path /api/o }",
                "http-request deny unless { src 10.0.0.1 }",
            ],
        ),
    ] {
        assert_eq!(fixes(rule, &refused, &controls), expected);
    }
}

#[test]
fn a_missing_password_has_no_fix() {
    assert!(fixes("    http-request auth", &request("GET", "/", [10, 0, 0, 1]), &[]).is_empty());
}

fn findings(rules: &str) -> Vec<(&'static str, u32)> {
    let files = tree(rules);
    let findings = haproxy::load(&files, "/h.cfg").check();
    findings.into_iter().map(|finding| (finding.check, finding.place.line - 3)).collect()
}

#[test]
fn each_check_finds_its_fault() {
    for (rules, expected) in [
        (
            "http-request allow\nhttp-request deny if METH_POST",
            vec![("unreachable-rule", 2), ("post-refused", 2)],
        ),
        ("mode tcp\nhttp-request deny if { path /a }", vec![("http-rule-in-tcp-mode", 2)]),
        ("http-request deny if nobody", vec![("undefined-acl", 1)]),
        ("acl x path /", vec![("unused-acl", 1)]),
        ("use_backend none if { path / }", vec![("undefined-backend", 1)]),
        ("http-request deny unless METH_GET", vec![("post-refused", 1)]),
        ("http-request deny if { method POST PUT }", vec![("post-refused", 1)]),
        (
            "http-request set-header C %[hdr(x-forwarded-for)]\nhttp-request deny unless { src 10.0.0.0/8 }",
            vec![("allow-list-sees-proxy", 2)],
        ),
    ] {
        assert_eq!(findings(rules), expected, "{rules}");
    }
}

#[test]
fn a_sound_configuration_has_no_findings() {
    let rules = "acl api path_beg /api\nhttp-request deny if api { method DELETE }\nhttp-request set-src hdr_ip(x-forwarded-for)\nhttp-request deny unless { src 10.0.0.0/8 } || api\nuse_backend b if TRUE";
    assert!(findings(rules).is_empty(), "{:?}", findings(rules));
}

/// The lines of the diff that lets a field reach the next hop as it came.
fn passed_on(rules: &str, name: &str) -> Vec<String> {
    let files = tree(rules);
    let request = request("POST", "/api/o", [10, 0, 0, 1]).with_header(name, "abc");
    let config = server_config::Configuration::load_recognised(&files, "/h.cfg").expect("HAProxy");
    let fixes = config.header_fixes(&request, &files, name);
    let diffs = fixes.iter().flat_map(|fix| fix.patches[0].diff.lines());
    diffs.filter(|line| line.starts_with("- ")).map(|line| line[1..].trim().to_owned()).collect()
}

#[test]
fn a_rule_that_drops_a_needed_header_goes() {
    let drops = "    http-request del-header Authorization\n    http-request set-header X-A b";
    assert_eq!(passed_on(drops, "Authorization"), ["http-request del-header Authorization"]);
    assert_eq!(
        passed_on("    http-request set-header X-Key b", "X-Key"),
        ["http-request set-header X-Key b"]
    );
    // Of two rules that drop it, one alone does not help.
    let twice = "    http-request del-header Authorization\n    http-request del-header Authorization";
    assert!(passed_on(twice, "X-Other").is_empty());
}

#[test]
fn what_the_rule_looks_at_is_taken_out_first() {
    let refused = request("POST", "/api/o", [10, 0, 0, 1]);
    let other = request("POST", "/api/o", [10, 0, 0, 2]);
    let by_address = fixes("    http-request deny unless { src 192.0.2.0/24 }", &refused, &[other]);
    assert_eq!(by_address[0], "http-request deny unless { src 192.0.2.0/24 } or { src 10.0.0.1 }");
    let elsewhere = Request::new("POST", "http://other.example/api/o").from_client([10, 0, 0, 1].into());
    let by_host = fixes("    http-request deny unless { hdr(host) -i a.example }", &refused, &[elsewhere]);
    assert_eq!(
        by_host[0],
        "http-request deny unless { hdr(host) -i a.example } or { req.hdr(host),field(1,:) -i shop.example }"
    );
}
