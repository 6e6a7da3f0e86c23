//! The application decided by its own rules.

pub mod conflict;
pub mod policy;
pub mod state;
