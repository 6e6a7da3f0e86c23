//! Random requests.

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
    "/index.html",
    "/dir",
    "/dir/",
    "/dir/page.php",
    "/api/v1/orders",
    "/api/",
    "/api",
    "/img/logo.png",
    "/img",
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
    "/err.html",
    "/auth",
    "/b/b/b",
    "/A/B",
    "/%zz",
    "/a%00",
    "/a%20b",
];
const QUERIES: &[&str] = &["", "", "", "?q=bbb", "?q=a&x=%20", "?q", "?"];
const METHODS: &[&str] =
    &["GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"];
const FIELDS: &[(&str, &str)] = &[
    ("X-Forwarded-For", "10.1.2.3"),
    ("X-Forwarded-For", "192.0.2.7, 10.0.0.2"),
    ("X-Real-IP", "203.0.113.5"),
    ("X-Real-IP", "2001:db8::1"),
    ("X-Real-IP", "nonsense"),
    ("Referer", "http://www.good.test/x"),
    ("Referer", "https://good.test/ok/1"),
    ("Referer", "https://evil.test/"),
    ("Referer", "-"),
    ("Authorization", "Basic YW5uOnNlY3JldA=="),
    ("Authorization", "Basic YW5uOndyb25n"),
    ("Authorization", "Basic Ym9iOnNlY3JldA=="),
    ("Authorization", "Bearer abc"),
    ("X-Key", "k"),
    ("x_key", "under"),
    ("Cookie", "id=7; other=1"),
    ("Upgrade", "h2c"),
    ("Accept", "*/*"),
    ("TE", "trailers"),
    ("X.Dot", "1"),
];

/// A request to one server of a batch.
pub(crate) fn random(random: &mut Random, host: &str, port: u16) -> Request {
    let path = format!("{}{}", random.pick(PATHS), random.pick(QUERIES));
    let method = METHODS[random.below(METHODS.len())];
    let mut request = Request::new(method, &path);
    request.headers.push(Header::new("Host", host));
    request.headers.push(Header::new("Connection", "close"));
    for _ in 0..random.below(4) {
        let (name, value) = random.pick(FIELDS);
        if request.header(name).is_none() {
            request = request.with_header(name, value);
        }
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD" | "TRACE") && random.chance(70) {
        request.body_length = *random.pick(&[1, 10, 2000]);
        let length = request.body_length.to_string();
        request = request.with_header("Content-Length", &length);
    }
    request.from_client([127, 0, 0, 1].into()).to_listener(([127, 0, 0, 1], port).into())
}
