//! Random frontends and backends.

use crate::random::Random;

const TERMS: &[&str] = &[
    "{ path /a }",
    "{ path_beg /api }",
    "{ path_beg -i /API }",
    "{ path_end .php .txt }",
    "{ path_reg ^/a(/|$) }",
    "{ path_dir b }",
    "{ path_sub v1 }",
    "{ path_len gt 6 }",
    "{ hdr(host) -i shop.test }",
    "{ hdr_beg(host) -i www. }",
    "{ hdr_dom(host) -i shop }",
    "{ hdr_end(host) .test }",
    "{ req.hdr(x-key) -m found }",
    "{ req.hdr(x-key) k }",
    "{ hdr_cnt(x-forwarded-for) gt 1 }",
    "{ req.hdr(x-forwarded-for,1) -m ip 10.0.0.0/8 }",
    "{ hdr_ip(x-forwarded-for,-1) 10.0.0.0/8 192.0.2.0/255.255.255.0 }",
    "{ hdr_ip(x-forwarded-for) 203.0.113.5 2001:db8::/32 }",
    "{ method POST PUT }",
    "{ method -i get patch }",
    "METH_GET",
    "METH_POST",
    "TRUE",
    "FALSE",
    "LOCALHOST",
    "HTTP_1.1",
    "HTTP_CONTENT",
    "HTTP_URL_STAR",
    "{ src 127.0.0.0/8 }",
    "{ src 10.0.0.0/8 ::1 }",
    "{ url_param(q) -m found }",
    "{ url_param(q) bbb 12 }",
    "{ urlp_val(q) ge 2 }",
    "{ urlp_len(q) 1:2 }",
    "{ query -m sub x= }",
    "{ query -m found }",
    "{ req.cook(id) 7 }",
    "{ cook(other) -m found }",
    "{ cook_cnt(id) ge 2 }",
    "{ cook_beg(id) 8 }",
    "{ req.hdr_val(content-length) gt 5 }",
    "{ req.ver 1.1 }",
    "{ path,lower -m beg /a }",
    "{ path,field(2,/) a api }",
    "{ path,field(-1,/) b }",
    "{ path,word(1,/) a }",
    "{ path,word(-1,.) txt }",
    "{ path,url_dec -m reg ^/a/b }",
    "{ path,length gt 5 }",
    "{ base_sub test/a }",
    "{ base -m beg shop.test }",
    "{ path,map_beg(DIR/map) -m str x }",
    "{ path,map_str_int(DIR/numbers,3) gt 2 }",
    "{ hdr(host),map_dom(DIR/hosts,none) shop }",
    "{ src,map_ip(DIR/nets,far) near }",
    "{ path -f DIR/list }",
    "{ path_beg -i -f DIR/list -- /more }",
    "{ var(txn.a) -m str 1 }",
    "{ var(req.n) -m int gt 2 }",
    "{ var(txn.a) -m found }",
    "{ ssl_fc }",
    "{ dst_port PORT }",
    "{ http_auth(users) }",
    "{ url,regsub(/a,/b) -m sub /b }",
    "{ path,regsub(b,c,g) -m end c }",
    "{ req.hdr(user-agent),lower -m sub curl }",
    "{ req.hdr(accept) -m reg text|json }",
    "{ hdr(x-list) b }",
    "{ hdr(x-list,-1) c }",
    "{ req.fhdr(x-list) -m sub , }",
    "{ hdr_cnt(x-list) 3 }",
    "{ req.hdr_names -m sub x_key }",
    "{ str(abc),upper ABC }",
    "{ path,strcmp(txn.a) eq 0 }",
    "{ int(7),add(3),mod(4) 2 }",
    "{ path,bytes(1,3) -m str api }",
    "{ req.hdr(cookie),concat(;,txn.a,) -m sub ;1 }",
    "{ path -m found }",
    "{ url_beg / }",
    "{ src,ipmask(8) 127.0.0.0 }",
    "{ always_true }",
    "{ path_reg -i \"^/(admin|API)\" }",
    "{ path,iif(x,y) -m str y }",
];
const FORMATS: &[&str] = &[
    "x",
    "%[path]",
    "\"%[req.hdr(host),lower]\"",
    "%[src]",
    "\"a %HM %HP\"",
    "%[url_param(q)]",
    "%[var(txn.a)]-%%",
    "\"%[path,field(2,/),upper]\"",
    "%[req.hdr(x-list)]",
    "%[req.cook(id)]",
];
const NAMES: &[&str] = &["X-Key", "X-List", "X-New", "Host", "X-Forwarded-For", "Accept", "x_key"];

/// A section's lines. `other` are the names of backends that it may use.
pub(crate) struct Text<'a> {
    pub(crate) lines: Vec<String>,
    pub(crate) random: &'a mut Random,
    names: Vec<String>,
}

impl<'a> Text<'a> {
    pub(crate) fn new(random: &'a mut Random, header: String) -> Self {
        Self { lines: vec![header], random, names: Vec::new() }
    }

    fn push(&mut self, line: impl Into<String>) {
        self.lines.push(format!("    {}", line.into()));
    }

    fn term(&mut self) -> String {
        let negation = if self.random.chance(25) { "!" } else { "" };
        if !self.names.is_empty() && self.random.chance(30) {
            let name = self.random.pick(&self.names).clone();
            return format!("{negation}{name}");
        }
        format!("{negation}{}", self.random.pick(TERMS))
    }

    fn condition(&mut self) -> String {
        let policy = if self.random.chance(80) { "if" } else { "unless" };
        let mut terms = vec![self.term()];
        while terms.len() < 4 && self.random.chance(35) {
            if self.random.chance(40) {
                terms.push(if self.random.chance(50) { "or".to_owned() } else { "||".to_owned() });
            }
            terms.push(self.term());
        }
        format!("{policy} {}", terms.join(" "))
    }

    pub(crate) fn acls(&mut self) {
        for number in 0..self.random.below(4) {
            let term = *self.random.pick(TERMS);
            if let Some(inner) = term.strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" }")) {
                let name = format!("acl_{}", number % 3);
                self.push(format!("acl {name} {inner}"));
                self.names.push(name);
            }
        }
    }

    pub(crate) fn rules(&mut self, most: usize) {
        for _ in 0..self.random.below(most) {
            let rule = self.rule();
            let condition = self.condition();
            self.push(format!("http-request {rule} {condition}"));
        }
        if self.random.chance(10) {
            let condition = self.condition();
            self.push(format!("redirect location /moved code 301 {condition}"));
        }
    }

    fn rule(&mut self) -> String {
        let format = *self.random.pick(FORMATS);
        let name = *self.random.pick(NAMES);
        match self.random.below(30) {
            0..4 => "deny".to_owned(),
            4 => format!("deny deny_status {}", self.random.pick(&["400", "401", "404", "429", "503"])),
            5 => "deny status 418 content-type text/plain string no".to_owned(),
            6 => "tarpit".to_owned(),
            7 => (*self.random.pick(&["reject", "reject"])).to_owned(),
            8 => "return status 200 content-type text/plain string r".to_owned(),
            9 => "return status 204".to_owned(),
            10 => format!(
                "redirect {}",
                self.random.pick(&["location /x", "prefix http://h code 303", "scheme https code 308"])
            ),
            11 => format!(
                "redirect location \"%[url_param(q)]\" ignore-empty code {}",
                self.random.pick(&["301", "307"])
            ),
            12 => (*self.random.pick(&["auth", "auth realm x"])).to_owned(),
            13 => "allow".to_owned(),
            14..17 => format!("set-header {name} {format}"),
            17 => format!("add-header {name} {format}"),
            18 => format!("del-header {name}"),
            19 => format!("del-header X- -m {}", self.random.pick(&["beg", "sub", "end"])),
            20 => format!("replace-header {name} ^(.)(.*)$ \\2-\\1"),
            21 => format!("replace-value {name} [ac] \"<\\0>\""),
            22 => {
                format!("set-path \"/p{}\"", self.random.pick(&["%[path]", "%[path,regsub(^/a,/api)]", ""]))
            }
            23 => {
                format!("set-query {}", self.random.pick(&["q=%[path,length]", "\"%[query]&q=bbb\""]))
            }
            24 => "replace-path /a/(.*) /api/\\1".to_owned(),
            25 => format!("set-method {}", self.random.pick(&["GET", "POST"])),
            26 => format!(
                "set-var(txn.a) {}",
                self.random.pick(&["str(1)", "path", "req.hdr(x-key)", "url_param(q)"])
            ),
            27 => format!(
                "set-var(req.n) {}",
                self.random.pick(&["int(3)", "path,length", "hdr_cnt(x-list),add(1)"])
            ),
            28 => "set-src hdr_ip(x-forwarded-for)".to_owned(),
            _ => format!("set-uri {}", self.random.pick(&["/uri?q=2", "%[url]&z"])),
        }
    }

    pub(crate) fn settings(&mut self) {
        if self.random.chance(20) {
            let except = *self.random.pick(&["", " except 127.0.0.0/8", " header X-Client", " if-none"]);
            self.push(format!("option forwardfor{except}"));
        }
        if self.random.chance(8) {
            let how = *self.random.pick(&["reject", "delete", "preserve"]);
            self.push(format!("option http-restrict-req-hdr-names {how}"));
        }
        if self.random.chance(6) {
            self.push("stats uri /stats");
            if self.random.chance(60) {
                self.push("stats auth ann:secret");
            }
        }
        if self.random.chance(5) {
            self.push("errorfile 403 DIR/403.http");
        }
        if self.random.chance(5) {
            self.push("errorloc303 401 /login");
        }
    }

    pub(crate) fn frontend(&mut self, backends: usize) {
        if self.random.chance(15) {
            self.push("monitor-uri /monitor");
            if self.random.chance(50) {
                let condition = self.condition();
                self.push(format!("monitor fail {condition}"));
            }
        }
        for _ in 0..self.random.below(2) {
            let condition = self.condition();
            let rule = *self.random.pick(&[
                "connection reject",
                "content reject",
                "content accept",
                "content set-var(txn.a) str(1)",
            ]);
            let condition = if rule.starts_with("connection") { "if { src 10.0.0.0/8 }" } else { &condition };
            self.push(format!("tcp-request {rule} {condition}"));
        }
        for _ in 0..self.random.below(4) {
            let condition = self.condition();
            let name = match self.random.below(6) {
                0 => "%[path,field(2,/),map_str(DIR/backends)]".to_owned(),
                _ => format!("b{}", self.random.below(backends)),
            };
            self.push(format!("use_backend {name} {condition}"));
        }
        if self.random.chance(90) {
            let name = self.random.below(backends);
            self.push(format!("default_backend b{name}"));
        }
    }
}
