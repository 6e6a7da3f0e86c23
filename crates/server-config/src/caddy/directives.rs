//! Directives to routes, in Caddy's own order of them (`caddyconfig/httpcaddyfile/directives.go`, `builtins.go`).

use super::Config;
use super::long_names::long_names;
use super::matcher_sets::Named;
use super::one_handler;
use super::route::{Handler, Kind, Matcher, Rewrite, Route};
use super::sites::{insertion_sort, named};
use super::tree::Directive;

/// The order in which directives run, wherever they stand (`directiveOrder`, with those of later versions).
const ORDER: &[&str] = &[
    "tracing",
    "map",
    "vars",
    "fs",
    "root",
    "log_append",
    "skip_log",
    "log_skip",
    "log_name",
    "header",
    "copy_response_headers",
    "request_body",
    "redir",
    "method",
    "rewrite",
    "uri",
    "try_files",
    "basicauth",
    "basic_auth",
    "forward_auth",
    "request_header",
    "encode",
    "push",
    "intercept",
    "templates",
    "invoke",
    "handle",
    "handle_path",
    "route",
    "abort",
    "error",
    "copy_response",
    "respond",
    "metrics",
    "reverse_proxy",
    "php_fastcgi",
    "file_server",
    "acme_server",
];

/// Directives that configure the site and are no handlers.
const SETTINGS: &[&str] = &["bind", "handle_errors", "log", "tls"];

/// Directives of which the first that fits runs alone.
const EXCLUSIVE: &[&str] = &["handle", "rewrite", "root"];

/// The order with what the global option `order` changes.
pub(super) fn order(blocks: &[Directive]) -> Vec<String> {
    let mut order: Vec<String> = ORDER.iter().map(|name| (*name).to_owned()).collect();
    let global = blocks.first().filter(|block| block.words.is_empty()).map_or(&[][..], Directive::children);
    for option in global.iter().filter(|option| option.name() == "order") {
        let name = option.arg(0).to_owned();
        order.retain(|other| *other != name);
        let other = order.iter().position(|other| *other == option.arg(2));
        let at = match (option.arg(1), other) {
            ("first", _) => 0,
            ("before", Some(at)) => at,
            ("after", Some(at)) => at + 1,
            _ => order.len(),
        };
        order.insert(at, name);
    }
    order
}

/// The place of a directive in Caddy's own order; `None` for settings and unknown ones.
pub(super) fn rank(name: &str) -> Option<usize> {
    ORDER.iter().position(|other| *other == normal(name))
}

/// Whether a directive of a site is known here.
pub(super) fn is_known(name: &str) -> bool {
    name.starts_with('@')
        || ORDER.contains(&name)
        || SETTINGS.contains(&name)
        || matches!(name, "import" | "respond")
}

/// A site's routes.
pub(super) struct Body {
    pub(super) routes: Vec<Route>,
    /// Those of each `handle_errors`.
    pub(super) errors: Vec<Vec<Route>>,
}

/// Makes routes of directives.
pub(super) struct Adapter<'a> {
    pub(super) config: &'a Config,
    order: &'a [String],
    /// How many groups of routes there are so far, in all sites.
    groups: &'a mut u32,
}

/// A directive's routes; those of one directive stay together.
pub(super) struct Piece {
    directive: String,
    pub(super) routes: Vec<Route>,
    /// Whether it is a route of its own, which is sorted by its matcher.
    is_route: bool,
}

impl<'a> Adapter<'a> {
    pub(super) fn new(config: &'a Config, order: &'a [String], groups: &'a mut u32) -> Self {
        Self { config, order, groups }
    }

    pub(super) fn site(&mut self, directives: &[Directive]) -> Body {
        let names = named(&Named::new(), directives);
        let routes = self.sorted(directives, &names);
        let handlers = directives.iter().filter(|directive| directive.name() == "handle_errors");
        let errors = handlers.map(|directive| {
            let names = named(&names, directive.children());
            let routes = self.sorted(directive.children(), &names);
            match directive.args() {
                [] => routes,
                codes => vec![self.only_for(codes, directive, routes)],
            }
        });
        Body { routes, errors: errors.collect() }
    }

    /// `handle_errors 404 5xx` (Caddy 2.8).
    fn only_for(&self, codes: &[Box<str>], directive: &Directive, routes: Vec<Route>) -> Route {
        let codes = codes.iter().map(ToString::to_string).collect();
        let matchers = vec![vec![Matcher::Vars(vec![("{http.error.status_code}".to_owned(), codes)])]];
        let kind = Kind::Subroute { routes, errors: Vec::new() };
        Route { matchers, handlers: vec![self.handler(kind, directive)], group: None, terminal: false }
    }

    /// A block's routes in Caddy's order (`buildSubroute()`).
    pub(super) fn sorted(&mut self, directives: &[Directive], names: &Named) -> Vec<Route> {
        let mut pieces = self.pieces(directives, names);
        let position = |piece: &Piece| self.order.iter().position(|name| *name == piece.directive);
        insertion_sort(&mut pieces, |left, right| {
            if left.directive == right.directive {
                same_directive(left, right)
            } else {
                position(left) < position(right)
            }
        });
        for name in EXCLUSIVE {
            let same = |piece: &&mut Piece| piece.directive == *name;
            let count = pieces.iter_mut().filter(same).count();
            if count > 1 || *name == "rewrite" {
                let group = self.group();
                pieces
                    .iter_mut()
                    .filter(same)
                    .flat_map(|piece| &mut piece.routes)
                    .for_each(|route| route.group = Some(group.clone()));
            }
        }
        consolidated(pieces.into_iter().flat_map(|piece| piece.routes).collect())
    }

    /// The routes in the order of the text (`route`).
    fn unsorted(&mut self, directives: &[Directive], names: &Named) -> Vec<Route> {
        self.pieces(directives, names).into_iter().flat_map(|piece| piece.routes).collect()
    }

    fn group(&mut self) -> String {
        *self.groups += 1;
        format!("group{}", self.groups)
    }

    fn pieces(&mut self, directives: &[Directive], names: &Named) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for directive in directives.iter().filter(|directive| !directive.name().starts_with('@')) {
            if SETTINGS.contains(&directive.name()) {
                continue;
            }
            pieces.extend(self.piece(directive, names));
        }
        pieces
    }

    fn piece(&mut self, directive: &Directive, names: &Named) -> Vec<Piece> {
        let (matchers, args) = matcher_token(directive, names);
        let piece =
            |routes, is_route| Piece { directive: normal(directive.name()).to_owned(), routes, is_route };
        let route = |handlers| Route { matchers: matchers.clone(), handlers, group: None, terminal: false };
        match directive.name() {
            "try_files" => vec![piece(self.try_files(directive, directive.args()), false)],
            "php_fastcgi" => {
                let routes = self.php(directive, &args);
                match matchers.is_empty() {
                    true => vec![piece(routes, false)],
                    false => {
                        let kind = Kind::Subroute { routes, errors: Vec::new() };
                        vec![piece(vec![route(vec![self.handler(kind, directive)])], true)]
                    }
                }
            }
            "handle_path" => vec![piece(vec![self.handle_path(directive, names)], true)],
            name => {
                let kind = match name {
                    "handle" => {
                        let names = named(names, directive.children());
                        Kind::Subroute {
                            routes: self.sorted(directive.children(), &names),
                            errors: Vec::new(),
                        }
                    }
                    "route" => {
                        let names = named(names, directive.children());
                        Kind::Subroute {
                            routes: self.unsorted(directive.children(), &names),
                            errors: Vec::new(),
                        }
                    }
                    _ => one_handler::kind(directive, &args),
                };
                vec![piece(vec![route(vec![self.handler(kind, directive)])], true)]
            }
        }
    }

    fn handle_path(&mut self, directive: &Directive, names: &Named) -> Route {
        let path = directive.arg(0);
        let prefix = path.strip_suffix("/*").or(path.strip_suffix('*')).unwrap_or(path);
        let rewrite = Rewrite { strip_prefix: Some(prefix.to_owned()), ..Rewrite::default() };
        let names = named(names, directive.children());
        let mut routes = vec![Route {
            handlers: vec![self.handler(Kind::Rewrite(rewrite), directive)],
            ..Route::default()
        }];
        routes.extend(self.sorted(directive.children(), &names));
        let kind = Kind::Subroute { routes, errors: Vec::new() };
        let matchers = vec![vec![Matcher::Path(vec![path.to_owned()])]];
        Route { matchers, handlers: vec![self.handler(kind, directive)], group: None, terminal: false }
    }

    fn try_files(&mut self, directive: &Directive, args: &[Box<str>]) -> Vec<Route> {
        let group = self.group();
        let mut routes = Vec::new();
        let mut tries: Vec<String> = Vec::new();
        let route = |adapter: &Self, tries: Vec<String>, query: &str| {
            let uri = Some(format!("{{http.matchers.file.relative}}{}", long_names(query)));
            let handler = adapter.handler(Kind::Rewrite(Rewrite { uri, ..Rewrite::default() }), directive);
            let matchers = vec![vec![Matcher::File(None, tries)]];
            Route { matchers, handlers: vec![handler], group: Some(group.clone()), terminal: false }
        };
        for word in args {
            match word.find('?') {
                Some(at) => {
                    if !tries.is_empty() {
                        routes.push(route(self, std::mem::take(&mut tries), ""));
                    }
                    routes.push(route(self, vec![long_names(&word[..at])], &word[at..]));
                }
                None => tries.push(long_names(word)),
            }
        }
        if !tries.is_empty() {
            routes.push(route(self, tries, ""));
        }
        routes
    }

    pub(super) fn handler(&self, kind: Kind, directive: &Directive) -> Handler {
        Handler::new(kind, directive, self.config.place(directive))
    }
}

/// `handle_path` counts as `handle` (`normalizeDirectiveName()`).
fn normal(name: &str) -> &str {
    if name == "handle_path" { "handle" } else { name }
}

/// `*`, `/path`, or `@name` as the first argument, and the arguments behind it.
fn matcher_token<'d>(directive: &'d Directive, names: &Named) -> (Vec<Vec<Matcher>>, Vec<&'d str>) {
    let args: Vec<&str> = directive.args().iter().map(|word| &**word).collect();
    let matchers = match args.first() {
        Some(&"*") => Vec::new(),
        Some(path) if path.starts_with('/') => vec![vec![Matcher::Path(vec![long_names(path)])]],
        Some(name) if name.starts_with('@') => match names.get(*name) {
            Some(set) => vec![set.clone()],
            None => vec![vec![Matcher::Unknown(format!("the matcher `{name}`, which is not defined"))]],
        },
        _ => return (Vec::new(), args),
    };
    (matchers, args[1..].to_vec())
}

/// Longer paths first, routes with a matcher before those without; `vars` the other way round (`sortRoutes()`).
fn same_directive(left: &Piece, right: &Piece) -> bool {
    if !left.is_route || !right.is_route {
        return false;
    }
    let length = |piece: &Piece| match piece.routes[0].matchers.as_slice() {
        [set] => set.iter().find_map(|matcher| match matcher {
            Matcher::Path(paths) if paths.len() == 1 => Some(paths[0].len()),
            _ => None,
        }),
        _ => None,
    };
    let (left_length, right_length) = (length(left).unwrap_or(0), length(right).unwrap_or(0));
    let has = |piece: &Piece| !piece.routes[0].matchers.is_empty();
    let is_vars = left.directive == "vars";
    match (left_length > 0 && right_length > 0, is_vars) {
        (true, true) => left_length < right_length,
        (true, false) => left_length > right_length,
        (false, true) => !has(left) && has(right),
        (false, false) => has(left) && !has(right),
    }
}

/// Neighbours with the same matchers run as one route (`consolidateRoutes()`).
fn consolidated(routes: Vec<Route>) -> Vec<Route> {
    let mut out: Vec<Route> = Vec::new();
    for route in routes {
        match out.last_mut() {
            Some(last)
                if last.matchers == route.matchers
                    && last.terminal == route.terminal
                    && last.group == route.group =>
            {
                last.handlers.extend(route.handlers);
            }
            _ => out.push(route),
        }
    }
    out
}
