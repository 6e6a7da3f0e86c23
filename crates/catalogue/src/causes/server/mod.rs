//! The web server's own configuration.

pub mod directory_index;
