//! What groups are made of.

use clap::ValueEnum;
use logs::Record;
use logs::group::By;

/// A field that groups are made of, or that is filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Key {
    /// The check that said no, from the catalogue
    Cause,
    /// The product that wrote the refusal
    Emitter,
    /// The path with its identifiers folded
    Route,
    /// The client's address
    Client,
    /// The WAF rule that scored, or the place of the rule
    Rule,
    Status,
    Method,
    Host,
    /// The message, with numbers and names folded
    Message,
    /// HAProxy's termination state, Envoy's response flags, Squid's result
    Termination,
    /// The kind of log
    Log,
}

impl Key {
    /// What groups are made of unless told otherwise.
    pub(crate) const DEFAULT: [Key; 5] = [Key::Cause, Key::Emitter, Key::Route, Key::Client, Key::Rule];

    /// The word for it in every output.
    pub(super) fn name(self) -> &'static str {
        match self {
            Key::Cause => "cause",
            Key::Emitter => "emitter",
            Key::Route => "route",
            Key::Client => "client",
            Key::Rule => "rule",
            Key::Status => "status",
            Key::Method => "method",
            Key::Host => "host",
            Key::Message => "message",
            Key::Termination => "termination",
            Key::Log => "log",
        }
    }

    /// Its value in a record; cause and emitter are no fields of a record.
    pub(super) fn value(self, record: &Record<'_>) -> Option<String> {
        let by = match self {
            Key::Cause | Key::Emitter => return None,
            Key::Route => By::Route,
            Key::Client => By::Client,
            Key::Rule => By::Rule,
            Key::Status => By::Status,
            Key::Method => By::Method,
            Key::Host => By::Host,
            Key::Message => By::Message,
            Key::Termination => By::Termination,
            Key::Log => By::Emitter,
        };
        by.value(record).filter(|value| !value.is_empty() && value != "-")
    }
}
