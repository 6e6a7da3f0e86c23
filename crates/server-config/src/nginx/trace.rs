//! How the walk's steps are written down.

use super::run::Run;
use super::tree::Directive;
use crate::source::Place;
use crate::walk::{Needs, Step, Verdict};

impl Run<'_> {
    pub(super) fn step(
        &mut self,
        phase: &'static str,
        directive: Option<&Directive>,
        verdict: Verdict,
        because: String,
    ) {
        let place = directive.map(|directive| self.config.place(directive));
        let text = directive.map(Directive::text).unwrap_or_default();
        self.steps.push(Step { phase, place, text, verdict, because, losers: Vec::new() });
    }

    /// A stop at a directive, for what we would have to know.
    pub(super) fn unknown<T>(
        &mut self,
        directive: &Directive,
        needs: Needs,
    ) -> Result<T, (Needs, Option<Place>)> {
        let because = format!("{needs} would have to be known");
        self.step("unknown", Some(directive), Verdict::Unknown(needs.clone()), because);
        Err((needs, Some(self.config.place(directive))))
    }
}
