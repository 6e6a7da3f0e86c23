//! Role-based access control: policies of permissions and principals
//! (`extensions/filters/common/rbac/{engine_impl,matchers}.cc`).

use super::listener::{name, network};
use super::matcher::{snake, string};
use super::run::{Answered, Run};
use crate::document::{Key, Node};
use crate::source::Place;
use crate::walk::{Belief, Needs};

/// Why rules that allow refuse.
pub(super) const NOT_ALLOWED: &str = "no policy matches, and only what one matches is allowed";

/// What the policies say of a request.
pub(super) struct Ruling {
    pub(super) is_allowed: bool,
    pub(super) because: String,
    /// The policy, or the rules where none matched.
    pub(super) place: Place,
    pub(super) text: String,
    /// The name of the policy in `response_code_details`.
    pub(super) policy: String,
}

impl<'a> Run<'a> {
    /// The HTTP filter, with the route's own rules instead of the filter's.
    pub(super) fn rbac(
        &mut self,
        filter: &'a Node,
        settings: Option<&'a Node>,
        per_route: Option<&'a Node>,
    ) -> Result<(), Answered> {
        let settings = match per_route {
            Some(own) => match own.field("rbac") {
                Some(rbac) => Some(rbac),
                None => {
                    self.miss("http-filter", own, name(filter), "the route switches it off");
                    return Ok(());
                }
            },
            None => settings,
        };
        let Some(settings) = settings else { return Ok(()) };
        if let Some(matcher) = settings.field("matcher") {
            return Err(self.unknown_at("http-filter", matcher, Needs("the tree of `matcher`".to_owned())));
        }
        let Some(rules) = settings.field("rules") else {
            let shadow = if settings.field("shadow_rules").is_some() {
                "it has shadow rules only, which refuse nothing"
            } else {
                "it has no rules"
            };
            self.miss("http-filter", filter, name(filter), shadow);
            return Ok(());
        };
        match self.policies(rules) {
            Err(needs) => Err(self.unknown_at("http-filter", filter, needs)),
            Ok(ruling) if ruling.is_allowed => {
                let because = ruling.because.clone();
                self.miss("http-filter", filter, name(filter), &because);
                Ok(())
            }
            Ok(ruling) => {
                let details =
                    format!("rbac_access_denied_matched_policy[{}]", ruling.policy.replace([' ', '\t'], "_"));
                Err(self.local_reply(
                    "http-filter",
                    Some(ruling.place),
                    ruling.text,
                    403,
                    &ruling.because,
                    &details,
                ))
            }
        }
    }

    /// The first policy that matches, by name, and what the action makes of it.
    pub(super) fn policies(&self, rules: &Node) -> Result<Ruling, Needs> {
        let action = rules.text_of("action").unwrap_or("ALLOW");
        let mut policies: Vec<(&Key, &Node)> =
            rules.field("policies").map_or(Vec::new(), |node| node.entries().collect());
        policies.sort_by(|left, right| left.0.text.cmp(&right.0.text));
        let mut matched = None;
        for (key, policy) in policies {
            if self.policy_matches(policy)? {
                matched = Some(key);
                break;
            }
        }
        let is_allowed = match action {
            "ALLOW" | "0" => matched.is_some(),
            "DENY" | "1" => matched.is_none(),
            "LOG" | "2" => true,
            other => return Err(Needs(format!("the action `{other}`"))),
        };
        let because = match (matched, action) {
            (Some(key), _) => format!("the policy `{}` matches, and its action is {action}", key.text),
            (None, "ALLOW" | "0") => NOT_ALLOWED.to_owned(),
            (None, _) => "no policy matches".to_owned(),
        };
        let place = matched.map_or_else(|| self.config.place(rules), |key| self.config.key_place(key));
        let text = matched.map_or_else(|| format!("action: {action}"), |key| key.text.clone());
        let policy = matched.map_or_else(|| "none".to_owned(), |key| key.text.clone());
        Ok(Ruling { is_allowed, because, place, text, policy })
    }

    fn policy_matches(&self, policy: &Node) -> Result<bool, Needs> {
        let permitted = any(policy.list("permissions"), |node| self.permission(node));
        let identified = any(policy.list("principals"), |node| self.principal(node));
        // One that surely does not match settles it, whatever the other is.
        match (permitted, identified) {
            (Ok(false), _) | (_, Ok(false)) => Ok(false),
            (Err(needs), _) | (_, Err(needs)) => Err(needs),
            (Ok(true), Ok(true)) => {
                match policy.field("condition").or_else(|| policy.field("checked_condition")) {
                    Some(_) => Err(Needs("the policy's `condition`".to_owned())),
                    None => Ok(true),
                }
            }
        }
    }

    fn permission(&self, node: &Node) -> Result<bool, Needs> {
        let Some((key, value)) = node.entries().next() else {
            return Err(Needs("an empty permission".to_owned()));
        };
        match snake(&key.text).as_str() {
            "any" => Ok(value.text() == Some("true")),
            "and_rules" => all(value.list("rules"), |node| self.permission(node)),
            "or_rules" => any(value.list("rules"), |node| self.permission(node)),
            "not_rule" => Ok(!self.permission(value)?),
            "header" => self.header_matches(value),
            "url_path" => string(value.field("path").unwrap_or(value), self.bare_path()),
            "destination_port" => Ok(value.text() == Some(&self.request.port().to_string())),
            "destination_port_range" => {
                let port = u64::from(self.request.port());
                Ok(port >= value.number("start").unwrap_or(0) && port < value.number("end").unwrap_or(0))
            }
            "destination_ip" => match self.request.listener {
                Some(own) if !own.ip().is_unspecified() => Ok(network(value)?.contains(&own.ip())),
                _ => Err(Needs("the address that the connection reached".to_owned())),
            },
            "requested_server_name" if !self.is_tls() => string(value, ""),
            other => Err(Needs(format!("the permission `{other}`"))),
        }
    }

    fn principal(&self, node: &Node) -> Result<bool, Needs> {
        let Some((key, value)) = node.entries().next() else {
            return Err(Needs("an empty principal".to_owned()));
        };
        match snake(&key.text).as_str() {
            "any" => Ok(value.text() == Some("true")),
            "and_ids" => all(value.list("ids"), |node| self.principal(node)),
            "or_ids" => any(value.list("ids"), |node| self.principal(node)),
            "not_id" => Ok(!self.principal(value)?),
            "header" => self.header_matches(value),
            "url_path" => string(value.field("path").unwrap_or(value), self.bare_path()),
            // The other end of the connection, whatever headers say.
            "source_ip" | "direct_remote_ip" => Ok(network(value)?.contains(&self.peer()?)),
            "remote_ip" => {
                let Belief { address, .. } = &self.client;
                let address = address.ok_or_else(|| Needs("the client's address".to_owned()))?;
                Ok(network(value)?.contains(&address))
            }
            "authenticated" if !self.is_tls() => Ok(false),
            "authenticated" => Err(Needs("the client's certificate".to_owned())),
            other => Err(Needs(format!("the principal `{other}`"))),
        }
    }
}

/// Whether one of several holds: one that does settles it, whatever the others are.
fn any(nodes: &[Node], holds: impl Fn(&Node) -> Result<bool, Needs>) -> Result<bool, Needs> {
    let mut unknown = None;
    for node in nodes {
        match holds(node) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(needs) => unknown = unknown.or(Some(needs)),
        }
    }
    unknown.map_or(Ok(false), Err)
}

/// Whether all hold: one that does not settles it.
fn all(nodes: &[Node], holds: impl Fn(&Node) -> Result<bool, Needs>) -> Result<bool, Needs> {
    let mut unknown = None;
    for node in nodes {
        match holds(node) {
            Ok(false) => return Ok(false),
            Ok(true) => {}
            Err(needs) => unknown = unknown.or(Some(needs)),
        }
    }
    unknown.map_or(Ok(true), Err)
}
