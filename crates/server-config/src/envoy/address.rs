//! The client's address as the connection manager believes it (`common/http/conn_manager_utility.cc`).

use std::net::IpAddr;
use std::str::FromStr;

use super::run::{Answered, Run};
use crate::document::Node;
use crate::request::Value;
use crate::walk::{Belief, BelievedFrom, Needs, Step, Verdict};

impl<'a> Run<'a> {
    /// `use_remote_address`: the connection's other end, or the address that many trusted hops before it saw; without,
    /// the last one in `X-Forwarded-For`.
    pub(super) fn believe(&mut self, manager: &'a Node) -> Result<(), Answered> {
        if !manager.list("original_ip_detection_extensions").is_empty() {
            return Err(self.unknown("the address that `original_ip_detection_extensions` finds"));
        }
        let hops = manager.number("xff_num_trusted_hops").unwrap_or(0) as usize;
        let uses_remote = manager.is_on("use_remote_address");
        let from_header = match (uses_remote, hops) {
            (true, 0) => Ok(None),
            (true, hops) => self.forwarded_address(hops - 1),
            (false, hops) => self.forwarded_address(hops),
        };
        let from_header = from_header.map_err(|needs| self.unknown(needs.0))?;
        let setting = if uses_remote { "use_remote_address" } else { "xff_num_trusted_hops" };
        let place = manager.entry(setting).map(|(key, _)| self.config.key_place(key));
        self.client = match from_header {
            Some(address) => Belief {
                address: Some(address),
                from: BelievedFrom::Header("X-Forwarded-For".to_owned()),
                place: place.clone(),
            },
            None => Belief { place: place.clone(), ..Belief::connection(self.request.client) },
        };
        let shown = self.client.address.map_or("unknown".to_owned(), |address| address.to_string());
        let because = match from_header {
            Some(_) => format!("the client is {shown}, by `X-Forwarded-For`"),
            None => format!("the client is {shown}, the other end of the connection"),
        };
        let text = format!("use_remote_address: {uses_remote}, xff_num_trusted_hops: {hops}");
        self.steps.push(Step::new("client-address", place, text, Verdict::Hit, because));
        Ok(())
    }

    /// The address in `X-Forwarded-For`, so many from the right; `None` when there are fewer, or it is no address.
    fn forwarded_address(&self, skipped: usize) -> Result<Option<IpAddr>, Needs> {
        let mut values = Vec::new();
        for value in self.request.headers_named("X-Forwarded-For") {
            match value {
                Value::Known(text) => values.push(text.as_str()),
                Value::Unknown(needs) => return Err(needs.clone()),
            }
        }
        let joined = values.join(",");
        let found = joined.rsplit(',').nth(skipped).map(str::trim).filter(|text| !text.is_empty());
        Ok(found.and_then(|text| IpAddr::from_str(text).ok()))
    }

    /// `X-Forwarded-For` as filters and upstreams see it.
    pub(super) fn forwarded_for(&self) -> Result<Option<String>, Needs> {
        let mut values = Vec::new();
        for value in self.request.headers_named("X-Forwarded-For") {
            match value {
                Value::Known(text) => values.push(text.trim().to_owned()),
                Value::Unknown(needs) => return Err(needs.clone()),
            }
        }
        let appends = self
            .manager
            .is_some_and(|manager| manager.is_on("use_remote_address") && !manager.is_on("skip_xff_append"));
        if appends {
            let peer = self.peer()?;
            if peer.is_loopback() {
                return Err(Needs(
                    "the machine's own address, which stands for a loopback client".to_owned(),
                ));
            }
            values.push(peer.to_string());
        }
        Ok((!values.is_empty()).then(|| values.join(",")))
    }

    /// `X-Forwarded-Proto`: the connection's own unless a trusted hop set it.
    pub(super) fn forwarded_proto(&self) -> Result<String, Needs> {
        let trusts = self.manager.is_some_and(|manager| {
            !manager.is_on("use_remote_address") || manager.number("xff_num_trusted_hops").unwrap_or(0) > 0
        });
        match self.request.header("X-Forwarded-Proto") {
            Some(Value::Known(text)) if trusts => Ok(text.clone()),
            Some(Value::Unknown(needs)) if trusts => Err(needs.clone()),
            _ => Ok(self.request.scheme.name().to_owned()),
        }
    }
}
