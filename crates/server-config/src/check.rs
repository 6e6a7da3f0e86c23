//! What a static check of a configuration finds: rules that cannot do what they seem to.

use crate::source::Place;

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check's name, which never changes.
    pub check: &'static str,
    /// Where.
    pub place: Place,
    /// The rule as it is written.
    pub text: String,
    /// What is wrong, in one lower-case sentence without a full stop.
    pub because: String,
    /// The rule that makes it so, where there is one.
    pub other: Option<Place>,
}

/// What each check looks for, by its name.
static CHECKS: &[(&str, &str)] = &[
    ("shadowed-address-rule", "A rule on addresses stands behind a wider one, so it never decides"),
    ("unreachable-rewrite", "A rewrite stands behind an unconditional return"),
    ("bypassed-access-rule", "An access rule never runs, because a return answers before it"),
    ("shadowed-location", "A location is never chosen, because another one takes all its paths"),
    ("post-refused", "A rule on methods lets GET through and refuses POST"),
    ("header-not-inherited", "A list of header fields replaces the outer list, whose fields are lost"),
    ("allow-list-sees-proxy", "A list of addresses sees the address of a proxy instead of the client's"),
    ("duplicate-server-name", "Two servers on one socket have the same name, and the second is ignored"),
    ("header-dropped", "A header field that the next server reads is not passed on"),
];

impl Finding {
    /// What the check looks for, in one sentence.
    pub fn title(&self) -> String {
        let known = CHECKS.iter().find(|(name, _)| *name == self.check);
        known.map_or_else(|| self.check.replace('-', " "), |(_, title)| (*title).to_owned())
    }
}
