//! Random virtual hosts and `.htaccess` files.

use super::rules;
use crate::random::Random;

/// The text of one file.
struct Text<'r> {
    lines: Vec<String>,
    random: &'r mut Random,
    folder: String,
}

const DIRECTORIES: &[&str] = &[
    "", "/", "/a", "/a/b", "/a/b/", "/dir", "/ht", "/ht/in", "/ht2", "/img", "/run", "/*", "/a/*", "/linked",
];
const DIRECTORY_REGEXES: &[&str] = &["/a", "root/(dir|img)", "/b/?$", "root/ht"];
const FILES: &[&str] = &["x.txt", "*.txt", "?.html", "index.html", "*.[ph]*", "ok.cgi", ".ht*", "missing"];
const FILE_REGEXES: &[&str] = &["\\.(txt|php)$", "^index", "^\\.", "(?<name>.*)\\.html$"];
const LOCATIONS: &[&str] = &[
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/api",
    "/api/",
    "/x.txt",
    "/img",
    "/ht",
    "/*.txt",
    "/up",
    "/server-status",
    "/secret",
    "/cgi",
];
const LOCATION_REGEXES: &[&str] = &["^/a", "\\.txt$", "/b/", "^/(api|img)/", "^/(?!a)", "/$"];

/// A virtual host.
pub(crate) fn host(random: &mut Random, name: &str, port: u16, folder: &str, upstream: u16) -> String {
    let mut text = Text { lines: Vec::new(), random, folder: folder.to_owned() };
    let address = match text.random.below(12) {
        0 => format!("127.0.0.1:{port}"),
        1 => format!("127.0.0.2:{port}"),
        2 => "*".to_owned(),
        3 => format!("_default_:{port}"),
        4 => format!("127.0.0.2:{port} 127.0.0.3"),
        _ => format!("*:{port}"),
    };
    text.push(format!("<VirtualHost {address}>"));
    text.push(format!("ServerName {name}"));
    text.push(format!("ServerAlias www.{name} *.{name}"));
    text.push(format!("DocumentRoot {folder}/root"));
    text.server();
    text.push(format!("<Directory {folder}/root>"));
    text.push("Require all granted");
    text.settings(20, false);
    if text.random.chance(90) {
        let classes = *text.random.pick(&[
            "All",
            "All",
            "All",
            "All",
            "AuthConfig Limit",
            "FileInfo",
            "Options=Indexes FileInfo",
            "None",
        ]);
        text.push(format!("AllowOverride {classes}"));
    }
    text.push("</Directory>");
    for _ in 0..text.random.below(6) {
        text.section();
    }
    text.push("</VirtualHost>");
    text.finish(upstream)
}

/// A `.htaccess` file.
pub(crate) fn htaccess(random: &mut Random, folder: &str, upstream: u16) -> String {
    let mut text = Text { lines: Vec::new(), random, folder: folder.to_owned() };
    text.settings(25, false);
    if text.random.chance(25) {
        text.files();
    }
    if text.random.chance(15) {
        text.conditions();
    }
    if text.random.chance(3) {
        text.push("NoSuchDirective on");
    }
    text.finish(upstream)
}

impl Text<'_> {
    fn push(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn extend(&mut self, lines: Vec<String>) {
        self.lines.extend(lines);
    }

    fn finish(self, upstream: u16) -> String {
        let text = self.lines.join("\n") + "\n";
        text.replace("UPSTREAM", &upstream.to_string()).replace("ROOT", &format!("{}/root", self.folder))
    }

    /// Directives of the server itself.
    fn server(&mut self) {
        if self.random.chance(70) {
            self.push("RemoteIPHeader X-Forwarded-For");
            let kind = *self.random.pick(&[
                "RemoteIPInternalProxy 127.0.0.1",
                "RemoteIPTrustedProxy 127.0.0.1",
                "RemoteIPInternalProxy 127.0.0.1 10.0.0.0/8",
            ]);
            if self.random.chance(85) {
                self.push(kind);
            }
        }
        for _ in 0..self.random.below(3) {
            let line = rules::environment(self.random);
            self.push(line);
        }
        if self.random.chance(25) {
            let lines = rules::rewriting(self.random, true);
            self.extend(lines);
        }
        if self.random.chance(25) {
            let line = rules::redirect(self.random);
            self.push(line);
        }
        let folder = self.folder.clone();
        if self.random.chance(60) {
            self.push(format!("ScriptAlias /cgi/ {folder}/cgi/"));
            self.push(format!("<Directory {folder}/cgi>"));
            self.push("Require all granted");
            self.push("</Directory>");
        }
        if self.random.chance(40) {
            self.push(format!("Alias /alias {folder}/root/a"));
        }
        if self.random.chance(40) {
            let line = *self.random.pick(&[
                "ProxyPass /up/ http://127.0.0.1:UPSTREAM/u/",
                "ProxyPass /up http://127.0.0.1:UPSTREAM/u",
                "ProxyPassMatch ^/api/(.*)$ http://127.0.0.1:UPSTREAM/m/$1",
                "ProxyPass /api/v1 !\nProxyPass /api http://127.0.0.1:UPSTREAM",
                "ProxyPass /up http://127.0.0.1:UPSTREAM/raw nocanon",
            ]);
            self.push(line);
        }
        for line in [
            "TraceEnable Off",
            "LimitRequestFields 4",
            "LimitRequestFieldSize 30",
            "ProxyPreserveHost On",
            "AllowEncodedSlashes On",
            "AllowEncodedSlashes NoDecode",
            "MergeSlashes Off",
            "ProxyAddHeaders Off",
            "StrictHostCheck On",
        ] {
            if self.random.chance(6) {
                self.push(line);
            }
        }
        self.settings(8, true);
    }

    fn section(&mut self) {
        let folder = self.folder.clone();
        let (name, argument) = match self.random.below(12) {
            0..3 => ("Directory", format!("\"{folder}/root{}\"", self.random.pick(DIRECTORIES))),
            3 => ("DirectoryMatch", format!("\"{}\"", self.random.pick(DIRECTORY_REGEXES))),
            4..6 => return self.files(),
            6..9 => ("Location", format!("\"{}\"", self.random.pick(LOCATIONS))),
            9 => ("LocationMatch", format!("\"{}\"", self.random.pick(LOCATION_REGEXES))),
            10 => ("Proxy", "*".to_owned()),
            _ => return self.conditions(),
        };
        self.push(format!("<{name} {argument}>"));
        if name == "Location" && self.random.chance(8) {
            self.push("ProxyPass http://127.0.0.1:UPSTREAM/loc");
        }
        if name == "Location" && self.random.chance(5) {
            let line = *self.random.pick(&[
                "Redirect 403",
                "Redirect http://other.test/",
                "SetHandler server-status",
            ]);
            self.push(line);
        }
        self.settings(20, false);
        if name == "Directory" && self.random.chance(25) {
            let line = *self.random.pick(&[
                "AllowOverride All",
                "AllowOverride None",
                "AllowOverride AuthConfig FileInfo",
                "AllowOverrideList Require Options",
            ]);
            self.push(line);
        }
        if self.random.chance(15) && name != "Proxy" {
            self.push("AllowMethods GET POST OPTIONS");
        }
        if self.random.chance(4) {
            self.push("SSLRequireSSL");
        }
        if name == "Directory" && self.random.chance(15) {
            self.files();
        }
        self.push(format!("</{name}>"));
    }

    fn files(&mut self) {
        if self.random.chance(70) {
            let name = *self.random.pick(FILES);
            self.push(format!("<Files \"{name}\">"));
            self.settings(20, false);
            self.push("</Files>");
        } else {
            let name = *self.random.pick(FILE_REGEXES);
            self.push(format!("<FilesMatch \"{name}\">"));
            self.settings(20, false);
            self.push("</FilesMatch>");
        }
    }

    fn conditions(&mut self) {
        let expression = rules::expression(self.random);
        self.push(format!("<If \"{expression}\">"));
        self.settings(20, false);
        self.push("</If>");
        if self.random.chance(40) {
            let expression = rules::expression(self.random);
            self.push(format!("<ElseIf \"{expression}\">"));
            self.settings(20, false);
            self.push("</ElseIf>");
        }
        if self.random.chance(40) {
            self.push("<Else>");
            self.settings(20, false);
            self.push("</Else>");
        }
    }

    /// Directives that any section may hold.
    fn settings(&mut self, percent: usize, is_server: bool) {
        let folder = self.folder.clone();
        // A virtual host itself takes none of these.
        if self.random.chance(percent * 2) && !is_server {
            let is_asked = self.random.chance(40);
            if is_asked {
                let lines = rules::password(self.random, &folder);
                self.extend(lines);
            }
            let lines = rules::authorisation(self.random);
            self.limited(lines, 12);
        }
        if self.random.chance(percent * 2 / 3) && !is_server {
            let lines = rules::order(self.random);
            self.limited(lines, 20);
        }
        if self.random.chance(percent) {
            let line = *self.random.pick(&[
                "Options +Indexes",
                "Options Indexes FollowSymLinks",
                "Options None",
                "Options -FollowSymLinks",
                "Options +ExecCGI",
                "Options SymLinksIfOwnerMatch",
                "Options -Indexes +MultiViews",
                "Options All",
            ]);
            self.push(line);
        }
        if self.random.chance(percent / 2) {
            let line = *self.random.pick(&[
                "DirectoryIndex x.html",
                "DirectoryIndex none.html index.html",
                "DirectoryIndex disabled",
                "DirectorySlash Off",
                "FallbackResource /index.html",
                "DirectoryIndex x.html /x.txt",
                "DirectoryCheckHandler On",
            ]);
            self.push(line);
        }
        if self.random.chance(percent / 2) {
            let line = rules::environment(self.random);
            self.push(line);
        }
        if self.random.chance(percent / 3) && !is_server {
            let lines = rules::rewriting(self.random, false);
            self.extend(lines);
        }
        if self.random.chance(percent / 4) && !is_server {
            let line = rules::redirect(self.random);
            self.push(line);
        }
        if self.random.chance(percent / 3) {
            let line =
                *self.random.pick(&["LimitRequestBody 5", "LimitRequestBody 100", "LimitRequestBody 0"]);
            self.push(line);
        }
        if self.random.chance(percent / 3) {
            let line = *self.random.pick(&[
                "AddHandler cgi-script .cgi",
                "SetHandler cgi-script",
                "SetHandler none",
                "SetHandler default-handler",
                "AcceptPathInfo On",
                "AcceptPathInfo Off",
                "SetHandler \"proxy:http://127.0.0.1:UPSTREAM\"",
                "SetHandler nonsense",
            ]);
            self.push(line);
        }
        if self.random.chance(percent / 3) {
            let line = *self.random.pick(&[
                "ErrorDocument 403 http://other.test/403",
                "ErrorDocument 404 /err.html",
                "ErrorDocument 403 \"no\"",
                "ErrorDocument 403 default",
                "ErrorDocument 401 /err.html",
            ]);
            self.push(line);
        }
        if self.random.chance(percent / 2) {
            let line = *self.random.pick(&[
                "RequestHeader set X-New 1",
                "RequestHeader unset X-Key",
                "RequestHeader append X-Key more",
                "RequestHeader edit X-Key ^k q",
                "RequestHeader set X-Env \"%{bot}e\" env=bot",
                "RequestHeader setifempty X-Key none",
            ]);
            self.push(line);
        }
    }

    /// Some of the lines only for some methods.
    fn limited(&mut self, lines: Vec<String>, percent: usize) {
        let has_plain = lines.iter().all(|line| !line.starts_with("Auth"));
        if !self.random.chance(percent) || !has_plain {
            return self.extend(lines);
        }
        let name = *self.random.pick(&["Limit", "LimitExcept"]);
        let methods = rules::methods(self.random);
        self.push(format!("<{name} {methods}>"));
        self.extend(lines);
        self.push(format!("</{name}>"));
    }
}
