//! What a catalogue of causes and emitters is made of. The entries themselves live in the `catalogue` crate.

use std::fmt;

use crate::evidence::Evidence;
use crate::source::Span;
use crate::trial::Experiment;
use crate::verdict::Sighting;

/// Everything that inference needs to know about the field.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue {
    /// All causes.
    pub causes: &'static [&'static Cause],
    /// Finds the signatures of all emitters in the evidence.
    pub recognise: fn(&Evidence) -> Vec<Recognition>,
    /// What the words of the evidence resemble, whoever wrote them.
    pub alike: fn(&Evidence) -> Vec<Likeness>,
}

/// How much the words of a refusal are like those in which programs tell of a cause.
#[derive(Clone, Debug)]
pub struct Likeness {
    /// The id of the cause.
    pub cause: &'static str,
    /// The share of all causes that it has by the words alone, 0 to 1.
    pub share: f64,
    /// The word, or the two words, that tell most.
    pub span: Span,
}

/// The check that said no: an entry of the closed list of causes.
#[derive(Debug)]
pub struct Cause {
    /// Stable id, `family.name`.
    pub id: &'static str,
    /// The layer where the check usually runs.
    pub layer: Layer,
    /// How often it is met, before any evidence.
    pub prevalence: Prevalence,
    /// What to look for.
    pub indicators: &'static [Indicator],
    /// What to try.
    pub experiments: &'static [Experiment],
    /// The causes that can make this check fail.
    pub roots: &'static [Root],
    /// The smallest fix in general; an emitter's own words win over it.
    pub fix: &'static str,
    /// What the fix newly allows.
    pub opens: &'static str,
    /// The document that would decide if the evidence does not, and why, as part of a sentence.
    pub decided_by: &'static str,
    /// The user's page: the comment of the cause's module, without the marks; its first line is the title.
    pub page: &'static str,
}

/// A question that a cause puts to the evidence.
#[derive(Debug)]
pub struct Indicator {
    /// What an answer means.
    pub weight: Weight,
    /// Looks for it, and answers with the place.
    pub seek: fn(&Evidence) -> Option<Sighting>,
    /// Why it means that, as a sentence without its full stop, in lower case.
    pub because: &'static str,
}

/// A cause that can stand behind another one.
#[derive(Debug)]
pub struct Root {
    /// Its id.
    pub cause: &'static str,
    /// Looks for it, and answers with the place.
    pub seek: fn(&Evidence) -> Option<Sighting>,
    /// How it makes the check fail, as a sentence without its full stop, in lower case.
    pub because: &'static str,
}

/// What an observation means for a cause, in five steps. The numbers live in inference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weight {
    /// It cannot be this cause.
    Excludes,
    /// It makes the cause less likely.
    Weakens,
    /// It makes the cause a little more likely.
    Hints,
    /// It makes the cause much more likely.
    Supports,
    /// It is this cause, by the emitter's own words or a rule that was seen to fire.
    Proves,
}

/// How often a cause is met, before any evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prevalence {
    /// One in ten refusals or more.
    VeryCommon,
    /// One in thirty.
    Common,
    /// One in a hundred.
    Occasional,
    /// Fewer.
    Rare,
}

/// The layers, in the order in which a request meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// The browser or program that sends.
    Client,
    /// What lies between the client and the service.
    Network,
    /// CDN and load balancer of the provider.
    Edge,
    /// Web application firewall.
    Waf,
    /// Reverse proxy or API gateway.
    Gateway,
    /// Web server.
    WebServer,
    /// Application and its framework.
    Application,
    /// Identity provider, tokens.
    Identity,
    /// Data store.
    Data,
    /// Operating system.
    Os,
}

/// The kind of product an emitter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Web server.
    WebServer,
    /// Proxy or gateway.
    Gateway,
    /// CDN or provider's edge.
    Edge,
    /// Web application firewall.
    Waf,
    /// Framework or library.
    Framework,
    /// Application or service with an API.
    Application,
    /// Device or proxy on the client's side.
    ClientSide,
    /// Browser or HTTP client.
    Client,
    /// Operating system.
    OperatingSystem,
    /// No product in particular: what many say in nearly the same words.
    Unnamed,
}

/// A product that writes answers and log lines.
#[derive(Debug)]
pub struct Emitter {
    /// Stable id, the file's name.
    pub id: &'static str,
    /// The product's own spelling of its name.
    pub name: &'static str,
    /// Where it stands.
    pub layer: Layer,
    /// What it is.
    pub family: Family,
    /// What a person should know of its refusals, a paragraph.
    pub about: &'static str,
    /// Its checks in the order it runs them; empty where it has none or they are not known.
    pub checks: &'static [&'static str],
    /// The header or text that names this refusal to its owner, and where the owner looks it up.
    pub reference: Option<(&'static str, &'static str)>,
    /// How its answers and log lines look.
    pub signatures: &'static [Signature],
}

/// How an emitter's answer or log line looks, and what it means.
#[derive(Debug)]
pub struct Signature {
    /// Unique within the emitter.
    pub id: &'static str,
    /// Where it may stand.
    pub place: Place,
    /// Texts of which one must be there, the product's current one first, then those of its other versions and languages;
    /// matched without regard to ASCII case, HTML entities, JSON escapes and runs of blanks. Empty if any text will do.
    pub texts: &'static [&'static str],
    /// A regular expression that the place must match, with named captures; empty if the text is enough.
    pub pattern: &'static str,
    /// What else must hold of the exchange.
    pub also: &'static [Condition],
    /// What must hold besides for it to prove what it proves; without it, it only supports.
    pub proof_needs: &'static [Condition],
    /// The statuses it is seen with; empty for any.
    pub statuses: &'static [u16],
    /// The causes it proves, supports, hints at, weakens or excludes.
    pub causes: &'static [(&'static str, Weight)],
    /// What the text means, a sentence without its full stop, in lower case; may hold `{capture}`.
    pub meaning: &'static str,
    /// The fix in the product's own words; empty if the cause's own is right; may hold `{capture}`.
    pub fix: &'static str,
    /// What that fix newly allows.
    pub opens: &'static str,
    /// The entry of [`Emitter::checks`] that speaks here; empty where there is none.
    pub check: &'static str,
    /// Whether the text only shows that the emitter is there, not that it wrote the refusal (a `Server` or `Via` header).
    pub presence: bool,
    /// Where this is known from.
    pub source: &'static str,
}

/// Where a signature may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The answer's body.
    Body,
    /// The value of this header field of the answer.
    Header(&'static str),
    /// The name of a cookie that the answer sets.
    SetCookie,
    /// The request's own header field of this name.
    RequestHeader(&'static str),
    /// A log line.
    Log,
    /// The body or a log line: the product uses the same words in both.
    BodyOrLog,
    /// The client's own message: console text, transcript, failure.
    ClientMessage,
}

/// What else must hold of an exchange for a signature to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The body is the text and nothing else, blanks aside.
    WholeBody,
    /// The answer has this header field, and its value holds this text in any case (empty: any value).
    Header(&'static str, &'static str),
    /// The answer lacks this header field.
    NoHeader(&'static str),
    /// The answer's body holds this text, folded like [`Signature::text`].
    Body(&'static str),
    /// Neither the answer's body nor the text around holds this one, folded like [`Signature::text`].
    NoBody(&'static str),
    /// The request was sent with this method.
    Method(&'static str),
    /// The request has this header field, and its value holds this text in any case (empty: any value).
    RequestHeader(&'static str, &'static str),
    /// The request, as far as it is shown, lacks this header field.
    NoRequestHeader(&'static str),
    /// The request changes state and shows a body, and no anti-forgery token is in it, its header fields or its query.
    BodyWithoutToken,
    /// The product is named, in any case: by the request's host, by the text in which the signature stands, or in the body.
    Named(&'static str),
    /// The request's host ends with this name.
    Host(&'static str),
    /// The request's path holds this text.
    Path(&'static str),
    /// A log line that may be about this request holds this text, as it is written.
    Log(&'static str),
    /// The log line in which the text stands has this field with this value, as its format names its columns.
    LineField(&'static str, &'static str),
    /// By the configurations given, a credential that the request carries is not passed on to the last hop.
    CredentialDropped,
}

/// A signature that was found.
#[derive(Clone, Debug)]
pub struct Recognition {
    /// Whose.
    pub emitter: &'static Emitter,
    /// Which.
    pub signature: &'static Signature,
    /// Where.
    pub span: Span,
    /// The values of the named captures.
    pub captures: Vec<(String, String)>,
    /// How sure it is that the text is about the refused request, 0 to 1: 1 in its answer, less in a log.
    pub relevance: f64,
    /// Whether [`Signature::proof_needs`] holds.
    pub proof: bool,
}

impl Layer {
    /// All layers, in the order in which a request meets them.
    pub const ALL: [Layer; 10] = [
        Layer::Client,
        Layer::Network,
        Layer::Edge,
        Layer::Waf,
        Layer::Gateway,
        Layer::WebServer,
        Layer::Application,
        Layer::Identity,
        Layer::Data,
        Layer::Os,
    ];

    /// The word for it in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Layer::Client => "client",
            Layer::Network => "network",
            Layer::Edge => "edge",
            Layer::Waf => "waf",
            Layer::Gateway => "gateway",
            Layer::WebServer => "web-server",
            Layer::Application => "application",
            Layer::Identity => "identity",
            Layer::Data => "data",
            Layer::Os => "os",
        }
    }
}

impl Signature {
    /// Whether it tells of a cause rather than hint at some.
    #[must_use]
    pub fn tells(&self) -> bool {
        self.causes.iter().any(|(_, weight)| weight.tells())
    }
}

impl Weight {
    /// Whether it tells of a cause rather than hint at it: it proves or supports.
    #[must_use]
    pub fn tells(self) -> bool {
        matches!(self, Weight::Proves | Weight::Supports)
    }

    /// The word for it in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Weight::Excludes => "excludes",
            Weight::Weakens => "weakens",
            Weight::Hints => "hints",
            Weight::Supports => "supports",
            Weight::Proves => "proves",
        }
    }
}

impl Cause {
    /// The page's first line: what the cause is, in one sentence.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.page.lines().next().unwrap_or("").trim()
    }
}

impl Emitter {
    /// Whether this is a product that can be named, rather than words that many use.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.family != Family::Unnamed
    }
}

impl Signature {
    /// The text that the product writes today; empty if any text will do.
    #[must_use]
    pub fn text(&self) -> &'static str {
        self.texts.first().copied().unwrap_or("")
    }
}

impl Recognition {
    /// A sentence of the signature with the words that its pattern captured.
    #[must_use]
    pub fn fill(&self, template: &str) -> String {
        crate::template::fill(template, &self.captures)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
