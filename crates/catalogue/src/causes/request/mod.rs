//! The client asked for something else than it meant to.

pub mod header_required;
pub mod lost_in_redirect;
pub mod not_sent;
pub mod wrong_target;
