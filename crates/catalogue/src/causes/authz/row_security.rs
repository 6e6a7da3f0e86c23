//! A row-level policy of the database refused the written or returned row
//!
//! ## Why the server refuses
//!
//! The database itself holds rules for each row. A write is checked against `WITH CHECK`, and what is returned
//! against `USING`: an insert can be allowed and its `RETURNING` refused. Where row security is on and no
//! policy fits, everything is refused. The role is the one of the token (`anon`, `authenticated`), not the one
//! that the developer has in mind.
//!
//! ## How to mend it
//!
//! - Postgres and Supabase: a policy for the command and role: `create policy ... for insert to authenticated
//!   with check (auth.uid() = user_id)`, and one for `select` if the row is returned (or `Prefer:
//!   return=minimal`, no `.select()`). Upserts need `update` as well.
//! - Make sure that the user's token is sent, not only the `anon` key; and that the row carries the column that
//!   the policy compares (`user_id`).
//! - Storage: policies on `storage.objects` for bucket and path. Firestore: rules for `create`, `update` and
//!   `delete` apart. Hasura: insert permission with its check and column presets.
//!
//! ## What not to do
//!
//! `disable row level security`, `with check (true)`, `allow write: if true`, the `service_role` key in the
//! browser.
//!
//! ## References
//!
//! - PostgreSQL, row security policies (error 42501); PostgREST, errors; Supabase, row level security;
//!   Firestore, security rules

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, tokens};

/// `authz.row-security`
pub static ROW_SECURITY: Cause = Cause {
    id: "authz.row-security",
    layer: Layer::Data,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: insufficient_privilege,
            because: "the answer carries PostgreSQL's error code for insufficient privilege, 42501",
        },
        Indicator {
            weight: Weight::Hints,
            seek: anonymous_role,
            because: "the token's role is the one for strangers",
        },
        Indicator {
            weight: Weight::Hints,
            seek: returns_the_row,
            because: "the request asks for the written row back, which needs a policy for reading as well",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "write a policy for this command and role that admits this row, and send the user's own token",
    opens: "rows that fit the policy, for that role",
    decided_by: "the table's policies, and the role in the token",
    page: page!("authz/row_security"),
};

/// SQLSTATE in a JSON member `code`, as PostgREST reports it.
fn insufficient_privilege(evidence: &Evidence) -> Option<Sighting> {
    let body = evidence.response()?.message.body.as_ref()?;
    let text = evidence.response()?.message.body_text();
    let (_, after) = text.split_once("\"code\"")?;
    let value = after.trim_start().strip_prefix(':')?.trim_start();
    value.starts_with("\"42501\"").then(|| Sighting::with(body.span, "code 42501"))
}

fn anonymous_role(evidence: &Evidence) -> Option<Sighting> {
    evidence.request_header("apikey").or_else(|| evidence.request_header("x-hasura-role"))?;
    tokens::telling(evidence, |token| {
        let roles = token.roles.as_ref()?;
        roles
            .iter()
            .find(|role| matches!(role.as_str(), "anon" | "anonymous" | "public"))
            .map(|role| format!("role {role}"))
    })
}

fn returns_the_row(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[401, 403])?;
    let (value, span) = evidence.request_header("prefer")?;
    value.contains("return=representation").then(|| Sighting::with(span, value))
}
