//! The kernel refused the server or the application.

pub mod file_not_readable;
pub mod mandatory_access_control;
pub mod not_executable;
pub mod not_writable;
pub mod path_not_traversable;
