//! `-b`: cookies as text and from files.

use super::request::Draft;
use super::{Command, Error, Operation, Surroundings};

/// A cookie of a file.
struct Cookie<'a> {
    domain: &'a str,
    subdomains: bool,
    path: &'a str,
    secure: bool,
    expires: i64,
    name: &'a str,
    value: &'a str,
}

/// The lines of all cookie files. One that cannot be read holds none, as for curl.
pub(crate) fn jar(
    operation: &Operation,
    surroundings: &Surroundings<'_>,
    command: &mut Command,
) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    for name in operation.cookie_files.iter().filter(|name| !name.is_empty()) {
        match surroundings.read(name) {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                let session =
                    |line: &&str| operation.junk_session_cookies && line.split('\t').nth(4) == Some("0");
                lines.extend(text.lines().filter(|line| !session(line)).map(str::to_owned));
            }
            Err(error) => command.warnings.push(error.to_string()),
        }
    }
    Ok(lines)
}

/// The value of `Cookie`: those of files that fit, then those given as text.
pub(crate) fn header(draft: &Draft<'_>, jar: &[String], surroundings: &Surroundings<'_>) -> Option<String> {
    let url = &draft.address.url;
    let host = draft.operation.header("Host").filter(|host| !host.is_empty());
    let host =
        host.map_or(url.host.clone(), |host| host.split(':').next().unwrap_or(host).to_ascii_lowercase());
    let mut fitting: Vec<Cookie<'_>> = Vec::new();
    for cookie in jar.iter().filter_map(|line| netscape(line).or_else(|| set_cookie(line, &host))) {
        fitting.retain(|known| {
            (known.name, known.domain, known.path) != (cookie.name, cookie.domain, cookie.path)
        });
        let alive = cookie.expires == 0 || cookie.expires > surroundings.now;
        let local = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
        let safe = !cookie.secure || url.is_secure() || local;
        if alive && safe && domain_fits(&cookie, &host) && path_fits(cookie.path, &url.path) {
            fitting.push(cookie);
        }
    }
    // Longest path first, then longest domain, then longest name.
    fitting
        .sort_by_key(|cookie| std::cmp::Reverse((cookie.path.len(), cookie.domain.len(), cookie.name.len())));
    let mut all: Vec<String> =
        fitting.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    if !draft.operation.overrides("Cookie") && !draft.operation.cookies.is_empty() {
        all.push(draft.operation.cookies.join(";"));
    }
    (!all.is_empty()).then(|| all.join("; "))
}

/// A line of a Netscape cookie file: domain, subdomains, path, secure, expiry, name, value.
fn netscape(line: &str) -> Option<Cookie<'_>> {
    let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
    if line.starts_with('#') {
        return None;
    }
    let parts: Vec<&str> = line.split('\t').collect();
    let [domain, subdomains, path, secure, expires, name, rest @ ..] = parts.as_slice() else { return None };
    Some(Cookie {
        domain: domain.trim_start_matches('.'),
        subdomains: subdomains.eq_ignore_ascii_case("true"),
        path,
        secure: secure.eq_ignore_ascii_case("true"),
        expires: expires.parse().ok()?,
        name,
        value: rest.first().copied().unwrap_or(""),
    })
}

/// A line of saved response headers.
fn set_cookie<'a>(line: &'a str, host: &'a str) -> Option<Cookie<'a>> {
    let (field, value) = line.split_once(':')?;
    if !field.eq_ignore_ascii_case("set-cookie") {
        return None;
    }
    let mut parts = value.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let mut cookie =
        Cookie { domain: host, subdomains: false, path: "/", secure: false, expires: 0, name, value };
    for part in parts {
        let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
        match attribute.to_ascii_lowercase().as_str() {
            "domain" => (cookie.domain, cookie.subdomains) = (value.trim_start_matches('.'), true),
            "path" => cookie.path = value,
            "secure" => cookie.secure = true,
            "expires" => cookie.expires = crate::date::seconds(value).unwrap_or(0),
            _ => {}
        }
    }
    Some(cookie)
}

fn domain_fits(cookie: &Cookie<'_>, host: &str) -> bool {
    let domain = cookie.domain.to_ascii_lowercase();
    host == domain
        || cookie.subdomains && host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'))
}

fn path_fits(cookie: &str, path: &str) -> bool {
    let cookie = cookie.trim_end_matches('/');
    path.strip_prefix(cookie).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
