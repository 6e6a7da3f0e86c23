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
    "/img/",
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
    "/x.txt/info",
    "/cgi/ok.cgi",
    "/cgi/missing.cgi",
    "/cgi/",
    "/run/ok.cgi",
    "/run/ok.cgi/info",
    "/run/plain.cgi",
    "/A/B",
    "/%zz",
    "/a%00",
    "/a%20b",
    "/ht/",
    "/ht/x.txt",
    "/ht/in/x.txt",
    "/ht2/x.txt",
    "/ht2/",
    "/link.txt",
    "/linked/",
    "/linked/x.txt",
    "/empty/",
    "/a/x.html",
    "/alias/x.txt",
    "/up/a",
    "/up/",
    "/new/a",
    "/a/b/c.txt%3fq",
    "/secret/x.txt",
    "/secret/",
    "/.htaccess",
    "/a/.hidden",
    "/server-status",
];
const QUERIES: &[&str] = &["", "", "", "?q=bbb", "?q=a&x=%20", "?q", "?"];
const METHODS: &[&str] = &[
    "GET", "GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE",
    "FOO", "PROPFIND",
];
const FIELDS: &[(&str, &str)] = &[
    ("X-Forwarded-For", "10.1.2.3"),
    ("X-Forwarded-For", "192.0.2.7, 10.0.0.2"),
    ("X-Forwarded-For", "203.0.113.5"),
    ("X-Forwarded-For", "nonsense"),
    ("X-Real-IP", "203.0.113.5"),
    ("Referer", "http://www.good.test/x"),
    ("Referer", "https://evil.test/"),
    ("User-Agent", "curl/8.0"),
    ("User-Agent", "BadBot/1.0"),
    ("User-Agent", "Mozilla/5.0"),
    ("Authorization", "Basic YW5uOnNlY3JldA=="),
    ("Authorization", "Basic YW5uOnNlY3JldA=="),
    ("Authorization", "Basic YW5uOndyb25n"),
    ("Authorization", "Basic Ym9iOnNlY3JldA=="),
    ("Authorization", "Basic emVkOnNlY3JldA=="),
    ("Authorization", "Bearer abc"),
    ("X-Key", "k"),
    ("X-Key", "open"),
    ("x_key", "under"),
    ("Cookie", "id=7; other=1"),
    ("Upgrade", "h2c"),
    ("Accept", "*/*"),
    ("TE", "trailers"),
    ("Expect", "something"),
    ("Content-Type", "application/json"),
];

/// A request to one server of a batch.
pub(crate) fn random(random: &mut Random, host: &str, port: u16) -> Request {
    let path = format!("{}{}", random.pick(PATHS), random.pick(QUERIES));
    let method = METHODS[random.below(METHODS.len())];
    let mut request = Request::new(method, &path);
    let host = match random.below(30) {
        0 => format!("{host}:{port}"),
        1 => format!("www.{host}"),
        2 => host.to_ascii_uppercase(),
        3 => format!("a.{host}."),
        4 => "bad/host".to_owned(),
        _ => host.to_owned(),
    };
    request.headers.push(Header::new("Host", &host));
    request.headers.push(Header::new("Connection", "close"));
    for _ in 0..random.below(4) {
        let (name, value) = random.pick(FIELDS);
        if request.header(name).is_none() && (*name != "Expect" || random.chance(20)) {
            request = request.with_header(name, value);
        }
    }
    if !matches!(request.method.as_str(), "HEAD") && random.chance(if method == "GET" { 5 } else { 60 }) {
        request.body_length = *random.pick(&[1, 10, 2000]);
        let length = request.body_length.to_string();
        request = request.with_header("Content-Length", &length);
    }
    // The client of every loopback address is 127.0.0.1.
    let address = if random.chance(15) { [127, 0, 0, 2] } else { [127, 0, 0, 1] };
    request.from_client([127, 0, 0, 1].into()).to_listener((address, port).into())
}
