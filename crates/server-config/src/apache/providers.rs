//! What each `Require` asks: address, host, method, variable, expression, user, group
//! (`modules/aaa/mod_authz_*.c`).

use super::addresses::Network;
use super::env;
use super::expr::{self, Matched};
use super::include;
use super::methods;
use super::run::Run;
use crate::request::Scheme;
use crate::source::ReadError;
use crate::walk::Needs;

/// What one `Require` says, and why.
pub(super) enum Judged {
    Yes(String),
    No(String),
    /// A user must be known first.
    NeedsUser,
}

pub(super) fn judge(run: &Run<'_>, provider: &str, arguments: &str) -> Result<Judged, Needs> {
    match provider {
        "all" if arguments.eq_ignore_ascii_case("granted") => Ok(Judged::Yes("everyone may".to_owned())),
        "all" => Ok(Judged::No("nobody may".to_owned())),
        "ip" => ip(run, arguments),
        "method" => {
            let is_listed = env::plain_words(arguments).iter().any(|word| methods::same(word, &run.method));
            Ok(said(is_listed, format!("{} is listed", run.method), format!("{} is not listed", run.method)))
        }
        "env" => {
            let words = env::plain_words(arguments);
            let set = words.iter().find(|word| run.env.get(word).is_some());
            Ok(match set {
                Some(name) => Judged::Yes(format!("the variable `{name}` is set")),
                None => Judged::No(format!("the variable `{arguments}` is not set")),
            })
        }
        "expr" => expression(run, arguments),
        "local" => local(run),
        "valid-user" => Ok(match &run.user {
            Some(user) => Judged::Yes(format!("`{user}` is a user")),
            None => Judged::NeedsUser,
        }),
        "user" => user(run, arguments),
        "group" => group(run, arguments),
        "ssl" => {
            let is_encrypted = run.request.scheme == Scheme::Https;
            Ok(said(
                is_encrypted,
                "the connection is encrypted".into(),
                "the connection is not encrypted".into(),
            ))
        }
        "host" | "forward-dns" => host(run, provider, arguments),
        other if run.user.is_none() && needs_user(other) => Ok(Judged::NeedsUser),
        other => Err(Needs(format!("what `Require {other}` says"))),
    }
}

fn said(is_so: bool, yes: String, no: String) -> Judged {
    if is_so { Judged::Yes(yes) } else { Judged::No(no) }
}

/// Providers that deny a request without a user.
fn needs_user(provider: &str) -> bool {
    matches!(provider, "file-owner" | "file-group" | "dbm-group" | "dbm-file-group" | "dbd-group")
}

fn ip(run: &Run<'_>, arguments: &str) -> Result<Judged, Needs> {
    for word in env::plain_words(arguments) {
        let Some(network) = Network::parse(&word) else {
            return Err(Needs(format!("the meaning of the network `{word}`")));
        };
        if run.client_in(network)? {
            return Ok(Judged::Yes(format!("`{word}` holds {}", client(run))));
        }
    }
    Ok(Judged::No(format!("{} is in none of them", client(run))))
}

fn client(run: &Run<'_>) -> String {
    run.client.address.map_or("the client".to_owned(), |address| address.to_canonical().to_string())
}

/// Loopback, or the server's own address.
fn local(run: &Run<'_>) -> Result<Judged, Needs> {
    let address = run.client.address.ok_or_else(|| Needs("the client's address".to_owned()))?.to_canonical();
    let own = run.request.listener.map(|listener| listener.ip().to_canonical());
    let is_local = address.is_loopback() || own == Some(address);
    if !is_local && own.is_none() {
        return Err(Needs("the server's address".to_owned()));
    }
    Ok(said(is_local, format!("{address} is local"), format!("{address} is not local")))
}

/// Both need the name service, except that no name is the client's where there is none.
fn host(run: &Run<'_>, provider: &str, arguments: &str) -> Result<Judged, Needs> {
    let words = env::plain_words(arguments);
    let is_address = |word: &String| {
        word.parse().is_ok_and(|address: std::net::IpAddr| Some(address) == run.client.address)
    };
    if provider == "forward-dns" && words.iter().any(is_address) {
        return Ok(Judged::Yes(format!("{} is named", client(run))));
    }
    Err(Needs(format!("what the name service says of {} and `{arguments}`", client(run))))
}

/// A false expression about the user asks for one.
fn expression(run: &Run<'_>, arguments: &str) -> Result<Judged, Needs> {
    let text = match arguments.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) => inner,
        None => arguments,
    };
    if expr::holds(text, run, &mut Matched::default())? {
        return Ok(Judged::Yes("the expression holds".to_owned()));
    }
    if text.to_ascii_uppercase().contains("REMOTE_USER") && run.user.is_none() {
        return Ok(Judged::NeedsUser);
    }
    Ok(Judged::No("the expression does not hold".to_owned()))
}

fn user(run: &Run<'_>, arguments: &str) -> Result<Judged, Needs> {
    let Some(user) = &run.user else { return Ok(Judged::NeedsUser) };
    let names = expr::text(arguments, run)?;
    let is_listed = env::plain_words(&names).iter().any(|name| name == user);
    Ok(said(is_listed, format!("`{user}` is listed"), format!("`{user}` is not listed")))
}

/// `modules/aaa/mod_authz_groupfile.c`: `group: user user`.
fn group(run: &Run<'_>, arguments: &str) -> Result<Judged, Needs> {
    let Some(user) = &run.user else { return Ok(Judged::NeedsUser) };
    let layer = run.scope.innermost_with(&["AuthGroupFile"]);
    let Some(rule) = layer.and_then(|layer| layer.last("AuthGroupFile")) else {
        return Ok(Judged::No("there is no `AuthGroupFile`".to_owned()));
    };
    let path = include::below(&run.config.server_root, rule.arg(0));
    let text = match run.files.read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(ReadError::Absent) => return Ok(Judged::No(format!("there is no file `{path}`"))),
        Err(_) => return Err(Needs(format!("the groups in `{path}`"))),
    };
    let names = env::plain_words(&expr::text(arguments, run)?);
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':'));
    let mut groups = lines.filter(|(_, users)| env::plain_words(users).iter().any(|name| name == user));
    Ok(match groups.find(|(group, _)| names.iter().any(|name| name == group.trim_end())) {
        Some((group, _)) => Judged::Yes(format!("`{user}` is in the group `{}`", group.trim_end())),
        None => Judged::No(format!("`{user}` is in none of these groups")),
    })
}
