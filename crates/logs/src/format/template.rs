//! A line format compiled from its definition: text that must stand there, and slots between.
//!
//! nginx's `log_format`, Apache's `LogFormat`, HAProxy's `log-format`, Envoy's format strings and column headers
//! are all compiled to this. Matching takes the nearest end for each slot and tries the next one when the rest of
//! the line does not fit, so that a user name with a blank or a stray bracket is read as its server meant it.

use super::shape::{fits, is_hopeless};
use crate::record::{Entry, Field};
use crate::text::Encoding;

pub(crate) use super::shape::Shape;

/// How often a slot may be tried again within one line, so that hostile lines cost little.
const TRIES: u32 = 4_000;
/// The longest definition that is compiled.
const SLOTS: usize = 256;

/// A compiled line format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    pub(super) steps: Vec<Step>,
    /// Whether more may follow: formats to which their maker appends fields.
    pub(super) open: bool,
}

/// A slot and the texts around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) before: Box<[u8]>,
    pub(super) slot: Slot,
    pub(super) after: Box<[u8]>,
}

impl Step {
    /// Whether the value stands between quotation marks.
    pub(super) fn is_quoted(&self) -> bool {
        self.after.first() == Some(&b'"') && self.before.last() == Some(&b'"')
    }
}

/// A place for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) field: Option<Field>,
    pub(crate) shape: Shape,
    pub(crate) encoding: Encoding,
}

/// Collects the pieces of a definition.
#[derive(Default)]
pub(crate) struct Builder {
    text: Vec<u8>,
    steps: Vec<Step>,
}

impl Slot {
    /// The slot for a field, with the shape that goes with it.
    pub(crate) fn of(field: Field) -> Slot {
        let shape = match field {
            Field::Time => Shape::Time,
            Field::Request => Shape::Request,
            Field::Status => Shape::Status,
            Field::Size | Field::RequestSize | Field::ClientPort | Field::ServerPort => Shape::Number,
            Field::Client | Field::Method | Field::Protocol | Field::Pid => Shape::Word,
            _ => Shape::Any,
        };
        Slot { field: Some(field), shape, encoding: Encoding::Backslash }
    }

    /// A value that must be there but says nothing we name.
    pub(crate) fn other() -> Slot {
        Slot { field: None, shape: Shape::Any, encoding: Encoding::Plain }
    }

    pub(crate) fn shaped(self, shape: Shape) -> Slot {
        Slot { shape, ..self }
    }

    pub(crate) fn encoded(self, encoding: Encoding) -> Slot {
        Slot { encoding, ..self }
    }
}

impl Builder {
    pub(crate) fn text(&mut self, text: &[u8]) -> &mut Self {
        self.text.extend_from_slice(text);
        self
    }

    pub(crate) fn slot(&mut self, slot: Slot) -> &mut Self {
        let before: Box<[u8]> = std::mem::take(&mut self.text).into();
        if let Some(last) = self.steps.last_mut() {
            last.after = before.clone();
            // Two parts of one time stamp (Apache's `%{%F %T}t.%{msec_frac}t`) are read as one.
            if last.slot.field == Some(Field::Time) && slot.field == Some(Field::Time) && before.len() < 3 {
                return self;
            }
        }
        self.steps.push(Step { before, slot, after: Box::default() });
        self
    }

    /// The template; `None` when there is no slot, or more of them than any server writes.
    pub(crate) fn build(mut self) -> Option<Template> {
        let count = self.steps.len();
        self.steps.last_mut()?.after = std::mem::take(&mut self.text).into();
        (count <= SLOTS).then_some(Template { steps: self.steps, open: false })
    }
}

impl Template {
    /// The same, with more allowed at the end of the line.
    pub(crate) fn open(self) -> Template {
        Template { open: true, ..self }
    }

    /// What stands right before and right behind each of a field's values, whatever the line; `None` where a value touches
    /// another one, or begins or ends the line.
    pub(crate) fn around(&self, field: Field) -> Option<Vec<(&[u8], &[u8])>> {
        let steps = self.steps.iter().filter(|step| step.slot.field == Some(field));
        steps
            .map(|step| {
                let bare = step.before.is_empty() || step.after.is_empty();
                (!bare).then_some((&*step.before, &*step.after))
            })
            .collect()
    }

    /// Whether a field can be had from this template.
    pub(crate) fn has(&self, field: Field) -> bool {
        self.steps.iter().any(|step| step.slot.field == Some(field))
    }

    /// Whether the texts between the slots stand in the line, in order: without them nothing need be tried.
    fn has_its_texts(&self, line: &[u8], from: usize) -> bool {
        let mut at = from;
        self.steps.iter().filter(|step| !step.after.is_empty()).all(|step| {
            let found = line.get(at..).and_then(|rest| memchr::memmem::find(rest, &step.after));
            at += found.map_or(0, |place| place + step.after.len());
            found.is_some()
        })
    }

    /// Reads a line; on failure nothing is left in `out`.
    pub(crate) fn parse(&self, line: &[u8], out: &mut Vec<Entry>) -> bool {
        let Some(first) = self.steps.first() else { return false };
        if !stands_at(line, 0, &first.before) || line.len() >= u32::MAX as usize {
            return false;
        }
        let start = out.len();
        if straight(&self.steps, self.open, line, out) {
            return true;
        }
        out.truncate(start);
        if !self.has_its_texts(line, first.before.len()) {
            return false;
        }
        for quotes in [Quotes::Escaped, Quotes::Bare] {
            let mut attempt = Attempt { steps: &self.steps, open: self.open, line, quotes, tries: TRIES };
            if attempt.step(0, first.before.len(), out) {
                return true;
            }
            out.truncate(start);
        }
        false
    }
}

/// Fits a line as nearly all are: each slot ends at the first place where what follows it stands. No other end is tried.
fn straight(steps: &[Step], open: bool, line: &[u8], out: &mut Vec<Entry>) -> bool {
    let mut at = steps.first().map_or(0, |step| step.before.len());
    for (index, step) in steps.iter().enumerate() {
        let to_the_end = step.after.is_empty() && !open && index + 1 == steps.len() && at <= line.len();
        let end = if to_the_end { Some(line.len()) } else { nearest(step, line, at) };
        let Some(end) = end else { return false };
        // What ends at the first blank holds none.
        let fit = step.slot.shape == Shape::Word && *step.after == *b" " && end > at;
        if !fit && !fits(step.slot.shape, &line[at..end]) {
            return false;
        }
        emit(&step.slot, line, at, end, out);
        at = end + step.after.len();
    }
    open || line.get(at..).is_none_or(|rest| rest.trim_ascii().is_empty())
}

/// The first place at or after `from` where a slot may end that something follows.
#[inline]
fn nearest(step: &Step, line: &[u8], from: usize) -> Option<usize> {
    let first = *step.after.first()?;
    let quoted = step.is_quoted();
    // Most others are so short that to look at each byte is quicker than to set up a search.
    let long = quoted || step.slot.shape == Shape::Time;
    let rest = line.get(from..)?;
    let short = if long { None } else { rest.iter().take(24).position(|byte| *byte == first) };
    let mut at = from + short.or_else(|| memchr::memchr(first, rest))?;
    // One byte was found already.
    let short = step.after.len() == 1;
    while !(short || stands_at(line, at, &step.after)) || (quoted && escaped(line, from, at)) {
        at += 1 + memchr::memchr(first, &line[at + 1..])?;
    }
    Some(at)
}

/// Whether a backslash before a quotation mark hides it; some servers do not escape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Escaped,
    Bare,
}

/// One try to fit a line.
struct Attempt<'t> {
    steps: &'t [Step],
    open: bool,
    line: &'t [u8],
    quotes: Quotes,
    tries: u32,
}

impl Attempt<'_> {
    /// Fits the steps from `index` on at `start`.
    fn step(&mut self, index: usize, start: usize, out: &mut Vec<Entry>) -> bool {
        let Some(step) = self.steps.get(index) else {
            return self.open || start >= self.line.len() || self.line[start..].trim_ascii().is_empty();
        };
        let last = index + 1 == self.steps.len();
        let mut from = start;
        while let Some(end) = self.end(index, last, start, from) {
            let kept = out.len();
            if fits(step.slot.shape, &self.line[start..end]) {
                emit(&step.slot, self.line, start, end, out);
                if self.step(index + 1, end + step.after.len(), out) {
                    return true;
                }
                out.truncate(kept);
            }
            let more_is_none = is_hopeless(step.slot.shape, &self.line[start..end]);
            if self.tries == 0 || end >= self.line.len() || more_is_none {
                return false;
            }
            self.tries -= 1;
            from = end + 1;
        }
        false
    }

    /// The next place at or after `from` where the slot that begins at `start` may end.
    fn end(&self, index: usize, last: bool, start: usize, from: usize) -> Option<usize> {
        let step = &self.steps[index];
        let Some(first) = step.after.first() else {
            return if !last {
                self.seam(&self.steps[index + 1], from)
            } else if self.open {
                let blank = memchr::memchr2(b' ', b'\t', self.line.get(from..)?);
                Some(blank.map_or(self.line.len(), |at| from + at))
            } else {
                (from <= self.line.len()).then_some(self.line.len())
            };
        };
        let quoted = step.is_quoted() && self.quotes == Quotes::Escaped;
        let mut at = from;
        loop {
            at += memchr::memchr(*first, self.line.get(at..)?)?;
            if stands_at(self.line, at, &step.after) && !(quoted && escaped(self.line, start, at)) {
                return Some(at);
            }
            at += 1;
        }
    }
}

impl Attempt<'_> {
    /// Where a slot may end that touches the next one: `%U%q`, `$scheme$request_uri`.
    fn seam(&self, next: &Step, from: usize) -> Option<usize> {
        let rest = self.line.get(from..)?;
        let found = match next.slot.field {
            Some(Field::Query) => {
                rest.iter().position(|byte| *byte == b'?' || next.after.first() == Some(byte))
            }
            Some(Field::Target | Field::Path) => memchr::memchr(b'/', rest),
            _ => Some(0),
        };
        match (found, next.slot.field) {
            (Some(at), _) => Some(from + at),
            (None, Some(Field::Query)) => Some(self.line.len()),
            _ => None,
        }
    }
}

/// Whether the byte at `at` stands behind an odd number of backslashes that begin after `start`.
pub(super) fn escaped(line: &[u8], start: usize, at: usize) -> bool {
    if at == start || line[at - 1] != b'\\' {
        return false;
    }
    line[start..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Whether a text stands at a place; separators are too short for a call of `memcmp` to pay.
#[inline]
pub(super) fn stands_at(line: &[u8], at: usize, text: &[u8]) -> bool {
    line.len() - at >= text.len() && text.iter().zip(&line[at..]).all(|(one, other)| one == other)
}

/// Notes a value; `-` and emptiness say that there is none.
#[inline]
fn emit(slot: &Slot, line: &[u8], start: usize, end: usize, out: &mut Vec<Entry>) {
    let value = &line[start..end];
    let Some(field) = slot.field else { return };
    if matches!(value, [] | [b'-']) {
        return;
    }
    let mut push = |field, start: usize, end: usize| {
        let group = u16::from(matches!(field, Field::RuleFile | Field::RuleLine));
        out.push(Entry { field, encoding: slot.encoding, group, start: start as u32, end: end as u32 });
    };
    match slot.shape {
        Shape::Request => {
            push(field, start, end);
            if let Some((method, target, protocol)) = split_request(value) {
                push(Field::Method, start, start + method);
                push(Field::Target, start + method + 1, start + target);
                if let Some(protocol) = protocol {
                    push(Field::Protocol, start + protocol, end);
                }
            }
        }
        Shape::Endpoint => {
            let (address, port) = split_endpoint(value);
            push(field, start + address.0, start + address.1);
            if let (Field::Client, Some(port)) = (field, port) {
                push(Field::ClientPort, start + port, end);
            }
        }
        _ => push(field, start, end),
    }
}

/// Where method, target and protocol end and begin in a request line; `None` for anything else, such as TLS bytes.
pub(crate) fn split_request(value: &[u8]) -> Option<(usize, usize, Option<usize>)> {
    let method = value.iter().take(33).position(|byte| *byte == b' ')?;
    let word = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_');
    if method == 0 || method > 32 || !value[..method].iter().all(word) {
        return None;
    }
    let usual = value.len().checked_sub(9).filter(|at| value[*at..].starts_with(b" HTTP/"));
    match usual.or_else(|| memchr::memrchr(b' ', value)) {
        Some(at) if at > method && value[at + 1..].starts_with(b"HTTP/") => Some((method, at, Some(at + 1))),
        _ => Some((method, value.len(), None)),
    }
}

/// The address within `1.2.3.4:80`, `[::1]:80`, `::1`, `unix:`, and where the port begins.
pub(crate) fn split_endpoint(value: &[u8]) -> ((usize, usize), Option<usize>) {
    let port = memchr::memrchr(b':', value).filter(|at| {
        let digits = &value[at + 1..];
        !digits.is_empty() && digits.len() < 6 && digits.iter().all(u8::is_ascii_digit)
    });
    let colons = value.iter().filter(|byte| **byte == b':').count();
    let bracketed = value.first() == Some(&b'[');
    match port {
        // Eight groups or `::` without brackets could be an address alone; Apache writes `::1:39747` for both.
        Some(at) if colons == 1 || bracketed || colons > 7 || value[..at].contains(&b'.') => {
            let inner = if bracketed && value[at - 1] == b']' { (1, at - 1) } else { (0, at) };
            (inner, Some(at + 1))
        }
        _ if bracketed && value.last() == Some(&b']') => ((1, value.len() - 1), None),
        _ => ((0, value.len()), None),
    }
}
