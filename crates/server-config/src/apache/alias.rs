//! From the URL path to a file: `Redirect`, `Alias`, `ScriptAlias`, `WSGIScriptAlias`, `DocumentRoot`
//! (`modules/mappers/mod_alias.c`, `ap_core_translate()` in `server/core.c`).

use super::env;
use super::expr;
use super::include;
use super::run::{End, Phase, Run};
use super::tree::Directive;
use crate::pattern::{Case, Pattern};
use crate::walk::{Needs, Verdict};

const REDIRECTS: &[&str] = &["Redirect", "RedirectMatch", "RedirectTemp", "RedirectPermanent"];
const ALIASES: &[&str] = &["Alias", "AliasMatch", "ScriptAlias", "ScriptAliasMatch"];

/// What a `Redirect` says: the status, the path (none inside a `<Location>`), the target.
struct Redirect<'a> {
    status: u16,
    from: Option<&'a str>,
    to: Option<&'a str>,
}

impl<'a> Run<'a> {
    /// `ap_run_translate_name()`: rewriting, passing on, redirects, aliases, and at last the document root.
    pub(super) fn translate(&mut self) -> Phase<'a> {
        if self.rewrite_server()? || self.proxy_pass()? {
            return Ok(());
        }
        self.redirects_of_server()?;
        if self.aliases()? {
            return Ok(());
        }
        self.user_directories()?;
        self.document_root_file()
    }

    fn document_root_file(&mut self) -> Phase<'a> {
        if !self.uri.starts_with('/') && self.uri != "*" {
            return self.refuse("translate", None, 400, format!("`{}` is no path", self.uri));
        }
        let root = self.document_root();
        let rule = self.defaults.last("DocumentRoot");
        let rest = self.uri.trim_start_matches('/');
        let path = format!("{}/{rest}", root.trim_end_matches('/'));
        if rest.split('/').any(|part| part == "..") {
            return self.refuse("translate", rule, 403, "the path leads out of `DocumentRoot`".to_owned());
        }
        self.step("translate", rule, Verdict::Hit, format!("the path becomes `{path}`"));
        self.filename = Some(path);
        Ok(())
    }

    /// Redirects of the server, those of the virtual host before those of the main server; one inside a
    /// `<Location>` comes first.
    fn redirects_of_server(&mut self) -> Phase<'a> {
        self.redirect_of_section()?;
        let layers: Vec<_> = self.defaults.layers.iter().rev().cloned().collect();
        for layer in layers {
            for rule in layer.rules.iter().map(|rule| rule.directive).filter(|rule| rule.is_any(REDIRECTS)) {
                self.redirect(rule)?;
            }
        }
        Ok(())
    }

    /// `fixup_redir()`: the redirects of sections, once they are known.
    pub(super) fn redirects_of_sections(&mut self) -> Phase<'a> {
        self.redirect_of_section()?;
        let base = self.defaults.layers.len();
        let layers: Vec<_> = self.scope.layers.iter().skip(base).rev().cloned().collect();
        for layer in layers {
            for rule in layer.rules.iter().map(|rule| rule.directive).filter(|rule| rule.is_any(REDIRECTS)) {
                self.redirect(rule)?;
            }
        }
        Ok(())
    }

    /// `Redirect` without a path: it is for all of the section (`try_redirect()`).
    fn redirect_of_section(&mut self) -> Phase<'a> {
        let base = self.defaults.layers.len();
        let found = self.scope.layers.iter().skip(base).rev().find_map(|layer| {
            let rules = layer.rules.iter().rev().map(|rule| rule.directive);
            rules.filter(|rule| rule.is("Redirect")).find(|rule| parse_redirect(rule).from.is_none())
        });
        let Some(rule) = found else { return Ok(()) };
        let redirect = parse_redirect(rule);
        let because = match redirect.to {
            Some(to) => format!("everything here is redirected to `{to}`"),
            None => format!("everything here is answered with {}", redirect.status),
        };
        self.refuse("redirect", Some(rule), redirect.status, because)
    }

    fn redirect(&mut self, rule: &'a Directive) -> Phase<'a> {
        let Redirect { status, from: Some(from), to } = parse_redirect(rule) else { return Ok(()) };
        let matched = if rule.is("RedirectMatch") {
            match Pattern::new(from, Case::Sensitive).and_then(|pattern| pattern.find(&self.uri)) {
                Ok(found) => found.is_some(),
                Err(needs) => return self.unknown(rule, needs),
            }
        } else {
            alias_matches(&self.uri, from).is_some()
        };
        if !matched {
            return Ok(());
        }
        let because = match to {
            Some(to) => format!("`{}` is redirected to `{to}`", self.uri),
            None => format!("`{}` is answered with {status}", self.uri),
        };
        self.refuse("redirect", Some(rule), status, because)
    }

    /// The first alias that matches; those of the virtual host before those of the main server.
    fn aliases(&mut self) -> Phase<'a, bool> {
        if self.alias_of_location()? {
            return Ok(true);
        }
        let layers: Vec<_> = self.defaults.layers.iter().rev().cloned().collect();
        for layer in layers {
            for rule in layer.rules.iter().map(|rule| rule.directive) {
                if rule.is_any(ALIASES) && self.alias(rule)? {
                    return Ok(true);
                }
            }
        }
        self.wsgi_alias()
    }

    fn alias(&mut self, rule: &'a Directive) -> Phase<'a, bool> {
        let (from, to) = (rule.arg(0), rule.arg(1));
        let uri = self.uri.clone();
        let path = if rule.is_any(&["AliasMatch", "ScriptAliasMatch"]) {
            match Pattern::new(from, Case::Sensitive).and_then(|pattern| pattern.find(&uri)) {
                Ok(None) => return Ok(false),
                Ok(Some(captures)) => env::substitute(to, &captures.groups),
                Err(needs) => return self.unknown(rule, needs),
            }
        } else {
            let Some(length) = alias_matches(&uri, from) else { return Ok(false) };
            self.context = Some((from.to_owned(), to.to_owned()));
            format!("{to}{}", &uri[length..])
        };
        self.take_alias(rule, &path)
    }

    fn take_alias(&mut self, rule: &'a Directive, path: &str) -> Phase<'a, bool> {
        let path = include::below(&self.config.server_root, path);
        if rule.name.to_ascii_lowercase().starts_with("script") {
            self.handler = Some(("cgi-script".to_owned(), Some(rule.place.clone())));
            self.is_script_aliased = true;
        }
        self.step("translate", Some(rule), Verdict::Hit, format!("the path becomes `{path}`"));
        self.filename = Some(path);
        Ok(true)
    }

    /// `Alias` with one argument inside a `<Location>`: all of it is this one file.
    fn alias_of_location(&mut self) -> Phase<'a, bool> {
        let base = self.defaults.layers.len();
        let found = self.scope.layers.iter().skip(base).rev().find_map(|layer| {
            let rule = layer
                .rules
                .iter()
                .map(|rule| rule.directive)
                .rfind(|rule| rule.is_any(&["Alias", "ScriptAlias"]))?;
            Some((rule, layer.section.map_or("", |section| section.arg(0))))
        });
        let Some((rule, prefix)) = found else { return Ok(false) };
        let path = match expr::text(rule.arg(0), self) {
            Ok(path) => path,
            Err(needs) => return self.unknown(rule, needs),
        };
        let rest = match alias_matches(&self.uri, prefix) {
            Some(length) if self.scope.is_on("AliasPreservePath", false) => self.uri[length..].to_owned(),
            _ => String::new(),
        };
        self.take_alias(rule, &format!("{path}{rest}"))
    }

    /// `mod_wsgi` maps like `ScriptAlias`, after `mod_alias`.
    fn wsgi_alias(&mut self) -> Phase<'a, bool> {
        let rules: Vec<&'a Directive> = self.defaults.all("WSGIScriptAlias").into_iter().rev().collect();
        for rule in rules {
            let Some(length) = alias_matches(&self.uri, rule.arg(0)) else { continue };
            let path = format!("{}{}", rule.arg(1), &self.uri.clone()[length..]);
            self.handler = Some(("wsgi-script".to_owned(), Some(rule.place.clone())));
            self.step("translate", Some(rule), Verdict::Hit, format!("the path becomes `{path}`"));
            self.filename = Some(path);
            return Ok(true);
        }
        Ok(false)
    }

    /// Homes and mass hosting are mapped by names that only the server knows.
    fn user_directories(&mut self) -> Phase<'a> {
        let homes = self.defaults.last("UserDir").filter(|_| self.uri.starts_with("/~"));
        if let Some(rule) = homes.filter(|rule| !rule.arg(0).eq_ignore_ascii_case("disabled")) {
            return self.unknown(rule, Needs("the home that `UserDir` finds".to_owned()));
        }
        let rule = self.defaults.last("VirtualDocumentRoot").or(self.defaults.last("VirtualDocumentRootIP"));
        match rule {
            Some(rule) => {
                self.unknown(rule, Needs("the directory that `VirtualDocumentRoot` makes".to_owned()))
            }
            None => Ok(()),
        }
    }

    /// An answer that is a redirect to elsewhere.
    pub(super) fn redirected(&self, status: u16, rule: &Directive) -> End<'a> {
        End::Status(status, Some(rule.place.clone()))
    }
}

/// `Redirect [status] [path] [url]` (`add_redirect_internal()`).
fn parse_redirect(rule: &Directive) -> Redirect<'_> {
    let first = rule.arg(0);
    let named = match first.to_ascii_lowercase().as_str() {
        "permanent" => Some(301),
        "temp" => Some(302),
        "seeother" => Some(303),
        "gone" => Some(410),
        _ if first.starts_with(|c: char| c.is_ascii_digit()) => first.parse().ok(),
        _ => None,
    };
    let default = if rule.is("RedirectPermanent") { 301 } else { 302 };
    let status = named.unwrap_or(default);
    let mut rest = rule.words.iter().skip(usize::from(named.is_some())).map(|word| &**word);
    let (one, two) = (rest.next(), rest.next());
    match (one, two) {
        (Some(from), Some(to)) => Redirect { status, from: Some(from), to: Some(to) },
        // A status that is no redirect has no target; a redirect with one word has no path.
        (Some(word), None) if (300..400).contains(&status) => Redirect { status, from: None, to: Some(word) },
        (from, _) => Redirect { status, from, to: None },
    }
}

/// How much of a path an alias matches: whole parts, slashes as many as there are (`alias_matches()`).
pub(super) fn alias_matches(uri: &str, alias: &str) -> Option<usize> {
    let (uri_bytes, alias_bytes) = (uri.as_bytes(), alias.as_bytes());
    let (mut u, mut a) = (0, 0);
    while a < alias_bytes.len() {
        if alias_bytes[a] == b'/' {
            if uri_bytes.get(u) != Some(&b'/') {
                return None;
            }
            while alias_bytes.get(a) == Some(&b'/') {
                a += 1;
            }
            while uri_bytes.get(u) == Some(&b'/') {
                u += 1;
            }
        } else {
            if uri_bytes.get(u) != Some(&alias_bytes[a]) {
                return None;
            }
            (u, a) = (u + 1, a + 1);
        }
    }
    let ends_whole = alias.ends_with('/') || u == uri_bytes.len() || uri_bytes[u] == b'/';
    (ends_whole && u > 0).then_some(u)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_matches_whole_parts() {
        assert_eq!(alias_matches("/img/a.png", "/img"), Some(4));
        assert_eq!(alias_matches("/img/a.png", "/img/"), Some(5));
        assert_eq!(alias_matches("/images", "/img"), None);
        assert_eq!(alias_matches("/imgs", "/img"), None);
        assert_eq!(alias_matches("/img", "/img/"), None);
    }
}
