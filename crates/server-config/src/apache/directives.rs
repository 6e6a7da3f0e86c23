//! The directives that exist, the module of each, and whether `.htaccess` may hold it.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One directive of the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// The module's identifier.
    pub(super) module: &'static str,
    /// The class of `AllowOverride` that permits it in `.htaccess`; `-` for none.
    pub(super) class: &'static str,
}

/// Directives of modules from elsewhere, by the start of their names.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("sec", "security2_module", "-"),
    ("wsgi", "wsgi_module", "FileInfo"),
    ("php_", "php_module", "Options"),
    ("fcgid", "fcgid_module", "FileInfo"),
    ("jk", "jk_module", "-"),
    ("dos", "evasive_module", "-"),
    ("qs_", "qos_module", "-"),
    ("passenger", "passenger_module", "Options"),
    ("shib", "mod_shib", "AuthConfig"),
    ("oidc", "auth_openidc_module", "AuthConfig"),
    ("mellon", "auth_mellon_module", "AuthConfig"),
    ("gssapi", "auth_gssapi_module", "AuthConfig"),
    ("krb", "auth_kerb_module", "AuthConfig"),
    ("geoip", "geoip_module", "FileInfo"),
    ("maxminddb", "maxminddb_module", "FileInfo"),
    ("perl", "perl_module", "FileInfo"),
    ("xsendfile", "xsendfile_module", "FileInfo"),
    ("modpagespeed", "pagespeed_module", "All"),
];

/// Names that the manual does not list, or lists below another module.
const UNLISTED: &[(&str, Known)] = &[
    ("limitrequestfieldsize", Known { module: "core_module", class: "-" }),
    ("namevirtualhost", Known { module: "core_module", class: "-" }),
    ("defaulttype", Known { module: "core_module", class: "FileInfo" }),
    ("seerequesttail", Known { module: "core_module", class: "-" }),
    ("ipv6only", Known { module: "mpm", class: "-" }),
    ("<requirenotall>", Known { module: "authz_core_module", class: "AuthConfig" }),
    ("maxclients", Known { module: "mpm", class: "-" }),
    ("maxrequestsperchild", Known { module: "mpm", class: "-" }),
    ("lockfile", Known { module: "mpm", class: "-" }),
    ("sslmutex", Known { module: "ssl_module", class: "-" }),
    ("fancyindexing", Known { module: "autoindex_module", class: "Indexes" }),
    ("proxyblock", Known { module: "proxy_module", class: "-" }),
];

static NAMES: LazyLock<HashMap<String, Known>> = LazyLock::new(|| {
    let mut names: HashMap<String, Known> = HashMap::new();
    let mut head = ("", "");
    for line in include_str!("directives.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        if !line.starts_with(' ') {
            head = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        }
        let known = Known { module: head.0, class: head.1 };
        names.extend(words.map(|word| (word.to_ascii_lowercase(), known)));
    }
    names.extend(UNLISTED.iter().map(|(name, known)| ((*name).to_owned(), *known)));
    names
});

/// A directive by its name; a section's name stands in angle brackets.
pub(super) fn lookup(name: &str) -> Option<Known> {
    let name = name.to_ascii_lowercase();
    let elsewhere = || {
        let found = ELSEWHERE.iter().find(|(start, ..)| name.starts_with(start))?;
        Some(Known { module: found.1, class: found.2 })
    };
    NAMES.get(&name).copied().or_else(elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_regard_to_case() {
        assert_eq!(lookup("rewriterule"), Some(Known { module: "rewrite_module", class: "FileInfo" }));
        assert_eq!(lookup("<Directory>").map(|known| known.class), Some("-"));
        assert_eq!(lookup("SecRule").map(|known| known.module), Some("security2_module"));
        assert_eq!(lookup("Nonsense"), None);
    }
}
