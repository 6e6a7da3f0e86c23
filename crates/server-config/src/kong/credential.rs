//! The plugins that ask who the client is, and the one that judges the answer.

use super::run::{Answered, Run};
use super::{is_named, reference};
use crate::credentials::basic;
use crate::document::Node;
use crate::walk::Needs;

impl<'a> Run<'a> {
    fn skips_preflight(&self, config: &Node) -> bool {
        config.text_of("run_on_preflight") == Some("false") && self.request.method == "OPTIONS"
    }

    /// Without a credential the anonymous consumer goes on, where one is named.
    fn missing(&mut self, plugin: &'a Node, config: &'a Node, because: &str) -> Result<(), Answered> {
        match config.get("anonymous").and_then(reference).filter(|name| !name.is_empty()) {
            Some(name) => {
                let consumers = self.config.entities("consumers");
                self.consumer = consumers.iter().find(|known| is_named(known, Some(name)));
                self.pass(plugin, "there is no valid credential, and the anonymous consumer goes on")
            }
            None => self.deny(plugin, None, 401, because),
        }
    }

    pub(super) fn key_auth(&mut self, plugin: &'a Node, config: &'a Node) -> Result<(), Answered> {
        if self.skips_preflight(config) || (self.is_authenticated && config.get("anonymous").is_some()) {
            return self.pass(plugin, "it does not run for this request");
        }
        let names: Vec<&str> = config.list("key_names").iter().filter_map(Node::text).collect();
        let names = if names.is_empty() { vec!["apikey"] } else { names };
        let mut key = None;
        for name in names {
            let in_header = config.text_of("key_in_header") != Some("false");
            let in_query = config.text_of("key_in_query") != Some("false");
            let values = self.values(name).map_err(|needs| self.unknown_at(plugin, needs))?;
            let of_query = || {
                let query = self.request.target.split_once('?').map_or("", |(_, query)| query);
                query
                    .split('&')
                    .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
                    .map(|(_, value)| value.to_owned())
            };
            key = values.first().cloned().filter(|_| in_header).or_else(|| of_query().filter(|_| in_query));
            if key.is_some() {
                break;
            }
        }
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            if config.text_of("key_in_body") == Some("true") && self.request.body_length > 0 {
                return Err(self.unknown_at(plugin, Needs("the body, which may hold the key".to_owned())));
            }
            return self.missing(plugin, config, "the request has no API key: `No API key found in request`");
        };
        let owner =
            self.owner(&["keyauth_credentials"], |credential| credential.text_of("key") == Some(&key));
        self.authenticated(plugin, config, owner, "no consumer of this file has the API key that was sent")
    }

    pub(super) fn basic_auth(&mut self, plugin: &'a Node, config: &'a Node) -> Result<(), Answered> {
        if self.is_authenticated && config.get("anonymous").is_some() {
            return self.pass(plugin, "it does not run for this request");
        }
        let mut sent = self.values("Proxy-Authorization").map_err(|needs| self.unknown_at(plugin, needs))?;
        sent.extend(self.values("Authorization").map_err(|needs| self.unknown_at(plugin, needs))?);
        let Some((user, password)) = sent.iter().find_map(|value| basic(value)) else {
            return self.missing(plugin, config, "the request has no user and password");
        };
        let owner = self.owner(&["basicauth_credentials"], |credential| {
            credential.text_of("username") == Some(&user) && credential.text_of("password") == Some(&password)
        });
        self.authenticated(
            plugin,
            config,
            owner,
            "no consumer of this file has the user and password that were sent",
        )
    }

    fn authenticated(
        &mut self,
        plugin: &'a Node,
        config: &'a Node,
        owner: Option<&'a Node>,
        because: &str,
    ) -> Result<(), Answered> {
        match owner {
            Some(consumer) => {
                (self.consumer, self.is_authenticated) = (Some(consumer), true);
                let name = reference(consumer).unwrap_or("").to_owned();
                self.pass(plugin, &format!("the credential is that of the consumer `{name}`"))
            }
            None => self.missing(plugin, config, because),
        }
    }

    /// The consumer who has a credential, in place or beside the consumers.
    fn owner(&self, kinds: &[&str], holds: impl Fn(&Node) -> bool) -> Option<&'a Node> {
        let consumers = self.config.entities("consumers");
        for kind in kinds {
            let nested = consumers.iter().find(|consumer| consumer.list(kind).iter().any(&holds));
            if nested.is_some() {
                return nested;
            }
            let beside = self.config.entities(kind).iter().find(|credential| holds(credential));
            let name = beside.and_then(|credential| credential.get("consumer")).and_then(reference);
            if let Some(found) = consumers.iter().find(|consumer| is_named(consumer, name)) {
                return Some(found);
            }
        }
        None
    }

    pub(super) fn jwt(&mut self, plugin: &'a Node, config: &'a Node) -> Result<(), Answered> {
        if self.skips_preflight(config) || (self.is_authenticated && config.get("anonymous").is_some()) {
            return self.pass(plugin, "it does not run for this request");
        }
        let parameters: Vec<&str> = config.list("uri_param_names").iter().filter_map(Node::text).collect();
        let parameters = if parameters.is_empty() { vec!["jwt"] } else { parameters };
        let query = self.request.target.split_once('?').map_or("", |(_, query)| query);
        let in_query =
            query.split('&').any(|pair| parameters.contains(&pair.split('=').next().unwrap_or("")));
        let bearer = self.values("Authorization").map_err(|needs| self.unknown_at(plugin, needs))?;
        let bearer = bearer
            .iter()
            .any(|value| value.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")));
        let elsewhere = !config.list("cookie_names").is_empty() || !config.list("header_names").is_empty();
        if bearer || in_query || elsewhere {
            return Err(self.unknown_at(
                plugin,
                Needs("the consumers' keys and the time, for the token that was sent".to_owned()),
            ));
        }
        self.missing(plugin, config, "the request has no token")
    }

    pub(super) fn acl(&mut self, plugin: &'a Node, config: &'a Node) -> Result<(), Answered> {
        let Some(consumer) = self.consumer else {
            let needs = "Kong's version: without a consumer the older ones answer 403 and the newer ones 401";
            return Err(self.unknown_at(plugin, Needs(needs.to_owned())));
        };
        let name = reference(consumer).unwrap_or("").to_owned();
        let nested = consumer.list("acls").iter();
        let beside = self
            .config
            .entities("acls")
            .iter()
            .filter(|acl| is_named(consumer, acl.get("consumer").and_then(reference)));
        let groups: Vec<&str> = nested.chain(beside).filter_map(|acl| acl.text_of("group")).collect();
        let list = |names: [&str; 2]| {
            names.iter().find_map(|name| config.get(name)).filter(|list| !list.items().is_empty())
        };
        let is_in =
            |list: &Node| list.items().iter().filter_map(Node::text).any(|group| groups.contains(&group));
        if let Some(denied) = list(["deny", "blacklist"]).filter(|denied| is_in(denied)) {
            return self.deny(
                plugin,
                Some(denied),
                403,
                &format!("a group of the consumer `{name}` is on the list `deny`"),
            );
        }
        if let Some(allowed) = list(["allow", "whitelist"]).filter(|allowed| !is_in(allowed)) {
            let because =
                format!("no group of the consumer `{name}` ({}) is on the list `allow`", groups.join(", "));
            return self.deny(plugin, Some(allowed), 403, &because);
        }
        self.pass(plugin, &format!("the groups of the consumer `{name}` are allowed"))
    }
}
