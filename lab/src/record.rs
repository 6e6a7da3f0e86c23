//! Writes a refusal's documents as a case folder: what a user would have, with its true cause.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use regex::{Captures, Regex};

use crate::scenario::{Refusal, Scenario};
use crate::stage::Stage;

/// The port that the asked server gets in a case; the servers behind it get the next ones.
const FRONT_PORT: usize = 8080;

/// Writes `cases/CAUSE/NAME` with the documents and a `case.toml`. A second refusal of the same scenario gets the
/// suffix `-next`.
pub(crate) fn write(
    cases: &Path,
    scenario: &Scenario,
    refusal: &Refusal,
    stage: &Stage,
    documents: &[PathBuf],
) -> Result<()> {
    let first = std::ptr::eq(refusal, &scenario.refusal);
    let name = format!("{}{}", scenario.name, if first { "" } else { "-next" });
    let folder = cases.join(&refusal.cause).join(&name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for document in documents {
        let bytes = fs::read(stage.folder.join(document))?;
        let text = String::from_utf8_lossy(&bytes);
        fs::write(folder.join(flat_name(document)), neutral(scenario, stage, &text)?)?;
    }
    fs::write(folder.join("case.toml"), truth(scenario, refusal))?;
    Ok(())
}

/// The true cause, in the form that the test kit reads.
fn truth(scenario: &Scenario, refusal: &Refusal) -> String {
    let mut text = format!("cause = \"{}\"\n", refusal.cause);
    if !refusal.accept.is_empty() {
        let causes: Vec<String> = std::iter::once(&refusal.cause)
            .chain(&refusal.accept)
            .map(|cause| format!("\"{cause}\""))
            .collect();
        text += &format!("accept = [{}]\n", causes.join(", "));
    }
    if let Some(root) = &refusal.root {
        text += &format!("root = \"{root}\"\n");
    }
    text + &format!("source = \"lab: {}\"\n", scenario.name)
}

/// `nginx/sites-enabled/shop.conf` becomes `nginx-shop.conf`; what the runner wrote keeps its name.
fn flat_name(document: &Path) -> String {
    let file = document.file_name().unwrap_or_default().to_string_lossy();
    match document.iter().next().map(|server| server.to_string_lossy()) {
        Some(server) if server != "documents" => format!("{server}-{file}"),
        _ => file.into_owned(),
    }
}

/// The text with this run's ports and folders replaced by stable ones, and signatures of tokens masked.
fn neutral(scenario: &Scenario, stage: &Stage, text: &str) -> Result<String> {
    let mut text = text.to_owned();
    let own = format!("/srv/{}", scenario.name);
    if let Ok(modules) = fs::read_link(stage.folder.join("node_modules")) {
        // Node.js names modules by their real path.
        text = text.replace(&*modules.to_string_lossy(), &format!("{own}/node_modules"));
    }
    for (variable, folder) in [("VENV", "/srv/venv"), ("TLS", "/etc/ssl/shop"), ("LAB", "/srv/lab")] {
        if let Some(value) = stage.variables.get(variable) {
            text = text.replace(value, folder);
        }
    }
    text = text.replace(&*stage.folder.to_string_lossy(), &own);
    // namei(1) prints a line for each directory on the way.
    text = Regex::new(r"(?m)^d\S+\s+\S+\s+\S+\s+tmp\n")?.replace_all(&text, "").into_owned();
    text = Regex::new(r"why403-lab-\d+")?.replace_all(&text, "srv").into_owned();
    for (distance, server) in scenario.servers.iter().rev().enumerate() {
        if let Some(port) = stage.ports.get(&server.name) {
            let whole = Regex::new(&format!(r"\b{port}\b"))?;
            text = whole.replace_all(&text, (FRONT_PORT + distance).to_string()).into_owned();
        }
    }
    let token = Regex::new(r"\b(eyJ[\w-]+\.[\w-]+\.)([\w-]+)")?;
    let mask = |token: &Captures<'_>| format!("{}{}", &token[1], "x".repeat(token[2].len()));
    Ok(token.replace_all(&text, mask).into_owned())
}
