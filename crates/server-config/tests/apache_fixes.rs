//! Fixes of Apache's refusals: each diff lets the request pass, says what it opens, and leaves a control refused.

use server_config::{Coverage, FileTree, Fix, Request, apache};

const MAIN: &str = "/etc/apache2/apache2.conf";

fn request(method: &str, path: &str, client: [u8; 4]) -> Request {
    Request::new(method, &format!("http://shop.example{path}")).from_client(client.into())
}

/// The fixes of a request, checked against a control request for each that must stay refused.
fn fixes_of(text: &str, files: &[(&str, &str)], refused: &Request, controls: &[Request]) -> Vec<Fix> {
    let text = format!("DocumentRoot /srv\n{text}\n");
    let own = [
        (MAIN, text.as_str()),
        ("/srv/a/x.txt", "x"),
        ("/srv/run/x.cgi", "#!/bin/sh\n"),
        ("/srv/list/y", ""),
    ];
    let files = FileTree::in_memory(Coverage::Whole, files.iter().copied().chain(own));
    let config = apache::load(&files, MAIN);
    let fixes = config.fixes(refused, &files);
    assert_eq!(fixes.len(), controls.len(), "{text}{fixes:#?}");
    for (fix, control) in fixes.iter().zip(controls) {
        let patch = &fix.patches[0];
        let patched = files.clone().with_file(&patch.file, patch.after.as_bytes());
        let config = apache::load(&patched, MAIN);
        assert!(!config.simulate(refused, &patched).refuses());
        assert!(config.simulate(control, &patched).refuses(), "{}\n{}", fix.text, patch.diff);
    }
    fixes
}

#[test]
fn a_client_or_one_request_is_let_in_beside_require() {
    let text = "<Location /a>\n    Require ip 10.0.0.0/8\n</Location>";
    let refused = request("GET", "/a/x.txt", [192, 0, 2, 1]);
    let other = request("GET", "/a/x.txt", [192, 0, 2, 2]);
    let controls = [other.clone(), other.clone(), request("POST", "/a/x.txt", [192, 0, 2, 2])];
    let fixes = fixes_of(text, &[], &refused, &controls);
    assert!(fixes[0].patches[0].diff.contains("+    Require ip 10.0.0.0/8 192.0.2.1\n"), "{fixes:?}");
    assert_eq!(fixes[0].opens, "everything in `<Location /a>` for 192.0.2.1 alone");
    assert_eq!(fixes[2].opens, "GET /a/x.txt for everyone");
}

#[test]
fn a_method_is_taken_out_of_a_limit() {
    let text = "<Location /a>\n<LimitExcept GET>\n  Require all denied\n</LimitExcept>\n</Location>";
    let refused = request("POST", "/a/x.txt", [192, 0, 2, 1]);
    let (delete, other) =
        (request("DELETE", "/a/x.txt", [192, 0, 2, 1]), request("POST", "/a/x.txt", [192, 0, 2, 2]));
    let controls = [delete.clone(), other.clone(), other, delete];
    let fixes = fixes_of(text, &[], &refused, &controls);
    assert!(fixes[0].patches[0].diff.contains("+<LimitExcept GET POST>\n"), "{fixes:?}");
    assert!(fixes[1].patches[0].diff.contains("+  Require ip 192.0.2.1\n"), "{fixes:?}");
}

#[test]
fn the_rules_of_2_2_let_one_client_in() {
    let text = "<Location /a>\nOrder allow,deny\nAllow from 10.0.0.0/8\n</Location>";
    let refused = request("GET", "/a/x.txt", [192, 0, 2, 1]);
    let fixes = fixes_of(text, &[], &refused, &[request("GET", "/a/x.txt", [192, 0, 2, 2])]);
    assert!(fixes[0].patches[0].diff.contains("+Allow from 192.0.2.1\n"), "{fixes:?}");
}

#[test]
fn a_rewrite_rule_gets_an_exception_in_front_of_its_conditions() {
    let text = "<Location /a>\nRewriteEngine On\nRewriteCond %{REQUEST_METHOD} GET\nRewriteRule . - [F]\n</Location>";
    let refused = request("GET", "/a/x.txt", [192, 0, 2, 1]);
    let controls = [request("GET", "/a/y.txt", [192, 0, 2, 1]), request("GET", "/a/x.txt", [192, 0, 2, 2])];
    let fixes = fixes_of(text, &[], &refused, &controls);
    let expected = "+RewriteCond %{REQUEST_URI} !=/a/x.txt\n RewriteCond %{REQUEST_METHOD} GET\n";
    assert!(fixes[0].patches[0].diff.contains(expected), "{fixes:?}");
}

#[test]
fn a_body_limit_grows_to_the_body_and_no_further() {
    let mut refused = request("POST", "/a/x.txt", [192, 0, 2, 1]);
    refused.body_length = 5_000_000;
    let mut control = refused.clone();
    control.body_length = 9 << 20;
    let fixes = fixes_of("LimitRequestBody 1000", &[], &refused, &[control]);
    assert!(fixes[0].patches[0].diff.contains("+LimitRequestBody 5242880\n"), "{fixes:?}");
}

#[test]
fn options_are_given_for_one_file_or_directory() {
    let text =
        "<Directory /srv>\nOptions None\nAddHandler cgi-script .cgi\nRequire all granted\n</Directory>";
    let refused = request("GET", "/run/x.cgi", [192, 0, 2, 1]);
    let controls = [request("GET", "/list/", [192, 0, 2, 1]), request("GET", "/list/", [192, 0, 2, 1])];
    let fixes = fixes_of(text, &[], &refused, &controls);
    assert_eq!(fixes[0].opens, "the program `/srv/run/x.cgi` may run");
    let refused = request("GET", "/list/", [192, 0, 2, 1]);
    let fixes = fixes_of(text, &[], &refused, &[request("GET", "/a/", [192, 0, 2, 1])]);
    assert!(fixes[0].opens.contains("shown to everyone"), "{fixes:?}");
}

#[test]
fn a_htaccess_is_mended_where_it_stands() {
    let text = "<Directory /srv>\nAllowOverride All\n</Directory>";
    let files = [("/srv/a/.htaccess", "Require method POST\n")];
    let refused = request("GET", "/a/x.txt", [192, 0, 2, 1]);
    let (put, other) =
        (request("PUT", "/a/x.txt", [192, 0, 2, 1]), request("GET", "/a/x.txt", [192, 0, 2, 2]));
    let fixes = fixes_of(text, &files, &refused, &[put.clone(), other, put]);
    assert_eq!(fixes[0].patches[0].file, "/srv/a/.htaccess");
    assert!(fixes[0].patches[0].diff.contains("+Require method POST GET\n"), "{fixes:?}");
}

#[test]
fn a_deliberate_refusal_has_no_fix() {
    let refused = request("GET", "/a/x.txt", [192, 0, 2, 1]);
    assert!(fixes_of("Redirect 403 /a", &[], &refused, &[]).is_empty());
    let hidden = request("GET", "/a/.htpasswd", [192, 0, 2, 1]);
    let text = "<Files \".ht*\">\nRequire all denied\n</Files>";
    assert!(fixes_of(text, &[("/srv/a/.htpasswd", "x:y")], &hidden, &[]).is_empty());
}

#[test]
fn a_program_that_no_options_allow_gets_a_section_of_its_own() {
    let text = "AddHandler cgi-script .cgi\n<Directory /srv>\nRequire all granted\n</Directory>";
    let post = |path: &str| request("POST", path, [192, 0, 2, 1]);
    let other = [("/srv/run/y.cgi", "#!/bin/sh\n")];
    let fixes = fixes_of(text, &other, &post("/run/x.cgi"), &[post("/run/y.cgi")]);
    let diff = &fixes[0].patches[0].diff;
    assert!(
        diff.contains("+<Directory \"/srv/run\">\n+    <Files \"x.cgi\">\n+        Options +ExecCGI"),
        "{diff}"
    );
}

#[test]
fn what_the_root_denies_is_let_in_by_a_section_of_its_own() {
    let text = "<Directory />\nRequire all denied\n</Directory>\nAlias /down /srv/list";
    let get = |path: &str| request("GET", path, [192, 0, 2, 1]);
    let fixes = fixes_of(text, &[], &get("/down/y"), &[get("/a/x.txt")]);
    let diff = &fixes[0].patches[0].diff;
    assert!(diff.contains("+<Directory \"/srv/list\">\n+    Require ip 192.0.2.1\n+</Directory>"), "{diff}");
}
