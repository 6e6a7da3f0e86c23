//! From directives to a rule set.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::actions::{Actions, Decided, filter};
use super::config::Setting;
use super::{
    Config, Decision, Group, GroupId, Link, Options, Rule, RuleSet, Step, Target, TargetList, TargetsId,
    TxNames,
};
use crate::operators::{Context, Operator};
use crate::seclang::files::Source;
use crate::seclang::report::{LoadReport, UnloadedLine};
use crate::seclang::{Directive, actions, files, lexer, targets};
use crate::transformations::Transformation;
use crate::variables::names::Shape;
use crate::{Error, Like};

/// Reads and compiles a rule set.
pub(super) fn load(path: &Path, options: &Options, extra: &str) -> Result<RuleSet, Error> {
    Ok(compile(files::read(path, options.like)?, options, extra))
}

/// Compiles SecLang text.
pub(super) fn parse(text: &str, options: &Options) -> Result<RuleSet, Error> {
    Ok(compile(files::read_text(text, options.like)?, options, ""))
}

fn compile(source: Source, options: &Options, extra: &str) -> RuleSet {
    let mut draft = Draft::new(options.like, source.report);
    let (set_up, rules) = source.directives.split_at(source.rules_start);
    draft.read(set_up);
    let paranoia = options.paranoia.map(paranoia_directive).unwrap_or_default();
    for text in [paranoia.as_str(), extra] {
        draft.read(&own_directives(text, options.like));
    }
    draft.read(rules);
    if let Some(engine) = options.engine {
        draft.config.engine = engine;
    }
    draft.finish()
}

/// Both generations of the CRS name the level differently.
fn paranoia_directive(level: u8) -> String {
    let set = |name: &str| format!("setvar:tx.{name}={level}");
    let names =
        ["blocking_paranoia_level", "detection_paranoia_level", "paranoia_level", "executing_paranoia_level"];
    format!("SecAction \"id:900000,phase:1,pass,nolog,{}\"", names.map(set).join(","))
}

fn own_directives(text: &str, like: Like) -> Vec<Directive> {
    let file: Arc<Path> = Arc::from(Path::new("<command line>"));
    lexer::logical_lines(text)
        .into_iter()
        .filter_map(|line| {
            let mut arguments = lexer::words(&line.text, like);
            if arguments.is_empty() {
                return None;
            }
            let name = arguments.remove(0);
            Some(Directive {
                name,
                arguments,
                file: Arc::clone(&file),
                first_line: line.first,
                last_line: line.last,
            })
        })
        .collect()
}

/// A rule set while it is being read.
pub(super) struct Draft {
    pub(super) like: Like,
    pub(super) config: Config,
    pub(super) report: LoadReport,
    pub(super) names: TxNames,
    pub(super) phases: [Vec<Step>; 5],
    pub(super) targets: Vec<TargetList>,
    target_ids: HashMap<Vec<Target>, TargetsId>,
    pub(super) groups: Vec<Group>,
    group_ids: HashMap<(TargetsId, Arc<[Transformation]>), GroupId>,
    defaults: HashMap<u8, Actions>,
    /// The rule whose chain is still open.
    open: Option<(u8, Box<Rule>)>,
    /// The start of a chain could not be loaded: its links go with it.
    skipping_chain: bool,
}

impl Draft {
    fn new(like: Like, report: LoadReport) -> Draft {
        Draft {
            like,
            config: Config::default(),
            report,
            names: TxNames::default(),
            phases: Default::default(),
            targets: Vec::new(),
            target_ids: HashMap::new(),
            groups: Vec::new(),
            group_ids: HashMap::new(),
            defaults: HashMap::new(),
            open: None,
            skipping_chain: false,
        }
    }

    fn read(&mut self, directives: &[Directive]) {
        for directive in directives {
            if let Err(reason) = self.directive(directive) {
                self.unloaded(directive, None, reason);
            }
        }
    }

    fn directive(&mut self, directive: &Directive) -> Result<(), String> {
        let argument = |index: usize| {
            let found = directive.arguments.get(index).map(String::as_str);
            found.ok_or_else(|| format!("{} lacks an argument", directive.name))
        };
        let name = directive.name.to_ascii_lowercase();
        match name.as_str() {
            "secrule" => {
                let actions = directive.arguments.get(2).map_or("", String::as_str);
                self.rule(directive, Some((argument(0)?, argument(1)?)), actions);
            }
            "secaction" => self.rule(directive, None, argument(0)?),
            "secmarker" => {
                let marker: Arc<str> = Arc::from(argument(0)?);
                self.phases.iter_mut().for_each(|phase| phase.push(Step::Marker(Arc::clone(&marker))));
            }
            "secdefaultaction" => {
                let actions = self.actions(directive, argument(0)?);
                self.defaults.insert(actions.phase.unwrap_or(2), actions);
            }
            "secruleremovebyid" => {
                let filters: Vec<_> = directive
                    .arguments
                    .iter()
                    .map(|id| filter("id", id, self.like))
                    .collect::<Result<_, _>>()?;
                self.remove(&filters);
            }
            // A directive's tag is a pattern in every engine.
            "secruleremovebytag" => self.remove(&[filter("tag", argument(0)?, Like::ModSecurity2)?]),
            "secruleremovebymsg" => self.remove(&[filter("msg", argument(0)?, self.like)?]),
            "secruleupdatetargetbyid" | "secruleupdatetargetbytag" | "secruleupdatetargetbymsg" => {
                let kind = name.trim_start_matches("secruleupdatetargetby");
                self.update_targets(&filter(kind, argument(0)?, self.like)?, argument(1)?)?;
            }
            "secruleupdateactionbyid" => {
                let actions = self.actions(directive, argument(1)?);
                let decision = actions.decision.map(|decided| self.decision(decided, 2));
                self.update_decision(&filter("id", argument(0)?, self.like)?, decision, actions.status);
            }
            _ => return self.setting(directive),
        }
        Ok(())
    }

    fn setting(&mut self, directive: &Directive) -> Result<(), String> {
        match self.config.apply(&directive.name, &directive.arguments) {
            Setting::Applied | Setting::Immaterial => Ok(()),
            Setting::Invalid => Err(format!("the value of {} cannot be read", directive.name)),
            // Apache's own directives stand beside SecLang in its configuration.
            Setting::Unknown if !directive.name.to_ascii_lowercase().starts_with("sec") => Ok(()),
            Setting::Unknown => Err(format!("the directive {} is unknown", directive.name)),
        }
    }

    fn actions(&mut self, directive: &Directive, text: &str) -> Actions {
        let mut problems = Vec::new();
        let list = actions::parse(text).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let actions = Actions::read(&list, self.like, &mut self.names, &mut problems);
        for problem in problems {
            self.unloaded(directive, actions.id, problem);
        }
        actions
    }

    fn unloaded(&mut self, directive: &Directive, rule: Option<u32>, reason: String) {
        let file = Arc::clone(&directive.file);
        self.report.unloaded.push(UnloadedLine { file, line: directive.first_line, rule, reason });
    }

    /// `SecRule` with its targets and operator, or `SecAction` without.
    fn rule(&mut self, directive: &Directive, condition: Option<(&str, &str)>, text: &str) {
        let mut actions = self.actions(directive, text);
        let setvars = std::mem::take(&mut actions.setvars);
        let id = actions.id.or_else(|| self.open.as_ref().map(|(_, rule)| rule.id));
        let phase = match &self.open {
            Some((phase, _)) => *phase,
            None => actions.phase.unwrap_or(2),
        };
        let chained = actions.chained;
        let link = if self.skipping_chain {
            Err(String::new())
        } else {
            self.link(directive, condition, &actions, phase)
        };
        match link {
            Ok(mut link) => {
                link.setvars = setvars;
                let rule = match self.open.take() {
                    Some((_, mut rule)) => {
                        rule.links.push(link);
                        rule
                    }
                    None => Box::new(self.start(directive, actions, phase, link)),
                };
                if chained {
                    self.open = Some((phase, rule))
                } else {
                    self.push(phase, rule)
                }
                self.skipping_chain = false;
            }
            Err(reason) => {
                if !reason.is_empty() {
                    self.unloaded(directive, id, reason);
                }
                self.open = None;
                self.skipping_chain = chained;
            }
        }
    }

    fn push(&mut self, phase: u8, mut rule: Box<Rule>) {
        rule.bookkeeping = self.is_bookkeeping(&rule);
        self.report.rules += 1;
        self.phases[usize::from(phase - 1)].push(Step::Rule(rule));
    }

    fn start(&mut self, directive: &Directive, actions: Actions, phase: u8, link: Link) -> Rule {
        let default = self.defaults.get(&phase);
        let logged = actions.logged.or(default.and_then(|default| default.logged)).unwrap_or(true);
        let status = actions.status.or(default.and_then(|default| default.status)).unwrap_or(403);
        let decision = self.decision(actions.decision.unwrap_or(Decided::ByDefault), phase);
        let line = if self.like == Like::ModSecurity2 { directive.last_line } else { directive.first_line };
        Rule {
            id: actions.id.unwrap_or(0),
            file: Arc::clone(&directive.file),
            line,
            first_line: directive.first_line,
            links: vec![link],
            message: actions.message,
            data: actions.data,
            tags: actions.tags,
            severity: actions.severity,
            logged,
            decision,
            status,
            skip: actions.skip,
            skip_after: actions.skip_after,
            skip_to: None,
            bookkeeping: false,
        }
    }

    fn decision(&self, decided: Decided, phase: u8) -> Decision {
        match decided {
            Decided::This(decision) => decision,
            Decided::ByDefault => match self.defaults.get(&phase).and_then(|default| default.decision) {
                Some(Decided::This(decision)) => decision,
                _ => Decision::Pass,
            },
        }
    }

    fn link(
        &mut self,
        directive: &Directive,
        condition: Option<(&str, &str)>,
        actions: &Actions,
        phase: u8,
    ) -> Result<Link, String> {
        let mut link = Link {
            targets: None,
            group: None,
            pipeline: self.pipeline(actions, phase),
            multi_match: actions.multi_match,
            operator: Operator::Always,
            operator_name: String::new(),
            negated: false,
            pattern: None,
            capture: actions.capture,
            setvars: Vec::new(),
            controls: actions.controls.clone(),
            message: actions.message.clone(),
        };
        let Some((written_targets, written_operator)) = condition else { return Ok(link) };
        let list: Vec<Target> = targets::parse(written_targets)?
            .iter()
            .map(|written| Target::compile(written, &mut self.names))
            .collect::<Result<_, _>>()?;
        let (negated, name, argument) = split_operator(written_operator);
        let mut context = Context { like: self.like, file: &directive.file, names: &mut self.names };
        link.operator = Operator::parse(name, argument, &mut context)?;
        link.operator_name = format!("{}@{name}", if negated { "!" } else { "" });
        link.negated = negated;
        link.targets = Some(self.targets_id(list));
        link.group = self.group_of(link.targets, &link.pipeline);
        Ok(link)
    }

    /// The transformations of a link: its own behind those of the default action, from the last `t:none` on.
    fn pipeline(&self, actions: &Actions, phase: u8) -> Arc<[Transformation]> {
        let defaults =
            self.defaults.get(&phase).map(|default| default.transformations.as_slice()).unwrap_or_default();
        let all: Vec<_> = defaults.iter().chain(&actions.transformations).collect();
        let start = all.iter().rposition(|step| step.is_none()).map_or(0, |none| none + 1);
        all[start..].iter().filter_map(|step| **step).collect()
    }

    pub(super) fn targets_id(&mut self, list: Vec<Target>) -> TargetsId {
        if let Some(known) = self.target_ids.get(&list) {
            return *known;
        }
        let id = self.targets.len() as TargetsId;
        let dynamic = list.iter().any(|target| target.variable.shape() == Shape::Dynamic);
        self.targets.push(TargetList { targets: list.clone(), dynamic });
        self.target_ids.insert(list, id);
        id
    }

    pub(super) fn group_of(
        &mut self,
        targets: Option<TargetsId>,
        pipeline: &Arc<[Transformation]>,
    ) -> Option<GroupId> {
        let targets = targets.filter(|targets| !self.targets[*targets as usize].dynamic)?;
        let groups = &mut self.groups;
        Some(*self.group_ids.entry((targets, Arc::clone(pipeline))).or_insert_with(|| {
            groups.push(Group { targets, pipeline: Arc::clone(pipeline) });
            (groups.len() - 1) as GroupId
        }))
    }
}

/// Splits `!@rx pattern`; without a name it is `@rx`.
fn split_operator(text: &str) -> (bool, &str, &str) {
    let trimmed = text.trim_start();
    let (negated, rest) = match trimmed.strip_prefix('!') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, trimmed),
    };
    match rest.strip_prefix('@') {
        Some(named) => {
            let end = named.find(char::is_whitespace).unwrap_or(named.len());
            (negated, &named[..end], named[end..].trim_start())
        }
        None => (negated, "rx", if negated { rest } else { text }),
    }
}
