//! A request taken apart into the parts that can be made neutral one by one, and put together again.
//!
//! A part is a value: a header's, a cookie's, a query parameter's, a leaf of the body. Names, method and path are none:
//! changing them would ask for something else.

mod atoms;
mod form;
mod header;
mod json;
mod multipart;
mod neutral;
mod render;
mod signature;
mod xml;

use std::ops::Range;

use crate::request::Request;

pub use render::Keep;

/// The most parts a request is taken apart into; a body with more leaves is kept as it is.
const MOST: usize = 100_000;

/// A request and its parts.
#[derive(Clone, Debug)]
pub struct Parts {
    request: Request,
    list: Vec<Part>,
    sentinel: Option<usize>,
    notes: Vec<String>,
}

/// A value in the request that can be made neutral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is called: `body $.comment`, `header X-Tenant`, `cookie lang`, `query q`.
    pub label: String,
    /// What it is for.
    pub role: Role,
    /// Where it stands in the request.
    pub place: Place,
    pub(crate) syntax: Syntax,
    pub(crate) neutral: Neutral,
}

/// What a part is for, as far as its place and name tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A value like any other.
    Value,
    /// A header that servers expect with every request of its kind: `User-Agent`, `Accept`, `Origin`.
    Structural,
    /// Who asks, and the proof that the request was meant: a session, a token, a key.
    Credential,
    /// An `Idempotency-Key`: another content is sent under another key.
    Idempotency,
}

/// A byte range of one region of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The region.
    pub region: Region,
    /// The bytes of the value, as it is written there.
    pub range: Range<usize>,
}

/// The regions of a request that hold parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// The request target.
    Target,
    /// The header line with this index.
    Line(usize),
    /// The body.
    Body,
}

/// How a value is written at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// Between the quotes of a JSON string.
    JsonString,
    /// A JSON number, `true`, `false` or `null`.
    JsonWord,
    /// `application/x-www-form-urlencoded`: `%41`, `+`.
    UrlEncoded,
    /// A header's value.
    Header,
    /// A cookie's value, which holds no blank.
    Cookie,
    /// Text or an attribute of XML.
    Xml,
    /// Bytes that nothing is known about.
    Raw,
}

/// What stands in for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Neutral {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Nothing: the whole header line is left out, because any other value would claim something.
    Removed,
}

impl Parts {
    /// Takes a request apart.
    #[must_use]
    pub fn of(request: Request) -> Parts {
        let mut parts = Parts { request, list: Vec::new(), sentinel: None, notes: Vec::new() };
        let signed = signature::of(&parts.request);
        parts.notes.extend(signed.note.clone());
        if !signed.target {
            form::query(&parts.request.target, &mut parts.list);
        }
        header::lines(&parts.request, &signed, &mut parts.list);
        if !signed.body {
            parts.body();
        }
        name_apart(&mut parts.list);
        parts.sentinel = parts.find_sentinel();
        parts
    }

    fn body(&mut self) {
        let coding = self.request.field("content-encoding").unwrap_or("identity");
        if self.request.body.is_empty() {
            return;
        }
        if !coding.eq_ignore_ascii_case("identity") {
            self.notes.push(format!("the body is coded with {coding}, and stays as it is"));
            return;
        }
        let mut leaves = match leaves(&self.request) {
            Some(leaves) => leaves,
            None => vec![opaque(&self.request.body)],
        };
        if leaves.len() > MOST {
            self.notes.push(format!("the body has more than {MOST} values, and stays as it is"));
            return;
        }
        leaves.retain(|leaf| !leaf.place.range.is_empty());
        self.list.append(&mut leaves);
    }

    /// The request as it was given.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The parts, in the order in which they stand in the request.
    #[must_use]
    pub fn list(&self) -> &[Part] {
        &self.list
    }

    /// What stays as it is in every copy, and why.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The part that copies break on purpose, so that an application that validates its input rejects them.
    #[must_use]
    pub fn sentinel(&self) -> Option<usize> {
        self.sentinel
    }

    /// The part's value as it is written in the request.
    #[must_use]
    pub fn raw(&self, part: usize) -> &[u8] {
        let place = &self.list[part].place;
        &self.region(place.region)[place.range.clone()]
    }

    /// The part's value without the escapes of its syntax, for people and for looking at characters.
    #[must_use]
    pub fn decoded(&self, part: usize) -> String {
        atoms::decoded(self.list[part].syntax, self.raw(part))
    }

    /// A range of the part's written value, without escapes.
    #[must_use]
    pub fn excerpt(&self, part: usize, range: Range<usize>) -> String {
        let raw = self.raw(part);
        atoms::decoded(self.list[part].syntax, &raw[range.start.min(raw.len())..range.end.min(raw.len())])
    }

    /// The smallest units of a part's value that may be replaced, as ranges of its written bytes.
    #[must_use]
    pub fn atoms(&self, part: usize) -> Vec<Range<usize>> {
        atoms::of(self.list[part].syntax, self.raw(part))
    }

    /// The part that holds a place of the request, and the range within the part's value.
    #[must_use]
    pub fn at(&self, place: &Place) -> Option<(usize, Range<usize>)> {
        self.list.iter().enumerate().find_map(|(index, part)| {
            let own = &part.place;
            let overlaps = own.region == place.region
                && place.range.start < own.range.end
                && own.range.start < place.range.end;
            let start = place.range.start.max(own.range.start) - own.range.start;
            let end = place.range.end.min(own.range.end).saturating_sub(own.range.start);
            overlaps.then_some((index, start..end))
        })
    }

    pub(crate) fn region(&self, region: Region) -> &[u8] {
        match region {
            Region::Target => self.request.target.as_bytes(),
            Region::Line(index) => self.request.lines[index].as_bytes(),
            Region::Body => &self.request.body,
        }
    }

    /// A number, date or address in the body, which an application will not take letters for.
    fn find_sentinel(&self) -> Option<usize> {
        let typed = |index: &usize| {
            let part = &self.list[*index];
            part.place.region == Region::Body && part.role == Role::Value && self.has_type(*index)
        };
        (0..self.list.len()).rev().find(typed)
    }

    fn has_type(&self, part: usize) -> bool {
        match self.list[part].syntax {
            Syntax::JsonWord => self.raw(part).first().is_some_and(u8::is_ascii_digit),
            Syntax::JsonString | Syntax::UrlEncoded | Syntax::Xml | Syntax::Raw => {
                neutral::is_typed(&self.decoded(part))
            }
            Syntax::Header | Syntax::Cookie => false,
        }
    }
}

/// The body's leaves by its media type; `None` if it is of another kind or broken.
fn leaves(request: &Request) -> Option<Vec<Part>> {
    let media = request.media_type();
    let is = |suffix: &str| media.ends_with(&format!("/{suffix}")) || media.ends_with(&format!("+{suffix}"));
    match media.as_str() {
        "application/x-www-form-urlencoded" => Some(form::body(&request.body)),
        "multipart/form-data" => multipart::leaves(request),
        _ if is("json") => json::leaves(&request.body),
        _ if is("xml") => xml::leaves(&request.body),
        _ => json::leaves(&request.body),
    }
}

fn opaque(body: &[u8]) -> Part {
    Part {
        label: "body".to_owned(),
        role: Role::Value,
        place: Place { region: Region::Body, range: 0..body.len() },
        syntax: Syntax::Raw,
        neutral: neutral::of(Syntax::Raw, body),
    }
}

/// Gives parts of the same name a number: `query a`, `query a (2)`.
fn name_apart(list: &mut [Part]) {
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for part in list {
        let count = seen.entry(part.label.clone()).or_default();
        *count += 1;
        if *count > 1 {
            part.label = format!("{} ({count})", part.label);
        }
    }
}

/// Whether a name says that its value tells who asks or that the request was meant.
pub(crate) fn names_a_credential(name: &str) -> bool {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    const WORDS: [&str; 14] = [
        "token",
        "apikey",
        "accesskey",
        "secret",
        "password",
        "passwd",
        "session",
        "sessid",
        "csrf",
        "xsrf",
        "auth",
        "credential",
        "bearer",
        "jwt",
    ];
    WORDS.iter().any(|word| name.contains(word))
        || ["sid", "pwd", "connectsid", "rememberme"].contains(&name.as_str())
}
