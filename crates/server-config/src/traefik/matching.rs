//! Whether a rule matches a request (`pkg/muxer/http/matcher.go`, `matcher_v2.go`).

use super::forwarded::canonical;
use super::rule::Rule;
use super::run::{Run, contains};
use crate::pattern::{Case, Pattern};
use crate::request::Value;
use crate::walk::Needs;

impl Run<'_> {
    pub(super) fn matches(&self, rule: &Rule, is_old: bool) -> Result<bool, Needs> {
        match rule {
            Rule::Not(rule) => Ok(!self.matches(rule, is_old)?),
            Rule::And(left, right) => match (self.matches(left, is_old), self.matches(right, is_old)) {
                (Ok(false), _) | (_, Ok(false)) => Ok(false),
                (Err(needs), _) | (_, Err(needs)) => Err(needs),
                (Ok(true), Ok(true)) => Ok(true),
            },
            Rule::Or(left, right) => match (self.matches(left, is_old), self.matches(right, is_old)) {
                (Ok(true), _) | (_, Ok(true)) => Ok(true),
                (Err(needs), _) | (_, Err(needs)) => Err(needs),
                (Ok(false), Ok(false)) => Ok(false),
            },
            Rule::Matcher(name, arguments) => self.matcher(name, arguments, is_old),
        }
    }

    fn matcher(&self, name: &str, arguments: &[String], is_old: bool) -> Result<bool, Needs> {
        let path = self.request.target.split('?').next().unwrap_or("/");
        // Version 2 takes several arguments and templates in braces.
        let several = arguments.len() > 1 && !name.starts_with("header") && !name.starts_with("query");
        if (several || name == "headers" || name == "headersregexp" || name == "hostheader") && !is_old {
            return Err(Needs(format!(
                "the version of Traefik: `{name}` with {} arguments is of version 2",
                arguments.len()
            )));
        }
        if is_old && arguments.iter().any(|argument| argument.contains('{')) && name != "clientip" {
            return Err(Needs("the templates of version 2".to_owned()));
        }
        let any = |holds: &dyn Fn(&str) -> bool| arguments.iter().any(|argument| holds(argument));
        match name {
            "host" | "hostheader" => {
                let host = self.host();
                let plain = |text: &str| text.trim_end_matches('.').to_ascii_lowercase();
                Ok(any(&|wanted| plain(wanted) == plain(&host) && !host.is_empty()))
            }
            "method" => Ok(any(&|wanted| wanted.eq_ignore_ascii_case(&self.request.method))),
            "path" => Ok(any(&|wanted| wanted == path)),
            "pathprefix" => Ok(any(&|wanted| path.starts_with(wanted))),
            "pathregexp" => found(&arguments[0], path),
            "hostregexp" => {
                // In lower case and without its port (`requestdecorator.GetCanonicalHost()`).
                found(&arguments[0], &self.host())
            }
            "clientip" => {
                let client = self.request.client.ok_or_else(|| Needs("the client's address".to_owned()))?;
                contains(arguments.iter().map(String::as_str), client)
            }
            "header" | "headers" | "headerregexp" | "headersregexp" => {
                let [name_of, wanted] = arguments else {
                    return Err(Needs(format!("the arguments of `{name}`")));
                };
                let name_of = canonical(name_of);
                for header in self.headers.iter().filter(|header| header.name == name_of) {
                    let Value::Known(value) = &header.value else {
                        return Err(Needs(format!("the header `{name_of}`")));
                    };
                    let fits = if name.ends_with("regexp") {
                        found(wanted, value.trim())?
                    } else {
                        value.trim() == wanted
                    };
                    if fits {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            "query" | "queryregexp" => {
                let query = self.request.target.split_once('?').map_or("", |(_, query)| query);
                let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
                let (key, wanted) = match arguments {
                    [pair] if is_old => pair.split_once('=').unwrap_or((pair, "")),
                    [key] => (key.as_str(), ""),
                    [key, value, ..] => (key.as_str(), value.as_str()),
                    [] => ("", ""),
                };
                for (_, value) in pairs.filter(|(known, _)| *known == key && !known.is_empty()) {
                    let is_regex = name == "queryregexp" && arguments.len() == 2;
                    if if is_regex { found(wanted, value)? } else { value == wanted } {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            other => Err(Needs(format!("the matcher `{other}`"))),
        }
    }

    /// The host in lower case, without its port.
    fn host(&self) -> String {
        let host = self.request.header("Host").and_then(Value::known).unwrap_or("").to_ascii_lowercase();
        let end = host.rfind(':').filter(|at| !host[*at..].contains(']')).unwrap_or(host.len());
        host[..end].to_owned()
    }
}

/// Go's regular expressions match anywhere in the text.
fn found(pattern: &str, text: &str) -> Result<bool, Needs> {
    Ok(Pattern::new(pattern, Case::Sensitive)?.find(text)?.is_some())
}
