//! ModSecurity and Coraza: their error log lines and their audit logs.

pub(crate) mod json;
pub(crate) mod line;
pub(crate) mod serial;
