//! Random sites. Every block adds `X-Block: LINE` to its answers, which shows where a request ended.

use crate::random::Random;

const PATHS: &[&str] = &[
    "/a",
    "/a/*",
    "/a/b*",
    "/api/*",
    "/api",
    "/x.txt",
    "/dir/*",
    "/*/b",
    "/A/B/*",
    "/",
    "/old/*",
    "/a/b/c.txt",
];
const MATCHERS: &[&str] = &[
    "path /a/* /api/*",
    "path *.txt *.PHP",
    "path /*/b/*",
    "path_regexp ^/(a|img)/(.*)$",
    "path_regexp last ([^/]+)$",
    "method POST PUT",
    "method GET HEAD",
    "query q=bbb",
    "query q=*",
    "header X-Key k",
    "header !X-Key",
    "header X-Key *",
    "header Referer https://*",
    "header X-List *b*",
    "header_regexp ua User-Agent ^curl/(.*)",
    "remote_ip 127.0.0.0/8",
    "remote_ip 10.0.0.0/8",
    "remote_ip forwarded 10.0.0.0/8 192.0.2.7",
    "remote_ip private_ranges",
    "protocol http",
    "protocol http/1.1",
    "host *.test",
    "host nowhere.test",
    "not path /a/*",
    "not method GET",
    "{\n path /a/* /x*\n method GET POST\n}",
    "{\n not {\n path /api/*\n method POST\n }\n header X-Key k\n}",
    "{\n not path /a\n not path /api*\n}",
    "file {path} {path}/index.html",
    "file /x.txt",
    "file /missing.txt",
    "header Host s*",
    "vars {method} GET POST",
    "path /dir*",
];
const CODES: &[u16] = &[200, 201, 400, 401, 403, 404, 405, 410, 418, 429, 500, 503];

pub(crate) struct Text<'a> {
    lines: Vec<String>,
    random: &'a mut Random,
    upstream: u16,
    names: usize,
}

/// A site that Caddy may or may not accept.
pub(crate) fn site(random: &mut Random, name: &str, port: u16, root: &str, upstream: u16) -> String {
    let mut text = Text { lines: Vec::new(), random, upstream, names: 0 };
    text.push(format!("http://{name}:{port} {{"));
    text.mark();
    text.push(format!("root * {root}"));
    text.matchers();
    for _ in 0..2 + text.random.below(5) {
        text.directive(0);
    }
    if text.random.chance(40) {
        let last = *text.random.pick(&["file_server", "respond 404"]);
        text.push(last);
    }
    if text.random.chance(30) {
        text.errors();
    }
    text.push("}");
    text.lines.join("\n") + "\n"
}

impl Text<'_> {
    fn push(&mut self, line: impl AsRef<str>) {
        self.lines.extend(line.as_ref().split('\n').map(str::to_owned));
    }

    /// Marks the block that the last line opened.
    fn mark(&mut self) {
        let line = self.lines.len();
        self.push(format!("header X-Block {line}"));
    }

    fn matchers(&mut self) {
        self.names = self.random.below(4);
        for number in 0..self.names {
            let matcher = *self.random.pick(MATCHERS);
            self.push(format!("@m{number} {matcher}"));
        }
    }

    fn matcher(&mut self) -> String {
        match self.random.below(10) {
            0..4 => (*self.random.pick(PATHS)).to_owned(),
            4..8 if self.names > 0 => format!("@m{}", self.random.below(self.names)),
            _ => "*".to_owned(),
        }
    }

    fn directive(&mut self, depth: usize) {
        let matcher = self.matcher();
        let line = self.lines.len() + 1;
        let code = *self.random.pick(CODES);
        let upstream = self.upstream;
        match self.random.below(26) {
            0..4 => self.push(format!("respond {matcher} \"r{line}\" {code}")),
            4 => self.push(format!("respond {matcher} {code}")),
            5 => self.push(format!("error {matcher} {code}")),
            6 => self.push(format!("abort {matcher}")),
            7 => {
                let code = *self.random.pick(&["", " 301", " permanent", " 307", " html"]);
                self.push(format!("redir {matcher} /moved{{uri}}{code}"));
            }
            8 => {
                let to = *self.random.pick(&[
                    "/a/b/c.txt",
                    "/api{uri}",
                    "/x.txt?q=bbb",
                    "/n{path}?{query}&z=1",
                    "?q={method}",
                ]);
                self.push(format!("rewrite {matcher} {to}"));
            }
            9 => {
                let how = *self.random.pick(&[
                    "strip_prefix /a",
                    "strip_suffix .txt",
                    "replace /a/ /b/",
                    "strip_prefix api",
                ]);
                self.push(format!("uri {matcher} {how}"));
            }
            10 => {
                let method = *self.random.pick(&["GET", "post"]);
                self.push(format!("method {matcher} {method}"));
            }
            11 => {
                let operation = *self.random.pick(&[
                    "X-Key k",
                    "+X-Key two",
                    "-X-Key",
                    "-X-*",
                    "Host other.test",
                    "X-Path {path}",
                    "X-List b c",
                    "X-Q {query.q}",
                    "X-Who {remote_host}",
                    "X-H {host}",
                ]);
                self.push(format!("request_header {matcher} {operation}"));
            }
            12 => self.push(format!("basicauth {matcher} {{\nann HASH\n}}")),
            13 => {
                let tries = *self.random.pick(&[
                    "{path} /x.txt",
                    "{path} {path}/ /index.html",
                    "{path} =404",
                    "{path}.txt /a/x.txt?q=2",
                ]);
                self.push(format!("try_files {tries}"));
            }
            14..17 => self.proxy(&matcher, upstream),
            17 => {
                let options =
                    *self.random.pick(&["", " {\nindex b.html\n}", " {\nhide x.txt\n}", " {\npass_thru\n}"]);
                self.push(format!("file_server {matcher}{options}"));
            }
            18 => self.push(format!("vars {matcher} color {code}")),
            19 => self.push(format!("respond {matcher} \"r{line}\" {{vars.color}}")),
            _ if depth >= 2 => self.push(format!("respond {matcher} \"r{line}\" {code}")),
            20..23 => self.block(&format!("handle {matcher}"), depth),
            23 => {
                let path = *self.random.pick(&["/a/*", "/api*", "/dir", "/a/b/*"]);
                self.block(&format!("handle_path {path}"), depth);
            }
            _ => self.block(&format!("route {matcher}"), depth),
        }
    }

    fn proxy(&mut self, matcher: &str, upstream: u16) {
        let options = *self.random.pick(&[
            "",
            "",
            " {\nheader_up Host {upstream_hostport}\n}",
            " {\nheader_up X-Key {header.X-List}\nheader_up -Accept\n}",
            " {\ntrusted_proxies private_ranges\n}",
            " {\nmethod GET\nrewrite /re{uri}\n}",
            " {\nheader_up X-Real-IP {remote_host}\n}",
        ]);
        self.push(format!("reverse_proxy {matcher} 127.0.0.1:{upstream}{options}"));
    }

    fn block(&mut self, header: &str, depth: usize) {
        self.push(format!("{header} {{"));
        self.mark();
        for _ in 0..1 + self.random.below(3) {
            self.directive(depth + 1);
        }
        self.push("}");
    }

    fn errors(&mut self) {
        self.push("handle_errors {");
        let line = self.lines.len() + 1;
        let body = *self.random.pick(&[
            "respond \"e\"",
            "respond \"e\" 418",
            "rewrite /index.html\nfile_server",
            "respond \"{err.status_code}\" 200",
        ]);
        self.push(body);
        let _ = line;
        self.push("}");
    }
}
