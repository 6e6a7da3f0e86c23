//! A scenario: a folder that says which servers to start, what they refuse, and what why403 must answer.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// One folder under `lab/scenarios`, as read from its `scenario.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// The folder's name.
    #[serde(skip)]
    pub(crate) name: String,
    /// The folder.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
    /// One line for the table.
    pub(crate) title: String,
    /// Why this set-up refuses, for the reader of the folder.
    pub(crate) why: String,
    /// Whether the obvious suspicion is right, wrong, or only the first of two.
    #[serde(default)]
    pub(crate) kind: Kind,
    /// The servers, in the order in which they are started; the last one is asked unless `url` says otherwise.
    #[serde(rename = "server")]
    pub(crate) servers: Vec<Server>,
    /// Where the request goes: `${URL}` in request.curl.
    pub(crate) url: Option<String>,
    /// What is found out from the running servers before the request is sent (a session, a token).
    #[serde(default, rename = "value")]
    pub(crate) values: Vec<Value>,
    /// The documents that a user would have besides the request and its answer.
    #[serde(default)]
    pub(crate) documents: Documents,
    /// The refusal of `refusing/`.
    pub(crate) refusal: Refusal,
    /// What refuses next, after `next/` mended the first cause; only where two causes are stacked.
    pub(crate) next: Option<Refusal>,
    /// A request that stays refused in the repaired set-up (`control.curl`).
    pub(crate) control: Option<Control>,
    /// What `why403 --isolate` must find.
    pub(crate) isolate: Option<Isolate>,
    /// The printed patch is applied to the refusing set-up, which must then accept.
    pub(crate) apply_fix: Option<ApplyFix>,
}

/// What kind of trap a scenario is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// The obvious suspicion is right.
    #[default]
    Plain,
    /// Something else looks guilty.
    Decoy,
    /// A second cause waits behind the first.
    Stacked,
}

/// A program of `programs.toml` with its folder of the same name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) program: String,
    #[serde(default)]
    pub(crate) args: Vec<String>,
    /// Folders of `base/` to copy in, besides the program's own.
    #[serde(default)]
    pub(crate) files: Vec<String>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// The account that the program runs as; its folder is given to that account.
    pub(crate) user: Option<String>,
    /// The account that owns the folder, for programs that change their account by themselves.
    pub(crate) owner: Option<String>,
}

/// A variable for the request: what a shell command prints.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(crate) run: String,
}

/// Paths inside the scenario's running folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Documents {
    #[serde(default)]
    pub(crate) logs: Vec<String>,
    #[serde(default)]
    pub(crate) configs: Vec<String>,
    /// What a user would paste, produced by a command (`namei -l`, `getfacl`).
    #[serde(default)]
    pub(crate) pasted: Vec<Pasted>,
}

/// A document that a command prints.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pasted {
    pub(crate) name: String,
    pub(crate) run: String,
}

/// A refusal and its true explanation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) layer: String,
    pub(crate) cause: String,
    /// Causes that are right as well, because no document or request can tell them apart.
    #[serde(default)]
    pub(crate) accept: Vec<String>,
    pub(crate) root: Option<String>,
    #[serde(default = "forbidden")]
    pub(crate) status: u16,
    /// The least confidence that is enough; without it, any.
    pub(crate) confidence: Option<String>,
    /// What must be quoted, each by the document's name and a part of the line.
    #[serde(default)]
    pub(crate) place: Vec<Place>,
    /// Causes that look likely and must not lead.
    #[serde(default)]
    pub(crate) not: Vec<String>,
}

fn forbidden() -> u16 {
    403
}

/// A line that the verdict must quote.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// The end of the document's name; without it, any document.
    pub(crate) document: Option<String>,
    pub(crate) text: String,
}

/// The status of `control.curl` in the repaired set-up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    #[serde(default = "forbidden")]
    pub(crate) status: u16,
}

/// The part of the request that isolation must name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Isolate {
    pub(crate) part: String,
    pub(crate) text: Option<String>,
    /// `--max-accepted`, where the application takes whatever reaches it.
    pub(crate) max_accepted: Option<usize>,
}

/// Which of the printed fixes is applied.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyFix {
    #[serde(default)]
    pub(crate) index: usize,
}

/// Reads all scenarios whose name, layer or cause contains `filter`, in the order of their names.
pub(crate) fn read_all(lab: &Path, filter: &str) -> Result<Vec<Scenario>> {
    let folder = lab.join("scenarios");
    let mut paths = fs::read_dir(&folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let mut scenarios = Vec::new();
    for path in paths {
        let scenario = read(&path).with_context(|| format!("in {}", path.display()))?;
        let Refusal { layer, cause, .. } = &scenario.refusal;
        if [scenario.name.as_str(), layer, cause].iter().any(|field| field.contains(filter)) {
            scenarios.push(scenario);
        }
    }
    Ok(scenarios)
}

fn read(folder: &Path) -> Result<Scenario> {
    let text = fs::read_to_string(folder.join("scenario.toml")).context("scenario.toml")?;
    let mut scenario: Scenario = toml::from_str(&text).context("scenario.toml")?;
    scenario.name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    scenario.folder = folder.to_owned();
    ensure!(!scenario.why.trim().is_empty(), "`why` is empty");
    ensure!(!scenario.servers.is_empty(), "no [[server]]");
    ensure!(
        (scenario.kind == Kind::Stacked) == scenario.next.is_some(),
        "[next] belongs to kind = \"stacked\", and only there"
    );
    ensure!(
        scenario.kind != Kind::Decoy || !scenario.refusal.not.is_empty(),
        "a decoy names the wrong suspicion in refusal.not"
    );
    Ok(scenario)
}
