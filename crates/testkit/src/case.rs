//! A folder of documents whose true cause is known.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use intake::Document;

/// A case.
#[derive(Debug)]
pub struct Case {
    /// `CAUSE/NAME`.
    pub name: String,
    /// The check that said no.
    pub cause: String,
    /// Causes that count as right, the true one among them.
    pub accept: Vec<String>,
    /// What made the check fail, where it is known.
    pub root: Option<String>,
    /// Whether the true cause is a matter of opinion.
    pub soft: bool,
    /// The blind set it came with: its truth was written down before the first run.
    pub blind: Option<i64>,
    /// Why no expert could tell the true cause from these documents alone, where that is so.
    pub undecidable: Option<String>,
    /// Whether it comes from a public thread or source, not from the lab.
    pub public: bool,
    /// The documents, by name.
    pub documents: Vec<(String, Vec<u8>)>,
}

impl Case {
    /// All cases of the project, by name.
    ///
    /// # Errors
    /// Names the folder that is no case.
    pub fn all() -> Result<Vec<Case>> {
        let mut cases = Vec::new();
        for cause in folders(&root())? {
            for folder in folders(&cause)? {
                cases.push(Case::load(&folder).with_context(|| folder.display().to_string())?);
            }
        }
        Ok(cases)
    }

    fn load(folder: &Path) -> Result<Case> {
        let mut documents = Vec::new();
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        files.sort();
        for file in files.iter().filter(|file| file.is_file()) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name != "case.toml" {
                documents.push((name, fs::read(file)?));
            }
        }
        let table: toml::Table = fs::read_to_string(folder.join("case.toml"))?.parse()?;
        let text = |key: &str| table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        let cause = text("cause").context("case.toml lacks `cause`")?;
        let parent = folder.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        if parent != cause.as_str() {
            bail!("stands under {parent}, but its cause is {cause}");
        }
        let accept = table.get("accept").and_then(toml::Value::as_array).into_iter().flatten();
        let mut accept: Vec<String> = accept.filter_map(|cause| Some(cause.as_str()?.to_owned())).collect();
        if !accept.contains(&cause) {
            accept.insert(0, cause.clone());
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        Ok(Case {
            name: format!("{cause}/{name}"),
            accept,
            root: text("root"),
            public: text("source").is_none_or(|source| !source.starts_with("lab:")),
            undecidable: text("undecidable"),
            soft: table.get("soft").and_then(toml::Value::as_bool).unwrap_or(false),
            blind: table.get("blind").and_then(toml::Value::as_integer),
            cause,
            documents,
        })
    }

    /// The documents as intake takes them, without the one of that name.
    #[must_use]
    pub fn documents_without(&self, left_out: Option<&str>) -> Vec<Document> {
        let kept = self.documents.iter().filter(|(name, _)| Some(name.as_str()) != left_out);
        kept.map(|(name, bytes)| Document { name: name.clone(), bytes: bytes.clone() }).collect()
    }
}

/// The folder of all cases.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cases")
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    Ok(folders)
}
