//! HTTP messages with the place of each part.

use crate::source::{Fact, Span};
use crate::url::Url;

/// A request and its answer.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// What was asked, if a document shows it.
    pub request: Option<Request>,
    /// What was answered, if a document shows it.
    pub response: Option<Response>,
    /// When the request was sent, in seconds since 1970, by the client's clock.
    pub sent_at: Option<i64>,
    /// How long each phase took.
    pub timing: Timing,
    /// The address that was connected to, `ip:port`.
    pub peer: Option<String>,
    /// What cut the exchange short, in the client's words (connection reset, tunnel refused).
    pub failure: Option<Fact<String>>,
    /// What a client's message tells of it, where it shows neither header.
    pub told: Told,
    /// Where the answer's own body says that the call failed, whatever its status: `"success": false`.
    pub declared: Option<Span>,
}

/// What an error message of a client tells of an exchange. It is no message: whether a field was there is not known from it.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The method of the request.
    pub method: Option<Fact<String>>,
    /// The URL that was asked.
    pub url: Option<Fact<Url>>,
    /// The status code of the answer.
    pub status: Option<Fact<u16>>,
}

/// An HTTP request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method as sent.
    pub method: Fact<String>,
    /// The URL that was asked; its host comes from `Host` where the document holds only a path.
    pub url: Fact<Url>,
    /// Header and body.
    pub message: Message,
}

/// An HTTP response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: Fact<u16>,
    /// Header and body; the body is decoded from its content coding.
    pub message: Message,
}

/// What requests and responses share.
#[derive(Clone, Debug)]
pub struct Message {
    /// The protocol as the document names it: `HTTP/1.1`, `HTTP/2`.
    pub version: String,
    /// The header fields in order.
    pub fields: Fields,
    /// The body, if the document shows one.
    pub body: Option<Fact<Vec<u8>>>,
    /// The whole message.
    pub span: Span,
    /// The first line.
    pub start_line: Span,
}

/// Header fields in the order and case they were sent.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Vec<Field>);

/// One header field line.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name as sent.
    pub name: String,
    /// Value without surrounding blanks.
    pub value: String,
    /// The whole line.
    pub span: Span,
}

/// How another exchange of the same documents relates to the refused one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The CORS preflight of the refused request.
    Preflight,
    /// A redirect that led to the refused request.
    Redirect,
    /// A request to the same path that was not refused, earlier.
    EarlierSuccess,
    /// The page whose document or cookies the refused request builds on.
    Before,
}

/// Another exchange, and how it relates to the refused one.
#[derive(Clone, Debug)]
pub struct Related {
    /// The relation.
    pub relation: Relation,
    /// The exchange.
    pub exchange: Exchange,
}

/// Milliseconds that each phase took; absent where it did not happen or was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Timing {
    /// Name resolution.
    pub dns: Option<f64>,
    /// TCP connection.
    pub connect: Option<f64>,
    /// TLS handshake.
    pub tls: Option<f64>,
    /// Sending the request.
    pub send: Option<f64>,
    /// From the last byte sent to the first byte received.
    pub wait: Option<f64>,
    /// Receiving the response.
    pub receive: Option<f64>,
}

impl Fields {
    /// The first field of that name, whatever its case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Every field of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Field> {
        self.0.iter().filter(move |field| field.name.eq_ignore_ascii_case(name))
    }

    /// The value of the first field of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(|field| field.value.as_str())
    }

    /// Whether there is a field of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl Message {
    /// The media type of `Content-Type` in lower case, without parameters.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.fields.value("content-type")?;
        Some(value.split(';').next().unwrap_or("").trim().to_ascii_lowercase())
    }

    /// The body as text, with replacement characters where it is not UTF-8; empty without a body.
    #[must_use]
    pub fn body_text(&self) -> std::borrow::Cow<'_, str> {
        self.body.as_ref().map_or("".into(), |body| String::from_utf8_lossy(&body.value))
    }
}

impl Request {
    /// The cookies sent, in order.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str, Span)> {
        self.message.fields.all("cookie").flat_map(|field| {
            field.value.split(';').filter_map(|pair| {
                let (name, value) = pair.trim().split_once('=')?;
                Some((name.trim(), value.trim(), field.span))
            })
        })
    }

    /// Whether the method may change state (it is none of GET, HEAD, OPTIONS and TRACE; RFC 9110, section 9.2.1).
    #[must_use]
    pub fn is_unsafe(&self) -> bool {
        !matches!(self.method.value.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }
}
