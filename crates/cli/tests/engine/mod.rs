//! Runs the command, and a script in the lab's Python.

#![allow(dead_code, reason = "shared by tests, each of which uses a part")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn python() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.lab");
    std::env::var_os("WHY403_LAB_HOME")
        .map_or_else(|| PathBuf::from(own), PathBuf::from)
        .join("venv/bin/python")
}

/// A folder that is removed with its files.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("why403-sql-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What `why403 logs` prints.
pub(crate) fn why403(arguments: &[&str], files: &[PathBuf]) -> Vec<u8> {
    Command::new(env!("CARGO_BIN_EXE_why403"))
        .arg("logs")
        .args(arguments)
        .args(files)
        .output()
        .unwrap()
        .stdout
}

/// What a script prints, as JSON; servers in it may print before.
pub(crate) fn run(script: &str, arguments: &[&Path]) -> Value {
    let output = Command::new(python()).args(["-c", script]).args(arguments).output().unwrap();
    let (answer, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(answer.lines().last().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {}{said}", &answer[..answer.len().min(2000)]))
}

/// The cells of a row, as text.
pub(crate) fn cells(row: &Value) -> Vec<String> {
    row.as_array().unwrap().iter().map(text).collect()
}

/// A value as text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
