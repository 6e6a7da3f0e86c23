//! Changes that let a refused request pass, and rules that can never apply.

use super::Config;
use super::connection::kind;
use super::fixes_policy;
use super::rbac::NOT_ALLOWED;
use super::route_match::described;
use crate::check::Finding;
use crate::document::Node;
use crate::fix::{self, Edit, Fix};
use crate::request::{Request, Value};
use crate::source::{FileTree, Place, Source};

/// Proposals that were simulated and let the request pass.
pub(super) fn propose(config: &Config, request: &Request, files: &FileTree) -> Vec<Fix> {
    let walk = config.simulate(request, files);
    if !walk.refuses() {
        return Vec::new();
    }
    let Some(step) = walk.steps.last() else { return Vec::new() };
    let Some(place) = step.place.as_ref().or(walk.outcome.decided_by.as_ref()) else { return Vec::new() };
    let candidates = match () {
        () if step.because.contains("`request_payload_too_large`") => buffer(config, request, place),
        () if step.because.contains("`csrf_origin_mismatch`") => csrf(config, request, place),
        () if step.because.contains(NOT_ALLOWED) => {
            fixes_policy::propose(config, request, place, step.phase == "http-filter")
        }
        () => Vec::new(),
    };
    let passes = |fix: &Fix| {
        let fixed = fix::patched(files, fix);
        fix::passes(&super::load(&fixed, &config.file).simulate(request, &fixed))
    };
    candidates.into_iter().filter(passes).collect()
}

/// The limit raised to the body at hand, in whole kibibytes.
fn buffer(config: &Config, request: &Request, place: &Place) -> Vec<Fix> {
    let wanted = request.body_length.div_ceil(1024) * 1024;
    let Some(source) = config.sources.get(&place.file) else { return Vec::new() };
    let line = source.line(place.line).unwrap_or_default().into_owned();
    let Some(at) = line.find("max_request_bytes").or_else(|| line.find("maxRequestBytes")) else {
        return Vec::new();
    };
    let Some(digits) = line[at..].find(|c: char| c.is_ascii_digit()).map(|digit| at + digit) else {
        return Vec::new();
    };
    let end = line[digits..].find(|c: char| !c.is_ascii_digit()).map_or(line.len(), |end| digits + end);
    let changed = format!("{}{wanted}{}", &line[..digits], &line[end..]);
    let edit = Edit { first: place.line, last: place.line, lines: vec![changed] };
    let opens = format!("bodies of up to {wanted} bytes, each of which Envoy keeps in memory");
    Fix::edit(source, &[edit], format!("buffer up to {wanted} bytes"), opens).into_iter().collect()
}

/// The one origin that the request came from, named beside the host.
fn csrf(config: &Config, request: &Request, place: &Place) -> Vec<Fix> {
    let origin = ["Origin", "Referer"].iter().find_map(|name| request.header(name).and_then(Value::known));
    let Some(rest) = origin.and_then(|origin| origin.split_once("://")) else { return Vec::new() };
    let host = rest.1.split(['/', '?', '#']).next().unwrap_or("");
    let plain =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    let Some(source) = config.sources.get(&place.file).filter(|_| plain) else { return Vec::new() };
    let opens = format!("state-changing requests from pages of {host}, with the user's cookies");
    if let Some(edit) = in_flow(source, place, host) {
        let text = format!("name {host} as an additional origin");
        return Fix::edit(source, &[edit], text, opens).into_iter().collect();
    }
    // The setting that switches the filter on stands on a line of its own in block style; the new one goes before it.
    let mut number = place.line;
    let line = loop {
        let Some(line) = source.line(number) else { return Vec::new() };
        if line.trim_start().starts_with("filter_enabled:")
            || line.trim_start().starts_with("additional_origins:")
        {
            break line.into_owned();
        }
        if number > place.line + 20 {
            return Vec::new();
        }
        number += 1;
    };
    let indent = " ".repeat(line.len() - line.trim_start().len());
    let item = format!("{indent}- exact: \"{host}\"");
    let edit = match line.trim_start().starts_with("additional_origins:") {
        true => Edit { first: number + 1, last: number, lines: vec![item] },
        false => Edit {
            first: number,
            last: number - 1,
            lines: vec![format!("{indent}additional_origins:"), item],
        },
    };
    Fix::edit(source, &[edit], format!("name {host} as an additional origin"), opens).into_iter().collect()
}

/// The new origin within the line, where the settings stand in braces.
fn in_flow(source: &Source, place: &Place, host: &str) -> Option<Edit> {
    let line = source.line(place.line)?.into_owned();
    let from = line.len().min(place.column.saturating_sub(1) as usize);
    let origins = line.get(from..)?.find("additional_origins: [").map(|at| from + at);
    let at = match origins {
        Some(at) => at + "additional_origins: [".len(),
        None => from + line.get(from..)?.find("filter_enabled:")?,
    };
    // In block style the setting is the first of its line.
    if line[..at].trim_start().is_empty() || !line[..at].contains('{') {
        return None;
    }
    let added = match origins {
        Some(_) if line[at..].trim_start().starts_with(']') => format!("{{exact: \"{host}\"}}"),
        Some(_) => format!("{{exact: \"{host}\"}}, "),
        None => format!("additional_origins: [{{exact: \"{host}\"}}], "),
    };
    let changed = format!("{}{added}{}", &line[..at], &line[at..]);
    Some(Edit { first: place.line, last: place.line, lines: vec![changed] })
}

/// Routes behind one that takes every path, and policies that allow nobody.
pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    for manager in managers(config) {
        let hosts = manager.path(&["route_config", "virtual_hosts"]).map_or(&[][..], Node::items);
        for host in hosts {
            shadowed(config, host, &mut found);
        }
        for filter in manager.list("http_filters") {
            let rules = filter
                .path(&["typed_config", "rules"])
                .filter(|_| kind(filter).ends_with(".http.rbac.v3.RBAC"));
            let Some(rules) = rules else { continue };
            let allows = matches!(rules.text_of("action"), None | Some("ALLOW"));
            if allows && rules.field("policies").is_none_or(|policies| policies.entries().next().is_none()) {
                found.push(Finding {
                    check: "nobody-allowed",
                    place: config.place(rules),
                    text: "action: ALLOW".to_owned(),
                    because: "only what a policy matches is allowed, and there is no policy".to_owned(),
                    other: None,
                });
            }
        }
    }
    found
}

/// The connection managers of all listeners.
fn managers(config: &Config) -> impl Iterator<Item = &Node> {
    let chains = config.listeners_of().iter().flat_map(|listener| {
        listener.list("filter_chains").iter().chain(listener.field("default_filter_chain"))
    });
    let filters = chains.flat_map(|chain| chain.list("filters"));
    filters
        .filter(|filter| kind(filter).ends_with(".HttpConnectionManager"))
        .filter_map(|filter| filter.field("typed_config"))
}

/// A route whose prefix starts with that of an earlier one that asks for nothing more.
fn shadowed(config: &Config, host: &Node, found: &mut Vec<Finding>) {
    let mut taken: Vec<(&str, &Node)> = Vec::new();
    for route in host.list("routes") {
        let Some(matcher) = route.field("match") else { continue };
        let path = ["prefix", "path", "path_separated_prefix"].iter().find_map(|name| matcher.text_of(name));
        let earlier = taken.iter().find(|(prefix, _)| path.is_some_and(|path| path.starts_with(prefix)));
        let is_sensitive = matcher.text_of("case_sensitive") != Some("false");
        if let Some((prefix, earlier)) = earlier.filter(|_| is_sensitive) {
            found.push(Finding {
                check: "shadowed-route",
                place: config.place(route),
                text: described(matcher),
                because: format!("an earlier route takes every path that begins with `{prefix}`"),
                other: Some(config.place(earlier)),
            });
        }
        let plain = matcher.entries().count() == 1;
        if let Some(prefix) = matcher.text_of("prefix").filter(|_| plain) {
            taken.push((prefix, route));
        }
    }
}
