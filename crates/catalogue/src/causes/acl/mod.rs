//! Refused for where the request comes from or what it looks like.

pub mod geo_denied;
pub mod host_denied;
pub mod ip_behind_proxy;
pub mod ip_denied;
pub mod referer_denied;
pub mod user_agent_denied;
