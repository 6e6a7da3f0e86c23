//! Static checks of Apache configurations: what each finds, and that it stays silent where nothing is wrong.

use server_config::{Coverage, FileTree, apache};

fn findings(text: &str) -> Vec<(&'static str, u32)> {
    let files = FileTree::in_memory(Coverage::Part, [("/a.conf", text)]);
    let findings = apache::load(&files, "/a.conf").check();
    findings.into_iter().map(|finding| (finding.check, finding.place.line)).collect()
}

#[test]
fn each_check_finds_its_fault() {
    for (text, expected) in [
        ("Alias /a /x\nAlias /a/b /y", vec![("shadowed-mapping", 2)]),
        ("ProxyPass / http://x/\nProxyPass /api http://y/", vec![("shadowed-mapping", 2)]),
        ("RewriteEngine On\nRewriteRule ^ - [F]\nRewriteRule ^/a - [G]", vec![("unreachable-rewrite", 3)]),
        ("<Directory /a>\nRewriteRule ^ - [F]\n</Directory>", vec![("rewrite-engine-off", 2)]),
        (
            "<Location />\n<LimitExcept GET>\nRequire all denied\n</LimitExcept>\n</Location>",
            vec![("post-refused", 2)],
        ),
        ("<Location />\nAllowMethods GET HEAD\n</Location>", vec![("post-refused", 2)]),
        (
            "<Location />\n<Limit POST>\nRequire valid-user\n</Limit>\n</Location>",
            vec![("methods-left-open", 2)],
        ),
        ("<Location />\nOrder deny,allow\nRequire ip 10\n</Location>", vec![("mixed-access-rules", 2)]),
        ("<Location />\nRequire ip 10\nRequire all granted\n</Location>", vec![("shadowed-require", 2)]),
        (
            "<Location />\n<RequireAll>\nRequire ip 10\nRequire all denied\n</RequireAll>\n</Location>",
            vec![("shadowed-require", 3)],
        ),
        ("<Location />\nOrder allow,deny\nDeny from 10\n</Location>", vec![("nobody-allowed", 2)]),
        ("<Location />\nSetEnv a 1\nRequire env a\n</Location>", vec![("variable-set-too-late", 3)]),
        (
            "<Location />\nSetEnvIf X-Forwarded-For ^10 in\nRequire ip 10\n</Location>",
            vec![("allow-list-sees-proxy", 3)],
        ),
        (
            "<VirtualHost *:80>\nServerName a\n</VirtualHost>\n<VirtualHost *:80>\nServerAlias b A\n</VirtualHost>",
            vec![("duplicate-server-name", 4)],
        ),
    ] {
        assert_eq!(findings(text), expected, "{text}");
    }
}

#[test]
fn a_sound_configuration_has_no_findings() {
    let text = "RemoteIPHeader X-Forwarded-For\nLogFormat \"%{X-Forwarded-For}i\" a\nAlias /a/b /x\nAlias /a /y\n\
                <VirtualHost *:80>\nServerName a\nRewriteEngine On\nRewriteCond %{HTTPS} off\nRewriteRule ^ - [F]\n\
                RewriteRule ^/x - [F]\n<Location />\nRequire ip 10\n<LimitExcept GET POST>\nRequire all denied\n\
                </LimitExcept>\n</Location>\n</VirtualHost>\n<VirtualHost *:81>\nServerName a\n</VirtualHost>\n";
    assert!(findings(text).is_empty(), "{:?}", findings(text));
}
