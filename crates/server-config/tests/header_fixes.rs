//! Fixes of header fields that Apache and Caddy drop or rewrite: the diff lets the field reach the next hop as it came.

use server_config::{Configuration, Coverage, FileTree, Request};

/// The added and removed lines of the first fix.
fn passed_on(main: &str, text: &str, name: &str) -> String {
    let files = FileTree::in_memory(
        Coverage::Whole,
        [(main, text), ("/srv/wsgi.py", ""), ("/srv/a.cgi", "#!/bin/sh\n")],
    );
    let plain = Request::new("POST", "http://shop.example/a.cgi").from_client([10, 0, 0, 1].into());
    let request = if name == "Host" { plain } else { plain.with_header(name, "abc") };
    let config = Configuration::load_recognised(&files, main).expect("a configuration");
    let fixes = config.header_fixes(&request, &files, name);
    let Some(fix) = fixes.first() else { return String::new() };
    let changed =
        |line: &&str| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---");
    let lines: Vec<&str> = fix.patches[0].diff.lines().filter(changed).collect();
    lines.join("\n")
}

#[test]
fn apache_passes_on_what_it_kept() {
    let of = |text: &str, name: &str| passed_on("/etc/apache2/apache2.conf", text, name);
    let wsgi = "<Directory /srv>\nRequire all granted\n</Directory>\nWSGIScriptAlias / /srv/wsgi.py\n";
    assert_eq!(of(wsgi, "Authorization"), "+WSGIPassAuthorization On");
    let off = format!("WSGIPassAuthorization Off\n{wsgi}");
    assert_eq!(of(&off, "Authorization"), "-WSGIPassAuthorization Off\n+WSGIPassAuthorization On");
    let fcgi =
        "<Directory /srv>\nRequire all granted\n</Directory>\nProxyPass / fcgi://127.0.0.1:9000/srv/\n";
    assert_eq!(of(fcgi, "Authorization"), "+<Location \"/\">\n+    CGIPassAuth On\n+</Location>");
    let proxy = "Require all granted\nRequestHeader unset X-Key\nProxyPass / http://127.0.0.1:9000/\n";
    assert_eq!(of(proxy, "X-Key"), "-RequestHeader unset X-Key");
    assert_eq!(of(proxy, "Host"), "+ProxyPreserveHost On");
    // A name that no variable may have cannot be mended on this side.
    assert_eq!(of(wsgi, "X_Key"), "");
}

#[test]
fn caddy_passes_on_what_it_dropped() {
    let of = |text: &str, name: &str| passed_on("/etc/caddy/Caddyfile", text, name);
    let up =
        "http://shop.example {\n\treverse_proxy 127.0.0.1:9000 {\n\t\theader_up -Authorization\n\t}\n}\n";
    assert_eq!(of(up, "Authorization"), "-\t\theader_up -Authorization");
    let request =
        "http://shop.example {\n\trequest_header -Authorization\n\treverse_proxy 127.0.0.1:9000\n}\n";
    assert_eq!(of(request, "Authorization"), "-\trequest_header -Authorization");
    assert_eq!(of(request, "X-Key"), "");
}
