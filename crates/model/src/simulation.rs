//! What the configurations of servers do with the request, rule by rule.

use std::net::IpAddr;

use crate::evidence::Evidence;
use crate::source::Span;
use crate::verdict::Fix;

/// What one server's configuration does with the request.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// The product.
    pub server: String,
    /// The address that this server takes for the client's, where it is known.
    pub client: Option<IpAddr>,
    /// The rules met, in the server's own order.
    pub steps: Vec<Step>,
    /// The status it answers with, if the simulation could tell and the request is not passed on.
    pub status: Option<u16>,
    /// The file that it answers with, where no rule refuses.
    pub sends: Option<String>,
    /// The step that decided.
    pub decided_by: Option<usize>,
    /// What the deciding rule hangs on, as it is written: the blocks around it, its named conditions;
    /// the telling ones first.
    pub conditions: Vec<Span>,
    /// What the deciding rule looks at, the telling one first; empty where it looks at nothing but the path.
    pub looks_at: Vec<Subject>,
    /// Rules that could refuse the request, and of which the documents do not tell whether they do.
    pub open: Vec<OpenRule>,
    /// What must stand in front of this server: the request goes to a port that it does not listen on.
    pub in_front: Option<String>,
    /// What was taken for granted: limits that are not exceeded, a port that stands for another.
    pub assuming: Vec<String>,
    /// Header changes on the way to the next hop.
    pub rewritten: Vec<Rewrite>,
}

/// A property of a request that rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The certificate of a TLS client.
    Certificate,
    /// The length of the body.
    BodySize,
    /// How many requests came before it, or are in progress.
    Rate,
    /// A password, token or session that the server itself checks, or asks another address about.
    Credentials,
    /// The country that an address is in.
    Country,
    /// The method.
    Method,
    /// The `User-Agent` field.
    UserAgent,
    /// The `Referer` field.
    Referer,
    /// The `Origin` field.
    Origin,
    /// The client's address.
    Address,
    /// The host that is asked for.
    Host,
    /// Another field of the header, a cookie or an argument.
    Field,
    /// A directory without an index file that may not be listed.
    Directory,
    /// A program that may not run where it lies.
    Program,
    /// That no route with a condition takes the request.
    Remainder,
}

/// A rule that could refuse the request, left open for want of what its step names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRule {
    /// Its step.
    pub step: usize,
    /// What it looks at, the telling one first.
    pub looks_at: Vec<Subject>,
}

/// A header field that a server changes on the way to the next hop.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// Name.
    pub name: String,
    /// Value that arrived; `None` where it was absent.
    pub before: Option<String>,
    /// Value that is passed on; `None` where it is dropped.
    pub after: Option<String>,
    /// The directive that does it; `None` where it is the server's default.
    pub span: Option<Span>,
    /// Changes of the configuration with which the next hop receives what arrived.
    pub fixes: Vec<Fix>,
}

/// One rule of a configuration, held against the request.
#[derive(Clone, Debug)]
pub struct Step {
    /// The phase in the server's own word.
    pub phase: String,
    /// The rule as it is written, without its block.
    pub rule: String,
    /// Where it stands, if the rule is written anywhere (defaults are not).
    pub span: Option<Span>,
    /// What it does with this request.
    pub verdict: StepVerdict,
    /// Why.
    pub because: String,
}

/// What a rule does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepVerdict {
    /// It refuses.
    Deny,
    /// It applies and lets the request go on.
    Pass,
    /// It does not apply.
    Miss,
    /// It cannot be told without something named in [`Step::because`].
    Unknown,
}

impl Simulation {
    /// The step that refuses the request, if one does.
    #[must_use]
    pub fn denial(&self) -> Option<&Step> {
        self.steps.get(self.decided_by?).filter(|step| step.verdict == StepVerdict::Deny)
    }

    /// The rules left open that look at this before all else.
    pub fn open_for(&self, subject: Subject) -> impl Iterator<Item = &Step> {
        let open = self.open.iter().filter(move |rule| rule.looks_at.first() == Some(&subject));
        open.filter_map(|rule| self.steps.get(rule.step))
    }

    /// Whether every rule up to the answer could be told, and nothing was taken for granted.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.assuming.is_empty() && self.steps.iter().all(|step| step.verdict != StepVerdict::Unknown)
    }
}

impl Evidence {
    /// The step that refuses the request in a simulation, with its server.
    pub fn simulated_denials(&self) -> impl Iterator<Item = (&Simulation, &Step)> {
        self.simulations.iter().filter_map(|simulation| Some((simulation, simulation.denial()?)))
    }
}
