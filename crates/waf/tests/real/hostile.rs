//! Bodies at and over the engines' limits: the same refusals as the real engines, in bounded time and memory.

use waf::{Like, RuleSet};

use crate::generate::Post;
use crate::servers::Server;
use crate::simulated;

/// Name, type and body.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let form = "application/x-www-form-urlencoded";
    let json = "application/json";
    let multipart = "multipart/form-data; boundary=xyz";
    let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
    let many =
        |count: usize| (0..count).map(|n| format!("a{n}=1")).collect::<Vec<_>>().join("&").into_bytes();
    let file = |length: usize| {
        let head =
            b"--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n".as_slice();
        [head, &b"word ".repeat(length / 5), b"\r\n--xyz--\r\n"].concat()
    };
    let limit = 131_072;
    vec![
        (
            "form just under the limit without files",
            form,
            [b"a=".as_slice(), &b"x".repeat(limit - 10)].concat(),
        ),
        ("form over the limit without files", form, [b"a=".as_slice(), &b"x".repeat(limit + 10)].concat()),
        ("a file over that limit", multipart, file(300_000)),
        ("100 MB", multipart, file(100_000_000)),
        ("1,500 arguments", form, many(1_500)),
        ("100,000 arguments", form, many(100_000)),
        ("JSON nested 500 deep", json, nested(500)),
        ("JSON nested 600 deep", json, nested(600)),
        ("JSON nested 60,000 deep", json, nested(60_000)),
        ("JSON nested 100,000 deep", json, nested(100_000)),
        ("multipart without a boundary", "multipart/form-data", file(10)),
        ("multipart with another boundary", "multipart/form-data; boundary=abc", file(10)),
        ("multipart cut short", multipart, file(10)[..60].to_vec()),
        (
            "multipart with bare line feeds",
            multipart,
            b"--xyz\nContent-Disposition: form-data; name=\"a\"\n\nb\n--xyz--\n".to_vec(),
        ),
        (
            "multipart, header line too long",
            multipart,
            [b"--xyz\r\nX: ".as_slice(), &b"a".repeat(5000), b"\r\n\r\nb\r\n--xyz--\r\n"].concat(),
        ),
    ]
}

/// The status and the rules, of which the engines log none where the server refuses by itself.
fn compare(like: Like) {
    let mut server = Server::start(like);
    let rules = RuleSet::load(&server.rules_file(), like).unwrap();
    let bodies = bodies();
    let posts: Vec<Post> = bodies
        .iter()
        .enumerate()
        .map(|(number, (_, kind, body))| Post::new(number, "/upload", kind, body.clone()))
        .collect();
    let real = server.answers(&posts);
    let mut wrong = Vec::new();
    for ((name, _, _), (post, real)) in bodies.iter().zip(posts.iter().zip(real)) {
        let here = simulated(&rules, &post.request());
        if here != real {
            wrong.push(format!("{name}: real {real:?}, here {here:?}"));
        }
    }
    assert!(wrong.is_empty(), "{like}:\n{}", wrong.join("\n"));
}

#[test]
fn limits_of_mod_security2() {
    compare(Like::ModSecurity2);
}

#[test]
fn limits_of_libmodsecurity3() {
    compare(Like::ModSecurity3);
}
