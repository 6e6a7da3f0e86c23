//! A WAF's rules for a diagnosis: where they come from, and how they are loaded.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;
use model::{Evidence, SourceKind};
use server_config::{FileTree, Product, nginx};
use waf::{Like, RuleSet};

use crate::args::Options;

/// A configuration larger than this is none.
const LARGEST: u64 = 8 << 20;

/// Engines that read SecLang.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Modsecurity2,
    Modsecurity3,
    Coraza,
}

impl From<Engine> for Like {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Modsecurity2 => Like::ModSecurity2,
            Engine::Modsecurity3 => Like::ModSecurity3,
            Engine::Coraza => Like::Coraza,
        }
    }
}

/// Holds the rules of `--rules`, or those that a configuration names, against the refused request, like the engine that
/// the documents show. Rules that cannot be loaded are a warning.
pub(crate) fn add(options: &Options, configurations: &[PathBuf], evidence: &mut Evidence) {
    if evidence.request().is_none() {
        return;
    }
    let like = intake::firewall::like(evidence).unwrap_or_default();
    let loading = waf::Options { like, ..waf::Options::default() };
    let found = match &options.rules {
        Some(path) => Some(load(path, &loading)),
        None => in_configurations(configurations, &loading),
    };
    match found {
        Some(Ok(rules)) => intake::firewall::add_matches(evidence, &rules, &|path| fs::read(path)),
        Some(Err(error)) => evidence.warn(None, format!("{error:#}")),
        None => {}
    }
}

/// Loads a rule set's folder, a configuration that includes one, or a file of rules.
///
/// # Errors
/// When nothing there can be read.
pub(crate) fn load(path: &Path, loading: &waf::Options) -> Result<RuleSet> {
    let failed = || format!("the rules of {} cannot be loaded", path.display());
    match named_by_nginx(path) {
        Some(Named { file, inline }) => RuleSet::load_with(&file, loading, &inline).with_context(failed),
        None => RuleSet::load_with(path, loading, "").with_context(failed),
    }
}

/// The first configuration that is, or includes, rules of a WAF. `None` where none does.
pub(crate) fn in_configurations(paths: &[PathBuf], loading: &waf::Options) -> Option<Result<RuleSet>> {
    paths.iter().find_map(|path| {
        if let Some(named) = named_by_nginx(path) {
            let failed = || format!("the rules that {} names cannot be loaded", path.display());
            return Some(RuleSet::load_with(&named.file, loading, &named.inline).with_context(failed));
        }
        let text = configuration(path)?;
        let is_apache = server_config::recognise(&text) == Some(Product::Apache);
        let is_seclang = ["SecRule", "SecAction"].iter().any(|word| holds(&text, word));
        if !is_apache && !is_seclang {
            return None;
        }
        match RuleSet::load_with(path, loading, "") {
            Ok(rules) => {
                let failed = is_seclang && !rules.report().unloaded.is_empty();
                (rules.report().rules > 0 || failed).then_some(Ok(rules))
            }
            // Of an Apache that has no rules nobody expected any.
            Err(_) if !is_seclang => None,
            Err(error) => {
                Some(Err(error).with_context(|| format!("the rules of {} cannot be loaded", path.display())))
            }
        }
    })
}

/// The text of a configuration: no file of another kind, and none that is too large to be written by hand.
fn configuration(path: &Path) -> Option<Vec<u8>> {
    if fs::metadata(path).ok().is_none_or(|metadata| !metadata.is_file() || metadata.len() > LARGEST) {
        return None;
    }
    let text = fs::read(path).ok()?;
    (intake::recognise(&path.display().to_string(), &text) == SourceKind::Config).then_some(text)
}

fn holds(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// What ModSecurity-nginx is told: a file, and rules in the configuration itself.
struct Named {
    file: PathBuf,
    inline: String,
}

/// The first `modsecurity_rules_file` of an nginx configuration, includes followed.
fn named_by_nginx(path: &Path) -> Option<Named> {
    let text = configuration(path)?;
    if server_config::recognise(&text) != Some(Product::Nginx) {
        return None;
    }
    let config = nginx::load(&FileTree::live(), &path.display().to_string());
    let mut file = None;
    let mut inline = String::new();
    let mut open: Vec<&nginx::Directive> = config.directives.iter().rev().collect();
    while let Some(directive) = open.pop() {
        match directive.name() {
            "modsecurity_rules_file" => file = file.or_else(|| Some(directive.arg(0))),
            "modsecurity_rules" => inline = format!("{inline}{}\n", directive.arg(0)),
            _ => open.extend(directive.children().iter().rev()),
        }
    }
    let file = PathBuf::from(file?);
    let beside = path.parent().map(|folder| folder.join(&file)).filter(|beside| beside.is_file());
    Some(Named { file: if file.is_file() { file } else { beside.unwrap_or(file) }, inline })
}
