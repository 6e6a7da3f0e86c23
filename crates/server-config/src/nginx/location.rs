//! `location`: which block takes a path (`ngx_http_core_find_location()` in `ngx_http_core_module.c`).

use super::scope::Scope;
use super::tree::Directive;
use crate::pattern::{Captures, Case, Pattern};
use crate::walk::Needs;

/// The kind of a location and what it compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Exact(&'a str),
    Prefix(&'a str),
    /// `^~`: a prefix behind which no regular expression is tried.
    FinalPrefix(&'a str),
    Regex(&'a str, Case),
    Named(&'a str),
}

/// The location that was found.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) captures: Option<Captures>,
    pub(super) how: How,
    /// Candidates that lost, with the reason.
    pub(super) losers: Vec<(&'a Directive, String)>,
}

/// How the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// No location matches; the server block itself holds.
    Server,
    Exact,
    Prefix,
    Regex,
    /// The path lacks only the last slash of a location that passes requests on: a redirect adds it.
    AddSlash,
}

/// The directives that make a location ending in `/` add a missing slash (`clcf->auto_redirect`).
const PASSES: &[&str] =
    &["proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass", "grpc_pass"];

pub(super) fn kind(location: &Directive) -> Kind<'_> {
    let (modifier, name) = match location.args() {
        [modifier, name, ..] => (&**modifier, &**name),
        [name] => split_modifier(name),
        [] => ("", ""),
    };
    match modifier {
        "=" => Kind::Exact(name),
        "^~" => Kind::FinalPrefix(name),
        "~" => Kind::Regex(name, Case::Sensitive),
        "~*" => Kind::Regex(name, Case::Insensitive),
        _ if name.starts_with('@') => Kind::Named(name),
        _ => Kind::Prefix(name),
    }
}

/// `location =/x`, without a space, is read too (`ngx_http_core_location()`).
fn split_modifier(name: &str) -> (&str, &str) {
    for modifier in ["=", "^~", "~*", "~"] {
        if let Some(rest) = name.strip_prefix(modifier) {
            return (modifier, rest);
        }
    }
    ("", name)
}

/// The location for a path, from the server block's scope.
pub(super) fn find<'a>(server: &Scope<'a>, path: &str) -> Result<Found<'a>, Needs> {
    let mut losers = Vec::new();
    let (how, scope, captures) = search(server, path, &mut losers)?;
    Ok(Found { scope, captures, how, losers })
}

type Search<'a> = (How, Scope<'a>, Option<Captures>);

fn search<'a>(
    parent: &Scope<'a>,
    path: &str,
    losers: &mut Vec<(&'a Directive, String)>,
) -> Result<Search<'a>, Needs> {
    let locations: Vec<&'a Directive> = locations(parent).collect();
    let (mut result, final_prefix) = match fixed(&locations, path, losers) {
        Fixed::None => ((How::Server, parent.clone(), None), None),
        Fixed::Exact(found) => return Ok(settled(How::Exact, parent, found, &locations, losers)),
        Fixed::AddSlash(found) => return Ok(settled(How::AddSlash, parent, found, &locations, losers)),
        Fixed::Prefix(found) => {
            let nested = search(&parent.inside(found), path, losers)?;
            if matches!(nested.0, How::Exact | How::AddSlash | How::Regex) {
                return Ok(nested);
            }
            let how = How::Prefix;
            let is_final = matches!(kind(found), Kind::FinalPrefix(_));
            ((how, nested.1, nested.2), is_final.then_some(found))
        }
    };
    if let Some(winner) = final_prefix {
        not_tried(&locations, &format!("`{}` forbids regular expressions", winner.text()), losers);
        return Ok(result);
    }
    if let Some((found, captures)) = first_regex(&locations, path, losers)? {
        if result.0 == How::Prefix
            && let Some(beaten) = result.1.levels.get(parent.levels.len()).and_then(|level| level.header)
        {
            losers.push((
                beaten,
                format!("`{}` matches, and a regular expression goes before a prefix", found.text()),
            ));
        }
        let nested = search(&parent.inside(found), path, losers)?;
        let captures = nested.2.or(Some(captures));
        result = (How::Regex, nested.1, captures);
    }
    Ok(result)
}

/// The location blocks directly inside a block.
pub(super) fn locations<'a>(scope: &Scope<'a>) -> impl Iterator<Item = &'a Directive> + use<'a> {
    let directives = scope.innermost().directives;
    directives.iter().filter(|directive| directive.name() == "location" && directive.block.is_some())
}

enum Fixed<'a> {
    None,
    Exact(&'a Directive),
    Prefix(&'a Directive),
    AddSlash(&'a Directive),
}

fn fixed<'a>(
    locations: &[&'a Directive],
    path: &str,
    losers: &mut Vec<(&'a Directive, String)>,
) -> Fixed<'a> {
    let mut prefix: Option<(&'a Directive, &str)> = None;
    let mut exact = None;
    let mut add_slash = None;
    for &location in locations {
        let (name, is_exact) = match kind(location) {
            Kind::Exact(name) => (name, true),
            Kind::Prefix(name) | Kind::FinalPrefix(name) => (name, false),
            Kind::Regex(..) | Kind::Named(_) => continue,
        };
        if is_exact && name == path {
            exact = exact.or(Some(location));
        } else if !is_exact
            && path.starts_with(name)
            && prefix.is_none_or(|(_, best)| name.len() > best.len())
        {
            let beaten = prefix.replace((location, name));
            losers.extend(beaten.map(|(loser, _)| (loser, format!("the prefix `{name}` is longer"))));
        } else if !is_exact && path.starts_with(name) {
            let longer = prefix.map_or("", |(_, best)| best);
            losers.push((location, format!("the prefix `{longer}` is longer")));
        } else if name.strip_suffix('/') == Some(path) && adds_slash(locations, name) {
            // Of an exact location and a prefix with that name, the exact one answers.
            add_slash = add_slash.filter(|_| !is_exact).or(Some(location));
        } else {
            let how = if is_exact { "is not" } else { "does not start with" };
            losers.push((location, format!("the path `{path}` {how} `{name}`")));
        }
    }
    match (exact, prefix, add_slash) {
        (Some(found), ..) => Fixed::Exact(found),
        // A location with the very name of the path is found before the slash is missed.
        (None, Some((found, name)), _) if name == path => Fixed::Prefix(found),
        (None, _, Some(found)) => Fixed::AddSlash(found),
        (None, Some((found, _)), None) => Fixed::Prefix(found),
        (None, None, None) => Fixed::None,
    }
}

/// Whether a location of that name passes requests on; an exact location and a prefix share the tree's node.
fn adds_slash(locations: &[&Directive], name: &str) -> bool {
    locations.iter().any(|location| {
        let is_named = match kind(location) {
            Kind::Exact(other) | Kind::Prefix(other) | Kind::FinalPrefix(other) => other == name,
            Kind::Regex(..) | Kind::Named(_) => false,
        };
        is_named && location.children().iter().any(|child| PASSES.contains(&child.name()))
    })
}

fn first_regex<'a>(
    locations: &[&'a Directive],
    path: &str,
    losers: &mut Vec<(&'a Directive, String)>,
) -> Result<Option<(&'a Directive, Captures)>, Needs> {
    let mut found: Option<(&'a Directive, Captures)> = None;
    for &location in locations {
        let Kind::Regex(regex, case) = kind(location) else { continue };
        if let Some((winner, _)) = &found {
            losers.push((location, format!("not tried: `{}` comes first and matches", winner.text())));
            continue;
        }
        match Pattern::new(regex, case)?.find(path)? {
            Some(captures) => found = Some((location, captures)),
            None => losers.push((location, format!("`{regex}` does not match `{path}`"))),
        }
    }
    Ok(found)
}

fn settled<'a>(
    how: How,
    parent: &Scope<'a>,
    found: &'a Directive,
    locations: &[&'a Directive],
    losers: &mut Vec<(&'a Directive, String)>,
) -> Search<'a> {
    not_tried(locations, &format!("not tried: `{}` ends the search", found.text()), losers);
    (how, parent.inside(found), None)
}

fn not_tried<'a>(locations: &[&'a Directive], because: &str, losers: &mut Vec<(&'a Directive, String)>) {
    let regexes = locations.iter().filter(|location| matches!(kind(location), Kind::Regex(..)));
    losers.extend(regexes.map(|location| (*location, because.to_owned())));
}
