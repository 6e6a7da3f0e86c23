//! Directives that are one handler, made of their arguments alone (`caddyconfig/httpcaddyfile/builtins.go`).

use super::long_names::long_names;
use super::proxy_options;
use super::route::{Files, HeaderOperation, Kind, Rewrite};
use super::tree::Directive;

/// Handlers that need nothing but their arguments.
pub(super) fn kind(directive: &Directive, args: &[&str]) -> Kind {
    let arg = |index: usize| args.get(index).map_or(String::new(), |word| long_names(word));
    let is_open = args.iter().any(|word| word.contains("{$"));
    match directive.name() {
        "respond" | "error" | "redir" if is_open => Kind::Unknown(directive.text()),
        "root" => Kind::Vars(vec![("root".to_owned(), arg(0))]),
        "vars" => {
            let mut pairs = vec![(arg(0), arg(1))];
            pairs.extend(
                directive.children().iter().map(|line| (line.name().to_owned(), long_names(line.arg(0)))),
            );
            pairs.retain(|(key, _)| !key.is_empty());
            Kind::Vars(pairs)
        }
        "redir" => Kind::Respond { status: redirect_status(&arg(1)) },
        "respond" => respond(&arg(0), args.get(1).map(|_| arg(1))),
        "abort" => Kind::Abort,
        "error" => Kind::Error {
            status: if arg(1).is_empty() && !is_status(&arg(0)) && !arg(0).starts_with('{') {
                "500".to_owned()
            } else if arg(1).is_empty() {
                arg(0)
            } else {
                arg(1)
            },
        },
        "method" => Kind::Rewrite(Rewrite { method: Some(arg(0)), ..Rewrite::default() }),
        "rewrite" => Kind::Rewrite(Rewrite { uri: Some(arg(0)), ..Rewrite::default() }),
        "uri" => uri(&(0..args.len()).map(arg).collect::<Vec<_>>()),
        "request_header" => Kind::RequestHeaders(
            header_operation(&arg(0), &arg(1), args.get(2).map(|_| arg(2))).into_iter().collect(),
        ),
        "request_body" => body_limit(directive),
        "basicauth" | "basic_auth" => {
            Kind::Users(directive.children().iter().map(|line| line.name().to_owned()).collect())
        }
        "reverse_proxy" => Kind::Proxy(proxy_options::reverse_proxy(directive, args)),
        "forward_auth" => Kind::Proxy(proxy_options::forward_auth(directive, args)),
        "file_server" => Kind::Files(files(directive, args)),
        "metrics" => Kind::Respond { status: "200".to_owned() },
        "tracing" | "skip_log" | "log_skip" | "log_append" | "log_name" | "header" | "encode" | "push"
        | "templates" | "fs" => Kind::Neutral,
        name => Kind::Unknown(name.to_owned()),
    }
}

fn is_status(text: &str) -> bool {
    text.len() == 3 && text.parse::<u16>().is_ok_and(|status| status > 0)
}

fn respond(first: &str, second: Option<String>) -> Kind {
    let status = match second {
        Some(status) => status,
        None if is_status(first) => first.to_owned(),
        None => String::new(),
    };
    Kind::Respond { status }
}

fn redirect_status(code: &str) -> String {
    match code {
        "permanent" => "301",
        "temporary" | "" => "302",
        "html" => "200",
        code => code,
    }
    .to_owned()
}

fn uri(args: &[String]) -> Kind {
    let arg = |index: usize| args.get(index).cloned().unwrap_or_default();
    let mut rewrite = Rewrite::default();
    match arg(0).as_str() {
        "strip_prefix" if arg(1).starts_with('/') => rewrite.strip_prefix = Some(arg(1)),
        "strip_prefix" => rewrite.strip_prefix = Some(format!("/{}", arg(1))),
        "strip_suffix" => rewrite.strip_suffix = Some(arg(1)),
        "replace" if args.len() == 3 => rewrite.substrings.push((arg(1), arg(2))),
        "path_regexp" => rewrite.patterns.push((arg(1), arg(2))),
        other => return Kind::Unknown(format!("uri {other}")),
    }
    Kind::Rewrite(rewrite)
}

/// `Field value`, `+Field value`, `-Field`, `Field find replace` (`applyHeaderOp()`).
pub(super) fn header_operation(
    field: &str,
    value: &str,
    replacement: Option<String>,
) -> Option<HeaderOperation> {
    let field = field.trim_end_matches(':');
    Some(match (field.chars().next()?, replacement) {
        ('+', _) => HeaderOperation::Add(field[1..].to_owned(), value.to_owned()),
        ('-', _) => HeaderOperation::Delete(field[1..].to_owned()),
        (_, Some(replacement)) => HeaderOperation::Replace(field.to_owned(), value.to_owned(), replacement),
        _ => HeaderOperation::Set(field.to_owned(), value.to_owned()),
    })
}

fn body_limit(directive: &Directive) -> Kind {
    let limit = directive.children().iter().find(|option| option.name() == "max_size");
    let Some(text) = limit.map(|option| option.arg(0).to_ascii_lowercase()) else { return Kind::Neutral };
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: u64 = match &text[at..] {
        "" | "b" => 1,
        "kb" | "k" => 1_000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Kind::Unknown(limit.map_or(String::new(), Directive::text)),
    };
    text[..at].parse::<u64>().map_or(Kind::Neutral, |number| Kind::BodyLimit(number.saturating_mul(unit)))
}

fn files(directive: &Directive, args: &[&str]) -> Files {
    let mut files =
        Files { index: vec!["index.html".to_owned(), "index.txt".to_owned()], ..Files::default() };
    files.browses = args.first() == Some(&"browse");
    for option in directive.children() {
        let words = || option.args().iter().map(|word| long_names(word)).collect::<Vec<String>>();
        match option.name() {
            "root" => files.root = words().into_iter().next(),
            "index" => files.index = words(),
            "hide" => files.hide.extend(words()),
            "pass_thru" => files.passes_through = true,
            "browse" => files.browses = true,
            "status" => files.status = option.arg(0).to_owned(),
            _ => {}
        }
    }
    files
}
