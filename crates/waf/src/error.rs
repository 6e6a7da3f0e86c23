//! Why a rule set could not be loaded at all.

use std::io;
use std::path::PathBuf;

/// Loading failed as a whole; single lines that cannot be used are in the [`crate::LoadReport`] instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("{path} cannot be read: {error}", path = path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        error: io::Error,
    },
    /// There is not a single directive.
    #[error("{path} holds no SecLang directive; name a checkout of the CRS, its package's folder or a configuration that includes it", path = path.display())]
    NoRules {
        /// The file or folder.
        path: PathBuf,
    },
    /// No engine has this name.
    #[error("`{name}` is no engine: expected modsecurity2, modsecurity3 or coraza")]
    UnknownEngine {
        /// What was given.
        name: String,
    },
}
