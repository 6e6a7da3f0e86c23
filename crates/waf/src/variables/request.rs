//! The variables that the request line, the header and the query give: phase 1.

use super::arena::{Rewrite, Text};
use super::cookies;
use super::names::Variable;
use super::store::Store;
use crate::body::urlencoded;
use crate::rules::Config;
use crate::transformations::{hex_pair, is_hex};
use crate::{Like, Part, Request};

/// Fills in everything that is known before the body.
pub(crate) fn fill(store: &mut Store, request: &Request<'_>, config: &Config, like: Like) {
    request_line(store, request);
    if like == Like::ModSecurity3 {
        decode_targets(store, Decoded::Whole);
    }
    headers(store, request, like);
    cookies_of(store, request);
    let target = request.target;
    if let Some(query) = query_start(target) {
        let start = position(request, Part::Target) + query;
        let text = &target[query..];
        let invalid = urlencoded::arguments(store, text, start, Variable::ArgsGet, config);
        store.set_computed(Variable::UrlencodedError, if invalid { b"1" } else { b"0" });
    }
    constants(store, request);
}

/// Where a part begins in the bytes of the request.
pub(crate) fn position(request: &Request<'_>, wanted: Part) -> usize {
    request.parts().find(|(part, _)| *part == wanted).map_or(0, |(_, start)| start)
}

/// Where the query begins in a target, behind its question mark; a fragment ends it.
fn query_start(target: &[u8]) -> Option<usize> {
    let question = target.iter().position(|byte| *byte == b'?')?;
    let fragment = target.iter().position(|byte| *byte == b'#').unwrap_or(target.len());
    (question < fragment).then_some(question + 1)
}

/// Where the path of an absolute target begins (`http://host/path`).
fn path_start(target: &[u8]) -> usize {
    let scheme = target.iter().position(|byte| *byte == b':').filter(|at| target[*at..].starts_with(b"://"));
    let Some(scheme) = scheme.filter(|at| target[..*at].iter().all(u8::is_ascii_alphanumeric)) else {
        return 0;
    };
    let authority = scheme + 3;
    target[authority..].iter().position(|byte| *byte == b'/').map_or(target.len(), |slash| authority + slash)
}

fn request_line(store: &mut Store, request: &Request<'_>) {
    let at = position(request, Part::Target);
    let target = request.target;
    let text = |store: &mut Store, bytes: &[u8], start: usize| {
        let mark = store.arena.mark();
        store.arena.extend(bytes, start);
        store.arena.since(mark)
    };
    let line = [request.method, b" ", target, b" ", request.version].concat();
    let line = text(store, if request.version.is_empty() { &line[..line.len() - 1] } else { &line }, 0);
    store.set(Variable::RequestLine, line);
    let method = text(store, request.method, 0);
    store.set(Variable::RequestMethod, method);
    let version = text(store, request.version, position(request, Part::Version));
    store.set(Variable::RequestProtocol, version);
    let raw = text(store, target, at);
    store.set(Variable::RequestUriRaw, raw);
    let fragment = target.iter().position(|byte| *byte == b'#').unwrap_or(target.len());
    let path = path_start(target).min(fragment);
    let path_end = query_start(target).map_or(fragment, |query| query - 1).max(path);
    let uri = text(store, &target[path..fragment], at + path);
    store.set(Variable::RequestUri, uri);
    let filename = Text { start: uri.start, length: (path_end - path) as u32 };
    store.set(Variable::RequestFilename, filename);
    let slash = target[path..path_end].iter().rposition(|byte| matches!(byte, b'/' | b'\\'));
    let base = slash.map_or(0, |slash| slash + 1) as u32;
    store.set(
        Variable::RequestBasename,
        Text { start: filename.start + base, length: filename.length - base },
    );
    let query = query_start(target).unwrap_or(fragment);
    let query = text(store, &target[query..fragment.max(query)], at + query);
    store.set(Variable::QueryString, query);
}

/// How much of a target a server decodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decoded {
    Path,
    Whole,
}

/// Apache decodes the path in place between the phases 1 and 2 (`ap_unescape_url` in `ap_process_request_internal`), so
/// mod_security2 sees it decoded from phase 2 on.
pub(crate) fn decode_path(store: &mut Store) {
    decode_targets(store, Decoded::Path);
}

/// Decodes what rules see of the target. libmodsecurity3 does it with all of it, the query too (`processURI` in
/// `transaction.cc`); `REQUEST_URI_RAW` stays.
fn decode_targets(store: &mut Store, decoded: Decoded) {
    for variable in [Variable::RequestUri, Variable::RequestFilename, Variable::RequestBasename] {
        let Some(entry) = store.entries_of(variable).first().map(|id| store.entry(*id)) else { continue };
        let text = store.contents[entry.content as usize].text;
        let bytes = store.arena.get(text);
        let path = bytes.iter().position(|byte| *byte == b'?').unwrap_or(bytes.len());
        let end = if decoded == Decoded::Whole { bytes.len() } else { path };
        if !bytes[..end].contains(&b'%') {
            continue;
        }
        let decoded = decoded_until(store, text, end);
        store.set(variable, decoded);
    }
}

/// A text with the escapes before `end` decoded.
fn decoded_until(store: &mut Store, text: Text, end: usize) -> Text {
    let mut rewrite = Rewrite::of(&mut store.arena, text);
    let mut at = 0;
    while at < rewrite.len() {
        let digits = [rewrite.at(at + 1), rewrite.at(at + 2)];
        if rewrite.at(at) == b'%' && at < end && digits.iter().all(|digit| is_hex(*digit)) {
            rewrite.put(hex_pair(digits[0], digits[1]), at..at + 3);
            at += 3;
        } else {
            rewrite.keep(at);
            at += 1;
        }
    }
    rewrite.done()
}

/// Headers with their positions; Apache joins repeated ones with a comma.
fn headers(store: &mut Store, request: &Request<'_>, like: Like) {
    let starts: Vec<(Part, usize)> = request.parts().collect();
    let start_of =
        |wanted: Part| starts.iter().find(|(part, _)| *part == wanted).map_or(0, |(_, start)| *start);
    for (index, (name, value)) in request.headers.iter().enumerate() {
        let same = |header: &(&[u8], &[u8])| header.0.eq_ignore_ascii_case(name);
        let joined = like == Like::ModSecurity2;
        if joined && request.headers[..index].iter().any(same) {
            continue;
        }
        let mark = store.arena.mark();
        store.arena.extend(name, start_of(Part::HeaderName(index)));
        let key = store.arena.since(mark);
        let mark = store.arena.mark();
        store.arena.extend(value, start_of(Part::HeaderValue(index)));
        if joined {
            for (later, header) in request.headers.iter().enumerate().skip(index + 1).filter(|(_, h)| same(h))
            {
                store.arena.extend_computed(b", ");
                store.arena.extend(header.1, start_of(Part::HeaderValue(later)));
            }
        }
        let text = store.arena.since(mark);
        store.add(Variable::RequestHeaders, key, text);
        store.add(Variable::RequestHeadersNames, key, key);
    }
}

fn cookies_of(store: &mut Store, request: &Request<'_>) {
    for (index, (name, value)) in request.headers.iter().enumerate() {
        if !name.eq_ignore_ascii_case(b"cookie") {
            continue;
        }
        let start = position(request, Part::HeaderValue(index));
        for cookie in cookies::parse(value) {
            let mark = store.arena.mark();
            store.arena.extend(&value[cookie.name.clone()], start + cookie.name.start);
            let key = store.arena.since(mark);
            let mark = store.arena.mark();
            store.arena.extend(&value[cookie.value.clone()], start + cookie.value.start);
            let text = store.arena.since(mark);
            store.add(Variable::RequestCookies, key, text);
            store.add(Variable::RequestCookiesNames, key, key);
        }
    }
}

fn constants(store: &mut Store, request: &Request<'_>) {
    let client = request.client.to_string();
    store.set_computed(Variable::RemoteAddr, client.as_bytes());
    store.set_computed(Variable::RemoteHost, client.as_bytes());
    store.set_computed(Variable::UniqueId, b"why403");
    store.set_computed(Variable::ModsecBuild, b"000000000");
    store.set_computed(Variable::Duration, b"0");
    let host = request.header("host").unwrap_or_default();
    let name = host.split(|byte| *byte == b':').next().unwrap_or_default();
    store.set_computed(Variable::ServerName, name);
    for zero in [Variable::ReqbodyError, Variable::ReqbodyProcessorError, Variable::InboundDataError] {
        store.set_computed(zero, b"0");
    }
    for empty in [Variable::ReqbodyErrorMsg, Variable::ReqbodyProcessorErrorMsg, Variable::ReqbodyProcessor] {
        store.set_computed(empty, b"");
    }
}
