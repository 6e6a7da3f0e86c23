//! A session cookie was sent that the server no longer knows
//!
//! ## Why the server refuses
//!
//! The cookie names a session that has timed out, was ended by a logout or a restart, or lives on another
//! server: sessions kept in the memory of one of several processes are lost whenever another one answers. The
//! visitor is then nobody, and is refused or sent to the login.
//!
//! ## How to mend it
//!
//! - Log in again; scripts should log in again once when they are refused.
//! - Several servers: a shared session store (Redis, database) or sticky sessions. Keep signing keys stable
//!   over restarts (Flask and Django `SECRET_KEY`, Rails `secret_key_base`, Express `session({ secret, store
//!   })`; its MemoryStore is for development).
//! - Lengthen the lifetime only if the work needs it: `SESSION_COOKIE_AGE`, Laravel `SESSION_LIFETIME`, PHP
//!   `session.gc_maxlifetime`, Spring `server.servlet.session.timeout`.
//!
//! ## What not to do
//!
//! Sessions that never end; copying a colleague's cookie.
//!
//! ## References
//!
//! - RFC 6265, section 4.1.2 (Expires, Max-Age); OWASP, Session Management Cheat Sheet

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Relation, Sighting, Weight};

use crate::causes::{anti_forgery, authorization};

/// `auth.session-expired`
pub static SESSION_EXPIRED: Cause = Cause {
    id: "auth.session-expired",
    layer: Layer::Application,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: session_replaced,
            because: "the answer deletes or replaces the session cookie that was sent",
        },
        Indicator {
            weight: Weight::Supports,
            seek: sent_to_login,
            because: "a session cookie was sent, and the answer leads to a login page",
        },
        Indicator {
            weight: Weight::Hints,
            seek: worked_before,
            because: "an earlier request with the same cookie was not refused",
        },
        Indicator { weight: Weight::Weakens, seek: no_session, because: "no session cookie is sent" },
    ],
    experiments: &[Experiment {
        change: Change::GetWithoutCredentials,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "without the session the answer is the same, so the session counts for nothing",
    }],
    roots: &[],
    fix: "log in again, and keep sessions in a store that all servers share",
    opens: "nothing: a new session has the same rights",
    decided_by: "the application's session store, or a request to a page that shows who is logged in",
    page: page!("auth/session_expired"),
};

fn session_replaced(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let session = evidence
        .credentials
        .iter()
        .find(|credential| matches!(credential.kind, model::CredentialKind::SessionCookie))?;
    let fields = &evidence.response()?.message.fields;
    fields.all("set-cookie").find_map(|field| {
        let (name, rest) = field.value.split_once('=')?;
        let value = rest.split(';').next().unwrap_or("").trim();
        let sent = request.cookies().find(|(own, _, _)| *own == name.trim())?;
        let of_session = session.carrier.contains(name.trim());
        (of_session && sent.1 != value).then(|| Sighting::with(field.span, name.trim()))
    })
}

fn sent_to_login(evidence: &Evidence) -> Option<Sighting> {
    anti_forgery::session_cookie(evidence)?;
    authorization::login_redirect(evidence)
}

fn worked_before(evidence: &Evidence) -> Option<Sighting> {
    let cookie = evidence.request()?.message.fields.value("cookie")?;
    anti_forgery::session_cookie(evidence)?;
    evidence.related(Relation::EarlierSuccess).find_map(|exchange| {
        let field = exchange.request.as_ref()?.message.fields.get("cookie")?;
        (field.value == cookie).then(|| Sighting::at(field.span))
    })
}

fn no_session(evidence: &Evidence) -> Option<Sighting> {
    anti_forgery::session_cookie(evidence)
        .is_none()
        .then(|| evidence.request_line().map(Sighting::at))
        .flatten()
}
