//! Files and directories that the request needs, held against the account that the server runs as.

use crate::simulation::Step;
use crate::source::Span;
use crate::verdict::Fix;

/// The walk to one path, as the operating system goes.
#[derive(Clone, Debug)]
pub struct FileCheck {
    /// The path.
    pub path: String,
    /// The account, and the place that names it; `None` when no document tells.
    pub account: Option<(String, Option<Span>)>,
    /// The components of the way and what else decides, in order, the refusing one last.
    pub steps: Vec<Step>,
    /// What refuses, if anything does.
    pub denial: Option<FileDenial>,
    /// The log line about this request in which the system refused this very path.
    pub logged: Option<Span>,
    /// What would mend it, the smallest first.
    pub fixes: Vec<Fix>,
}

/// What is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileDenial {
    /// To pass a directory on the way.
    Search,
    /// To read the file.
    Read,
    /// To write it, or to create it in its directory.
    Write,
    /// To run it, or its interpreter.
    Execute,
    /// Any of these, by a rule of SELinux or AppArmor.
    Policy,
}

impl FileCheck {
    /// The step that refuses.
    #[must_use]
    pub fn refusing(&self) -> Option<&Step> {
        self.steps.last().filter(|_| self.denial.is_some())
    }
}
