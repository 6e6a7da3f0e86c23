//! A policy for the request at hand, where only what a policy matches is allowed.

use std::net::IpAddr;

use super::Config;
use crate::document::Node;
use crate::fix::{Edit, Fix};
use crate::request::Request;
use crate::source::{Place, Source};

/// Beside the policies of the rules at a place: one for this client, method and path, and one for all clients.
pub(super) fn propose(config: &Config, request: &Request, place: &Place, is_http: bool) -> Vec<Fix> {
    let Some(rules) = node_at(&config.root, place) else { return Vec::new() };
    let path = request.target.split(['?', '#']).next().unwrap_or("");
    let is_plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
    };
    let Some(source) = config.sources.get(&place.file) else { return Vec::new() };
    if !is_plain(path) || !is_plain(&request.method) {
        return Vec::new();
    }
    let (what, permission) = match is_http {
        true => (
            format!("{} {path}", request.method),
            format!(
                "{{\"and_rules\": {{\"rules\": [{{\"header\": {{\"name\": \":method\", \"string_match\": {{\"exact\": \"{}\"}}}}}}, \
                 {{\"url_path\": {{\"path\": {{\"exact\": \"{path}\"}}}}}}]}}}}",
                request.method
            ),
        ),
        // Before the connection manager nothing is known of the request.
        false => ("connections".to_owned(), "{\"any\": true}".to_owned()),
    };
    let client = request.client.map(|address| {
        let length = if matches!(address, IpAddr::V4(_)) { 32 } else { 128 };
        let principal = format!(
            "{{\"direct_remote_ip\": {{\"address_prefix\": \"{address}\", \"prefix_len\": {length}}}}}"
        );
        (format!("{what} from {address}"), principal)
    });
    let anybody = is_http.then(|| (format!("{what} from anybody"), "{\"any\": true}".to_owned()));
    let policies = client.into_iter().chain(anybody).filter_map(|(opens, principal)| {
        let policy =
            format!("\"{opens}\": {{\"permissions\": [{permission}], \"principals\": [{principal}]}}");
        let edit = insertion(source, rules, &policy)?;
        Fix::edit(source, &[edit], format!("a policy that allows {opens}"), opens).ok()
    });
    policies.collect()
}

/// The edit that puts a policy before the others.
fn insertion(source: &Source, rules: &Node, policy: &str) -> Option<Edit> {
    let (key, policies) = rules.entry("policies")?;
    let first = policies.entries().next().map(|(first, _)| first);
    let in_block = first.filter(|first| first.line > key.line);
    if let Some(first) = in_block {
        let line = source.line(first.line)?.into_owned();
        let indent = line.get(..first.column as usize - 1)?.to_owned();
        let is_block = indent.bytes().all(|byte| byte == b' ');
        let lines = vec![format!("{indent}{policy}")];
        return is_block.then_some(Edit { first: first.line, last: first.line - 1, lines });
    }
    let line = source.line(key.line)?.into_owned();
    let from = key.column as usize - 1;
    let open = from + line.get(from..)?.find('{')? + 1;
    let comma = if first.is_some() { ", " } else { "" };
    let changed = format!("{}{policy}{comma}{}", &line[..open], &line[open..]);
    Some(Edit { first: key.line, last: key.line, lines: vec![changed] })
}

fn node_at<'a>(node: &'a Node, place: &Place) -> Option<&'a Node> {
    if (node.line, node.column) == (place.line, place.column) && node.entry("policies").is_some() {
        return Some(node);
    }
    let mut inner = node.entries().map(|(_, inner)| inner).chain(node.items());
    inner.find_map(|inner| node_at(inner, place))
}
