//! Routing and rewriting on the way.

pub mod external_auth;
pub mod header_rewritten;
pub mod header_stripped;
pub mod method_not_allowed;
pub mod no_route;
pub mod status_rewritten;
pub mod upstream_tls;
