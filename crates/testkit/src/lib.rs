//! Development only: runs cases through the pipeline and judges the verdicts.
//!
//! A case is a folder `cases/CAUSE/NAME/` with the documents a user would have and a `case.toml`:
//!
//! ```toml
//! cause = "csrf.origin-mismatch"       # the check that said no
//! accept = ["csrf.origin-mismatch"]    # causes that are right as well, where the documents cannot tell them apart
//! root = "gateway.header-rewritten"    # optional: what made it fail
//! soft = false                         # whether the true cause is a matter of opinion; such a case is not scored
//! source = "where the case is known from"
//! blind = 1                            # the blind set it came with (cases/README.md)
//! ```

pub mod calibration;
pub mod case;
pub mod first_runs;
pub mod score;

pub use case::Case;
pub use first_runs::{FirstRun, FirstRuns};
pub use score::{Ablation, Scored};

/// Reads the documents and holds the catalogue against them: the whole offline pipeline.
#[must_use]
pub fn diagnose(documents: Vec<intake::Document>) -> (model::Evidence, model::Verdict) {
    let evidence = intake::read(documents);
    let verdict = inference::diagnose(&catalogue::CATALOGUE, &evidence);
    (evidence, verdict)
}
