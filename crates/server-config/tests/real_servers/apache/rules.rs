//! Random directives: access, rewriting, redirects, environment.

use crate::random::Random;

const NETWORKS: &[&str] = &[
    "127.0.0.1",
    "10.0.0.0/8",
    "10.1",
    "192.0.2.0/24",
    "203.0.113.5",
    "2001:db8::/32",
    "127.0.0.0/255.0.0.0",
];
const METHODS: &[&str] = &["GET", "GET POST", "POST", "PUT DELETE", "POST OPTIONS"];
const EXPRESSIONS: &[&str] = &[
    "%{REQUEST_METHOD} == 'POST'",
    "%{REQUEST_METHOD} in { 'GET', 'PUT' }",
    "%{HTTP_USER_AGENT} =~ /bot/i",
    "-n %{QUERY_STRING} && %{QUERY_STRING} !~ /x=/",
    "%{REQUEST_URI} =~ m#^/a/# || %{REQUEST_URI} == '/x.txt'",
    "req('X-Key') == 'k'",
    "%{HTTP:X-Key} != ''",
    "-R '10.0.0.0/8'",
    "%{REMOTE_ADDR} -ipmatch '127.0.0.0/8'",
    "! (%{HTTP_REFERER} -strmatch '*good.test*')",
    "-z reqenv('bot')",
    "%{REQUEST_URI} -fnmatch '/a/*'",
    "tolower(%{HTTP_HOST}) =~ /^www\\./",
    "%{HTTP_COOKIE} =~ /id=(\\d+)/ && $1 -gt 5",
    "true",
    "false",
    "-T osenv('NOTHING')",
    "%{SERVER_PROTOCOL} == 'HTTP/1.1' && ! %{IS_SUBREQ} == 'true'",
    "-f %{REQUEST_FILENAME}",
    "%{REQUEST_METHOD} . 'x' == 'GETx'",
];
const ENV: &[&str] = &[
    "SetEnvIf User-Agent BadBot bot",
    "SetEnvIfNoCase User-Agent ^mozilla browser=yes",
    "SetEnvIf Request_URI \\.txt$ text=1 key",
    "SetEnvIf Request_Method ^(POST|PUT)$ writes=$1",
    "SetEnvIf Remote_Addr ^10\\. inside",
    "SetEnvIf X-Key ^open$ key !bot",
    "BrowserMatch curl tool",
    "SetEnvIfExpr \"%{REQUEST_METHOD} == 'POST'\" posted",
    "SetEnv late 1",
    "SetEnvIf Host \"^www\\.\" www",
    "SetEnvIf no-such-field ^$ absent",
];

pub(crate) fn environment(random: &mut Random) -> String {
    (*random.pick(ENV)).to_owned()
}

pub(crate) fn expression(random: &mut Random) -> String {
    (*random.pick(EXPRESSIONS)).to_owned()
}

pub(crate) fn methods(random: &mut Random) -> &'static str {
    METHODS[random.below(METHODS.len())]
}

/// One `Require` without its `not`.
pub(crate) fn require(random: &mut Random) -> String {
    match random.below(15) {
        0 | 1 => "Require all granted".to_owned(),
        2 => "Require all denied".to_owned(),
        3 | 4 => format!("Require ip {}", random.pick(NETWORKS)),
        5 => format!("Require ip {} {}", random.pick(NETWORKS), random.pick(NETWORKS)),
        6 => format!("Require method {}", random.pick(METHODS)),
        7 => {
            format!("Require env {}", random.pick(&["bot", "key inside", "tool", "late", "writes", "absent"]))
        }
        8 => format!("Require expr \"{}\"", random.pick(EXPRESSIONS).replace('"', "'")),
        9 => "Require local".to_owned(),
        10 => "Require valid-user".to_owned(),
        11 if random.chance(50) => "Require ssl".to_owned(),
        12 => "Require expr \"%{REMOTE_USER} == 'bob'\"".to_owned(),
        13 | 11 => format!("Require user {}", random.pick(&["ann", "bob cid", "zed"])),
        _ => format!("Require group {}", random.pick(&["staff", "admin staff", "none"])),
    }
}

/// The lines of an authorisation: rules and containers.
pub(crate) fn authorisation(random: &mut Random) -> Vec<String> {
    let mut lines = Vec::new();
    if random.chance(15) {
        lines.push(format!("AuthMerging {}", random.pick(&["And", "Or", "Off"])));
    }
    for _ in 0..=random.below(2) {
        if random.chance(25) {
            container(random, &mut lines, 0);
        } else {
            lines.push(require(random));
        }
    }
    if random.chance(8) {
        lines.push("AuthzSendForbiddenOnFailure On".to_owned());
    }
    lines
}

fn container(random: &mut Random, lines: &mut Vec<String>, depth: usize) {
    let name = *random.pick(&["RequireAll", "RequireAll", "RequireAny"]);
    lines.push(format!("<{name}>"));
    lines.push(require(random));
    for _ in 0..random.below(3) {
        if depth < 2 && random.chance(20) {
            container(random, lines, depth + 1);
        } else if name == "RequireAll" && random.chance(40) {
            lines.push(require(random).replacen("Require ", "Require not ", 1));
        } else {
            lines.push(require(random));
        }
    }
    if name == "RequireAll" && random.chance(20) {
        lines.push("<RequireNone>".to_owned());
        lines.push(require(random));
        lines.push("</RequireNone>".to_owned());
    }
    lines.push(format!("</{name}>"));
}

/// The rules of 2.2.
pub(crate) fn order(random: &mut Random) -> Vec<String> {
    let mut lines = vec![format!("Order {}", random.pick(&["allow,deny", "deny,allow", "Deny,Allow"]))];
    for _ in 0..random.below(4) {
        let verb = *random.pick(&["Allow", "Deny"]);
        let whom = match random.below(4) {
            0 => "all".to_owned(),
            1 => format!("env={}", random.pick(&["bot", "!bot", "key", "inside"])),
            _ => (*random.pick(NETWORKS)).to_owned(),
        };
        lines.push(format!("{verb} from {whom}"));
    }
    if random.chance(15) {
        lines.push(format!("Satisfy {}", random.pick(&["Any", "All"])));
    }
    lines
}

/// A password is asked for.
pub(crate) fn password(random: &mut Random, folder: &str) -> Vec<String> {
    let mut lines = vec!["AuthType Basic".to_owned(), "AuthName lab".to_owned()];
    if random.chance(95) {
        lines.push(format!("AuthUserFile {folder}/passwords"));
    }
    if random.chance(80) {
        lines.push(format!("AuthGroupFile {folder}/groups"));
    }
    lines
}

const CONDITIONS: &[&str] = &[
    "RewriteCond %{REQUEST_METHOD} ^POST$",
    "RewriteCond %{REQUEST_METHOD} !^(GET|HEAD)$",
    "RewriteCond %{HTTP_USER_AGENT} bot [NC]",
    "RewriteCond %{REQUEST_FILENAME} !-f",
    "RewriteCond %{REQUEST_FILENAME} -d",
    "RewriteCond %{QUERY_STRING} (^|&)q=([^&]*)",
    "RewriteCond %{HTTP:X-Key} =k [OR]",
    "RewriteCond %{ENV:bot} ^1$",
    "RewriteCond %{REMOTE_ADDR} ^127\\.",
    "RewriteCond %{HTTP_REFERER} !good\\.test",
    "RewriteCond %{REQUEST_URI} !^/api/",
    "RewriteCond %{THE_REQUEST} \\.\\./",
    "RewriteCond expr \"%{REQUEST_METHOD} == 'PUT'\"",
    "RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} -f",
    "RewriteCond $1 ^b",
    "RewriteCond %{HTTPS} off [NC]",
];
const SERVER_RULES: &[&str] = &[
    "RewriteRule ^/old/(.*)$ /a/$1 [L]",
    "RewriteRule ^/a/(.*) - [F]",
    "RewriteRule \\.php$ - [F,L]",
    "RewriteRule ^ - [F]",
    "RewriteRule ^/img - [G]",
    "RewriteRule ^/api/ - [R=404]",
    "RewriteRule ^/dir$ /a/b/c.txt [PT]",
    "RewriteRule ^/(missing.*)$ /x.txt?was=$1 [QSA,END]",
    "RewriteRule ^/x\\.txt$ http://other.test/y [R=301,L]",
    "RewriteRule (.*) $1 [E=seen:$1,NE]",
    "RewriteRule !^/a /a/x.html [L]",
    "RewriteRule ^/new/(.*) /old/$1",
    "RewriteRule ^/A(.*)$ /a$1 [NC]",
    "RewriteRule ^/up/(.*) http://127.0.0.1:UPSTREAM/p/$1 [P]",
    "RewriteRule ^/a - [S=1]",
    "RewriteRule ^/a/b - [C]",
    "RewriteRule ^/alias/(.*)$ /img/$1 [R]",
    "RewriteRule ^/(.*)\\.txt$ ROOT/a/b/c.txt",
    "RewriteRule . - [E=key:1]",
];
const SECTION_RULES: &[&str] = &[
    "RewriteRule ^old/(.*)$ a/$1 [L]",
    "RewriteRule ^(.*)\\.php$ - [F]",
    "RewriteRule ^ - [F]",
    "RewriteRule ^x\\.txt$ - [G]",
    "RewriteRule ^index\\.html$ - [L]",
    "RewriteRule . /index.html [L]",
    "RewriteRule ^missing /a/b/c.txt [END]",
    "RewriteRule ^b/(.*)$ x.html?p=$1 [QSA]",
    "RewriteRule ^b/(.*)$ http://other.test/$1 [R]",
    "RewriteRule ^in/(.*)$ $1",
    "RewriteRule ^(.*)$ - [R=403]",
    "RewriteRule ^.*\\.txt$ - [E=text:1]",
    "RewriteRule !\\.txt$ - [F]",
    "RewriteRule ^a/x\\.html$ http://127.0.0.1:UPSTREAM/s [P]",
];

/// Rewrite rules for a server or a section.
pub(crate) fn rewriting(random: &mut Random, is_server: bool) -> Vec<String> {
    let mut lines = vec!["RewriteEngine On".to_owned()];
    if !is_server && random.chance(15) {
        lines.push(format!("RewriteBase {}", random.pick(&["/", "/a/", "/ht"])));
    }
    if random.chance(8) {
        lines.push("RewriteOptions Inherit".to_owned());
    }
    for _ in 0..=random.below(3) {
        for _ in 0..random.below(3) {
            lines.push((*random.pick(CONDITIONS)).to_owned());
        }
        lines.push((*random.pick(if is_server { SERVER_RULES } else { SECTION_RULES })).to_owned());
    }
    lines
}

const REDIRECTS: &[&str] = &[
    "Redirect /old http://other.test/new",
    "Redirect permanent /img http://other.test/img",
    "Redirect gone /api",
    "Redirect 403 /secret",
    "Redirect 410 /dir/",
    "RedirectMatch 404 \\.php$",
    "RedirectMatch ^/a/b/(.*)$ /x.txt?$1",
    "RedirectMatch 403 /\\.",
    "RedirectPermanent /new http://other.test/",
    "Redirect seeother /up/a /x.txt",
];

pub(crate) fn redirect(random: &mut Random) -> String {
    (*random.pick(REDIRECTS)).to_owned()
}
