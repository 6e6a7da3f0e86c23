//! Makes logs whose true counts are known, the same ones on every run, with the traps that text search falls into.

#![allow(dead_code, reason = "shared by tests and the benchmark, each of which uses a part")]

mod render;
pub(crate) mod story;

use std::collections::BTreeMap;
use std::io::{self, Write};

/// Which log to write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// nginx `combined`.
    Combined,
    /// Combined with request id, upstream status and times.
    WithIds,
    /// One JSON object per line.
    Json,
    /// HAProxy's `option httplog` behind syslog, with the agent captured.
    Haproxy,
    /// Apache's, by [`APACHE`].
    Apache,
}

/// nginx's definition of [`Shape::WithIds`].
pub(crate) const WITH_IDS: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rid=$request_id us=$upstream_status urt=$upstream_response_time rt=$request_time"#;

/// Apache's definition of [`Shape::Apache`].
pub(crate) const APACHE: &str = r#"LogFormat "%v:%p %h %l %u %t \"%r\" %>s %B \"%{Referer}i\" \"%{User-Agent}i\" %D %O %{X-Request-ID}i" own"#;

/// What is truly in a generated log.
#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    pub(crate) refused: u64,
    pub(crate) refused_by_path: BTreeMap<String, u64>,
    pub(crate) refused_by_client: BTreeMap<String, u64>,
    pub(crate) statuses: BTreeMap<u16, u64>,
}

/// A small generator of random numbers (Knuth's 64-bit congruences, the high half used).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 32) * limit) >> 32
    }

    /// Small numbers are frequent, as with visitors of a site.
    pub(crate) fn skewed(&mut self, limit: u64) -> u64 {
        let (one, other, third) = (self.below(limit), self.below(limit), self.below(limit));
        one * (other + 1) / limit * (third + 1) / limit
    }
}

const PATHS: [&str; 12] = [
    "/catalogue/garden/chairs/oak-folding-chair?colour=green&page=2",
    "/",
    "/static/bundles/application-4f9c2b71d0e3.min.js",
    "/api/v1/items",
    "/api/v1/orders/4711",
    "/images/products/2026/11/logo-large@2x.png",
    "/login",
    "/upload",
    "/index.html",
    "/wp-login.php",
    "/api/v1/users/17/comments",
    "/search?q=chairs",
];
/// Paths that a search for the status takes for refusals.
const TRAPS: [&str; 2] = ["/errors/403", "/search?q=403"];
const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "curl/8.5.0",
    "python-requests/2.31.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Go-http-client/2.0",
];

/// One line before it is written.
pub(crate) struct Line<'t> {
    pub(crate) client: String,
    user: &'t str,
    second: u64,
    pub(crate) request: String,
    path: &'t str,
    pub(crate) status: u16,
    size: u64,
    agent: &'t str,
    pub(crate) id: u64,
}

impl Line<'_> {
    /// Month, day, hour, minute and second.
    pub(crate) fn moment(&self) -> [u64; 5] {
        let second = self.second;
        [11, 1 + second / 86_400 % 28, second / 3600 % 24, second / 60 % 60, second % 60]
    }
}

/// Writes at least so many bytes (or exactly so many lines when `lines` is given).
pub(crate) fn write(out: &mut dyn Write, shape: Shape, bytes: u64, lines: Option<u64>) -> io::Result<Truth> {
    write_watched(out, shape, bytes, lines, &mut |_| {})
}

/// The same, and each line is shown before it is written.
pub(crate) fn write_watched(
    out: &mut dyn Write,
    shape: Shape,
    bytes: u64,
    lines: Option<u64>,
    watch: &mut dyn FnMut(&Line<'_>),
) -> io::Result<Truth> {
    let mut random = Random(403);
    let mut truth = Truth::default();
    let mut text = String::with_capacity(1024);
    while lines.map_or(truth.bytes < bytes, |lines| truth.lines < lines) {
        let line = line(&mut random, truth.lines);
        watch(&line);
        text.clear();
        render::render(&line, shape, &mut random, &mut text);
        out.write_all(text.as_bytes())?;
        truth.lines += 1;
        truth.bytes += text.len() as u64;
        *truth.statuses.entry(line.status).or_default() += 1;
        if line.status == 403 {
            truth.refused += 1;
            *truth.refused_by_path.entry(line.path.to_owned()).or_default() += 1;
            *truth.refused_by_client.entry(line.client).or_default() += 1;
        }
    }
    Ok(truth)
}

fn line(random: &mut Random, number: u64) -> Line<'static> {
    let address = random.skewed(200_000);
    let method = if random.below(10) < 3 { "POST" } else { "GET" };
    let path = match random.below(3000) {
        0 => TRAPS[random.below(2) as usize],
        _ => PATHS[random.skewed(24) as usize % PATHS.len()],
    };
    let status = match random.below(1000) {
        0..=4 => 403,
        5..=50 => 404,
        51..=70 => 302,
        71..=75 => 500,
        _ => 200,
    };
    let mut line = Line {
        client: format!("{}.{}.{}.{}", 11 + address / 60_000, address / 250 % 240, 7, address % 250),
        user: match random.below(500) {
            0 => "anna maria",
            1 => "frank",
            _ => "-",
        },
        second: number / 120,
        request: format!("{method} {path} HTTP/1.1"),
        path,
        status,
        // Beyond the sizes of the pages that servers have for a refusal: those tell who refused.
        size: if random.below(20_000) == 0 { 403 } else { 1404 + random.below(20_000) },
        agent: AGENTS[random.skewed(12) as usize % AGENTS.len()],
        id: random.below(u64::from(u32::MAX)) << 32 | random.below(u64::from(u32::MAX)),
    };
    match random.below(20_000) {
        0 => {
            line.request = r"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03 403 \x22 403 x".into();
            (line.path, line.status) = ("", 400);
        }
        1 => line.agent = r#"odd \"agent\" 403 x"#,
        2..=4 => line.agent = "Mozilla/5.0 (compatible; Bot 403 checker; +https://bot.example/403 )",
        _ => {}
    }
    line
}
