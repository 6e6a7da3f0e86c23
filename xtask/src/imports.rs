//! Who may import whom: programs import stages and engines, stages import the model and never one another, engines
//! import nothing of ours.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use toml::{Table, Value};

/// Our crates, and the crates of ours that each may depend on.
const ALLOWED: [(&str, &[&str]); 10] = [
    ("model", &[]),
    ("logs", &[]),
    ("server-config", &[]),
    ("waf", &[]),
    ("isolation", &[]),
    ("catalogue", &["model"]),
    ("inference", &["model"]),
    ("probe", &["model"]),
    ("report", &["model"]),
    ("intake", &["model", "logs", "server-config", "waf", "isolation"]),
];

/// Dependencies that no rule allows.
pub(crate) fn faults(root: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let ours: Vec<String> = fs::read_dir(root.join("crates"))?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    for (name, allowed) in ALLOWED.iter().filter(|(name, _)| ours.iter().any(|crate_| crate_ == name)) {
        let manifest = root.join("crates").join(name).join("Cargo.toml");
        let table: Table =
            fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?.parse()?;
        let dependencies =
            table.get("dependencies").and_then(Value::as_table).into_iter().flat_map(Table::keys);
        for dependency in dependencies.filter(|dependency| ours.contains(dependency)) {
            if !allowed.contains(&dependency.as_str()) {
                faults.push(format!("crates/{name} imports {dependency}, which its layer may not"));
            }
        }
    }
    faults.extend(sockets(root, &ours)?);
    Ok(faults)
}

/// Crates that know a network, besides the only ones that may.
fn sockets(root: &Path, ours: &[String]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for name in ours.iter().filter(|name| !["probe", "gateway"].contains(&name.as_str())) {
        let manifest = root.join("crates").join(name).join("Cargo.toml");
        let table: Table =
            fs::read_to_string(&manifest).with_context(|| manifest.display().to_string())?.parse()?;
        let dependencies =
            table.get("dependencies").and_then(Value::as_table).into_iter().flat_map(Table::keys);
        for dependency in dependencies
            .filter(|dependency| ["tokio", "hyper", "h2", "tokio-rustls"].contains(&dependency.as_str()))
        {
            faults.push(format!("crates/{name} imports {dependency}: only probe and gateway know a network"));
        }
    }
    Ok(faults)
}
