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
    "/index.html",
    "/api/v1/orders",
    "/api/v1",
    "/api",
    "/API/v1",
    "/img/logo.png",
    "/missing.php",
    "//a//b",
    "/%61/b",
    "/a/../x.txt",
    "/a%2Fb",
    "/b/b/b",
    "/A/B",
    "/%zz",
    "/monitor",
    "/stats",
    "/stats;csv",
    "/a%20b+c",
    "*",
    "/admin/users",
    "/admin",
];
const QUERIES: &[&str] = &["", "", "", "?q=bbb", "?q=a&x=%20", "?q", "?", "?x=1;q=2", "?q=1&q=12"];
const METHODS: &[&str] = &[
    "GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "get",
];
const HOSTS: &[&str] =
    &["shop.test", "www.shop.test", "WWW.Shop.test", "other.example:8080", "127.0.0.1", "api.shop.test"];
const FIELDS: &[(&str, &str)] = &[
    ("X-Forwarded-For", "10.1.2.3"),
    ("X-Forwarded-For", "192.0.2.7, 10.0.0.2"),
    ("X-Forwarded-For", "203.0.113.5:443"),
    ("X-Forwarded-For", "unknown"),
    ("X-Forwarded-For", "2001:db8::1"),
    ("User-Agent", "curl/8.0"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux)"),
    ("Authorization", "Basic YW5uOnNlY3JldA=="),
    ("Authorization", "Basic YW5uOndyb25n"),
    ("Authorization", "Basic Ym9iOnNlY3JldA=="),
    ("Authorization", "Bearer abc"),
    ("X-Key", "k"),
    ("X-Key", ""),
    ("x_key", "under"),
    ("Cookie", "id=7; other=1"),
    ("Cookie", "other=2;id=8, id=9"),
    ("Accept", "*/*"),
    ("Accept", "text/html, application/json;q=0.9"),
    ("X-List", "a, b,c"),
    ("X-List", "c"),
    ("X-List", "\"a,b\", c"),
    ("Upgrade", "h2c"),
    ("TE", "trailers"),
    ("Keep-Alive", "timeout=5"),
    ("X.Dot", "1"),
    ("Referer", "https://shop.test/a"),
    ("Content-Type", "application/json"),
];

/// A request to one frontend of a batch.
pub(crate) fn random(random: &mut Random, listener: SocketAddr) -> Request {
    let path = format!("{}{}", random.pick(PATHS), random.pick(QUERIES));
    let method = METHODS[random.below(METHODS.len())];
    let mut request = Request::new(method, "/");
    request.target = if path.starts_with('*') { "*".to_owned() } else { path };
    if random.chance(95) {
        request.headers.push(Header::new("Host", HOSTS[random.below(HOSTS.len())]));
    }
    request.headers.push(Header::new("Connection", "close"));
    for _ in 0..random.below(5) {
        let (name, value) = random.pick(FIELDS);
        request = request.with_header(name, value);
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD" | "TRACE" | "get") && random.chance(70) {
        request.body_length = *random.pick(&[1, 10, 2000]);
        let length = request.body_length.to_string();
        request = request.with_header("Content-Length", &length);
    }
    request.from_client([127, 0, 0, 1].into()).to_listener(listener)
}
