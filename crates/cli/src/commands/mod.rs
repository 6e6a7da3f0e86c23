//! One file a command.

pub(crate) mod causes;
pub(crate) mod check;
pub(crate) mod curl;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod isolate;
pub(crate) mod logs;
pub(crate) mod save;
pub(crate) mod simulate;
pub(crate) mod waf;
