//! What the caller may do.

pub mod explicit_deny;
pub mod not_owner;
pub mod permission_missing;
pub mod resource_policy;
pub mod role_missing;
pub mod row_security;
pub mod scope_missing;
pub mod stale_grant;
