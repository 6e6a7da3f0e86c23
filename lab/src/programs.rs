//! How each program is started: `programs.toml`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// All programs by name.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Programs(BTreeMap<String, Program>);

/// One program: its command line, and the base files it needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    pub(crate) files: Vec<String>,
    pub(crate) command: Vec<String>,
}

impl Programs {
    /// Reads `programs.toml`.
    pub(crate) fn read(lab: &Path) -> Result<Self> {
        let path = lab.join("programs.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("in {}", path.display()))
    }

    /// The program of that name.
    pub(crate) fn get(&self, name: &str) -> Result<&Program> {
        self.0.get(name).with_context(|| format!("no program `{name}` in programs.toml"))
    }
}
