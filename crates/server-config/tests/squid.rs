//! One request through Squid: ports, ACLs, `http_access`, what the next hop receives, fixes and checks.

use server_config::squid::{self, Line};
use server_config::walk::{Answer, BelievedFrom};
use server_config::{Coverage, FileTree, Request, Value, Walk};

const MAIN: &str = "/etc/squid/squid.conf";
const HEAD: &str = "http_port 3128\nacl office src 10.0.0.0/8\nacl good dstdomain .shop.example \"/etc/squid/good\"\nacl Safe_ports port 80 443\n";

fn tree(rules: &str) -> FileTree {
    let files =
        [(MAIN, format!("{HEAD}{rules}")), ("/etc/squid/good", "# friends\n.friend.example\n".to_owned())];
    FileTree::in_memory(Coverage::Part, files)
}

fn walk(rules: &str, request: &Request) -> Walk {
    let files = tree(rules);
    squid::load(&files, MAIN).simulate(request, &files)
}

fn request(method: &str, url: &str, client: [u8; 4]) -> Request {
    Request::new(method, url).from_client(client.into())
}

fn decided(walk: &Walk) -> (Answer, u32) {
    (walk.outcome.answer.clone(), walk.outcome.decided_by.as_ref().map_or(0, |place| place.line))
}

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = "http_access deny !Safe_ports\nhttp_access deny CONNECT\nhttp_access allow office good\nhttp_access deny all\n";
    let office = [10, 0, 0, 1];
    assert!(!walk(rules, &request("GET", "http://www.friend.example/", office)).refuses());
    assert_eq!(
        decided(&walk(rules, &request("GET", "http://shop.example:8080/", office))),
        (Answer::Status(403), 5)
    );
    assert_eq!(
        decided(&walk(rules, &request("GET", "https://shop.example/", office))),
        (Answer::Status(403), 6)
    );
    assert_eq!(
        decided(&walk(rules, &request("GET", "http://shop.example/", [192, 0, 2, 1]))),
        (Answer::Status(403), 8)
    );
}

/// Found by the comparison with the real server: a rule that may not match asks for a password before that is known.
#[test]
fn a_password_that_may_be_asked_for_is_in_doubt_though_the_next_rule_allows_too() {
    let rules = "auth_param basic program /bin/helper\nacl users proxy_auth REQUIRED\nacl here dst 127.0.0.0/8\n\
                 http_access allow here users\nhttp_access allow all\n";
    let answer = walk(rules, &request("GET", "http://shop.example/", [10, 0, 0, 1])).outcome.answer;
    assert!(matches!(&answer, Answer::Unknown(needs) if needs.0.contains("password")), "{answer:?}");
}

#[test]
fn without_a_match_the_opposite_of_the_last_rule_holds() {
    let outside = request("GET", "http://other.example/", [192, 0, 2, 1]);
    assert_eq!(decided(&walk("http_access allow office\n", &outside)), (Answer::Status(403), 5));
    assert!(!walk("http_access deny office\n", &outside).refuses());
    assert_eq!(decided(&walk("", &outside)), (Answer::Status(403), 0));
}

#[test]
fn passwords_are_asked_for_and_pages_replaced() {
    let rules = "acl users proxy_auth REQUIRED\ndeny_info 404:ERR_ACCESS_DENIED good\nhttp_access deny good\nhttp_access allow users\n";
    assert_eq!(
        decided(&walk(rules, &request("GET", "http://shop.example/", [10, 0, 0, 1]))),
        (Answer::Status(404), 7)
    );
    assert_eq!(
        decided(&walk(rules, &request("GET", "http://x.example/", [10, 0, 0, 1]))),
        (Answer::Status(407), 8)
    );
}

#[test]
fn what_is_not_known_is_unknown_unless_it_does_not_matter() {
    let get = request("GET", "http://x.example/", [10, 0, 0, 1]);
    for (rules, name) in [
        ("acl night time 20:00-23:59\nhttp_access deny night\nhttp_access allow all\n", "time"),
        ("acl inside dst 10.0.0.0/8\nhttp_access allow inside\nhttp_access deny all\n", "x.example"),
        (
            "acl list dstdomain \"/etc/squid/missing\"\nhttp_access deny list\nhttp_access allow all\n",
            "missing",
        ),
    ] {
        let walk = walk(rules, &get);
        assert!(
            matches!(&walk.outcome.answer, Answer::Unknown(needs) if needs.0.contains(name)),
            "{rules}: {walk:?}"
        );
    }
    assert!(
        !walk("acl inside dst 10.0.0.0/8\nhttp_access allow inside\nhttp_access allow office\n", &get)
            .refuses()
    );
    let limited = walk("acl many maxconn 10\nhttp_access deny many\nhttp_access allow office\n", &get);
    assert_eq!(limited.outcome.assuming.len(), 1);
}

#[test]
fn the_next_hop_sees_what_squid_makes() {
    let rules = "follow_x_forwarded_for allow office\nfollow_x_forwarded_for deny all\nrequest_header_access X-Key deny all\nhttp_access allow all\n";
    let request = request("GET", "http://x.example/a?b", [10, 0, 0, 1])
        .with_header("X-Key", "k")
        .with_header("X-Forwarded-For", "192.0.2.7");
    let walk = walk(rules, &request);
    let Answer::Upstream(forwarded) = &walk.outcome.answer else { panic!("{walk:?}") };
    assert_eq!(forwarded.target, Value::Known("/a?b".to_owned()));
    assert_eq!(forwarded.header("x-key"), None);
    assert_eq!(forwarded.header("x-forwarded-for"), Some(&Value::Known("192.0.2.7, 10.0.0.1".to_owned())));
    assert_eq!(walk.client.from, BelievedFrom::Header("X-Forwarded-For".to_owned()));
}

#[test]
fn only_peers_or_the_origin() {
    let get = request("GET", "http://x.example/", [10, 0, 0, 1]);
    assert_eq!(
        decided(&walk("http_access allow all\nnever_direct allow all\n", &get)),
        (Answer::Status(503), 6)
    );
    let peer =
        walk("http_access allow all\nnever_direct allow all\ncache_peer up.example parent 3128 0\n", &get);
    let Answer::Upstream(forwarded) = &peer.outcome.answer else { panic!("{peer:?}") };
    assert_eq!(
        (&*forwarded.destination, forwarded.target.known()),
        ("http://up.example:3128", Some("http://x.example/"))
    );
}

#[test]
fn a_rule_is_put_in_front_of_the_one_that_refuses() {
    let rules = "http_access allow office good\nhttp_access deny all\n";
    let files = tree(rules);
    let refused = request("POST", "http://api.example/x", [10, 0, 0, 1]);
    let fixes = squid::load(&files, MAIN).fixes(&refused, &files);
    let controls = [
        request("POST", "http://other.example/x", [10, 0, 0, 1]),
        request("POST", "http://api.example/x", [10, 0, 0, 2]),
    ];
    assert_eq!(fixes.len(), 2, "{fixes:?}");
    for (fix, control) in fixes.iter().zip(controls) {
        let patched = files.clone().with_file(MAIN, fix.patches[0].after.as_bytes());
        let config = squid::load(&patched, MAIN);
        assert!(!config.simulate(&refused, &patched).refuses());
        assert!(config.simulate(&control, &patched).refuses(), "{fix:?}");
    }
    assert!(
        fixes[1].patches[0]
            .diff
            .contains("+acl unless6_src src 10.0.0.1\n+http_access allow unless6_src\n http_access deny all")
    );
}

#[test]
fn each_check_finds_its_fault() {
    for (rules, expected) in [
        ("http_access deny all\nhttp_access allow office\n", vec![("unreachable-rule", 6)]),
        ("http_access allow nobody\n", vec![("undefined-acl", 5)]),
        (
            "acl x req_header X-Forwarded-For 10\nhttp_access allow x office good Safe_ports\n",
            vec![("allow-list-sees-proxy", 2)],
        ),
        ("http_access allow office good\nhttp_access deny all\n", vec![]),
    ] {
        let files = tree(rules);
        let found: Vec<(&str, u32)> = squid::load(&files, MAIN)
            .check()
            .iter()
            .map(|finding| (finding.check, finding.place.line))
            .collect();
        assert_eq!(found, expected, "{rules}");
    }
}

#[test]
fn printing_and_reading_again_gives_the_same_lines() {
    let text = "# top\nhttp_port 3128 # here\nacl a url_regex \\\n    -i x\\.y \"/etc/a b\"\nif 1 = 2\nhttp_access deny all\nelse\nhttp_access allow a\nendif\n";
    let load = |text: &str| {
        let files = FileTree::in_memory(Coverage::Whole, [(MAIN, text)]);
        squid::load(&files, MAIN)
    };
    let shape = |lines: &[Line]| {
        lines.iter().map(|line| (line.text(), format!("{:?}", line.state))).collect::<Vec<_>>()
    };
    let first = load(text);
    let printed = squid::print(&first.lines, 0);
    assert_eq!(shape(&first.lines), shape(&load(&printed).lines), "{printed}");
    assert_eq!(first.lines[1].text(), "acl a url_regex -i x\\.y \"/etc/a b\"");
}

#[test]
fn hostile_text_is_a_warning() {
    let nested = "if true\n".repeat(20_000);
    let joined = format!("acl a {}", "x \\\n".repeat(60_000));
    let lines = "no_such\n".repeat(30_000);
    for text in [
        &*nested,
        &*joined,
        &*lines,
        "include /etc/squid/squid.conf",
        "include /missing",
        "endif",
        "else",
        "\0\0",
        "acl",
    ] {
        let files = FileTree::in_memory(Coverage::Whole, [(MAIN, text)]);
        let config = squid::load(&files, MAIN);
        assert!(text == "acl" || !config.warnings.is_empty(), "{}", &text[..text.len().min(20)]);
        assert!(config.warnings.len() <= 400);
    }
    for rules in [
        "acl a any-of a\nhttp_access allow a\n",
        "acl r url_regex (a+)+b\nhttp_access allow r\n",
        "http_access\n",
        "acl x\nhttp_access allow x\n",
        "acl y src\nhttp_access allow y !!y\n",
    ] {
        let odd = request("GET", "http://a/%zz%00", [10, 0, 0, 1]);
        walk(rules, &odd);
    }
}
