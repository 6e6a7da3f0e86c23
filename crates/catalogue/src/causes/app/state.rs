//! Nobody may write now: read-only mode, full disk, maintenance, or a suspended account
//!
//! ## Why the server refuses
//!
//! The system protects itself: Elasticsearch makes indices read-only when the disk is 95 % full, databases fail
//! over to a read-only copy, an administrator switched maintenance on, the subscription or site is suspended,
//! the application is stopped (Azure App Service answers 403 then). Reading may go on; writing is refused to
//! everybody.
//!
//! ## How to mend it
//!
//! - Full disk: make room, then lift the block: `PUT /_all/_settings {"index.blocks.read_only_allow_delete":
//!   null}` (newer versions lift it by themselves).
//! - Read-only copies: write to the primary; check where the connection string points after a failover.
//! - Maintenance: wait, or end it (`occ maintenance:mode --off`, `php artisan up`).
//! - Suspended or stopped: start the application, pay the bill, ask the provider.
//!
//! ## What not to do
//!
//! Raising the disk watermarks instead of making room; giving the caller more rights.
//!
//! ## References
//!
//! - Elasticsearch, disk-based shard allocation (flood stage) and index blocks; Azure App Service, 403 site
//!   stopped; RFC 9110, section 15.6.4

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, grants, logged};

/// `app.state`
pub static STATE: Cause = Cause {
    id: "app.state",
    layer: Layer::Data,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: disk_full,
            because: "the log carries the system's error for a full disk, ENOSPC or EDQUOT",
        },
        Indicator {
            weight: Weight::Hints,
            seek: unavailable_for_a_while,
            because: "the answer says when to try again, without any limit on requests being named",
        },
        Indicator {
            weight: Weight::Hints,
            seek: grants::read_succeeded,
            because: "the same caller could read the same path, and may not change it",
        },
    ],
    experiments: &[Experiment {
        change: Change::Get,
        predicts: model::Answer::Accepted,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "reading works, and writing is refused",
    }],
    roots: &[],
    fix: "end the state that forbids writing: make room, start, unlock, pay",
    opens: "writing to everybody who could write before",
    decided_by: "the service's status page or health answer, and its free disk space",
    page: page!("app/state"),
};

/// errno 28 (ENOSPC) and 122 (EDQUOT) on Linux.
fn disk_full(evidence: &Evidence) -> Option<Sighting> {
    logged::field(evidence, "errno", |number| matches!(number, "28" | "122"))
}

/// RFC 9110, section 10.2.3: with 503, `Retry-After` tells how long the service is expected to be unavailable.
fn unavailable_for_a_while(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[503])?;
    crate::causes::allowance::retry_after(evidence)
}
