//! Which product a configuration text is for.

use std::fmt;

/// A server or gateway whose configuration this crate may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Apache httpd.
    Apache,
    /// Caddy.
    Caddy,
    /// Envoy.
    Envoy,
    /// HAProxy.
    HaProxy,
    /// Kong, declarative.
    Kong,
    /// nginx.
    Nginx,
    /// Squid.
    Squid,
    /// Traefik, file provider.
    Traefik,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Apache => "Apache httpd",
            Self::Caddy => "Caddy",
            Self::Envoy => "Envoy",
            Self::HaProxy => "HAProxy",
            Self::Kong => "Kong",
            Self::Nginx => "nginx",
            Self::Squid => "Squid",
            Self::Traefik => "Traefik",
        })
    }
}

/// The names that main files go by, in lower case, without their directory.
const NAMES: &[(&str, Product)] = &[
    ("caddyfile", Product::Caddy),
    ("nginx.conf", Product::Nginx),
    ("httpd.conf", Product::Apache),
    ("apache2.conf", Product::Apache),
    (".htaccess", Product::Apache),
    ("haproxy.cfg", Product::HaProxy),
    ("squid.conf", Product::Squid),
];

/// The product that a file's name says, where the text has too few words of its own.
pub fn named(name: &str) -> Option<Product> {
    let own = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    // `Caddyfile.dev`, `.htaccess.old`
    let known = NAMES.iter().find(|(known, _)| {
        own.strip_prefix(known).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    known.map(|(_, product)| *product).or_else(|| own.ends_with(".caddy").then_some(Product::Caddy))
}

/// How much of a text is looked at; a configuration shows itself early.
const HEAD: usize = 64 << 10;

/// Words at the start of a line that only one product's configuration has, with their weight.
const SIGNS: &[(Product, &[&str])] = &[
    (
        Product::Nginx,
        &[
            "# configuration file ",
            "http {",
            "server {",
            "location ",
            "upstream ",
            "events {",
            "proxy_pass ",
            "server_name ",
            "fastcgi_pass ",
            "limit_except ",
            "try_files ",
            "worker_processes ",
            "listen ",
            "proxy_set_header ",
            "client_max_body_size ",
            "allow ",
            "deny ",
            "auth_request ",
            "error_page ",
            "ssl_certificate ",
            "add_header ",
            "set_real_ip_from ",
            "limit_req ",
            "limit_req_zone ",
            "limit_conn_zone ",
            "log_format ",
            "proxy_cache_path ",
            "map $",
            "geo $",
            "rewrite ^",
            "if ($",
        ],
    ),
    (
        Product::Apache,
        &[
            "<virtualhost",
            "<directory",
            "<location",
            "<files",
            "<ifmodule",
            "<limit",
            "rewriteengine",
            "rewriterule",
            "rewritecond",
            "require ",
            "allowoverride",
            "documentroot ",
            "loadmodule ",
            "order ",
            "serverroot ",
            "<requireall",
            "<requireany",
            "<requirenone",
            "options ",
            "authtype ",
            "listen ",
            "servername ",
            "serveralias ",
            "proxypass ",
            "proxypassreverse ",
            "proxypreservehost ",
            "requestheader ",
            "wsgiscriptalias ",
            "errordocument ",
            "sslengine ",
        ],
    ),
    (
        Product::HaProxy,
        &[
            "frontend ",
            "backend ",
            "defaults",
            "http-request ",
            "use_backend ",
            "default_backend ",
            "acl ",
            "bind ",
            "global",
            "mode http",
            "timeout client",
            "stick-table ",
            "http-response ",
        ],
    ),
    (
        Product::Caddy,
        &[
            "reverse_proxy ",
            "file_server",
            "handle_path ",
            "handle ",
            "respond ",
            "php_fastcgi ",
            "basic_auth",
            "basicauth",
            "tls ",
            "root * ",
            "header_up ",
            "handle_errors",
            "auto_https ",
            "request_header ",
            "forward_auth ",
            "redir ",
            "abort ",
        ],
    ),
    (
        Product::Envoy,
        &[
            "static_resources:",
            "filter_chains:",
            "typed_config:",
            "listeners:",
            "virtual_hosts:",
            "\"static_resources\"",
            "\"filter_chains\"",
            "\"typed_config\"",
            "\"listeners\"",
        ],
    ),
    (
        Product::Kong,
        &[
            "_format_version:",
            "_transform:",
            "services:",
            "consumers:",
            "plugins:",
            "\"_format_version\"",
            "\"services\"",
            "\"plugins\"",
        ],
    ),
    (Product::Squid, &["http_access ", "http_port ", "cache_peer ", "cache_dir ", "acl ", "refresh_pattern"]),
    (
        Product::Traefik,
        &["entrypoints:", "[http.routers", "http:", "middlewares:", "routers:", "[http.middlewares"],
    ),
];

/// The product whose words the text has most of; `None` when no product has two of them, or two have as many.
pub fn recognise(bytes: &[u8]) -> Option<Product> {
    let head = &bytes[..bytes.len().min(HEAD)];
    if head.contains(&0) {
        return None;
    }
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    if text.contains("apps\"") && text.contains("\"routes\"") && text.contains("\"handler\"") {
        return Some(Product::Caddy);
    }
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let score = |signs: &[&str]| {
        signs.iter().filter(|sign| lines.iter().any(|line| line.starts_with(**sign))).count()
    };
    let mut scores: Vec<(usize, Product)> =
        SIGNS.iter().map(|(product, signs)| (score(signs), *product)).collect();
    scores.sort_by(|left, right| right.cmp(left));
    let (best, second) = (scores[0], scores[1]);
    (best.0 >= 2 && best.0 > second.0).then_some(best.1)
}
