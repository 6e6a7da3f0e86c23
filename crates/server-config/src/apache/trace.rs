//! How the walk's steps are written down.

use super::run::{End, Phase, Run};
use super::tree::Directive;
use crate::walk::{Loser, Needs, Step, Verdict};

impl<'a> Run<'a> {
    pub(super) fn step(
        &mut self,
        phase: &'static str,
        directive: Option<&Directive>,
        verdict: Verdict,
        because: String,
    ) {
        let place = directive.map(|directive| directive.place.clone());
        let text = directive.map(Directive::text).unwrap_or_default();
        self.steps.push(Step { phase, place, text, verdict, because, losers: Vec::new() });
    }

    /// The candidates that lost the choice of the last step.
    pub(super) fn losers(&mut self, losers: Vec<(&Directive, String)>) {
        let loser = |(rule, because): (&Directive, String)| Loser {
            place: Some(rule.place.clone()),
            text: rule.text(),
            because,
        };
        if let Some(step) = self.steps.last_mut() {
            step.losers = losers.into_iter().map(loser).collect();
        }
    }

    /// A stop at a directive, for what we would have to know.
    pub(super) fn unknown<T>(&mut self, directive: &Directive, needs: Needs) -> Phase<'a, T> {
        let because = format!("{needs} would have to be known");
        self.step("unknown", Some(directive), Verdict::Unknown(needs.clone()), because);
        Err(End::Unknown(needs, Some(directive.place.clone())))
    }

    /// A refusal by a rule.
    pub(super) fn refuse<T>(
        &mut self,
        phase: &'static str,
        directive: Option<&Directive>,
        status: u16,
        because: String,
    ) -> Phase<'a, T> {
        self.step(phase, directive, Verdict::Hit, because);
        Err(End::Status(status, directive.map(|directive| directive.place.clone())))
    }
}
