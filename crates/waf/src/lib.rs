//! A SecLang engine: the rules of ModSecurity and the OWASP Core Rule Set, run over a request on your desk.
//!
//! The engine loads the rules that a server loads (none are shipped), runs all five phases, and says which rules match,
//! on which bytes of the original request, with how many points, and what would have to change.
//!
//! ```no_run
//! use std::path::Path;
//! use waf::{Like, Request, RuleSet};
//!
//! # fn main() -> Result<(), waf::Error> {
//! let rules = RuleSet::load(Path::new("/usr/share/modsecurity-crs"), Like::ModSecurity2)?;
//! for line in &rules.report().unloaded {
//!     println!("not in force here: {line}");
//! }
//! let headers: &[(&[u8], &[u8])] =
//!     &[(b"Host", b"shop.example"), (b"Content-Type", b"application/json")];
//! let request = Request {
//!     method: b"POST",
//!     target: b"/comments",
//!     version: b"HTTP/1.1",
//!     headers,
//!     body: br#"{"comment": "1' or 1=1"}"#,
//!     client: [192, 0, 2, 7].into(),
//! };
//! let verdict = rules.inspect(&request);
//! if verdict.blocked {
//!     for found in &verdict.matches {
//!         println!("{} {} at {:?}: {} points", found.rule, found.variable, found.bytes, found.score);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # How it is built
//!
//! - `seclang` reads text: lines, words, actions, targets, files.
//! - `rules` compiles directives to flat lists by phase, with shared target lists and transformation pipelines.
//! - `variables` holds the values of one transaction in one arena; with tracing on, an origin per byte.
//! - `transformations`, `operators`, `body` do what their names say, byte for byte like the engine that
//!   [`Like`] names.
//! - `transaction` runs the phases. A request is first run without origins; only if a rule trips it is run again with
//!   them.
//!
//! Regular expressions run in linear time, so no request can make a rule take exponential time. Where the real engine
//! gives up (`SecPcreMatchLimit`) and treats a rule as not matched, this one still answers.

mod body;
mod edit;
mod error;
mod exclusion;
mod like;
mod operators;
mod request;
mod rules;
mod seclang;
mod suspicion;
mod transaction;
mod transformations;
mod variables;
mod verdict;
mod width;

pub use edit::{Edit, smallest_edit};
pub use error::Error;
pub use exclusion::{EXCLUSIONS_FILE, Exclusion, exclusion};
pub use like::Like;
pub use request::{OwnedRequest, Part, Place, Request, Response};
pub use rules::{EngineMode, Options, RuleSet};
pub use seclang::report::{LoadReport, UnloadedLine};
pub use suspicion::Suspicion;
pub use verdict::{Match, Verdict};
pub use width::{Attack, Width, width};

impl RuleSet {
    /// What the rules for requests say about a request.
    #[must_use]
    pub fn inspect(&self, request: &Request<'_>) -> Verdict {
        transaction::run(self, request, None, &[])
    }

    /// What the rules for requests say about a request of the exclusion's path once the exclusion is in force.
    #[must_use]
    pub fn inspect_excluding(&self, request: &Request<'_>, exclusion: &Exclusion) -> Verdict {
        let controls = if exclusion.holds_at(request) { exclusion.controls() } else { Vec::new() };
        transaction::run(self, request, None, &controls)
    }

    /// What all rules say about a request and its response.
    #[must_use]
    pub fn inspect_exchange(&self, request: &Request<'_>, response: &Response<'_>) -> Verdict {
        transaction::run(self, request, Some(response), &[])
    }
}
