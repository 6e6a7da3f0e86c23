//! Static checks: what each finds, and that it stays silent where nothing is wrong.

use server_config::nginx;
use server_config::{Coverage, FileTree};

fn findings(server: &str) -> Vec<(&'static str, u32)> {
    let text = format!("http {{\nserver {{\n{server}\n}}\n}}\n");
    let files = FileTree::in_memory(Coverage::Part, [("/n.conf", text)]);
    let findings = nginx::load(&files, "/n.conf").check();
    findings.into_iter().map(|finding| (finding.check, finding.place.line - 2)).collect()
}

#[test]
fn each_check_finds_its_fault() {
    for (server, expected) in [
        ("deny all;\nallow 10.0.0.1;", vec![("shadowed-address-rule", 2)]),
        ("allow 10.0.0.0/8;\ndeny 10.1.0.0/16;\ndeny all;", vec![("shadowed-address-rule", 2)]),
        ("return 301 /;\nrewrite a b;", vec![("unreachable-rewrite", 2)]),
        ("location / {\ndeny all;\nreturn 200;\n}", vec![("bypassed-access-rule", 2)]),
        ("location ~ ^/ {\n}\nlocation /a {\n}", vec![("shadowed-location", 3)]),
        ("location ~ \\.php {\n}\nlocation ~ \\.php {\n}", vec![("shadowed-location", 3)]),
        ("location / {\nlimit_except GET {\ndeny all;\n}\n}", vec![("post-refused", 2)]),
        ("proxy_set_header A 1;\nlocation / {\nproxy_set_header B 2;\n}", vec![("header-not-inherited", 3)]),
        (
            "proxy_set_header X-Forwarded-For $http_x_forwarded_for;\nallow 10.0.0.0/8;\ndeny all;",
            vec![("allow-list-sees-proxy", 2)],
        ),
        ("server_name a;\n}\nserver {\nserver_name a;", vec![("duplicate-server-name", 4)]),
    ] {
        assert_eq!(findings(server), expected, "{server}");
    }
}

#[test]
fn a_sound_configuration_has_no_findings() {
    let server = "server_name a;\nallow 10.0.0.0/8;\ndeny all;\nlocation / {\nlimit_except GET POST {\ndeny all;\n}\n}\n\
                  location ^~ /a {\n}\nlocation ~ \\.php$ {\nproxy_set_header A 1;\n}\nset_real_ip_from 10.0.0.1;";
    assert!(findings(server).is_empty(), "{:?}", findings(server));
}
