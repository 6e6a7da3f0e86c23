//! Random requests.

use std::net::SocketAddr;

use server_config::request::Version;
use server_config::{Header, Request};

use crate::random::Random;

const PATHS: &[&str] = &[
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/a/b/c",
    "/api",
    "/api/v1/orders",
    "/api/v2",
    "/API/v1",
    "/admin",
    "/admin/x",
    "/old/1",
    "/x.txt",
    "//a//b",
    "/a/./b",
    "/a/../api",
    "/a%2Fb",
    "/a%20b",
    "/abc",
    "/a/b/",
    "/api/v1/orders/7",
];
const QUERIES: &[&str] = &["", "", "", "?q=1", "?q=a&x=2", "?q", "?x=", "?"];
const HOSTS: &[&str] = &[
    "shop.test",
    "shop.test",
    "shop.test:8080",
    "api.shop.test",
    "a.b.shop.test",
    "SHOP.test",
    "other.test",
    "shop.example",
    "127.0.0.1",
];
const METHODS: &[&str] =
    &["GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"];
const FIELDS: &[(&str, &str)] = &[
    ("X-Forwarded-For", "10.1.2.3"),
    ("X-Forwarded-For", "192.0.2.7, 10.0.0.2"),
    ("X-Forwarded-For", "203.0.113.5,10.0.0.2, 192.0.2.9"),
    ("X-Forwarded-For", "nonsense"),
    ("X-Forwarded-Proto", "https"),
    ("Origin", "http://shop.test"),
    ("Origin", "https://shop.test:8080"),
    ("Origin", "https://evil.test"),
    ("Origin", "null"),
    ("Referer", "http://shop.test/page"),
    ("Referer", "https://evil.test/x"),
    ("Authorization", "Bearer abc"),
    ("Authorization", "Basic YW5uOnNlY3JldA=="),
    ("Access-Control-Request-Method", "PUT"),
    ("X-Key", "k"),
    ("X-Key", "key-7"),
    ("X-Count", "7"),
    ("X-Count", "70"),
    ("X-Count", "seven"),
    ("x_under", "1"),
    ("X-Role", "admin"),
    ("X-Role", "Admin"),
    ("Cookie", "id=7"),
    ("Content-Type", "application/grpc"),
    ("Content-Type", "application/json"),
    ("User-Agent", "curl/7.88.1"),
    ("Upgrade", "websocket"),
];

/// A request to a port.
pub(crate) fn random(random: &mut Random, port: u16) -> Request {
    let path = format!("{}{}", random.pick(PATHS), random.pick(QUERIES));
    let method = METHODS[random.below(METHODS.len())];
    let mut request = Request::new(method, &path);
    if random.chance(99) {
        let host = *random.pick(HOSTS);
        let host = if random.chance(10) { format!("shop.test:{port}") } else { host.to_owned() };
        request.headers.push(Header::new("Host", &host));
    }
    if random.chance(2) {
        request.version = Version::Http10;
    }
    for _ in 0..random.below(5) {
        let (name, value) = *random.pick(FIELDS);
        let repeats = name == "X-Key" && random.chance(30);
        if request.header(name).is_none() || repeats {
            request = request.with_header(name, value);
        }
        if name == "Upgrade" && request.header("Connection").is_none() {
            request = request.with_header("Connection", "Upgrade");
        }
    }
    if request.header("Upgrade").is_none()
        && !matches!(method, "GET" | "HEAD" | "OPTIONS")
        && random.chance(70)
    {
        request.body_length = *random.pick(&[1, 10, 200, 5000]);
        let length = request.body_length.to_string();
        request = request.with_header("Content-Length", &length);
    }
    let address = SocketAddr::from((*random.pick(&[[127, 0, 0, 1], [127, 0, 0, 1], [127, 0, 0, 2]]), port));
    // The client of every loopback address is 127.0.0.1.
    request.from_client([127, 0, 0, 1].into()).to_listener(address)
}
