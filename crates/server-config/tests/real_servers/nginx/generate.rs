//! Random server blocks. Every block adds `X-Block: LINE` to its answers, which shows where a request ended.

use crate::random::Random;

/// The text of one server block's file, and the lines at which blocks with an `X-Block` of their own start.
pub(crate) struct Text {
    lines: Vec<String>,
    random: Random,
    root: String,
    upstream: u16,
    names: Vec<String>,
}

const PREFIXES: &[&str] = &["/", "/a", "/a/", "/a/b", "/a/b/", "/api/", "/dir/", "/img", "/x.txt", "/old/"];
const REGEXES: &[&str] = &[
    "\\.txt$",
    "^/a",
    "/b/",
    "^/(a|img)/(.*)$",
    "^/api/v(\\d)",
    "(?<last>[^/]+)$",
    "^/(?!a)",
    "\\.(php|html)$",
    "/$",
];
const TARGETS: &[&str] =
    &["/x.txt", "/a/b/c.txt", "/dir/", "/missing", "/err.html", "/a/new$uri", "/api/v1/$1", "/a?x=$arg_q"];
const CODES: &[u16] = &[200, 204, 301, 302, 400, 401, 403, 404, 405, 410, 418, 444, 500, 503];
const NETWORKS: &[&str] = &["127.0.0.1", "10.0.0.0/8", "192.0.2.0/24", "203.0.113.5", "2001:db8::/32", "all"];

/// A server block that nginx may or may not accept.
pub(crate) fn server(random: &mut Random, name: &str, port: u16, root: &str, upstream: u16) -> String {
    let random = Random::new(random.next());
    let mut text = Text { lines: Vec::new(), random, root: root.to_owned(), upstream, names: Vec::new() };
    text.push("server {");
    text.mark();
    text.push(format!("listen 127.0.0.1:{port};"));
    text.push(format!("server_name {name};"));
    text.push(format!("root {root};"));
    text.push("set_real_ip_from 127.0.0.1;");
    let header = *text.random.pick(&["X-Forwarded-For", "X-Real-IP"]);
    text.push(format!("real_ip_header {header};"));
    if text.random.chance(50) {
        text.push("real_ip_recursive on;");
        text.push("set_real_ip_from 10.0.0.0/8;");
    }
    text.settings(15);
    if text.random.chance(15) {
        text.rewrites("server");
    }
    let count = 2 + text.random.below(6);
    for _ in 0..count {
        text.location("/", 0);
    }
    text.push("location = /auth { internal; return 204; }");
    text.push("location = /deny { return 403; }");
    text.push("location = /auth-file { alias /dev/null; }");
    for named in ["@one", "@two"] {
        text.push(format!("location {named} {{"));
        text.mark();
        text.body(named);
        text.push("}");
    }
    text.push("}");
    text.lines.join("\n")
}

impl Text {
    fn push(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Marks the block that the last line opened.
    fn mark(&mut self) {
        let line = self.lines.len();
        self.push(format!("add_header X-Block {line} always;"));
    }

    fn location(&mut self, parent: &str, depth: usize) {
        let choice = self.random.below(10);
        let (modifier, name) = match choice {
            0..4 => ("", *self.random.pick(PREFIXES)),
            4 => ("=", *self.random.pick(PREFIXES)),
            5 => ("^~", *self.random.pick(PREFIXES)),
            6..9 => ("~", *self.random.pick(REGEXES)),
            _ => ("~*", *self.random.pick(REGEXES)),
        };
        let is_regex = modifier.starts_with('~');
        let key = format!("{} {parent} {name}", if modifier == "=" || is_regex { modifier } else { "" });
        if !is_regex && (!name.starts_with(parent) || self.names.contains(&key)) {
            return;
        }
        self.names.push(key);
        self.push(format!("location {modifier} \"{name}\" {{"));
        self.mark();
        if depth < 2 && modifier != "=" && self.random.chance(20) {
            let inner = if is_regex { "\0" } else { name };
            self.location(inner, depth + 1);
        }
        self.body(if is_regex { "~" } else { name });
        self.push("}");
    }

    fn body(&mut self, name: &str) {
        if self.random.chance(25) {
            self.rewrites("location");
        }
        self.settings(12);
        if self.random.chance(15) {
            let methods = *self.random.pick(&["GET", "GET POST", "POST", "PUT DELETE"]);
            self.push(format!("limit_except {methods} {{"));
            self.addresses();
            self.push("}");
        }
        if self.random.chance(6) && !name.starts_with('@') {
            self.push("internal;");
        }
        let choice = self.random.below(20);
        let (root, upstream) = (self.root.clone(), self.upstream);
        match choice {
            0..5 => {
                let uri = *self.random.pick(&["", "", "/up/", "/up"]);
                self.push(format!("proxy_pass http://127.0.0.1:{upstream}{uri};"));
                self.proxy_headers();
            }
            5..8 => {
                let last = *self.random.pick(&["=403", "=404", "/x.txt", "@one", "@two", "/a/b/c.txt?y=1"]);
                let first = *self.random.pick(&["$uri", "$uri $uri/", "$uri.txt", "/dir/", "/x.txt"]);
                self.push(format!("try_files {first} {last};"));
            }
            8 => self.push(format!("alias {root}/dir/;")),
            9 => self.push(format!("root {root}/a;")),
            10 => self.push("stub_status;"),
            11 => self.push("empty_gif;"),
            12..14 => self.answer(),
            _ => {}
        }
    }

    fn answer(&mut self) {
        let code = *self.random.pick(CODES);
        let line = self.lines.len() + 1;
        match code {
            301 | 302 => self.push(format!("return {code} /r{line};")),
            204 | 444 => self.push(format!("return {code};")),
            _ if self.random.chance(50) => self.push(format!("return {code} \"r{line}\";")),
            _ => self.push(format!("return {code};")),
        }
    }

    fn proxy_headers(&mut self) {
        let headers = [
            "Host $host",
            "X-Real-IP $remote_addr",
            "X-Forwarded-For $proxy_add_x_forwarded_for",
            "X-Forwarded-Proto $scheme",
            "X-Key \"\"",
            "Upgrade $http_upgrade",
            "X-Args \"$args$is_args$uri\"",
            "X-Map $mapped",
            "X-Geo $region",
        ];
        for header in headers {
            if self.random.chance(15) {
                self.push(format!("proxy_set_header {header};"));
            }
        }
    }

    fn addresses(&mut self) {
        for _ in 0..1 + self.random.below(3) {
            let word = *self.random.pick(&["allow", "deny", "deny"]);
            let network = *self.random.pick(NETWORKS);
            self.push(format!("{word} {network};"));
        }
    }

    /// Settings that are inherited, each with this chance in percent.
    fn settings(&mut self, percent: usize) {
        let root = self.root.clone();
        if self.random.chance(percent) {
            self.addresses();
        }
        if self.random.chance(percent / 2) {
            let realm = *self.random.pick(&["closed", "closed", "off"]);
            let file = *self.random.pick(&["passwords", "passwords", "none"]);
            self.push(format!("auth_basic {realm};"));
            self.push(format!("auth_basic_user_file {root}/{file};"));
        }
        if self.random.chance(percent / 3) {
            let uri = *self.random.pick(&["/auth", "/deny", "/auth-file", "off", "/missing"]);
            self.push(format!("auth_request {uri};"));
        }
        if self.random.chance(percent) {
            let word = *self.random.pick(&["any", "all"]);
            self.push(format!("satisfy {word};"));
        }
        if self.random.chance(percent) {
            let codes = *self.random.pick(&["403", "403 404", "401 405 413", "500 502", "301 302"]);
            let overwrite = *self.random.pick(&["", "", "=", "=200", "=403"]);
            let uri = *self.random.pick(&[
                "/err.html",
                "/x.txt",
                "@one",
                "@two",
                "/missing",
                "http://elsewhere.test/",
                "/dir/",
            ]);
            self.push(format!("error_page {codes} {overwrite} {uri};"));
        }
        if self.random.chance(percent / 2) {
            self.push("recursive_error_pages on;");
        }
        if self.random.chance(percent) {
            let size = *self.random.pick(&["1", "1k", "0", "10m"]);
            self.push(format!("client_max_body_size {size};"));
        }
        if self.random.chance(percent) {
            let names =
                *self.random.pick(&["index.html", "none.html x.txt", "none.html", "/x.txt", "b/ index.html"]);
            self.push(format!("index {names};"));
        }
        if self.random.chance(percent / 2) {
            self.push("autoindex on;");
        }
        if self.random.chance(percent / 3) {
            self.push("limit_req zone=z burst=1000 nodelay;");
        }
    }

    fn rewrites(&mut self, place: &str) {
        for _ in 0..1 + self.random.below(3) {
            match self.random.below(6) {
                0 => self.push("set $y \"$uri-$arg_q\";"),
                1..4 => self.condition(place),
                4 => {
                    let regex = *self.random.pick(REGEXES);
                    let target = *self.random.pick(TARGETS);
                    let flag = *self.random.pick(&["", "last", "break", "redirect", "permanent"]);
                    self.push(format!("rewrite \"{regex}\" {target} {flag};"));
                }
                _ if self.random.chance(20) => self.answer(),
                _ => self.push("break;"),
            }
        }
    }

    fn condition(&mut self, place: &str) {
        if self.random.chance(20) && place == "location" {
            self.push("valid_referers none server_names *.good.test good.test/ok;");
            self.push("if ($invalid_referer) {");
        } else {
            let condition = *self.random.pick(&[
                "$request_method = POST",
                "$request_method != GET",
                "$request_method ~ ^(PUT|DELETE)$",
                "$mapped",
                "$region = lab",
                "$http_x_key",
                "$arg_q ~* \"^(b+)$\"",
                "$y !~ a",
                "-f $request_filename",
                "!-e $request_filename",
                "-d $document_root$uri",
                "$host = s1.test",
                "$remote_addr ~ ^10\\.",
                "$cookie_id",
                "$uri !~* \"/B/\"",
                "$content_length = 10",
            ]);
            self.push(format!("if ({condition}) {{"));
        }
        if place == "location" {
            self.mark();
        }
        match self.random.below(4) {
            0..2 => self.answer(),
            2 => self.push("set $y in;"),
            _ if place == "location" && self.random.chance(50) => {
                let upstream = self.upstream;
                self.push(format!("proxy_pass http://127.0.0.1:{upstream};"));
            }
            _ => {
                let target = *self.random.pick(TARGETS);
                self.push(format!("rewrite ^ {target} last;"));
            }
        }
        self.push("}");
    }
}
