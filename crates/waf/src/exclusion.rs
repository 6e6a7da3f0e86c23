//! The narrowest exclusion that lets a request pass: one path, the rules that tripped, the values that tripped them.

use std::collections::BTreeMap;

use crate::{Match, Request, Verdict};

/// An exclusion as SecLang, and what it takes away from whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// A rule to load before the CRS, with `ctl:ruleRemoveTargetById` for each pair, or `ctl:ruleRemoveById` where a rule
    /// looks at no single value.
    pub seclang: String,
    /// The rules and the values that they no longer see at this path; no value means the whole rule is off there.
    pub opens: BTreeMap<u32, Vec<String>>,
}

/// Writes the exclusion for what a verdict names. `None` where no rule added points or refused: then there is nothing
/// to exclude. The id of the rule is a placeholder from the range that the CRS leaves to its users.
#[must_use]
pub fn exclusion(request: &Request<'_>, verdict: &Verdict) -> Option<Exclusion> {
    let mut opens: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut whole: Vec<u32> = Vec::new();
    for found in verdict.matches.iter().filter(|found| found.score > 0 || found.disruptive) {
        let targets = opens.entry(found.rule).or_default();
        match target(found) {
            Some(target) if !targets.contains(&target) => targets.push(target),
            Some(_) => {}
            None => whole.push(found.rule),
        }
    }
    if opens.is_empty() {
        return None;
    }
    for rule in &whole {
        opens.insert(*rule, Vec::new());
    }
    let path = request.target.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default();
    let path: String = String::from_utf8_lossy(path).chars().filter(|c| !c.is_control()).collect();
    let path = path.replace('\\', "\\x5c").replace('"', "\\\"");
    let mut lines =
        vec![format!("SecRule REQUEST_FILENAME \"@streq {path}\" \\"), "    \"id:1000,\\".to_owned()];
    lines.extend(["    phase:1,\\", "    pass,\\", "    t:none,\\", "    nolog,\\"].map(str::to_owned));
    for (rule, targets) in &opens {
        if targets.is_empty() {
            lines.push(format!("    ctl:ruleRemoveById={rule},\\"));
        }
        lines.extend(targets.iter().map(|target| format!("    ctl:ruleRemoveTargetById={rule};{target},\\")));
    }
    let last = lines.pop()?;
    lines.push(last.replace(",\\", "\""));
    Some(Exclusion { seclang: lines.join("\n") + "\n", opens })
}

/// The target that `ctl` can name: a plain variable, with a key that no separator of the language occurs in.
fn target(found: &Match) -> Option<String> {
    let (variable, key) = match found.variable.split_once(':') {
        Some((variable, key)) => (variable, Some(key)),
        None => (found.variable.as_str(), None),
    };
    let excludable = !variable.is_empty() && variable != "TX" && !variable.starts_with("MATCHED");
    let nameable = key
        .is_none_or(|key| !key.is_empty() && !key.chars().any(|c| ",;|\"'\\ ".contains(c) || c.is_control()));
    (excludable && nameable).then(|| found.variable.clone())
}
