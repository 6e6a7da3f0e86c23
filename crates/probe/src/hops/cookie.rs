//! Cookies between the hops of one transfer (RFC 6265), in the order in which curl sends them.

use model::Url;

/// Cookies that were given or received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jar {
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
}

/// Whether a cookie of a jar has expired.
enum Age {
    Current,
    Past,
}

/// The most cookies that are kept: what curl sends in one request at most.
const MOST: usize = 150;

impl Jar {
    /// Cookies given as `Set-Cookie` values, seen from this URL, or as lines of a Netscape jar.
    pub(crate) fn new(lines: &[String], url: &Url) -> Jar {
        let mut jar = Jar::default();
        for line in lines {
            match netscape(line) {
                Some((_, Age::Past)) => {}
                Some((cookie, Age::Current)) => jar.insert(cookie),
                None => jar.set(line, url),
            }
        }
        jar
    }

    /// Takes a `Set-Cookie` value of an answer from this URL.
    pub(crate) fn set(&mut self, line: &str, url: &Url) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let folder = url.path.rfind('/').filter(|slash| *slash > 0).map_or("/", |slash| &url.path[..slash]);
        let mut cookie = Cookie {
            name: name.trim().to_owned(),
            value: value.trim().to_owned(),
            domain: url.host.clone(),
            host_only: true,
            path: folder.to_owned(),
            secure: false,
        };
        let mut expired = false;
        for attribute in parts {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "domain" if !value.is_empty() => {
                    cookie.domain = value.trim_start_matches('.').to_ascii_lowercase();
                    cookie.host_only = false;
                }
                "path" if value.starts_with('/') => cookie.path = value.to_owned(),
                "secure" => cookie.secure = true,
                "max-age" => expired = value.trim_matches('"').parse::<i64>().is_ok_and(|age| age <= 0),
                "expires" => expired |= value.contains("1970"),
                _ => {}
            }
        }
        if !may_set(&cookie, url) {
            return;
        }
        self.remove(&cookie);
        if !expired {
            self.insert(cookie);
        }
    }

    /// The value of the `Cookie` header for this URL. Longer paths first, then longer domains, then longer names.
    pub(crate) fn header(&self, url: &Url) -> Option<String> {
        let mut fitting: Vec<&Cookie> = self.cookies.iter().filter(|cookie| fits(cookie, url)).collect();
        fitting.sort_by_key(|cookie| {
            std::cmp::Reverse((cookie.path.len(), cookie.domain.len(), cookie.name.len()))
        });
        let pairs: Vec<String> =
            fitting.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    fn insert(&mut self, cookie: Cookie) {
        self.remove(&cookie);
        if self.cookies.len() < MOST {
            self.cookies.push(cookie);
        }
    }

    fn remove(&mut self, cookie: &Cookie) {
        self.cookies.retain(|other| {
            (&other.name, &other.domain, &other.path) != (&cookie.name, &cookie.domain, &cookie.path)
        });
    }
}

/// A cookie may be set for the host itself and for a domain above it that is no top-level domain.
fn may_set(cookie: &Cookie, url: &Url) -> bool {
    let for_domain = cookie.domain.contains('.') && below(&url.host, &cookie.domain);
    !cookie.name.is_empty()
        && (cookie.domain == url.host || for_domain)
        && (!cookie.secure || is_trustworthy(url))
}

fn fits(cookie: &Cookie, url: &Url) -> bool {
    let host = cookie.domain == url.host || !cookie.host_only && below(&url.host, &cookie.domain);
    let folder = cookie.path.trim_end_matches('/');
    let path = url.path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    host && path && (!cookie.secure || is_trustworthy(url))
}

fn below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        && (host == domain || host.parse::<std::net::IpAddr>().is_err())
}

/// curl treats the machine itself like HTTPS.
fn is_trustworthy(url: &Url) -> bool {
    url.is_secure() || matches!(url.host.as_str(), "localhost" | "127.0.0.1" | "::1")
}

/// domain, subdomains, path, secure, expires, name, value.
fn netscape(line: &str) -> Option<(Cookie, Age)> {
    let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
    let columns: Vec<&str> = line.split('\t').collect();
    let [domain, subdomains, path, secure, expires, name, rest @ ..] = columns.as_slice() else {
        return None;
    };
    let expires = expires.parse::<u64>().ok().filter(|expires| *expires > 0);
    let is_past = expires.is_some_and(|expires| expires < seconds_since_1970());
    let age = if is_past { Age::Past } else { Age::Current };
    let cookie = Cookie {
        name: (*name).to_owned(),
        value: rest.first().unwrap_or(&"").trim_end().to_owned(),
        domain: domain.trim_start_matches('.').to_ascii_lowercase(),
        host_only: !subdomains.eq_ignore_ascii_case("TRUE"),
        path: (*path).to_owned(),
        secure: secure.eq_ignore_ascii_case("TRUE"),
    };
    Some((cookie, age))
}

fn seconds_since_1970() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_where_they_belong() {
        let url = |text| Url::parse(text).unwrap();
        let home = url("http://shop.example.com/a/b");
        let mut jar =
            Jar::new(&["sid=1; Path=/".to_owned(), "wide=2; Domain=.example.com; Path=/".to_owned()], &home);
        jar.set("deep=3", &home);
        jar.set("tls=4; Secure; Path=/", &home);
        jar.set("foreign=5; Domain=other.example", &home);
        jar.set("top=6; Domain=com", &home);
        assert_eq!(jar.header(&home).as_deref(), Some("deep=3; sid=1; wide=2"));
        assert_eq!(jar.header(&url("http://www.example.com/")).as_deref(), Some("wide=2"));
        assert_eq!(jar.header(&url("http://shop.example.com/ab")).as_deref(), Some("sid=1; wide=2"));
        jar.set("sid=; Max-Age=0; Path=/", &home);
        assert_eq!(jar.header(&url("http://shop.example.com/")).as_deref(), Some("wide=2"));
    }
}
