//! What a refused request may be taken out of a rule by: the property that the rule looks at, so that whoever it is meant
//! for stays refused.

use std::net::IpAddr;

use crate::request::{Request, Value};
use crate::walk::Walk;

/// A property of the refused request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exception {
    /// Its method and path.
    Target { method: String, path: String },
    /// The client's address.
    Client(IpAddr),
    /// The host that it asks for, without a port.
    Host(String),
}

/// Words of rules that look at the client's address, and at the host, in lower case.
const OF_ADDRESS: [&str; 5] = [" src ", "{ src", "remote_ip", "client_ip", "src,"];
const OF_HOST: [&str; 4] = ["hdr(host", "hdr_dom(host", " host ", "hdr_beg(host"];

/// The exceptions that this request can be named by, that one first which the refusing rule looks at.
pub(crate) fn exceptions(request: &Request, walk: &Walk, rule: &str) -> Vec<Exception> {
    let conditions = walk.outcome.conditions.iter().map(|condition| condition.text.as_str());
    let texts: Vec<String> = std::iter::once(rule)
        .chain(conditions)
        .map(|text| format!(" {} ", text.to_ascii_lowercase()))
        .collect();
    let looks_at = |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
    let (target, client, host) = (target(request), client(walk), host(request));
    let ordered = if looks_at(&OF_ADDRESS) {
        [client, target, None]
    } else if looks_at(&OF_HOST) {
        [host, target, client]
    } else {
        [target, client, None]
    };
    ordered.into_iter().flatten().collect()
}

/// Method and path, where both can be written without quoting.
fn target(request: &Request) -> Option<Exception> {
    let path = request.target.split('?').next().unwrap_or("");
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte);
    let method = &request.method;
    let named = path.starts_with('/')
        && path.bytes().all(is_plain)
        && method.bytes().all(|byte| byte.is_ascii_uppercase());
    named.then(|| Exception::Target { method: method.clone(), path: path.to_owned() })
}

fn client(walk: &Walk) -> Option<Exception> {
    walk.client.address.map(|address| Exception::Client(address.to_canonical()))
}

fn host(request: &Request) -> Option<Exception> {
    let host = request.header("host").and_then(Value::known)?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    (!name.is_empty() && name.bytes().all(is_name)).then_some(Exception::Host(name))
}

impl Exception {
    /// What the fix does with a rule.
    pub(crate) fn text(&self, rule: &str) -> String {
        match self {
            Self::Target { method, path } => format!("take {method} {path} out of `{rule}`"),
            Self::Client(address) => format!("take {address} out of `{rule}`"),
            Self::Host(name) => format!("take the host {name} out of `{rule}`"),
        }
    }

    /// What the fix opens.
    pub(crate) fn opens(&self, rule: &str) -> String {
        match self {
            Self::Target { method, path } => {
                format!("{method} {path} for everyone, as far as this rule goes; those behind it still apply")
            }
            Self::Client(address) => format!("everything that `{rule}` refuses, for {address} alone"),
            Self::Host(name) => format!("everything that `{rule}` refuses, where it is asked of {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::{Answer, Belief, Outcome};

    fn first(rule: &str) -> Option<Exception> {
        let request = Request::new("POST", "http://shop.example:8080/api/a?b=c");
        let client = Belief::connection(Some([192, 0, 2, 1].into()));
        let walk = Walk { steps: Vec::new(), client, outcome: Outcome::new(Answer::Status(403), None) };
        exceptions(&request, &walk, rule).into_iter().next()
    }

    #[test]
    fn what_the_rule_looks_at_comes_first() {
        let client = Some(Exception::Client([192, 0, 2, 1].into()));
        assert_eq!(first("http-request deny if { src 192.0.2.0/24 }"), client);
        assert_eq!(first("respond @a 403 not remote_ip 10.0.0.0/8"), client);
        let host = Some(Exception::Host("shop.example".into()));
        assert_eq!(first("http-request deny unless { hdr(host) -i a.example }"), host);
        let target = Exception::Target { method: "POST".into(), path: "/api/a".into() };
        assert_eq!(first("http-request deny if METH_POST"), Some(target));
    }
}
