//! The closed list of causes. The folder is the first word of the id, the file the second: `server.directory-index`
//! is `server/directory_index.rs`.

pub mod server;

use model::Cause;

/// All causes, in the order of the closed list.
pub static CAUSES: &[&Cause] = &[&server::directory_index::DIRECTORY_INDEX];
