//! `reverse_proxy`, `forward_auth` and `php_fastcgi` (`modules/caddyhttp/reverseproxy/caddyfile.go`).

use super::directives::Adapter;
use super::long_names::long_names;
use super::one_handler::header_operation;
use super::route::{Kind, Matcher, Proxy, Rewrite, Route, ranges};
use super::tree::Directive;

pub(super) fn reverse_proxy(directive: &Directive, args: &[&str]) -> Proxy {
    let mut proxy =
        Proxy { upstreams: args.iter().map(|word| (*word).to_owned()).collect(), ..Proxy::default() };
    options(&mut proxy, directive);
    proxy.is_tls |=
        proxy.upstreams.iter().any(|upstream| upstream.starts_with("https://") || upstream.ends_with(":443"));
    for upstream in &mut proxy.upstreams {
        let bare = upstream
            .strip_prefix("https://")
            .or(upstream.strip_prefix("http://"))
            .or(upstream.strip_prefix("h2c://"));
        *upstream = bare.unwrap_or(upstream).to_owned();
        if !upstream.contains(':') && !upstream.contains('/') {
            let port = if proxy.is_tls { 443 } else { 80 };
            *upstream = format!("{upstream}:{port}");
        }
        // `:8080` is a port of this machine.
        if upstream.starts_with(':') {
            *upstream = format!("localhost{upstream}");
        }
    }
    proxy
}

fn options(proxy: &mut Proxy, directive: &Directive) {
    for option in directive.children() {
        let words = || option.args().iter().map(|word| long_names(word)).collect::<Vec<String>>();
        match option.name() {
            "to" => proxy.upstreams.extend(words()),
            "dynamic" => proxy.upstreams.push(option.text()),
            "header_up" => {
                let words = words();
                let word = |index: usize| words.get(index).cloned().unwrap_or_default();
                proxy.headers.extend(header_operation(&word(0), &word(1), words.get(2).cloned()));
            }
            "method" => proxy.rewrite.get_or_insert_default().method = words().into_iter().next(),
            "rewrite" => proxy.rewrite.get_or_insert_default().uri = words().into_iter().next(),
            "trusted_proxies" => proxy.trusted = ranges(option.args()),
            "handle_response" | "replace_status" => proxy.handles_answers = true,
            "transport" => match option.arg(0) {
                "fastcgi" => proxy.is_fastcgi = true,
                _ => proxy.is_tls |= option.children().iter().any(|line| line.name().starts_with("tls")),
            },
            _ => {}
        }
    }
}

/// The request goes on when the upstream answers with 2xx.
pub(super) fn forward_auth(directive: &Directive, args: &[&str]) -> Proxy {
    Proxy { asks: true, ..reverse_proxy(directive, args) }
}

impl Adapter<'_> {
    /// A redirect for directories, a rewrite to the index file, and the proxy for `*.php` (`parsePHPFastCGI()`).
    pub(super) fn php(&mut self, directive: &Directive, args: &[&str]) -> Vec<Route> {
        let option = |name: &str| directive.children().iter().find(|option| option.name() == name);
        let index = option("index").map_or("index.php", |option| option.arg(0));
        let extensions: Vec<String> = match option("split") {
            Some(option) => option.args().iter().map(ToString::to_string).collect(),
            None => vec![".php".to_owned()],
        };
        let path = "{http.request.uri.path}";
        let tries: Vec<String> = match option("try_files") {
            Some(option) => option.args().iter().map(|word| long_names(word)).collect(),
            None => vec![path.to_owned(), format!("{path}/{index}"), index.to_owned()],
        };
        let root = option("root").map(|option| long_names(option.arg(0)));
        let mut routes = Vec::new();
        if index != "off" {
            let not_directory = Matcher::Not(vec![vec![Matcher::Path(vec!["*/".to_owned()])]]);
            let has_index = Matcher::File(root.clone(), vec![format!("{path}/{index}")]);
            let redirect = self.handler(Kind::Respond { status: "308".to_owned() }, directive);
            routes.push(Route {
                matchers: vec![vec![has_index, not_directory]],
                handlers: vec![redirect],
                ..Route::default()
            });
            let uri = Some("{http.matchers.file.relative}".to_owned());
            let rewrite = self.handler(Kind::Rewrite(Rewrite { uri, ..Rewrite::default() }), directive);
            let is_file = Matcher::File(root, tries);
            routes.push(Route { matchers: vec![vec![is_file]], handlers: vec![rewrite], ..Route::default() });
        }
        let paths = extensions.iter().map(|extension| format!("*{extension}")).collect();
        let mut proxy = reverse_proxy(directive, args);
        proxy.is_fastcgi = true;
        let handler = self.handler(Kind::Proxy(proxy), directive);
        routes.push(Route {
            matchers: vec![vec![Matcher::Path(paths)]],
            handlers: vec![handler],
            ..Route::default()
        });
        routes
    }
}
