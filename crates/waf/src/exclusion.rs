//! The narrowest exclusion that lets a request pass: one path, the rules that tripped, the values that tripped them.

use std::collections::BTreeMap;

use crate::rules::{Control, RuleFilter, Selector, Target};
use crate::seclang::targets::TargetMode;
use crate::transformations::{hex_pair, is_hex};
use crate::variables::names::{Shape, Variable};
use crate::{Like, Match, Request, RuleSet, Verdict, transaction};

/// An exclusion as SecLang, and what it takes away from whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// The path at which it holds.
    pub path: Vec<u8>,
    /// A rule to load before the CRS, with `ctl:ruleRemoveTargetById` for each pair, or `ctl:ruleRemoveById` where a rule
    /// looks at no single value.
    pub seclang: String,
    /// The rules and the values that they no longer see at this path; no value means the whole rule is off there.
    pub opens: BTreeMap<u32, Vec<String>>,
}

/// A rule, and the value it shall no longer see; `None` for the whole rule.
type Pair = (u32, Option<String>);

/// More pairs than this are not tried one by one.
const MAX_TRIALS: usize = 64;

/// The file of the CRS that is meant for exclusions at run time: it is read before the rules.
pub const EXCLUSIONS_FILE: &str = "REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf";

/// Finds the narrowest exclusion for what a verdict names, by inspection: values are taken from rules first, whole rules
/// only where that does not reach, and what the request passes without is left out again. `None` where no rule
/// refuses, or where no exclusion of rules lets the request pass (a limit of the server). The id of the rule is a
/// placeholder from the range that the CRS leaves to its users.
#[must_use]
pub fn exclusion(rules: &RuleSet, request: &Request<'_>, verdict: &Verdict) -> Option<Exclusion> {
    if !verdict.would_block {
        return None;
    }
    let mut pairs = reaching(rules, request, verdict)?;
    // Whole rules first: the widest should go.
    let mut order = pairs.clone();
    order.sort_by_key(|(_, target)| target.is_some());
    for pair in order.into_iter().take(MAX_TRIALS) {
        let without: Vec<Pair> = pairs.iter().filter(|known| **known != pair).cloned().collect();
        if !without.is_empty() && !transaction::refuses(rules, request, &controls(&without)) {
            pairs = without;
        }
    }
    Some(Exclusion::of(rules.like(), request, &pairs))
}

/// Pairs with which the request passes.
fn reaching(rules: &RuleSet, request: &Request<'_>, verdict: &Verdict) -> Option<Vec<Pair>> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut verdict = verdict.clone();
    while verdict.would_block {
        let before = pairs.len() + pairs.iter().filter(|pair| pair.1.is_none()).count();
        for found in verdict.matches.iter().filter(|found| found.score > 0 || found.disruptive) {
            add(rules.like(), &mut pairs, found);
        }
        if before == pairs.len() + pairs.iter().filter(|pair| pair.1.is_none()).count() {
            return None;
        }
        verdict = transaction::run(rules, request, None, &controls(&pairs));
    }
    Some(pairs)
}

/// Adds what a match calls for: its value, or the whole rule where that was taken away already and it matched again.
fn add(like: Like, pairs: &mut Vec<Pair>, found: &Match) {
    let target = target(like, found);
    let again = target.is_some() && pairs.contains(&(found.rule, target.clone()));
    let target = if again { None } else { target };
    if target.is_none() {
        pairs.retain(|(rule, _)| *rule != found.rule);
    }
    if !pairs.iter().any(|(rule, known)| *rule == found.rule && (known.is_none() || *known == target)) {
        pairs.push((found.rule, target));
    }
}

fn controls(pairs: &[Pair]) -> Vec<Control> {
    let control = |(rule, written): &Pair| {
        let rules = RuleFilter::Ids(vec![(*rule, *rule)]);
        match written.as_deref().and_then(named) {
            Some(targets) => Control::RemoveTarget(rules, targets),
            None => Control::Remove(rules),
        }
    };
    pairs.iter().map(control).collect()
}

impl Exclusion {
    fn of(like: Like, request: &Request<'_>, pairs: &[Pair]) -> Exclusion {
        let mut opens: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (rule, target) in pairs {
            opens.entry(*rule).or_default().extend(target.clone());
        }
        let path = request.path().to_vec();
        // In phase 1 mod_security2 and Coraza see the path as it was sent, libmodsecurity3 decoded.
        let seen = if like == Like::ModSecurity3 { decoded(&path) } else { path.clone() };
        Exclusion { seclang: seclang(&seen, &opens), path, opens }
    }

    /// Whether a request is one of those that the exclusion speaks of.
    #[must_use]
    pub fn holds_at(&self, request: &Request<'_>) -> bool {
        request.path() == self.path
    }

    pub(crate) fn controls(&self) -> Vec<Control> {
        let pairs = self.opens.iter().flat_map(|(rule, targets)| {
            let whole = targets.is_empty().then_some((*rule, None));
            whole.into_iter().chain(targets.iter().map(|target| (*rule, Some(target.clone()))))
        });
        controls(&pairs.collect::<Vec<Pair>>())
    }
}

fn decoded(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [byte, after @ ..] = rest {
        match (byte, after) {
            (b'%', [high, low, after @ ..]) if is_hex(*high) && is_hex(*low) => {
                decoded.push(hex_pair(*high, *low));
                rest = after;
            }
            _ => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    decoded
}

/// The rule that makes the exclusion at one path.
fn seclang(path: &[u8], opens: &BTreeMap<u32, Vec<String>>) -> String {
    let path: String = String::from_utf8_lossy(path).chars().filter(|c| !c.is_control()).collect();
    let path = path.replace('\\', "\\x5c").replace('"', "\\\"");
    let mut lines =
        vec![format!("SecRule REQUEST_FILENAME \"@streq {path}\" \\"), "    \"id:1000,\\".to_owned()];
    lines.extend(["    phase:1,\\", "    pass,\\", "    t:none,\\", "    nolog,\\"].map(str::to_owned));
    for (rule, targets) in opens {
        if targets.is_empty() {
            lines.push(format!("    ctl:ruleRemoveById={rule},\\"));
        }
        lines.extend(targets.iter().map(|target| format!("    ctl:ruleRemoveTargetById={rule};{target},\\")));
    }
    if let Some(last) = lines.last_mut() {
        *last = last.replace(",\\", "\"");
    }
    lines.join("\n") + "\n"
}

/// The target that `ctl` can name: a plain variable, with a key that no separator of the language occurs in; what the
/// engine calls the values of XML.
fn target(like: Like, found: &Match) -> Option<String> {
    let written = &found.variable;
    if written.starts_with("XML:") {
        return match like {
            Like::ModSecurity2 => Some("XML".to_owned()),
            Like::ModSecurity3 => Some(written.clone()),
            Like::Coraza => None,
        };
    }
    let key = written.split_once(':').map(|(_, key)| key);
    let nameable = key
        .is_none_or(|key| !key.is_empty() && !key.chars().any(|c| ",;|\"'\\ ".contains(c) || c.is_control()));
    named(written).filter(|_| nameable).map(|_| written.clone())
}

/// What a target takes away.
fn named(written: &str) -> Option<Vec<Target>> {
    let of = |variable, selector| vec![Target { variable, selector, mode: TargetMode::Values }];
    match written {
        "XML" => return Some(Target::all_of_xml()),
        "XML:/*" => return Some(of(Variable::Xml, Selector::All)),
        "XML://@*" => return Some(of(Variable::XmlAttributes, Selector::All)),
        _ => {}
    }
    let (variable, key) = match written.split_once(':') {
        Some((variable, key)) => (variable, Some(key)),
        None => (written, None),
    };
    let variable = Variable::named(variable)?;
    if matches!(variable.shape(), Shape::Never | Shape::Dynamic) || variable == Variable::Xml {
        return None;
    }
    let selector =
        key.map_or(Selector::All, |key| Selector::Key(key.to_ascii_lowercase().into_bytes().into()));
    Some(of(variable, selector))
}
