//! Anti-forgery checks, in the order frameworks run them.

pub mod cookie_missing;
pub mod header_missing;
pub mod origin_mismatch;
pub mod referer_missing;
mod script;
pub mod token_invalid;
pub mod token_missing;
pub mod token_not_read;
pub mod token_stale;
