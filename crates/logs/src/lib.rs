//! Reads server logs: recognises their formats, reads every entry with its place, finds refusals in gigabytes, joins
//! the lines of one request over the layers, and groups refusals.
//!
//! The engine knows HTTP and text, nothing of causes. Reading never fails as a whole: what cannot be read is counted
//! and shown.
//!
//! ```
//! let text = br#"192.0.2.1 - - [24/Nov/2026:08:38:57 +0000] "POST /api HTTP/1.1" 403 153 "-" "curl/8.5.0""#;
//! let format = logs::recognise(text).expect("a known format");
//! let record = logs::read(text, &format).flatten().next().expect("one entry");
//! assert_eq!((record.status(), record.path().as_deref()), (Some(403), Some("/api")));
//! ```

pub mod format;
pub mod group;
pub mod join;
pub mod read;
pub mod record;
pub mod scan;
mod text;
pub mod time;

pub use format::{DefinitionError, Format, Kind, recognise};
pub use group::{Group, Grouping, group};
pub use join::{By, Joined, Offset, Story, Traits, join, join_traits};
pub use read::{Reading, Unreadable, read};
pub use record::{Field, Place, Record, Rule};
pub use scan::{Collect, Depth, Options, Progress, Scan, Sink, scan, scan_stream};
pub use time::{Time, Zone};
