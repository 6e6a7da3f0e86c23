//! Finds the part of an HTTP request that a server refuses, with the fewest and safest copies of it. Sends nothing: it
//! says what to send next, and learns from the answer.

mod answer;
mod conclusion;
mod ladder;
mod parts;
mod request;
mod search;
mod suspicion;
mod threshold;

pub use answer::{Answer, Meaning, Page};
pub use conclusion::{Conclusion, Finding, Group, Piece};
pub use parts::{Keep, Part, Parts, Place, Region, Role};
pub use request::Request;
pub use search::{Candidate, Options, Search, Step, Stop, Trial};
pub use suspicion::Suspicion;
