//! `--save DIR`: the documents, masked, as a case folder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use model::{Evidence, Source, SourceKind, Verdict};
use report::Mask;

/// Writes every document that was given or seen, masked, with a `case.toml` to fill in.
pub(crate) fn case(folder: &Path, evidence: &Evidence, verdict: &Verdict) -> Result<()> {
    let failed = || format!("the case cannot be written to {}", folder.display());
    fs::create_dir_all(folder).with_context(failed)?;
    let mask = Mask::new(&evidence.secrets);
    for (number, (_, source)) in evidence.sources.iter().enumerate() {
        // These are saved as the messages that were rendered from them: they may hold a secret in a form that is not searched for.
        if matches!(source.kind, SourceKind::Har | SourceKind::Export) || is_trace(source) {
            continue;
        }
        let name = file_name(number, &source.name, source.kind);
        let text = mask.apply(&String::from_utf8_lossy(&source.bytes));
        fs::write(folder.join(name), text).with_context(failed)?;
    }
    let cause = verdict.explained().map_or("", |hypothesis| hypothesis.cause.id);
    let toml =
        format!("# The true cause, once you know it; why403 said {cause:?}.\ncause = \"\"\nsource = \"\"\n");
    fs::write(folder.join("case.toml"), toml).with_context(failed)?;
    Ok(())
}

/// Whether a document is curl's `--trace`, which may write bytes in hexadecimal.
fn is_trace(source: &Source) -> bool {
    source.kind == SourceKind::Transcript && source.bytes.windows(14).any(|bytes| bytes == b"=> Send header")
}

/// A name that is a plain file name and tells the kind.
fn file_name(number: usize, name: &str, kind: SourceKind) -> String {
    let extension = match kind {
        SourceKind::Curl => "curl",
        SourceKind::Request | SourceKind::Response | SourceKind::Transcript => "http",
        SourceKind::Log => "log",
        SourceKind::Config => "conf",
        SourceKind::Har
        | SourceKind::Console
        | SourceKind::Panel
        | SourceKind::Export
        | SourceKind::System
        | SourceKind::Text => "txt",
    };
    let base = name.rsplit('/').next().unwrap_or(name);
    let base: String =
        base.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect();
    let base = base.trim_matches('-');
    format!("{:02}-{}.{extension}", number + 1, if base.is_empty() { "document" } else { base })
}
