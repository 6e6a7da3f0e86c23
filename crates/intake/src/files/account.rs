//! The account that a server runs as: from its configuration, its running workers, or `id`.

use model::{Evidence, Setting, SourceKind, Span};
use server_config::os::{Account, Facts};

/// An account that a server may run as.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) account: Account,
    /// The place that names it.
    pub(super) span: Option<Span>,
    /// The product that runs as it; empty where the place does not tell.
    product: &'static str,
    /// Whether the place says that a server runs as it.
    pub(super) is_certain: bool,
}

/// Accounts that distributions and images make for web servers.
const SERVICES: [&str; 12] = [
    "www-data", "nginx", "apache", "httpd", "http", "wwwrun", "_www", "www", "caddy", "haproxy", "php-fpm",
    "nobody",
];

/// All candidates, the surest first.
pub(super) fn candidates(evidence: &Evidence, facts: &Facts) -> Vec<Candidate> {
    let mut found = Vec::new();
    for setting in evidence.settings("user") {
        found.extend(configured(evidence, setting));
    }
    found.extend(workers(evidence));
    let id = |account: &Account| Candidate {
        account: account.clone(),
        span: account.seen.and_then(|seen| super::span(evidence, seen)),
        product: "",
        is_certain: SERVICES.contains(&account.name.as_str()),
    };
    found.extend(facts.accounts().iter().map(id));
    for candidate in &mut found {
        if let Some(known) = facts.account(&candidate.account.name) {
            candidate.account = known.clone();
        }
    }
    found
}

/// The candidate for a line of a log: of the product that wrote it, else the surest.
pub(super) fn for_line<'a>(
    evidence: &Evidence,
    candidates: &'a [Candidate],
    line: Option<Span>,
) -> Option<&'a Candidate> {
    let text = line.map_or_else(String::new, |span| evidence.sources.text(span));
    let writer = match () {
        () if text.contains("PHP ") || text.contains("ailed to open stream") => "php-fpm",
        () if text.contains("AH0") || text.contains("(13)Permission denied") => "apache",
        () if text.contains("(13: ") || text.contains("(30: ") => "nginx",
        () => "",
    };
    let of_writer = candidates.iter().find(|candidate| !writer.is_empty() && candidate.product == writer);
    of_writer.or_else(|| {
        let names = candidates.iter().filter(|candidate| candidate.is_certain);
        let mut names = names.map(|candidate| candidate.account.name.as_str()).collect::<Vec<_>>();
        names.dedup();
        let first = candidates.first()?;
        // Two servers under two accounts: the line does not tell which of them it was.
        (names.len() <= 1 || names.iter().all(|name| *name == names[0])).then_some(first)
    })
}

/// `user www-data;`, `User www-data`, and `user = www-data` of a php-fpm pool.
fn configured(evidence: &Evidence, setting: &Setting) -> Option<Candidate> {
    let name = setting.value.split_whitespace().next()?.trim_matches('"');
    let written = evidence.sources.text(setting.span);
    let is_pool = written.contains('=') && setting.context.len() == 1 && setting.product != "nginx";
    let product = match (setting.product.as_str(), is_pool) {
        (_, true) if setting.context[0] == "Service" => "",
        (_, true) => "php-fpm",
        ("apache", _) => "apache",
        ("nginx", _) => "nginx",
        _ if written.starts_with("User ") => "apache",
        _ if written.ends_with(';') => "nginx",
        _ => "",
    };
    let variable = name.strip_prefix("${").and_then(|name| name.strip_suffix('}'));
    let (name, span) = match variable {
        Some(variable) => environment(evidence, variable)?,
        None => (name.to_owned(), setting.span),
    };
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.#$".contains(c));
    let name = name.trim_start_matches('#').to_owned();
    plain.then(|| Candidate { account: Account::named(&name), span: Some(span), product, is_certain: true })
}

/// `export APACHE_RUN_USER=www-data`, as Debian's `envvars` has it.
fn environment(evidence: &Evidence, variable: &str) -> Option<(String, Span)> {
    evidence.settings.iter().find_map(|setting| {
        let written = evidence.sources.text(setting.span);
        let value = written.trim_start_matches("export ").strip_prefix(variable)?.strip_prefix('=')?;
        Some((value.trim().trim_matches(['"', '\'']).to_owned(), setting.span))
    })
}

/// Lines of `ps aux` and `ps -ef`: the workers, not the master that root starts.
fn workers(evidence: &Evidence) -> Vec<Candidate> {
    let marks = [
        ("nginx: worker process", "nginx"),
        ("php-fpm: pool", "php-fpm"),
        ("/usr/sbin/apache2", "apache"),
        ("/usr/sbin/httpd", "apache"),
    ];
    let mut found = Vec::new();
    for (id, source) in evidence.sources.iter().filter(|(_, source)| source.kind == SourceKind::System) {
        let whole = evidence.sources.whole(id);
        let text = String::from_utf8_lossy(&source.bytes);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let Some((_, product)) = marks.iter().find(|(mark, _)| line.contains(mark)) else { continue };
            let Some(name) = line.split_whitespace().next().filter(|name| *name != "root") else { continue };
            let span = whole.part(start, start + line.trim_end().len());
            found.push(Candidate {
                account: Account::named(name),
                span: Some(span),
                product,
                is_certain: true,
            });
        }
    }
    found
}
