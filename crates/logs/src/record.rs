//! The normalised record: one entry of a log, and where in it each statement stands.

use std::borrow::Cow;
use std::ops::Range;

use crate::format::Kind;
use crate::text::{self, Encoding};
use crate::time::{self, Time};

/// One entry of a log: its text verbatim, and its fields as places in that text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where the entry stands in its document.
    pub place: Place,
    /// Which log it comes from.
    pub kind: Option<Kind>,
    /// The entry as written, without its line end; for a wrapped line (Docker, Kubernetes) what was wrapped.
    pub text: Cow<'a, [u8]>,
    /// The fields found, in the order of the text.
    pub(crate) entries: Vec<Entry>,
    /// What is known from around the text: a wrapper's time, a header line of the file.
    pub(crate) around: Vec<(Field, Box<str>)>,
}

/// Where an entry stands in its document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Line number of its first line, counted from 1.
    pub line: u64,
    /// Byte offset of its first byte, counted from 0.
    pub offset: u64,
    /// Length in bytes without the last line end.
    pub length: u64,
}

/// A field's place within an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) field: Field,
    pub(crate) encoding: Encoding,
    /// Fields of one WAF rule share a group; 0 means "of the whole entry".
    pub(crate) group: u16,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// What a piece of an entry says, in the words of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)] // the names are the documentation; the surprising ones say more
pub enum Field {
    Time,
    /// A date that stands apart from the time of day (IIS, CloudFront).
    Date,
    /// The time of day that belongs to [`Field::Date`].
    TimeOfDay,
    /// The address that sent the request, as the emitter saw it.
    Client,
    ClientPort,
    /// What a proxy said about the client: `X-Forwarded-For`, `True-Client-IP`.
    ForwardedFor,
    User,
    /// The whole request line.
    Request,
    Method,
    /// The request target as sent: path and query, or a whole URL.
    Target,
    Path,
    Query,
    Protocol,
    Scheme,
    /// The `Host` header or `:authority`.
    Host,
    /// The server's own name or site.
    Server,
    ServerPort,
    Status,
    /// A status behind the point that IIS, Cloudflare and others add: 403.14 has 14.
    SubStatus,
    /// Bytes of the answer.
    Size,
    /// Bytes of the request.
    RequestSize,
    Duration,
    Referer,
    Origin,
    UserAgent,
    ContentType,
    /// An identifier of this request, by whatever convention; several may stand in one entry.
    RequestId,
    /// The trace of W3C `traceparent`, `x-b3-traceid`, `X-Amzn-Trace-Id`.
    TraceId,
    /// A number for the connection (nginx `*8778`, Apache `%{c}L`).
    ConnectionId,
    /// The server asked behind this one.
    Upstream,
    UpstreamStatus,
    UpstreamTime,
    Frontend,
    Backend,
    /// HAProxy's termination state, Envoy's response flags, Squid's result code.
    Termination,
    /// Envoy's response code details, CloudFront's detailed result type: the reason in a word.
    Detail,
    Level,
    Logger,
    Module,
    /// A message code: `AH01630`, `NAXSI`.
    Code,
    Message,
    /// The system error number in a message: 13 of `(13: Permission denied)`.
    Errno,
    Pid,
    Tid,
    /// The class of an exception.
    Exception,
    /// The trace's lines.
    Trace,
    /// The file that a message names, or the rule's file for HAProxy.
    File,
    Line,
    /// What a WAF did: `BLOCK`, `Access denied`, `Warning`.
    Action,
    RuleId,
    RuleFile,
    RuleLine,
    RuleMessage,
    /// The matched text as the rule logged it.
    RuleData,
    /// What the rule compared: operator and parameter.
    RuleOperator,
    /// The variable matched: `ARGS:q`.
    RuleVariable,
    /// The variable's value, as shown.
    RuleValue,
    RuleSeverity,
    RuleTag,
    RulePhase,
    RuleVersion,
    /// A host name from syslog or the journal.
    Machine,
    /// A program name from syslog, the journal or a container.
    Program,
    /// A request header line within an audit entry.
    RequestHeader,
    ResponseHeader,
    RequestBody,
    ResponseBody,
}

/// One WAF rule's statement within an entry. All texts decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// The rule's number, `942100`.
    pub id: Option<String>,
    /// The file that holds it.
    pub file: Option<String>,
    /// Its line in that file.
    pub line: Option<u32>,
    /// Its `msg`.
    pub message: Option<String>,
    /// Its `logdata`: the matched text, as a rule.
    pub data: Option<String>,
    /// The variable that matched.
    pub variable: Option<String>,
    /// The variable's value.
    pub value: Option<String>,
    /// The operator and its parameter.
    pub operator: Option<String>,
    /// Its severity, word or number.
    pub severity: Option<String>,
    /// What was done: `Warning`, `Access denied`.
    pub action: Option<String>,
    /// The place in the entry's text that all of this spans.
    pub span: Range<usize>,
}

impl<'a> Record<'a> {
    /// The first value of a field, decoded; bytes that are no UTF-8 are replaced.
    pub fn get(&self, field: Field) -> Option<Cow<'_, str>> {
        self.values(field).next()
    }

    /// All values of a field.
    pub fn values(&self, field: Field) -> impl Iterator<Item = Cow<'_, str>> {
        let inside = self.entries.iter().filter(move |entry| entry.field == field);
        let around = self.around.iter().filter(move |(name, _)| *name == field);
        inside
            .map(|entry| text::decode(self.raw(entry), entry.encoding))
            .chain(around.map(|(_, value)| Cow::Borrowed(&**value)))
    }

    /// Where a field stands in [`Record::text`].
    pub fn span(&self, field: Field) -> Option<Range<usize>> {
        let entry = self.entries.iter().find(|entry| entry.field == field)?;
        Some(entry.start as usize..entry.end as usize)
    }

    /// Every field and its place, in the order in which they were read.
    pub fn fields(&self) -> impl Iterator<Item = (Field, Range<usize>)> + '_ {
        self.entries.iter().map(|entry| (entry.field, entry.start as usize..entry.end as usize))
    }

    /// The entry's text for quoting; bytes that are no UTF-8 are replaced.
    pub fn quote(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }

    /// When it happened.
    pub fn time(&self) -> Option<Time> {
        if let Some(entry) = self.entries.iter().find(|entry| entry.field == Field::Time)
            && let Some(time) = time::parse(self.raw(entry))
        {
            return Some(time);
        }
        if let (Some(date), Some(clock)) = (self.get(Field::Date), self.get(Field::TimeOfDay)) {
            return time::parse(format!("{date} {clock}").as_bytes());
        }
        self.values(Field::Time).find_map(|value| time::parse(value.as_bytes()))
    }

    /// The status of the answer, when the entry states one.
    pub fn status(&self) -> Option<u16> {
        if let Some(entry) = self.entries.iter().find(|entry| entry.field == Field::Status) {
            return number(self.raw(entry)).and_then(|status| u16::try_from(status).ok());
        }
        self.get(Field::Status)?.trim().parse().ok()
    }

    /// The status that the server behind this one answered with last; it may be another than the client was given.
    pub fn upstream_status(&self) -> Option<u16> {
        self.get(Field::UpstreamStatus)?.rsplit([',', ' ', ':']).next()?.trim().parse().ok()
    }

    /// The size of the answer in bytes.
    pub fn size(&self) -> Option<u64> {
        self.get(Field::Size)?.parse().ok()
    }

    /// The client's address without its port.
    pub fn client(&self) -> Option<Cow<'_, str>> {
        self.get(Field::Client)
    }

    /// The method.
    pub fn method(&self) -> Option<Cow<'_, str>> {
        self.get(Field::Method)
    }

    /// The request target: path and query.
    pub fn target(&self) -> Option<Cow<'_, str>> {
        if let Some(target) = self.get(Field::Target) {
            return Some(target);
        }
        let path = self.get(Field::Path)?;
        match self.get(Field::Query) {
            Some(query) if query.starts_with('?') => Some(Cow::Owned(format!("{path}{query}"))),
            Some(query) if !query.is_empty() => Some(Cow::Owned(format!("{path}?{query}"))),
            _ => Some(path),
        }
    }

    /// The path of the target, without scheme, host and query.
    pub fn path(&self) -> Option<Cow<'_, str>> {
        if let Some(path) = self.get(Field::Path) {
            return Some(path);
        }
        match self.get(Field::Target)? {
            Cow::Borrowed(target) => Some(Cow::Borrowed(path_of(target))),
            Cow::Owned(target) => Some(Cow::Owned(path_of(&target).to_owned())),
        }
    }

    /// Every identifier of the request: ids and traces.
    pub fn ids(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.values(Field::RequestId).chain(self.values(Field::TraceId))
    }

    /// The WAF rules that the entry names, in order.
    pub fn rules(&self) -> Vec<Rule> {
        let mut rules: Vec<(u16, Rule)> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.group > 0) {
            if rules.last().is_none_or(|(group, _)| *group != entry.group) {
                let span = entry.start as usize..entry.end as usize;
                rules.push((entry.group, Rule { span, ..Rule::default() }));
            }
            if let Some((_, rule)) = rules.last_mut() {
                rule.set(entry.field, text::decode(self.raw(entry), entry.encoding));
                rule.span.start = rule.span.start.min(entry.start as usize);
                rule.span.end = rule.span.end.max(entry.end as usize);
            }
        }
        rules.into_iter().map(|(_, rule)| rule).collect()
    }

    /// A copy that owns its text.
    pub fn into_owned(self) -> Record<'static> {
        Record {
            place: self.place,
            kind: self.kind,
            text: Cow::Owned(self.text.into_owned()),
            entries: self.entries,
            around: self.around,
        }
    }

    /// The bytes of one entry, before decoding.
    pub(crate) fn raw(&self, entry: &Entry) -> &[u8] {
        self.text.get(entry.start as usize..entry.end as usize).unwrap_or_default()
    }
}

impl Rule {
    fn set(&mut self, field: Field, value: Cow<'_, str>) {
        let slot = match field {
            Field::RuleId => &mut self.id,
            Field::RuleFile => &mut self.file,
            Field::RuleMessage => &mut self.message,
            Field::RuleData => &mut self.data,
            Field::RuleVariable => &mut self.variable,
            Field::RuleValue => &mut self.value,
            Field::RuleOperator => &mut self.operator,
            Field::RuleSeverity => &mut self.severity,
            Field::Action => &mut self.action,
            Field::RuleLine => {
                self.line = value.trim().parse().ok();
                return;
            }
            _ => return,
        };
        if slot.is_none() {
            *slot = Some(value.into_owned());
        }
    }

    /// Whether the rule only counts what other rules scored: the blocking evaluation and correlation rules of
    /// the OWASP Core Rule Set (949xxx, 959xxx, 980xxx), which are never the reason themselves.
    /// <https://coreruleset.org/docs/2-how-crs-works/2-1-anomaly_scoring/>
    pub fn is_bookkeeping(&self) -> bool {
        let id = self.id.as_deref().unwrap_or_default();
        id.len() == 6 && ["949", "959", "980"].iter().any(|range| id.starts_with(range))
    }
}

/// The path within a target: `/a` of `/a?b`, of `http://host/a`, and of `/a#c`.
pub(crate) fn path_of(target: &str) -> &str {
    let after = match target.find("://") {
        Some(at) if target[..at].bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            let rest = &target[at + 3..];
            rest.find('/').map_or("/", |slash| &rest[slash..])
        }
        _ => target,
    };
    after.split(['?', '#']).next().unwrap_or(after)
}

/// A small decimal number, nothing else.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    // A status, as most of the numbers asked for are.
    if let [one @ b'0'..=b'9', two @ b'0'..=b'9', three @ b'0'..=b'9'] = bytes {
        return Some(
            u64::from(*one) * 100 + u64::from(*two) * 10 + u64::from(*three) - 111 * u64::from(b'0'),
        );
    }
    if bytes.is_empty() || bytes.len() > 18 {
        return None;
    }
    bytes.iter().try_fold(0u64, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u64::from(byte - b'0')))
}
