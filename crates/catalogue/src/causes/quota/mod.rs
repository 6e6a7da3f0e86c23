//! What a plan allows.

pub mod exhausted;
pub mod not_enabled;
