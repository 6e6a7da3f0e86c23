//! What each option changes.

use model::HttpVersion;

use super::arguments::Arguments;
use super::operation::{Netrc, Operation, UrlSlot};
use super::{Error, data, form, route};

/// Applies an option that shapes the request.
pub(crate) fn apply(arguments: &mut Arguments<'_>, name: &str, value: &str, on: bool) -> Result<(), Error> {
    let surroundings = arguments.surroundings;
    match name {
        "data" | "data-ascii" => {
            let bytes = data::plain(value, surroundings)?;
            add_data(arguments.current(), bytes, Join::Ampersand);
        }
        "data-raw" => add_data(arguments.current(), value.as_bytes().to_vec(), Join::Ampersand),
        "data-binary" => {
            let bytes = data::binary(value, surroundings)?;
            add_data(arguments.current(), bytes, Join::Ampersand);
        }
        "data-urlencode" => {
            let text = data::encoded(value, surroundings)?;
            add_data(arguments.current(), text.into_bytes(), Join::Ampersand);
        }
        "json" => {
            let bytes = data::binary(value, surroundings)?;
            arguments.current().data_is_json = true;
            add_data(arguments.current(), bytes, Join::Nothing);
        }
        "url-query" => {
            let text = match value.strip_prefix('+') {
                Some(verbatim) => verbatim.to_owned(),
                None => data::encoded(value, surroundings)?,
            };
            let query = &mut arguments.current().url_query;
            *query = Some(query.take().map_or_else(|| text.clone(), |before| format!("{before}&{text}")));
        }
        "form" => {
            let part = form::parse(value, surroundings)?;
            arguments.current().form.extend(part);
        }
        "form-string" => {
            let part = form::literal(value)?;
            arguments.current().form.push(part);
        }
        "header" | "proxy-header" => {
            let lines = header_lines(value, arguments)?;
            let operation = arguments.current();
            let list = if name == "header" { &mut operation.headers } else { &mut operation.proxy_headers };
            list.extend(lines);
        }
        "etag-compare" => arguments.current().etag = Some(etag(value, surroundings)?),
        _ => {
            let operation = arguments.current();
            if !(request(operation, name, value, on)
                || credentials(operation, name, value, on)
                || transport(operation, name, on))
            {
                route::apply(operation, name, value, on)?;
            }
        }
    }
    Ok(())
}

/// What stands between two pieces of data.
enum Join {
    Ampersand,
    Nothing,
}

fn add_data(operation: &mut Operation, bytes: Vec<u8>, join: Join) {
    match &mut operation.data {
        Some(data) => {
            if matches!(join, Join::Ampersand) {
                data.push(b'&');
            }
            data.extend(bytes);
        }
        None => operation.data = Some(bytes),
    }
}

/// A header line, or those of `@file`.
fn header_lines(value: &str, arguments: &Arguments<'_>) -> Result<Vec<String>, Error> {
    let Some(file) = value.strip_prefix('@') else { return Ok(vec![value.to_owned()]) };
    let text = arguments.surroundings.read(file)?;
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// The header for an entity tag kept in a file; curl sends an empty tag if the file is empty.
fn etag(file: &str, surroundings: &super::Surroundings<'_>) -> Result<String, Error> {
    let bytes = surroundings.read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    let tag = text.lines().next().unwrap_or("").trim();
    Ok(format!("If-None-Match: {}", if tag.is_empty() { "\"\"" } else { tag }))
}

/// Whether the value of `-z` is a date.
pub(super) fn is_date(value: &str) -> bool {
    crate::date::seconds(value.trim_start_matches(['-', '+', '='])).is_some()
}

/// Options about the request itself. Whether it was one.
fn request(operation: &mut Operation, name: &str, value: &str, on: bool) -> bool {
    let text = || Some(value.to_owned());
    match name {
        "url" => operation.urls.push(UrlSlot { text: value.to_owned() }),
        "upload-file" => operation.uploads.push(value.to_owned()),
        "request" => operation.custom_method = text(),
        "get" => operation.get = on,
        "head" => operation.head = on,
        "user-agent" => operation.user_agent = text(),
        "referer" => set_referer(operation, value),
        "cookie" => set_cookie(operation, value),
        "cookie-jar" => operation.cookie_jar = true,
        "junk-session-cookies" => operation.junk_session_cookies = on,
        "compressed" => operation.compressed = on,
        "tr-encoding" => operation.tr_encoding = on,
        "range" => operation.range = text(),
        "continue-at" => operation.resume_from = text(),
        "time-cond" => operation.time_condition = text(),
        "globoff" => operation.globbing = !on,
        "path-as-is" => operation.path_as_is = on,
        "request-target" => operation.request_target = text(),
        "proto-default" => operation.default_scheme = text(),
        "disallow-username-in-url" => operation.allow_user_in_url = !on,
        "form-escape" => operation.form_escape = on,
        _ => return false,
    }
    true
}

/// `-e`: `;auto` at the end asks for the URL before as referrer when a redirect is followed.
fn set_referer(operation: &mut Operation, value: &str) {
    let (referer, auto) = match value.find(";auto") {
        Some(at) => (&value[..at], true),
        None => (value, false),
    };
    operation.auto_referer = auto;
    operation.redirects.referer = auto;
    operation.referer = (!referer.is_empty()).then(|| referer.to_owned());
}

/// `-b`: what holds `=` is cookies, anything else a file of them.
fn set_cookie(operation: &mut Operation, value: &str) {
    match value.strip_prefix('@') {
        Some(file) => operation.cookie_files.push(file.to_owned()),
        None if value.contains('=') => operation.cookies.push(value.to_owned()),
        None => operation.cookie_files.push(value.to_owned()),
    }
}

/// Options about who is asking. Whether it was one.
fn credentials(operation: &mut Operation, name: &str, value: &str, on: bool) -> bool {
    let text = || Some(value.to_owned());
    match name {
        "user" => operation.user = text(),
        "oauth2-bearer" => {
            operation.bearer = text();
            operation.auth.bearer = true;
        }
        "basic" => operation.auth.basic = on,
        "digest" => operation.auth.digest = on,
        "aws-sigv4" => operation.aws_sigv4 = text(),
        "netrc" => operation.netrc = if on { Netrc::Required(None) } else { Netrc::Never },
        "netrc-optional" => operation.netrc = if on { Netrc::Optional(None) } else { Netrc::Never },
        "netrc-file" => {
            operation.netrc = match operation.netrc {
                Netrc::Optional(_) => Netrc::Optional(text()),
                _ => Netrc::Required(text()),
            }
        }
        "proxy-user" => operation.proxy.user = text(),
        // Basic is what proxies are offered anyway.
        "proxy-basic" => {}
        "proxytunnel" => operation.proxy.tunnel = on,
        "noproxy" => operation.proxy.except = text(),
        _ => return false,
    }
    true
}

/// Options about protocol and redirects. Whether it was one.
fn transport(operation: &mut Operation, name: &str, on: bool) -> bool {
    match name {
        "http1.0" => operation.version = HttpVersion::Http10,
        "http1.1" => operation.version = HttpVersion::Http11,
        "http2" => operation.version = HttpVersion::Negotiated,
        "http2-prior-knowledge" => operation.version = HttpVersion::Http2PriorKnowledge,
        "location" | "follow" => follow(operation, on),
        "location-trusted" => {
            follow(operation, on);
            operation.redirects.trusted = on;
        }
        "post301" => operation.redirects.keep_post[0] = on,
        "post302" => operation.redirects.keep_post[1] = on,
        "post303" => operation.redirects.keep_post[2] = on,
        _ => return false,
    }
    operation.upgrade_to_http2 = match name {
        "http2" => true,
        "http1.0" | "http1.1" | "http2-prior-knowledge" => false,
        _ => operation.upgrade_to_http2,
    };
    true
}

/// curl follows at most 50 redirects unless told otherwise.
fn follow(operation: &mut Operation, on: bool) {
    operation.redirects.follow = on.then_some(50);
}
