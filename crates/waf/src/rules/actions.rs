//! Actions of a rule, from their written form.

use std::sync::Arc;

use super::{
    Allow, Change, Control, Decision, RuleFilter, SetVar, Target, Template, TxNames, VarName, engine_mode,
};
use crate::Like;
use crate::body::Processor;
use crate::operators::pattern::Pattern;
use crate::seclang::actions::Action;
use crate::seclang::targets;
use crate::transformations::Transformation;

/// All that the actions of one link say.
#[derive(Debug, Default)]
pub(super) struct Actions {
    pub(super) id: Option<u32>,
    pub(super) phase: Option<u8>,
    pub(super) message: Template,
    pub(super) data: Template,
    pub(super) tags: Vec<String>,
    pub(super) severity: Option<u8>,
    pub(super) logged: Option<bool>,
    pub(super) decision: Option<Decided>,
    pub(super) status: Option<u16>,
    pub(super) skip: usize,
    pub(super) skip_after: Option<Arc<str>>,
    pub(super) chained: bool,
    pub(super) capture: bool,
    pub(super) multi_match: bool,
    /// Transformations in order; `None` marks `t:none`, which clears what came before, also from the defaults.
    pub(super) transformations: Vec<Option<Transformation>>,
    pub(super) setvars: Vec<SetVar>,
    pub(super) controls: Vec<Control>,
}

/// A disruptive action as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decided {
    This(Decision),
    /// `block`: what the default action of the phase says.
    ByDefault,
}

/// Actions that change no verdict of an offline inspection.
const IMMATERIAL: &[&str] = &[
    "accuracy",
    "append",
    "auditlog",
    "deprecatevar",
    "exec",
    "expirevar",
    "initcol",
    "maturity",
    "noauditlog",
    "pause",
    "prepend",
    "rev",
    "sanitisearg",
    "sanitisematched",
    "sanitisematchedbytes",
    "sanitiserequestheader",
    "sanitiseresponseheader",
    "sanitizearg",
    "sanitizematched",
    "sanitizematchedbytes",
    "sanitizerequestheader",
    "sanitizeresponseheader",
    "setenv",
    "setrsc",
    "setsid",
    "setuid",
    "ver",
    "xmlns",
];

impl Actions {
    /// Reads a list of actions; what is wrong or unknown goes to `problems`.
    pub(super) fn read(
        list: &[Action],
        like: Like,
        names: &mut TxNames,
        problems: &mut Vec<String>,
    ) -> Actions {
        let mut actions = Actions::default();
        for action in list {
            if let Err(problem) = actions.add(action, like, names) {
                problems.push(problem);
            }
        }
        actions
    }

    fn add(&mut self, action: &Action, like: Like, names: &mut TxNames) -> Result<(), String> {
        let argument = action.argument.as_deref().unwrap_or_default();
        let unreadable = || format!("the action {}:{argument} cannot be read", action.name);
        match action.name.as_str() {
            "id" => self.id = Some(argument.parse().map_err(|_| unreadable())?),
            "phase" => self.phase = Some(phase(argument).ok_or_else(unreadable)?),
            "msg" => self.message = Template::parse(argument, names),
            "logdata" => self.data = Template::parse(argument, names),
            "tag" => self.tags.push(argument.to_owned()),
            "severity" => self.severity = Some(severity(argument).ok_or_else(unreadable)?),
            "log" => self.logged = Some(true),
            "nolog" => self.logged = Some(false),
            "status" => self.status = Some(argument.parse().map_err(|_| unreadable())?),
            "skip" => self.skip = argument.parse().map_err(|_| unreadable())?,
            "skipafter" => self.skip_after = Some(Arc::from(argument)),
            "chain" => self.chained = true,
            "capture" => self.capture = true,
            "multimatch" => self.multi_match = true,
            "t" if argument.eq_ignore_ascii_case("none") => self.transformations.push(None),
            "t" => {
                let known = Transformation::named(argument)
                    .ok_or_else(|| format!("the transformation {argument} is unknown"))?;
                self.transformations.push(Some(known));
            }
            "setvar" => self.setvars.extend(setvar(argument, names)?),
            "ctl" => self.controls.extend(control(argument, like, names)?),
            "block" => self.decision = Some(Decided::ByDefault),
            "pass" => self.decision = Some(Decided::This(Decision::Pass)),
            "deny" | "drop" | "redirect" | "proxy" => {
                self.decision = Some(Decided::This(Decision::Deny));
                if action.name == "redirect" {
                    self.status.get_or_insert(302);
                }
            }
            "allow" => self.decision = Some(Decided::This(Decision::Allow(allow(argument)))),
            known if IMMATERIAL.contains(&known) => {}
            unknown => return Err(format!("the action {unknown} is unknown")),
        }
        Ok(())
    }
}

fn phase(text: &str) -> Option<u8> {
    match text.to_ascii_lowercase().as_str() {
        "request" => Some(2),
        "response" => Some(4),
        "logging" => Some(5),
        number => number.parse().ok().filter(|phase| (1..=5).contains(phase)),
    }
}

fn severity(text: &str) -> Option<u8> {
    const NAMES: [&str; 8] =
        ["EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"];
    let named = NAMES.iter().position(|name| name.eq_ignore_ascii_case(text)).map(|index| index as u8);
    named.or_else(|| text.parse().ok().filter(|severity| *severity < 8))
}

fn allow(argument: &str) -> Allow {
    match argument.to_ascii_lowercase().as_str() {
        "phase" => Allow::Phase,
        "request" => Allow::Request,
        _ => Allow::Everything,
    }
}

/// Only `TX` lives within one transaction; the persistent collections start empty and are not simulated.
fn setvar(argument: &str, names: &mut TxNames) -> Result<Option<SetVar>, String> {
    let (removes, argument) = match argument.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, argument),
    };
    let (target, value) = argument.split_once('=').map_or((argument, None), |(t, v)| (t, Some(v)));
    let (collection, name) =
        target.trim().split_once(['.', ':']).ok_or_else(|| format!("setvar:{argument} names no variable"))?;
    if !collection.eq_ignore_ascii_case("tx") {
        return Ok(None);
    }
    let change = match value {
        _ if removes => Change::Unset,
        None => Change::Set(Template::parse("1", names)),
        Some(value) => match value.as_bytes().first() {
            Some(b'+') => Change::Add(Template::parse(&value[1..], names)),
            Some(b'-') => Change::Subtract(Template::parse(&value[1..], names)),
            _ => Change::Set(Template::parse(value, names)),
        },
    };
    let is_score = is_score(name) && matches!(change, Change::Add(_));
    let template = Template::parse(name, names);
    let name = match template.constant() {
        Some(_) => VarName::Slot(names.slot(name)),
        None => VarName::Made(template),
    };
    Ok(Some(SetVar { name, change, is_score }))
}

/// The CRS adds points to `anomaly_score_plN` (3.x) and `inbound_anomaly_score_plN` or `outbound_...` (4.x); older
/// rules to `anomaly_score` itself.
fn is_score(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    base.ends_with("anomaly_score_pl") || name == "anomaly_score" || name == "inbound_anomaly_score"
}

fn control(argument: &str, like: Like, names: &mut TxNames) -> Result<Option<Control>, String> {
    let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
    let value = value.trim();
    let unreadable = || format!("ctl:{argument} cannot be read");
    let on = value.eq_ignore_ascii_case("on");
    let removal = |kind: &str, value: &str| filter(kind, value, like);
    Ok(Some(match name.trim().to_ascii_lowercase().as_str() {
        "ruleengine" => Control::Engine(engine_mode(value).ok_or_else(unreadable)?),
        "requestbodyprocessor" => Control::BodyProcessor(Processor::named(value).ok_or_else(unreadable)?),
        "requestbodyaccess" => Control::BodyAccess(on),
        "forcerequestbodyvariable" => Control::ForceBody(on),
        "responsebodyaccess" => Control::ResponseBodyAccess(on),
        "ruleremovebyid" => Control::Remove(removal("id", value)?),
        "ruleremovebytag" => Control::Remove(removal("tag", value)?),
        "ruleremovebymsg" => Control::Remove(removal("msg", value)?),
        kind @ ("ruleremovetargetbyid" | "ruleremovetargetbytag" | "ruleremovetargetbymsg") => {
            let (rules, target) = value.split_once(';').ok_or_else(unreadable)?;
            let rules = removal(kind.trim_start_matches("ruleremovetargetby"), rules)?;
            let written = targets::parse(target)?.into_iter().next().ok_or_else(unreadable)?;
            Control::RemoveTarget(rules, Target::compile_removed(&written, like, names)?)
        }
        "auditengine" | "auditlogparts" | "debugloglevel" | "hashengine" | "hashenforcement"
        | "requestbodylimit" | "responsebodylimit" => return Ok(None),
        unknown => return Err(format!("ctl:{unknown} is unknown")),
    }))
}

/// Which rules a removal means.
pub(super) fn filter(kind: &str, value: &str, like: Like) -> Result<RuleFilter, String> {
    match kind {
        "id" => ranges(value).map(RuleFilter::Ids),
        "tag" if like != Like::ModSecurity2 => Ok(RuleFilter::ExactTag(value.to_owned())),
        "tag" => Ok(RuleFilter::Tag(Arc::new(Pattern::of_operator(value, Like::ModSecurity2)?))),
        _ => Ok(RuleFilter::Message(Arc::new(Pattern::of_operator(value, Like::ModSecurity2)?))),
    }
}

fn ranges(text: &str) -> Result<Vec<(u32, u32)>, String> {
    text.split([',', ' '])
        .filter(|word| !word.is_empty())
        .map(|word| {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            match (first.trim().parse(), last.trim().parse()) {
                (Ok(first), Ok(last)) => Ok((first, last)),
                _ => Err(format!("`{word}` is no rule id or range")),
            }
        })
        .collect()
}
