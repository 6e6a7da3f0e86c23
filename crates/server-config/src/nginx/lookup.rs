//! `map` and `geo`: variables that are looked up in a table.

use super::addresses;
use super::run::Run;
use super::server;
use super::tree::Directive;
use crate::pattern::{Case, Pattern};
use crate::request::Value;
use crate::walk::Needs;

impl<'a> Run<'a> {
    /// The value of a variable that a table of the `http` block defines; `None` when none does.
    pub(super) fn table(&mut self, name: &str) -> Option<Result<String, Needs>> {
        let table = self.config.http().iter().find(|directive| defines(directive, name))?;
        let value = match table.name() {
            "map" => self.map(table),
            "geo" => self.geo(table),
            other => Err(Needs(format!("the value of `${name}` from `{other}`"))),
        };
        // A table's value is kept for the rest of the request, unless the map is `volatile`.
        if !table.children().iter().any(|entry| entry.name() == "volatile") {
            let kept = match &value {
                Ok(text) => Value::Known(text.clone()),
                Err(needs) => Value::Unknown(needs.clone()),
            };
            self.variables.insert(name.to_owned(), kept);
        }
        Some(value)
    }

    /// Exact text, then wildcard names (with `hostnames`), then regular expressions in order, then `default`
    /// (`ngx_http_map_find()` in `ngx_http_variables.c`); plain text compares without regard to case.
    fn map(&mut self, map: &'a Directive) -> Result<String, Needs> {
        let subject = self.expand(map.arg(0))?;
        let lower = subject.to_ascii_lowercase();
        let hostnames =
            map.children().iter().any(|entry| entry.name() == "hostnames" && entry.args().is_empty());
        let key = if hostnames { lower.strip_suffix('.').unwrap_or(&lower) } else { &lower };
        let mut best: Option<(u8, usize, &'a Directive)> = None;
        for entry in entries(map) {
            let pattern = entry.name();
            if pattern.starts_with('~') {
                continue;
            }
            let pattern = pattern.strip_prefix('\\').unwrap_or(pattern).to_ascii_lowercase();
            let rank = if hostnames {
                server::rank(&pattern, key)
            } else {
                (pattern == key).then_some((3, pattern.len()))
            };
            if let Some((rank, length)) = rank
                && best.is_none_or(|(r, l, _)| (rank, length) > (r, l))
            {
                best = Some((rank, length, entry));
            }
        }
        if let Some((.., entry)) = best {
            return self.expand(entry.arg(0));
        }
        for entry in entries(map) {
            let Some(regex) = entry.name().strip_prefix('~') else { continue };
            let (regex, case) = match regex.strip_prefix('*') {
                Some(regex) => (regex, Case::Insensitive),
                None => (regex, Case::Sensitive),
            };
            let captures = Pattern::new(regex, case)?.find(&subject)?;
            if captures.is_some() {
                self.remember(captures);
                return self.expand(entry.arg(0));
            }
        }
        let default = map.children().iter().rev().find(|entry| entry.name() == "default");
        default.map_or(Ok(String::new()), |default| self.expand(default.arg(0)))
    }

    /// The longest network that holds the address (`ngx_http_geo_module.c`).
    fn geo(&mut self, geo: &'a Directive) -> Result<String, Needs> {
        for special in ["ranges", "proxy", "delete", "proxy_recursive"] {
            if geo.children().iter().any(|entry| entry.name() == special) {
                return Err(Needs(format!("the value of `{}` with `{special}`", geo.text())));
            }
        }
        let address = if geo.args().len() > 1 {
            self.expand(geo.arg(0))?.parse().ok()
        } else {
            Some(self.client.address.ok_or_else(|| Needs("the client's address".to_owned()))?)
        };
        let mut best: Option<(u8, &'a Directive)> = None;
        for entry in geo.children() {
            let range = match entry.name() {
                "default" => None,
                network => addresses::range(network),
            };
            let (Some(range), Some(address)) = (range, address) else { continue };
            if addresses::contains(&range, address) && best.is_none_or(|(l, _)| range.prefix_len() >= l) {
                best = Some((range.prefix_len(), entry));
            }
        }
        let default = geo.children().iter().rev().find(|entry| entry.name() == "default");
        let entry = best.map(|(_, entry)| entry).or(default);
        Ok(entry.map_or(String::new(), |entry| entry.arg(0).to_owned()))
    }
}

/// The entries of a map that are values, without its settings.
fn entries(map: &Directive) -> impl Iterator<Item = &Directive> {
    map.children().iter().filter(|entry| {
        !(matches!(entry.name(), "default" | "include")
            || (matches!(entry.name(), "hostnames" | "volatile") && entry.args().is_empty()))
    })
}

/// Whether a table of the `http` block gives this variable its value; the name is the last argument.
fn defines(directive: &Directive, name: &str) -> bool {
    let is_table =
        matches!(directive.name(), "map" | "geo" | "split_clients" | "geoip2" | "perl_set" | "js_set");
    let defined = if matches!(directive.name(), "perl_set" | "js_set") {
        directive.args().first()
    } else {
        directive.args().last()
    };
    is_table
        && defined.and_then(|word| word.strip_prefix('$')).is_some_and(|word| word.eq_ignore_ascii_case(name))
}
