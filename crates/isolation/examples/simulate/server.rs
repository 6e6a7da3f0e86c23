//! The server of the model: a check on content, other checks on incomplete requests, and an application.

use std::collections::HashMap;

use isolation::{Answer, Page, Parts, Request, Role};

use crate::model::Case;
use crate::random::Random;

/// How the server decides.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// Any trigger is refused.
    Any,
    /// Only all triggers together are.
    All,
    /// Every request is.
    Always,
    /// A body longer than this is.
    Longer(usize),
    /// A request without the header `X-Needed-` of this number is.
    Without(usize),
}

/// A server that counts.
pub(crate) struct Server<'a> {
    pub(crate) case: &'a Case,
    pub(crate) rule: Rule,
    /// The chance that an answer is the opposite.
    pub(crate) flips: f64,
    /// Parts whose absence is refused, and whether with the same page.
    pub(crate) confounders: Vec<(usize, bool)>,
    /// Whether the application rejects values of the wrong type.
    pub(crate) validates: bool,
    pub(crate) random: Random,
    pub(crate) accepted: usize,
    pub(crate) passed: usize,
    pub(crate) requests: usize,
}

pub(crate) fn page(status: u16, text: &str) -> Answer {
    Answer { status: Some(status), page: Page::of("text/html", None, text.as_bytes()), retry_after: None }
}

pub(crate) fn refusal() -> Answer {
    page(403, "<h1>Forbidden</h1> the request was blocked by policy")
}

impl<'a> Server<'a> {
    pub(crate) fn new(case: &'a Case, rule: Rule, random: Random) -> Server<'a> {
        Server {
            case,
            rule,
            flips: 0.0,
            confounders: Vec::new(),
            validates: false,
            random,
            accepted: 0,
            passed: 0,
            requests: 0,
        }
    }

    /// Checks that refuse incomplete requests, each there with a chance of 5 to 50 %, one in ten with the same page.
    pub(crate) fn confuse(&mut self) {
        for name in [
            "header User-Agent",
            "header Accept",
            "header X-CSRF-Token",
            "cookie session",
            "header Origin",
            "header X-Requested-With",
        ] {
            let chance = 0.05 + self.random.below(46) as f64 / 100.0;
            let part = self.case.parts.list().iter().position(|part| part.label == name);
            if let Some(part) = part.filter(|_| self.random.chance(chance)) {
                let same = self.random.chance(0.1);
                self.confounders.push((part, same));
            }
        }
    }

    pub(crate) fn answer(&mut self, request: &Request) -> Answer {
        self.requests += 1;
        let mut answer = self.decide(request);
        if self.flips > 0.0 && self.random.chance(self.flips) {
            answer = if answer == refusal() { page(422, "not valid") } else { refusal() };
        }
        self.passed += usize::from(answer != refusal());
        answer
    }

    fn decide(&mut self, request: &Request) -> Answer {
        let now = Parts::of(request.clone());
        let values: HashMap<&str, usize> =
            now.list().iter().enumerate().map(|(i, part)| (part.label.as_str(), i)).collect();
        let value =
            |part: usize| values.get(self.case.parts.list()[part].label.as_str()).map(|&own| now.raw(own));
        let same = |part: usize| value(part) == Some(self.case.parts.raw(part));
        if let Some((_, same_page)) = self.confounders.iter().find(|(part, _)| !same(*part)) {
            return if *same_page { refusal() } else { page(403, "missing or incomplete header") };
        }
        let hit = |(part, trigger): &(usize, String)| {
            value(*part).is_some_and(|raw| String::from_utf8_lossy(raw).contains(trigger.as_str()))
        };
        let refused = match self.rule {
            Rule::Any => self.case.triggers.iter().any(hit),
            Rule::All => self.case.triggers.iter().all(hit),
            Rule::Always => true,
            Rule::Longer(limit) => request.body.len() > limit,
            Rule::Without(number) => request.field(&format!("X-Needed-{number}")).is_none(),
        };
        if refused {
            return refusal();
        }
        if let Some((part, _)) = self.case.required.iter().find(|(part, strict)| *strict && !same(*part)) {
            let credential = self.case.parts.list()[*part].role == Role::Credential;
            return if credential { page(401, "please log in") } else { page(422, "a value is not valid") };
        }
        if self.case.parts.sentinel().is_some_and(|part| self.validates && !same(part)) {
            return page(422, "a value has the wrong type");
        }
        self.accepted += 1;
        page(201, "created")
    }
}
