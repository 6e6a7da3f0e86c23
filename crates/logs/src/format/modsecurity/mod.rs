//! ModSecurity and Coraza: their error log lines and their audit logs.

pub(crate) mod line;
