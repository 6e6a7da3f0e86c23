//! The web server's own configuration.

pub mod access_rule;
pub mod auth_request;
pub mod body_size;
pub mod directory_index;
pub mod method_rule;
