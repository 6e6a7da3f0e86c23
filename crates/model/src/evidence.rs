//! Everything known about one refusal. It only grows.

use std::collections::HashSet;

use crate::credential::Credential;
use crate::exchange::{Exchange, Related, Relation, Request, Response};
use crate::file_check::FileCheck;
use crate::simulation::Simulation;
use crate::source::{Fact, Sources, Span};
use crate::trial::Trial;
use crate::url::Url;
use crate::verdict::{Fix, Isolated};

/// All sources and facts about one refusal.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The documents.
    pub sources: Sources,
    /// The exchange to be explained. Its request, its response or both may be missing.
    pub refused: Exchange,
    /// Other exchanges of the same documents.
    pub related: Vec<Related>,
    /// Credentials of the refused request.
    pub credentials: Vec<Credential>,
    /// The refused response's `Date`, in seconds since 1970 by the server's clock.
    pub server_time: Option<Fact<i64>>,
    /// Lines of logs, those that may be about this request.
    pub log_lines: Vec<LogLine>,
    /// Directives of configurations.
    pub settings: Vec<Setting>,
    /// What configurations do with this request, a server at a time, in the order it meets them.
    pub simulations: Vec<Simulation>,
    /// Files that the request needs, as far as documents tell of them.
    pub files: Vec<FileCheck>,
    /// Rules of a WAF that the request trips, by simulation.
    pub waf_matches: Vec<WafMatch>,
    /// How many rules of a WAF were held against the request; 0 where there were none to hold.
    pub waf_rules: usize,
    /// Experiments that were run.
    pub trials: Vec<Trial>,
    /// The part of the request that the search for the refused part found.
    pub isolated: Option<Isolated>,
    /// Fixes that a simulator worked out, with their patch.
    pub proposals: Vec<Fix>,
    /// Exclusions of WAF rules with which the request would pass: they mend the refusal where the WAF refused.
    pub exclusions: Vec<Fix>,
    /// Secret values, longest first; `report` masks them wherever they stand.
    pub secrets: Vec<String>,
    /// What could not be read or honoured.
    pub warnings: Vec<Warning>,
}

/// Something that could not be read or honoured, for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The document, and the line where there is one.
    pub place: Option<(String, Option<usize>)>,
    /// What was expected, what was found, and what to do.
    pub text: String,
}

/// A line, or a multi-line entry, of a log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Where it stands.
    pub span: Span,
    /// What wrote it, as far as the format tells: `nginx error`, `apache access`, `modsecurity`, `haproxy`, `json`.
    pub format: String,
    /// When it was written, in milliseconds since 1970.
    pub time: Option<i64>,
    /// The parsed fields: `status`, `method`, `target`, `client`, `rule`, `message` ...
    pub fields: Vec<(String, String)>,
    /// The parts in which the client speaks, such as its `User-Agent`: any words may stand there, and they are no server's.
    pub said_by_client: Vec<Span>,
    /// How sure it is that the line is about the refused request, 0 to 1.
    pub about_request: f64,
}

/// One directive of a configuration, read as text.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The product, if it was recognised: `nginx`, `apache`, `haproxy`, `caddy`, `squid`, `django` ...
    pub product: String,
    /// Name in lower case.
    pub name: String,
    /// The rest of the directive.
    pub value: String,
    /// The blocks around it, outermost first: `server`, `location /api`.
    pub context: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

/// A WAF rule that the request trips.
#[derive(Clone, Debug)]
pub struct WafMatch {
    /// The rule's id.
    pub rule: u64,
    /// The rule's message.
    pub message: String,
    /// The variable, in the engine's own spelling: `ARGS:comment`.
    pub variable: String,
    /// The text that matched, as it stands in the request.
    pub text: String,
    /// Where it stands in the request.
    pub span: Option<Span>,
    /// Where the rule stands.
    pub rule_span: Option<Span>,
    /// Anomaly score it adds.
    pub score: u32,
    /// Whether the sum reaches the threshold.
    pub blocked: bool,
}

impl Evidence {
    /// The refused request, if a document shows it.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        self.refused.request.as_ref()
    }

    /// The answer to be explained, if a document shows it.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.refused.response.as_ref()
    }

    /// The status of the answer, shown or told.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let told = self.refused.told.status.as_ref().map(|status| status.value);
        self.response().map(|response| response.status.value).or(told)
    }

    /// The method of the request, shown or told.
    #[must_use]
    pub fn method(&self) -> Option<&Fact<String>> {
        self.request().map(|request| &request.method).or(self.refused.told.method.as_ref())
    }

    /// The URL that was asked, shown or told.
    #[must_use]
    pub fn url(&self) -> Option<&Fact<Url>> {
        self.request().map(|request| &request.url).or(self.refused.told.url.as_ref())
    }

    /// The value and place of a header field of the refused request.
    #[must_use]
    pub fn request_header(&self, name: &str) -> Option<(&str, Span)> {
        self.request()?.message.fields.get(name).map(|field| (field.value.as_str(), field.span))
    }

    /// The value and place of a header field of the answer.
    #[must_use]
    pub fn response_header(&self, name: &str) -> Option<(&str, Span)> {
        self.response()?.message.fields.get(name).map(|field| (field.value.as_str(), field.span))
    }

    /// The request's first line: where the absence of something is quoted.
    #[must_use]
    pub fn request_line(&self) -> Option<Span> {
        self.request().map(|request| request.message.start_line)
    }

    /// The answer's first line.
    #[must_use]
    pub fn status_line(&self) -> Option<Span> {
        self.response().map(|response| response.message.start_line)
    }

    /// The other exchanges of one relation.
    pub fn related(&self, relation: Relation) -> impl Iterator<Item = &Exchange> {
        self.related
            .iter()
            .filter(move |related| related.relation == relation)
            .map(|related| &related.exchange)
    }

    /// The directives of that name (lower case), of any product.
    pub fn settings<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Setting> {
        self.settings.iter().filter(move |setting| setting.name == name)
    }

    /// The server's clock minus the client's, in seconds, where both are known.
    #[must_use]
    pub fn clock_skew(&self) -> Option<Fact<i64>> {
        let server = self.server_time.as_ref()?;
        let client = self.refused.sent_at?;
        Some(Fact::new(server.value - client, server.span))
    }

    /// The time that checks on tokens were made against: the server's, else the client's.
    #[must_use]
    pub fn checked_at(&self) -> Option<i64> {
        self.server_time.as_ref().map(|time| time.value).or(self.refused.sent_at)
    }

    /// Remembers a secret value, so that no output shows it. Values under 4 bytes are too common to mask.
    pub fn mark_secret(&mut self, value: &str) {
        self.mark_secrets([value]);
    }

    /// Remembers secret values, the longest first; a log may hold a hundred thousand.
    pub fn mark_secrets<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        let known: HashSet<&str> = self.secrets.iter().map(String::as_str).collect();
        let values: HashSet<&str> =
            values.into_iter().map(str::trim).filter(|value| value.len() >= 4).collect();
        let mut fresh: Vec<String> =
            values.into_iter().filter(|value| !known.contains(value)).map(str::to_owned).collect();
        if fresh.is_empty() {
            return;
        }
        self.secrets.append(&mut fresh);
        self.secrets.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    }

    /// Notes something that could not be read or honoured.
    pub fn warn(&mut self, place: Option<(&str, Option<usize>)>, text: impl Into<String>) {
        let place = place.map(|(document, line)| (document.to_owned(), line));
        self.warnings.push(Warning { place, text: text.into() });
    }
}

impl LogLine {
    /// The value of a parsed field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}
