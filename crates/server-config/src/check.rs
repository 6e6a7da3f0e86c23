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
