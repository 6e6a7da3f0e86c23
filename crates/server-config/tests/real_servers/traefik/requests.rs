//! Random requests.

use std::net::SocketAddr;

use server_config::{Header, Request};

use crate::random::Random;

const PATHS: &[&str] = &[
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/api",
    "/api/",
    "/api/v1",
    "/api/v1/orders",
    "/admin",
    "/x.txt",
    "/A/b",
    "/abc",
];
const QUERIES: &[&str] = &["", "", "", "?q=1", "?q=abc&x=2", "?q", "?", "?q=2&q=1", "?x=q"];
const METHODS: &[&str] =
    &["GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"];
const FIELDS: &[(&str, &str)] = &[
    ("X-Forwarded-For", "10.1.2.3"),
    ("X-Forwarded-For", "192.0.2.7, 10.0.0.2"),
    ("X-Forwarded-For", "203.0.113.5,10.0.0.2, 192.0.2.9"),
    ("X-Forwarded-For", "2001:db8::1"),
    ("X-Forwarded-Proto", "https"),
    ("X-Real-Ip", "192.0.2.1"),
    ("Origin", "https://a.test"),
    ("Access-Control-Request-Method", "PUT"),
    ("Authorization", "Basic YW5uOnNlY3JldA=="),
    ("Authorization", "Bearer abc"),
    ("X-Key", "k"),
    ("X-Key", "other"),
    ("X-Role", "admin"),
    ("x_under", "1"),
    ("Cookie", "id=7"),
    ("Content-Type", "application/json"),
    ("User-Agent", "curl/8.0"),
    ("User-Agent", "Mozilla/5.0"),
    ("Accept", "*/*"),
    ("TE", "trailers"),
];

/// A request to a site, by one of the entry points.
pub(super) fn random(random: &mut Random, site: usize, entries: &[SocketAddr]) -> Request {
    let path = format!("{}{}", random.pick(PATHS), random.pick(QUERIES));
    let method = METHODS[random.below(METHODS.len())];
    let address = *random.pick(entries);
    let mut request = Request::new(method, &path);
    let host = match random.below(20) {
        0 => format!("S{site}.test"),
        1 => format!("s{site}.test:{}", address.port()),
        2 => format!("s{site}.test."),
        _ => format!("s{site}.test"),
    };
    request.headers.push(Header::new("Host", &host));
    request.headers.push(Header::new("Connection", "close"));
    for _ in 0..random.below(4) {
        let (name, value) = random.pick(FIELDS);
        if request.header(name).is_none() {
            request = request.with_header(name, value);
        }
    }
    if matches!(method, "POST" | "PUT" | "PATCH" | "DELETE") && random.chance(70) {
        request.body_length = *random.pick(&[1, 10, 2000]);
        let length = request.body_length.to_string();
        request = request.with_header("Content-Length", &length);
    }
    // Whose password it is that the configuration knows: ann's is `secret`.
    let is_right =
        request.header("Authorization").is_some_and(|value| value.known() == Some("Basic YW5uOnNlY3JldA=="));
    request.user = is_right.then(|| "ann".to_owned());
    request.from_client([127, 0, 0, 1].into()).to_listener(address)
}
