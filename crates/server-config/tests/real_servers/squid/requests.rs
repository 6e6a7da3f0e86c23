//! Random requests.

use std::net::SocketAddr;

use server_config::{Header, Request};

use crate::random::Random;

const PATHS: &[&str] = &[
    "/",
    "/a",
    "/a/b.txt",
    "/api/v1",
    "/API",
    "/x.php?q=bbb",
    "/a%2Etxt",
    "/secret",
    "/a/SECRET.TXT",
    "/b?q=1",
];
const HOSTS: &[&str] = &["shop.test", "www.shop.test", "other.test", "WWW.Shop.test", "127.0.0.1"];
const METHODS: &[&str] =
    &["GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT"];
const FIELDS: &[(&str, &str)] = &[
    ("User-Agent", "curl/8.0"),
    ("User-Agent", "Mozilla/5.0"),
    ("Referer", "http://shop.test/"),
    ("X-Key", "k"),
    ("X-Key", "other"),
    ("X-Forwarded-For", "10.1.2.3"),
    ("X-Forwarded-For", "192.0.2.5, 10.0.0.2"),
    ("Content-Type", "application/json"),
    ("Proxy-Authorization", "Basic YW5uOnNlY3JldA=="),
    ("Proxy-Authorization", "Basic Ym9iOnNlY3JldA=="),
    ("Authorization", "Basic Ym9iOnNlY3JldA=="),
    ("Keep-Alive", "timeout=5"),
];

/// A request to one port of a batch, for a page of the upstream.
pub(crate) fn random(random: &mut Random, listener: SocketAddr, upstream: u16) -> Request {
    let method = METHODS[random.below(METHODS.len())];
    let host = format!("{}:{upstream}", random.pick(HOSTS));
    let mut request = Request::new(method, "/");
    request.target = match (method, random.below(30)) {
        ("CONNECT", _) => host.clone(),
        (_, 0) => (*random.pick(PATHS)).to_owned(),
        _ => format!("http://{host}{}", random.pick(PATHS)),
    };
    request.headers.push(Header::new("Host", &host));
    request.headers.push(Header::new("Connection", "close"));
    for _ in 0..random.below(4) {
        let (name, value) = random.pick(FIELDS);
        if request.header(name).is_none() {
            request = request.with_header(name, value);
        }
    }
    if matches!(request.method.as_str(), "POST" | "PUT" | "PATCH") {
        request.body_length = *random.pick(&[1, 10, 2000]);
        let length = request.body_length.to_string();
        request = request.with_header("Content-Length", &length);
    }
    // The helper of these tests takes every password.
    let is_ann = request
        .header("Proxy-Authorization")
        .is_some_and(|value| value.known() == Some("Basic YW5uOnNlY3JldA=="));
    request.user = Some(if is_ann { "ann" } else { "bob" }.to_owned());
    request.from_client([127, 0, 0, 1].into()).to_listener(listener)
}
