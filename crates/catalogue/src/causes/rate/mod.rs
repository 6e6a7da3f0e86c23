//! Too many requests, now or before.

pub mod banned;
pub mod limited;
