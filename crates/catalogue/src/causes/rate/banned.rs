//! A ban for earlier behaviour still holds
//!
//! ## Why the server refuses
//!
//! After failed logins, scans or a flood, a guard keeps the address out for minutes to days: fail2ban,
//! mod_evasive, CrowdSec, a WAF's reputation list, an account lock. Now every request is refused, also the
//! harmless ones, and everybody behind the same address with it.
//!
//! ## How to mend it
//!
//! - Owner: look the address up and lift the ban: `fail2ban-client set JAIL unbanip ADDRESS`, `cscli decisions
//!   delete --ip ADDRESS`, BunkerWeb `bwcli unban`, Wordfence *blocked IPs*; Apache mod_evasive:
//!   `DOSBlockingPeriod`, `DOSWhitelist`.
//! - Find what caused it: a client that retries with a wrong password, a missing file asked for a hundred
//!   times, a monitoring probe.
//! - Behind a proxy, make the guard see the client's address, or it bans the proxy and with it everybody.
//! - Client: stop, mend the failing login, wait for the ban to end.
//!
//! ## What not to do
//!
//! Switching the guard off; changing addresses to go on as before.
//!
//! ## References
//!
//! - fail2ban, manual; CrowdSec, decisions; mod_evasive, README

use model::{
    Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Relation, Root, Sighting, Weight,
};

use crate::causes::{addresses, answer, every_request};

/// `rate.banned`
pub static BANNED: Cause = Cause {
    id: "rate.banned",
    layer: Layer::Edge,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Hints,
            seek: accepted_earlier_refused_now,
            because: "the same request was accepted earlier, and the refusal tells nothing of it",
        },
        Indicator {
            weight: Weight::Hints,
            seek: bouncer_configured,
            because: "the configuration asks a list of bans (CrowdSec, mod_evasive, mod_security's or fail2ban's) for each request",
        },
        Indicator {
            weight: Weight::Hints,
            seek: failures_before,
            because: "the documents show several refusals before this one",
        },
    ],
    experiments: &[
        every_request::ANY_PATH_REFUSED,
        Experiment {
            change: Change::GetWithoutCredentials,
            predicts: model::Answer::SameRefusal,
            if_so: Weight::Hints,
            if_not: Weight::Weakens,
            because: "without credentials the answer is the same, so the refusal does not depend on the account",
        },
    ],
    roots: &[Root {
        cause: "acl.ip-behind-proxy",
        seek: addresses::proxy_was_judged,
        because: "the guard sees a proxy's address and bans it for what one client did",
    }],
    fix: "lift the ban of this one address, and mend what caused it",
    opens: "the service to that address",
    decided_by: "the guard's own list of bans (`fail2ban-client status`, `cscli decisions list`)",
    page: page!("rate/banned"),
};

/// Directives of the programs that refuse addresses for what they did before: CrowdSec's bouncers (for Caddy, nginx,
/// HAProxy and Traefik) and mod_evasive.
const BOUNCERS: [&str; 3] = ["crowdsec", "dosblockingperiod", "doshashtablesize"];

fn bouncer_configured(evidence: &Evidence) -> Option<Sighting> {
    if evidence.status().is_some_and(|status| status != 403 && status != 429) {
        return None;
    }
    let named = |setting: &&model::Setting| {
        BOUNCERS.iter().any(|bouncer| setting.name == *bouncer || setting.value.contains(bouncer))
    };
    evidence.settings.iter().find(named).map(|setting| Sighting::at(setting.span))
}

fn accepted_earlier_refused_now(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    let empty = evidence.response()?.message.body.as_ref().is_none_or(|body| body.value.len() < 64);
    empty.then(|| answer::earlier_success_same_method(evidence)).flatten()
}

fn failures_before(evidence: &Evidence) -> Option<Sighting> {
    let earlier = evidence.related(Relation::Before);
    let refused: Vec<_> = earlier
        .filter_map(|exchange| exchange.response.as_ref())
        .filter(|response| matches!(response.status.value, 401 | 403 | 404 | 429))
        .map(|response| response.message.start_line)
        .collect();
    let first = *refused.first()?;
    (refused.len() >= 3).then(|| Sighting::with(first, format!("{} refusals", refused.len())))
}
