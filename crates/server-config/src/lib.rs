//! Which directive of a server's configuration decides this request.
//!
//! An engine usable on its own: it knows HTTP and configuration text, and nothing of causes or verdicts.
//! It reads the configuration of a product from a [`FileTree`], keeps every file verbatim with line, column
//! and include chain, and simulates one [`Request`]:
//!
//! ```
//! use server_config::{nginx, Answer, Coverage, FileTree, Request};
//!
//! let text = "events {}\nhttp {\n  server {\n    listen 80;\n    location /api/ {\n      limit_except GET { deny all; }\n    }\n  }\n}\n";
//! let files = FileTree::in_memory(Coverage::Part, [("/etc/nginx/nginx.conf", text)]);
//! let config = nginx::load(&files, "/etc/nginx/nginx.conf");
//! let walk = config.simulate(&Request::new("POST", "http://shop.example/api/orders"), &files);
//! assert_eq!(walk.outcome.answer, Answer::Status(403));
//! assert_eq!(walk.outcome.decided_by.unwrap().to_string(), "/etc/nginx/nginx.conf:6");
//! ```
//!
//! # The contract of every product's module
//!
//! - `load(&files, main) -> Config` never fails as a whole. What cannot be read (a missing include, a loop, a
//!   file that is too large, an unknown directive, binary bytes) is a [`Warning`] with its [`Place`]; the rest
//!   is read.
//! - `config.simulate(&request, &files) -> Walk` goes through the phases in the server's own order and stops at
//!   the first answer. Each [`Step`] says *hit*, *miss* or *unknown* and why; the choice of a server or a
//!   location lists every loser with its reason.
//! - `config.fixes(&request, &files) -> Vec<Fix>`, `config.check() -> Vec<Finding>`, `config.listeners()`, and the
//!   fields `warnings` and `sources`: [`Configuration`] asks every product for them.
//! - A refusal names what its rule hangs on ([`Outcome::conditions`]): the `if` around a `return`, the ACLs of an
//!   `http-request deny`.
//! - What is not modelled, or depends on what we cannot see (a counter, a subrequest, a file that was not
//!   given), is [`Answer::Unknown`] with the name of the directive. It is never guessed. A limit on rates or
//!   connections is an assumption of the outcome ([`Outcome::assuming`]): the walk goes on behind it.
//! - Facts about a product are cited beside the code that relies on them, and compared with the real server by
//!   a differential test behind the feature `real`. Traefik and Kong are not: there are only the tables of their own
//!   published tests.
//!
//! # The modules
//!
//! [`source`]: files, places, warnings · [`request`]: the request to be simulated · [`walk`]: the trace and its
//! outcome, and what the next hop receives · [`pattern`]: regular expressions as PCRE reads them · [`fix`]:
//! diffs, their width, and the over-granting ones that are refused · [`product`]: which product a text
//! configures · [`configuration`]: a configuration of any product · [`chain`]: the sockets between servers ·
//! [`check`]: findings of static checks · [`os`]: the file system under the server · one folder for each product.

pub mod apache;
pub mod caddy;
pub mod chain;
pub mod check;
pub mod configuration;
mod credentials;
mod document;
pub mod envoy;
pub mod fix;
pub mod haproxy;
pub mod kong;
pub mod nginx;
pub mod os;
pub mod pattern;
pub mod product;
pub mod request;
pub mod source;
pub mod squid;
pub mod traefik;
pub mod walk;

pub use chain::Listener;
pub use check::Finding;
pub use configuration::{Configuration, LoadError};
pub use fix::{Fix, OverGrant, Width};
pub use product::{Product, recognise};
pub use request::{Header, Request, Scheme, Value};
pub use source::{Coverage, Entry, FileTree, Place, Source, Sources, Warning};
pub use walk::{
    Answer, Belief, BelievedFrom, Condition, Forwarded, HeaderChange, HowChanged, Loser, Needs, Outcome,
    Step, Verdict, Walk,
};
