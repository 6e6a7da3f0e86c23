//! The simulator of Apache httpd on small configurations: what each rule decides, and what it forwards.

use server_config::walk::{Answer, BelievedFrom, HowChanged, Verdict, Walk};
use server_config::{Coverage, FileTree, Request, apache};

const MAIN: &str = "/etc/apache2/apache2.conf";

fn walk_of(text: &str, files: &[(&str, &str)], request: &Request) -> Walk {
    let all = files.iter().copied().chain([(MAIN, text), ("/srv/index.html", "home"), ("/srv/a/x.txt", "x")]);
    let files = FileTree::in_memory(Coverage::Whole, all);
    apache::load(&files, MAIN).simulate(request, &files)
}

/// The answer to a request from 192.0.2.1, and the line that decided.
fn answer(text: &str, method: &str, path: &str) -> (Answer, Option<u32>) {
    let text = format!("DocumentRoot /srv\n{text}\n");
    let request =
        Request::new(method, &format!("http://shop.example{path}")).from_client([192, 0, 2, 1].into());
    let outcome = walk_of(&text, &[], &request).outcome;
    (outcome.answer, outcome.decided_by.map(|place| place.line - 1))
}

fn status(text: &str, method: &str, path: &str) -> (u16, Option<u32>) {
    match answer(text, method, path) {
        (Answer::Status(status), line) => (status, line),
        (Answer::File(_), line) => (200, line),
        (other, _) => panic!("{other:?}"),
    }
}

#[test]
fn each_rule_decides() {
    for (text, method, path, expected) in [
        ("<Directory /srv>\nRequire all denied\n</Directory>", "GET", "/a/x.txt", (403, Some(2))),
        ("<Directory /srv>\nRequire ip 192.0.2\n</Directory>", "GET", "/a/x.txt", (200, None)),
        (
            "<Location /a>\n<LimitExcept GET>\nRequire all denied\n</LimitExcept>\n</Location>",
            "POST",
            "/a/x.txt",
            (403, Some(3)),
        ),
        (
            "<Location /a>\nOrder allow,deny\nAllow from 10.0.0.0/8\n</Location>",
            "GET",
            "/a/x.txt",
            (403, Some(2)),
        ),
        ("<Location /a>\nDeny from all\n</Location>", "GET", "/a/x.txt", (403, Some(2))),
        ("<Files x.txt>\nRequire all denied\n</Files>", "GET", "/a/x.txt", (403, Some(2))),
        (
            "RewriteEngine On\nRewriteCond %{REQUEST_METHOD} POST\nRewriteRule ^/a - [F]",
            "POST",
            "/a/x.txt",
            (403, Some(3)),
        ),
        ("Redirect gone /a", "GET", "/a/x.txt", (410, Some(1))),
        (
            "<If \"%{REQUEST_METHOD} == 'POST'\">\nRequire all denied\n</If>",
            "POST",
            "/a/x.txt",
            (403, Some(2)),
        ),
        ("<Location /a>\nAllowMethods GET\n</Location>", "PUT", "/a/x.txt", (405, Some(2))),
        ("TraceEnable off", "TRACE", "/", (405, Some(1))),
        ("<Directory /srv>\nOptions None\n</Directory>", "GET", "/a/", (403, Some(2))),
        (
            "<Location />\nAuthType Basic\nAuthName x\nAuthUserFile /none\nRequire valid-user\n</Location>",
            "GET",
            "/",
            (401, Some(2)),
        ),
    ] {
        assert_eq!(status(text, method, path), expected, "{text}");
    }
}

#[test]
fn sections_merge_in_their_order() {
    // A location comes after a directory, and an <If> after both.
    let text =
        "<Location /a>\nRequire all denied\n</Location>\n<Directory /srv>\nRequire all granted\n</Directory>";
    assert_eq!(status(text, "GET", "/a/x.txt").0, 403);
    let text = format!("{text}\n<If \"true\">\nRequire all granted\n</If>");
    assert_eq!(status(&text, "GET", "/a/x.txt").0, 200);
    // The longest directory is the last, however they are written.
    let text = "<Directory /srv/a>\nRequire all denied\n</Directory>\n<Directory /srv>\nRequire all granted\n</Directory>";
    assert_eq!(status(text, "GET", "/a/x.txt"), (403, Some(2)));
    let text = format!(
        "{text}\n<Directory /srv/a>\nAuthMerging Or\nRequire local\nRequire ip 192.0.2.1\n</Directory>"
    );
    assert_eq!(status(&text, "GET", "/a/x.txt").0, 200);
}

/// Found by the comparison with the real server, where the log names what was merged: `AuthMerging Any` over the rule of
/// the directory, without the rule of the first `<Files>`.
#[test]
fn sections_of_a_kind_merge_among_themselves_first() {
    let text = "<Directory /srv>\nRequire all granted\n</Directory>\n<Files x.txt>\nRequire all denied\n</Files>\n\
                <Files *.txt>\nAuthMerging Or\nRequire ip 10.0.0.0/8\n</Files>";
    assert_eq!(status(text, "GET", "/a/x.txt").0, 200);
    // With `And` the denial stays, and where the last section merges nothing it stands alone.
    assert_eq!(status(&text.replace("Merging Or", "Merging And"), "GET", "/a/x.txt").0, 403);
    assert_eq!(status(&text.replace("AuthMerging Or\n", ""), "GET", "/a/x.txt"), (403, Some(8)));
    // A section of another kind is merged with the outcome.
    let text = format!("{text}\n<Location /a>\nRequire all denied\n</Location>");
    assert_eq!(status(&text, "GET", "/a/x.txt").0, 403);
}

#[test]
fn the_virtual_host_is_chosen_by_address_then_name() {
    let text = "<VirtualHost *:80>\nServerName a.test\n</VirtualHost>\n<VirtualHost *:80>\nServerName shop.example\n\
                ServerAlias *.shop.example\n<Location />\nRequire all denied\n</Location>\n</VirtualHost>\n\
                <VirtualHost 10.0.0.1:80>\nServerName shop.example\nRedirect gone /\n</VirtualHost>\n";
    let request = Request::new("GET", "http://www.shop.example/").from_client([192, 0, 2, 1].into());
    let walk = walk_of(text, &[], &request.clone().to_listener("10.0.0.9:80".parse().unwrap()));
    assert_eq!(walk.outcome.decided_by.unwrap().line, 8);
    let step = walk.steps.iter().find(|step| step.phase == "server").unwrap();
    assert_eq!(step.place.as_ref().unwrap().line, 4);
    assert_eq!(step.losers.len(), 2, "{step:?}");
    let walk = walk_of(text, &[], &request.to_listener("10.0.0.1:80".parse().unwrap()));
    assert_eq!((walk.outcome.answer, walk.outcome.decided_by.unwrap().line), (Answer::Status(410), 13));
}

/// Found by the comparison with the real server.
#[test]
fn a_virtual_host_with_the_port_goes_before_one_for_every_port() {
    let text = "<VirtualHost *>\nServerName shop.example\nRedirect gone /\n</VirtualHost>\n\
                <VirtualHost *:80>\nServerName other.test\n<Location />\nRequire all denied\n</Location>\n</VirtualHost>\n";
    let request = Request::new("GET", "http://shop.example/").from_client([192, 0, 2, 1].into());
    let on_port = walk_of(text, &[], &request.clone().to_listener("10.0.0.9:80".parse().unwrap()));
    assert_eq!((on_port.outcome.answer, on_port.outcome.decided_by.unwrap().line), (Answer::Status(403), 8));
    let elsewhere = walk_of(text, &[], &request.to_listener("10.0.0.9:8080".parse().unwrap()));
    assert_eq!(elsewhere.outcome.answer, Answer::Status(410));
}

/// Found by the comparison with the real server: an index file is looked up by GET, and what lets the request in lets the
/// lookup in where both have the same settings.
#[test]
fn an_index_file_with_the_same_settings_is_not_checked_again() {
    let of_get = "<Directory /srv>\n<LimitExcept POST>\nRequire all denied\n</LimitExcept>\n</Directory>";
    assert_eq!(status(of_get, "POST", "/").0, 200);
    assert_eq!(status(of_get, "GET", "/").0, 403);
    // A section for the file, or one by URL path, is merged anew.
    for more in ["<Files index.html>\n</Files>", "<Location />\n</Location>"] {
        assert_eq!(status(&format!("{of_get}\n{more}"), "POST", "/").0, 403, "{more}");
    }
}

/// Found by the comparison with the real server: `mod_headers` comes behind `mod_dir`.
#[test]
fn an_index_file_is_looked_up_with_the_fields_as_they_came() {
    let text = "<Directory /srv>\nRequestHeader set X-Key k\n</Directory>\n\
                <If \"%{HTTP:X-Key} != ''\">\nRequire all denied\n</If>";
    assert_eq!(status(text, "GET", "/").0, 200);
}

/// Found by the comparison with the real server: a URL of the chosen virtual host is a path again, one of another is not,
/// though the request asked for it.
#[test]
fn a_url_is_a_path_again_where_it_is_of_the_chosen_server() {
    let rules = "RewriteEngine On\nRewriteRule ^/a/(.*)$ /b/$1 [R]\nRewriteRule (.*) $1\n";
    let host = |name: &str| format!("<VirtualHost *:80>\nServerName {name}\n{rules}</VirtualHost>");
    assert_eq!(status(&host("shop.example"), "GET", "/a/x.txt").0, 404);
    assert_eq!(status(&host("other.test"), "GET", "/a/x.txt").0, 302);
}

/// Found by the comparison with the real server: an error page that is served reads the body, one that is refused does not.
#[test]
fn a_body_that_is_too_large_goes_before_a_refusal_whose_page_is_refused() {
    let text = |page: &str| {
        format!(
            "DocumentRoot /srv\nErrorDocument 403 /index.html\n<Location />\nRequire all denied\nLimitRequestBody 5\n</Location>\n{page}"
        )
    };
    let mut request = Request::new("POST", "http://shop.example/a").from_client([192, 0, 2, 1].into());
    request.body_length = 10;
    assert_eq!(walk_of(&text(""), &[], &request).outcome.answer, Answer::Status(413));
    let served = "<Location /index.html>\nRequire all granted\n</Location>";
    assert_eq!(walk_of(&text(served), &[], &request).outcome.answer, Answer::Status(403));
}

/// Found by the comparison with the real server.
#[test]
fn a_file_is_sent_with_the_status_of_a_redirect_that_a_later_rule_undid() {
    let text = "RewriteEngine On\nRewriteRule ^/old /new [R=303]\nRewriteRule new /a/x.txt";
    assert_eq!(status(text, "GET", "/old"), (303, Some(2)));
    assert_eq!(status(text, "GET", "/new"), (200, None));
}

/// Found by the comparison with the real server.
#[test]
fn the_query_goes_along_with_a_rewritten_path() {
    let text = "<Directory /srv>\nOptions FollowSymLinks\nRewriteEngine On\n\
                RewriteRule ^a/(.*)$ /index.html?p=$1 [QSA]\n</Directory>\n\
                <If \"%{QUERY_STRING} == 'p=x.txt&q=1'\">\nRequire all denied\n</If>";
    assert_eq!(status(text, "GET", "/a/x.txt?q=1").0, 403);
    assert_eq!(status(text, "GET", "/a/x.txt").0, 200);
    let kept = text.replace("?p=$1 [QSA]", "").replace("p=x.txt&q=1", "q=1");
    assert_eq!(status(&kept, "GET", "/a/x.txt?q=1").0, 403);
}

#[test]
fn htaccess_holds_what_it_may() {
    let text = "DocumentRoot /srv\n<Directory /srv>\nAllowOverride AuthConfig\n</Directory>\n";
    let request = Request::new("GET", "http://x/a/x.txt");
    let denied = walk_of(text, &[("/srv/a/.htaccess", "Require all denied\n")], &request);
    assert_eq!(denied.outcome.decided_by.unwrap().to_string(), "/srv/a/.htaccess:1");
    let fault = walk_of(text, &[("/srv/a/.htaccess", "\nOptions None\n")], &request).outcome;
    assert_eq!((fault.answer, fault.decided_by.unwrap().line), (Answer::Status(500), 2));
}

#[test]
fn the_next_hop_sees_what_the_headers_become() {
    let text = "ServerName x\nProxyPass /api http://127.0.0.1:8080/v1\nRequestHeader set X-Key new\n\
                RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 10.0.0.1\n";
    let request = Request::new("POST", "http://shop.example/api/o%20x?x=1")
        .with_header("X-Forwarded-For", "192.0.2.7")
        .with_header("Upgrade", "h2c")
        .from_client([10, 0, 0, 1].into());
    let walk = walk_of(text, &[], &request);
    assert_eq!(walk.client.from, BelievedFrom::Header("X-Forwarded-For".to_owned()));
    let Answer::Upstream(next) = walk.outcome.answer else { panic!() };
    assert_eq!(next.target.known(), Some("/v1/o%20x?x=1"));
    assert_eq!(next.header("Host").unwrap().known(), Some("127.0.0.1:8080"));
    assert_eq!(next.header("X-Forwarded-For").unwrap().known(), Some("192.0.2.7"));
    assert_eq!(next.header("X-Key").unwrap().known(), Some("new"));
    let dropped = next.changes.iter().filter(|change| change.how == HowChanged::Dropped);
    assert_eq!(dropped.map(|change| change.name.as_str()).collect::<Vec<_>>(), ["Upgrade"]);
}

#[test]
fn what_cannot_be_seen_is_unknown() {
    for (text, needs) in [
        ("<Location />\nRequire host example.org\n</Location>", "name service"),
        ("<Location />\nRequire ldap-user ann\n</Location>", "ldap-user"),
        ("SecRuleEngine On", "ModSecurity"),
        ("LuaHookAccessChecker x.lua f", "LuaHookAccessChecker"),
        ("<If \"%{TIME_HOUR} -gt 12\">\nRequire all denied\n</If>", "TIME_HOUR"),
    ] {
        let (Answer::Unknown(found), line) = answer(text, "GET", "/") else { panic!("{text}") };
        assert!(found.0.contains(needs), "{found}");
        assert!(line.is_some(), "{text}");
    }
    // An open rule does not matter where another one decides.
    let text = "<Location />\nRequire host example.org\nRequire all granted\n</Location>";
    assert_eq!(status(text, "GET", "/").0, 200);
    let text = "DocumentRoot /srv\nSecRuleEngine DetectionOnly\n";
    let walk = walk_of(text, &[], &Request::new("GET", "http://x/"));
    assert!(walk.steps.iter().all(|step| !matches!(step.verdict, Verdict::Unknown(_))), "{walk:?}");
}

#[test]
fn a_part_of_the_files_is_enough_for_a_refusal() {
    let text = "DocumentRoot /var/www\n<Directory /var/www>\nRequire ip 10\n</Directory>\n";
    let files = FileTree::in_memory(Coverage::Part, [(MAIN, text)]);
    let config = apache::load(&files, MAIN);
    let request = Request::new("GET", "http://x/a/b.html");
    let refused = config.simulate(&request.clone().from_client([192, 0, 2, 1].into()), &files).outcome;
    assert_eq!((refused.answer, refused.decided_by.unwrap().line), (Answer::Status(403), 3));
    assert!(
        refused.assuming.iter().any(|needs| needs.0.contains("/var/www/a/b.html")),
        "{:?}",
        refused.assuming
    );
    let passed = config.simulate(&request.from_client([10, 0, 0, 1].into()), &files).outcome;
    assert!(matches!(passed.answer, Answer::Unknown(_)), "{passed:?}");
}

#[test]
fn a_htaccess_by_itself_holds_for_its_directory() {
    let text = "Options -Indexes\nRewriteEngine On\nRewriteCond %{REQUEST_METHOD} POST\nRewriteRule ^api/ - [F]\n\
                <Files secret.txt>\nRequire all denied\n</Files>\n";
    for main in [".htaccess", "/var/www/html/.htaccess", "site/.htaccess"] {
        let files = FileTree::in_memory(Coverage::Part, [(main, text)]);
        let config = apache::load(&files, main);
        let line = |method: &str, path: &str| {
            let request = Request::new(method, &format!("http://x{path}"));
            let outcome = config.simulate(&request, &files).outcome;
            (outcome.answer, outcome.decided_by.map(|place| place.line))
        };
        assert_eq!(line("POST", "/api/orders"), (Answer::Status(403), Some(4)), "{main}");
        assert_eq!(line("GET", "/a/secret.txt"), (Answer::Status(403), Some(6)), "{main}");
        assert!(matches!(line("GET", "/api/orders").0, Answer::Unknown(_)), "{main}");
    }
}

#[test]
fn hostile_rules_end_in_bounded_time() {
    let deep = format!("<If \"{} true\">\nRequire all denied\n</If>", "(".repeat(100_000));
    let words = format!("<If \"{}'a'\">\nRequire all denied\n</If>", "(".repeat(60));
    let rounds = format!("RewriteEngine On\n{}", "RewriteRule ^/(.*)$ /$1 [N]\n".repeat(2000));
    let indexes = format!("<Directory /srv>\nDirectoryIndex {}\n</Directory>", "a/ ".repeat(2000));
    let expand = format!("RewriteEngine On\nRewriteRule . {}", "${a:".repeat(5000));
    for text in [deep, words, rounds, indexes, expand] {
        let (found, _) = answer(&text, "GET", "/");
        assert!(!matches!(found, Answer::Closed), "{found:?}");
    }
    let loops = "RewriteEngine On\n<Directory /srv>\nRewriteEngine On\nRewriteRule ^ /a/x.txt?%{QUERY_STRING}y\n</Directory>";
    assert_eq!(status(loops, "GET", "/a/y.txt").0, 500);
}

#[test]
fn a_program_sees_no_credential_that_is_not_passed_on_to_it() {
    let dropped = |text: &str| {
        let request = Request::new("POST", "http://shop.example/api")
            .with_header("Authorization", "Token abc")
            .with_header("X_Key", "abc");
        let walk = walk_of(text, &[("/srv/wsgi.py", "")], &request);
        let Answer::Upstream(next) = walk.outcome.answer else { panic!("{:?}", walk.outcome) };
        let changes = next.changes.iter().filter(|change| change.how == HowChanged::Dropped);
        let names: Vec<&str> = changes.map(|change| change.name.as_str()).collect();
        names.join(" ")
    };
    let wsgi = "DocumentRoot /srv\nWSGIScriptAlias / /srv/wsgi.py\n";
    assert_eq!(dropped(wsgi), "Authorization X_Key");
    assert_eq!(dropped(&format!("{wsgi}WSGIPassAuthorization On\n")), "X_Key");
    assert_eq!(dropped(&format!("{wsgi}SetEnvIf Authorization (.+) HTTP_AUTHORIZATION=$1\n")), "X_Key");
    let fcgi = "DocumentRoot /srv\nProxyPass / fcgi://127.0.0.1:9000/srv/\n";
    assert_eq!(dropped(fcgi), "Authorization X_Key");
    assert_eq!(dropped(&format!("{fcgi}CGIPassAuth On\n")), "X_Key");
    assert_eq!(dropped("DocumentRoot /srv\nProxyPass / http://127.0.0.1:9000/\n"), "");
}
