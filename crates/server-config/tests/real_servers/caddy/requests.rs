//! Random requests.

use std::net::SocketAddr;

use server_config::{Header, Request};

use crate::random::Random;

const PATHS: &[&str] = &[
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/a/b/",
    "/a/b/c.txt",
    "/x.txt",
    "/X.TXT",
    "/index.html",
    "/dir",
    "/dir/",
    "/dir/page.php",
    "/api/v1/orders",
    "/api/",
    "/api",
    "/API/v1",
    "/img/logo.png",
    "/missing",
    "/missing/",
    "//a//b",
    "/%61/b/c.txt",
    "/a/../x.txt",
    "/a/./b/c.txt",
    "/../etc",
    "/a%2fb",
    "/a/b/%2e%2e/x",
    "/old/1",
    "/%zz",
    "/a%20b",
    "/a/b(1)",
    "/x.txt/",
];
const QUERIES: &[&str] = &["", "", "", "?q=bbb", "?q=a&x=%20", "?q", "?", "?x=1&q=2&q=3"];
const METHODS: &[&str] =
    &["GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "get"];
const FIELDS: &[(&str, &str)] = &[
    ("X-Forwarded-For", "10.1.2.3"),
    ("X-Forwarded-For", "192.0.2.7, 10.0.0.2"),
    ("X-Forwarded-For", "nonsense"),
    ("X-Forwarded-Proto", "https"),
    ("User-Agent", "curl/8.0"),
    ("Authorization", "Basic YW5uOnNlY3JldA=="),
    ("Authorization", "Bearer abc"),
    ("X-Key", "k"),
    ("X-Key", ""),
    ("x_key", "under"),
    ("X-List", "a, b"),
    ("Cookie", "id=7; other=1"),
    ("Accept", "*/*"),
    ("Accept-Encoding", "identity"),
    ("TE", "trailers"),
    ("Keep-Alive", "timeout=5"),
    ("Referer", "https://shop.test/a"),
    ("Content-Type", "application/json"),
];

/// A request to one site of a batch.
pub(crate) fn random(random: &mut Random, host: &str, listener: SocketAddr) -> Request {
    let path = format!("{}{}", random.pick(PATHS), random.pick(QUERIES));
    let method = METHODS[random.below(METHODS.len())];
    let mut request = Request::new(method, &path);
    let host = match random.below(20) {
        0 => host.to_uppercase(),
        1 => format!("{host}:{}", listener.port()),
        _ => host.to_owned(),
    };
    if random.chance(98) {
        request.headers.push(Header::new("Host", &host));
    }
    request.headers.push(Header::new("Connection", "close"));
    for _ in 0..random.below(4) {
        let (name, value) = random.pick(FIELDS);
        if request.header(name).is_none() {
            request = request.with_header(name, value);
        }
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD" | "get") && random.chance(70) {
        request.body_length = *random.pick(&[1, 10, 2000]);
        let length = request.body_length.to_string();
        request = request.with_header("Content-Length", &length);
    }
    // Whose password it is that the configuration knows: ann's is `secret`.
    let is_right =
        request.header("Authorization").is_some_and(|value| value.known() == Some("Basic YW5uOnNlY3JldA=="));
    request.user = is_right.then(|| "ann".to_owned());
    request.from_client([127, 0, 0, 1].into()).to_listener(listener)
}
