//! The browser, or a server that enforces `Origin`, refused cross-origin use.

pub mod credentials_wildcard;
pub mod header_not_allowed;
pub mod method_not_allowed;
pub mod origin_not_allowed;
pub mod preflight_refused;
