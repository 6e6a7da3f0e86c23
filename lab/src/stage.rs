//! Setting the stage: free ports, a temporary folder, and the scenario's files with their variables filled in.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::programs::Programs;
use crate::scenario::Scenario;

/// Where things are on this machine.
#[derive(Debug)]
pub(crate) struct Site {
    /// The project's `lab` folder.
    pub(crate) lab: PathBuf,
    /// What `lab/install.sh` made: `.lab`.
    pub(crate) home: PathBuf,
    /// The running folders are made in here.
    pub(crate) scratch: PathBuf,
}

/// A scenario's running folder, and the variables of its files.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    pub(crate) ports: BTreeMap<String, u16>,
    pub(crate) variables: BTreeMap<String, String>,
}

impl Stage {
    /// `text` with every `${NAME}` that has a value replaced; other `${...}` are the servers' own and stay.
    pub(crate) fn fill(&self, text: &str, server: Option<&str>) -> String {
        let mut filled = text.to_owned();
        if let Some(server) = server {
            let here = self.folder.join(server);
            filled = filled.replace("${HERE}", &here.to_string_lossy());
            if let Some(port) = self.ports.get(server) {
                filled = filled.replace("${PORT}", &port.to_string());
            }
        }
        for (name, value) in &self.variables {
            filled = filled.replace(&format!("${{{name}}}"), value);
        }
        filled
    }
}

/// Makes the running folder from the programs' base files and then `overlays`, folders of the scenario, in order.
pub(crate) fn set(site: &Site, programs: &Programs, scenario: &Scenario, overlays: &[&str]) -> Result<Stage> {
    let folder = site.scratch.join(&scenario.name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut stage = Stage { folder, ports: BTreeMap::new(), variables: BTreeMap::new() };
    assign(site, scenario, &mut stage)?;
    for server in &scenario.servers {
        let here = stage.folder.join(&server.name);
        fs::create_dir_all(&here)?;
        for base in programs.get(&server.program)?.files.iter().chain(&server.files) {
            copy(&stage, &site.lab.join("base").join(base), &here, Some(&server.name))?;
        }
    }
    for overlay in overlays {
        let from = scenario.folder.join(overlay);
        if from.is_dir() {
            let to = stage.folder.clone();
            copy(&stage, &from, &to, None)?;
        }
    }
    Ok(stage)
}

fn assign(site: &Site, scenario: &Scenario, stage: &mut Stage) -> Result<()> {
    // All listeners are held until every port is known, so that no two servers get the same one.
    let mut held = Vec::new();
    for server in &scenario.servers {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        held.push(listener);
        stage.ports.insert(server.name.clone(), port);
        stage.variables.insert(format!("PORT_{}", server.name), port.to_string());
    }
    let mut variable = |name: &str, value: &Path| {
        stage.variables.insert(name.to_owned(), value.to_string_lossy().into_owned())
    };
    variable("LAB", &site.lab);
    variable("VENV", &site.home.join("venv"));
    variable("TLS", &site.home.join("tls"));
    variable("DIR", &stage.folder.clone());
    let last = scenario.servers.last().map(|server| server.name.as_str()).unwrap_or_default();
    let url = scenario.url.clone().unwrap_or_else(|| format!("http://127.0.0.1:${{PORT_{last}}}"));
    let url = stage.fill(&url, None);
    stage.variables.insert("URL".into(), url);
    let modules = site.home.join("node/node_modules");
    std::os::unix::fs::symlink(modules, stage.folder.join("node_modules"))?;
    Ok(())
}

/// Copies a tree; `server` is the folder that `${HERE}` means, by default the first one of each path.
fn copy(stage: &Stage, from: &Path, to: &Path, server: Option<&str>) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let target = to.join(&name);
        let server = server.or(Some(name.as_str()));
        if path.is_dir() {
            fs::create_dir_all(&target)?;
            copy(stage, &path, &target, server)?;
            continue;
        }
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let filled = match String::from_utf8(bytes) {
            Ok(text) => stage.fill(&text, server).into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        let _ = fs::remove_file(&target);
        fs::write(&target, filled)?;
        fs::set_permissions(&target, fs::metadata(&path)?.permissions())?;
    }
    Ok(())
}
