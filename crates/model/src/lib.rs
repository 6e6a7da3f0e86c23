//! The nouns of why403: what every stage reads and writes.
//!
//! ```text
//! documents ─ intake ─▶ Evidence ─ inference(Catalogue) ─▶ Verdict ─ report ─▶ text
//!                          ▲                                  │
//!                          └───── probe ◀── Experiment ───────┘
//! ```
//!
//! No input or output, nothing that can fail, no outside dependency. In reading order: [`source`] (documents and
//! places in them), [`exchange`] (HTTP), [`credential`] (what the request says about its sender), [`evidence`]
//! (everything known of one refusal), [`simulation`] (what configurations do with the request), [`file_check`] (files
//! on its way), [`transfer`] (a request ready to be sent),
//! [`transcript`] (what was seen on the wire), [`catalogue`] (causes and emitters), [`trial`] (experiments), [`verdict`].

pub mod catalogue;
pub mod credential;
pub mod evidence;
pub mod exchange;
pub mod file_check;
mod reference;
pub mod simulation;
pub mod source;
mod template;
pub mod transcript;
pub mod transfer;
pub mod trial;
pub mod url;
pub mod verdict;

pub use catalogue::{
    Catalogue, Cause, Condition, Emitter, Family, Indicator, Layer, Likeness, Place, Prevalence, Recognition,
    Root, Signature, Weight,
};
pub use credential::{Credential, CredentialKind, Jwt, RequestSignature};
pub use evidence::{Evidence, LogLine, Setting, WafMatch, Warning};
pub use exchange::{Exchange, Field, Fields, Message, Related, Relation, Request, Response, Timing, Told};
pub use file_check::{FileCheck, FileDenial};
pub use simulation::{OpenRule, Rewrite, Simulation, Step, StepVerdict, Subject};
pub use source::{Fact, Quote, Source, SourceId, SourceKind, Sources, Span};
pub use transcript::{
    Certificate, ClientCertificate, Connection, Failure, FailureKind, Hop, HopReason, Interim, Phase,
    ReceivedMessage, SentMessage, TlsFault, TlsSession, Transcript, Tunnel,
};
pub use transfer::{HeaderLine, HttpVersion, Proxy, Redirects, Route, TlsOptions, Transfer, TransferBody};
pub use trial::{Answer, Change, Experiment, SentRequest, Trial};
pub use url::Url;
pub use verdict::{
    Confidence, Finding, Fix, Hypothesis, Isolated, LayerState, LayerVerdict, Next, Outcome, Sighting,
    Verdict,
};
