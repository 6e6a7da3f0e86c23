//! What the probe saw on the wire: every request that was sent, every answer, and what cut it short.
//!
//! Bytes are kept as they travelled. HTTP/2 has no text on the wire, so its heads are written as `curl -v` shows
//! them: `POST /a HTTP/2`, `Host: ...` from `:authority`, then the fields in order; `HTTP/2 403` for the answer.

use crate::exchange::Timing;
use crate::url::Url;

/// One transfer: the request itself, then one hop for each redirect or challenge that was answered.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// What was sent and received, in order. The first hop is always there, also if nothing could be sent.
    pub hops: Vec<Hop>,
    /// What cut the transfer short. It belongs to the last hop, whose answer may still have been read.
    pub failure: Option<Failure>,
}

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Hop {
    /// The URL that was asked.
    pub url: Url,
    /// Why this request was sent.
    pub reason: HopReason,
    /// The protocol that was spoken: `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`. Before an answer, the one that was sent.
    pub version: String,
    /// The connection below.
    pub connection: Connection,
    /// What was sent.
    pub request: SentMessage,
    /// Interim answers (1xx) that came before the final one, in order.
    pub interim: Vec<Interim>,
    /// What was received; `None` if no whole header arrived.
    pub response: Option<ReceivedMessage>,
    /// How long each phase took.
    pub timing: Timing,
    /// When the first byte was sent, in milliseconds since 1970, by the client's clock.
    pub sent_at: i64,
}

/// Why a request of a transfer was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HopReason {
    /// It is the request itself.
    #[default]
    Asked,
    /// The answer before was a redirect with this status.
    Redirect(u16),
    /// The answer before was a 401 with a challenge that can be answered.
    Challenge,
    /// The answer before was a 417, so that it is sent again without `Expect`.
    ExpectationFailed,
}

/// The connection a request travelled on.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Every address that the name was resolved to, in the resolver's order.
    pub addresses: Vec<String>,
    /// The address that was connected to (the proxy's, where there is one): `ip:port`, or `unix:path`.
    pub peer: Option<String>,
    /// Our own end, `ip:port`.
    pub local: Option<String>,
    /// The proxy's URL, where there is one.
    pub proxy: Option<String>,
    /// The answer of an HTTP proxy to CONNECT.
    pub tunnel: Option<Tunnel>,
    /// The TLS session with the server.
    pub tls: Option<TlsSession>,
}

/// A CONNECT request to a proxy, and its answer.
#[derive(Clone, Debug, Default)]
pub struct Tunnel {
    /// The request head as it was sent.
    pub request: Vec<u8>,
    /// Status of the answer; 0 if it was not HTTP.
    pub status: u16,
    /// The head of the answer as it was received.
    pub head: Vec<u8>,
    /// The start of the answer's body, where the tunnel was refused.
    pub body: Vec<u8>,
}

/// What a TLS handshake agreed on.
#[derive(Clone, Debug, Default)]
pub struct TlsSession {
    /// `TLSv1.2` or `TLSv1.3`; `None` if the handshake failed.
    pub version: Option<String>,
    /// The protocol chosen by ALPN: `h2` or `http/1.1`.
    pub alpn: Option<String>,
    /// The name sent as server name (SNI).
    pub server_name: Option<String>,
    /// The chain as the server sent it, its own certificate first. Also there if it was not trusted.
    pub certificates: Vec<Certificate>,
    /// Whether the server asked for a client certificate, and got one.
    pub client_certificate: ClientCertificate,
}

/// Whether the server asked for a client certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificate {
    /// It did not ask.
    #[default]
    NotAsked,
    /// It asked, and there was none to show.
    AskedAndMissing,
    /// It asked, and got one.
    Shown,
}

/// A certificate of the server's chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// Distinguished name of the holder.
    pub subject: String,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// DNS names and addresses it is valid for.
    pub names: Vec<String>,
    /// Start of validity, in seconds since 1970.
    pub not_before: i64,
    /// End of validity, in seconds since 1970.
    pub not_after: i64,
}

/// A message as it was sent.
#[derive(Clone, Debug, Default)]
pub struct SentMessage {
    /// Request line and header lines with the blank line, exactly as sent (or as they would have been, if the transfer
    /// failed in a phase before [`Phase::Send`]).
    pub head: Vec<u8>,
    /// The body without framing, up to the limit that is kept.
    pub body: Vec<u8>,
    /// How long the whole body is.
    pub body_length: u64,
    /// How many bytes of the body were handed to the network: less than the length if the server answered early.
    pub body_sent: u64,
}

/// An interim answer.
#[derive(Clone, Debug)]
pub struct Interim {
    /// Its status: 100, 102, 103 ...
    pub status: u16,
    /// Status line and header lines with the blank line.
    pub head: Vec<u8>,
}

/// A message as it was received.
#[derive(Clone, Debug, Default)]
pub struct ReceivedMessage {
    /// Its status.
    pub status: u16,
    /// Status line and header lines with the blank line, exactly as received.
    pub head: Vec<u8>,
    /// The body: framing removed, content coding untouched, up to the limit that is kept.
    pub body: Vec<u8>,
    /// How many bytes of the body were received, kept or not.
    pub body_received: u64,
    /// Whether bytes of the body are missing here: beyond the limit, or never received.
    pub cut: bool,
    /// Trailer fields, in order.
    pub trailers: Vec<(String, String)>,
}

/// What cut a transfer short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub kind: FailureKind,
    /// In which phase.
    pub phase: Phase,
    /// The same in words, with the operating system's or the library's own text.
    pub words: String,
}

/// What can cut a transfer short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The name has no address.
    NameNotResolved,
    /// Nobody listens there, or a firewall says so (`ECONNREFUSED`).
    Refused,
    /// No way to that address (`EHOSTUNREACH`, `ENETUNREACH`).
    Unreachable,
    /// The peer reset the connection (`ECONNRESET`, `EPIPE`); in [`Phase::Send`] while the request was being sent.
    Reset,
    /// The peer closed the connection before the answer was complete.
    Closed,
    /// No TLS session.
    Tls(TlsFault),
    /// The time allowed was over.
    TimedOut,
    /// What came is not HTTP.
    NotHttp,
    /// The header is larger than the limit.
    HeaderTooLarge,
    /// The proxy refused the tunnel; its answer is in [`Connection::tunnel`].
    TunnelRefused,
    /// The SOCKS proxy refused.
    ProxyRefused,
    /// More redirects than allowed.
    TooManyRedirects,
    /// A redirect that cannot be followed: no URL, or another scheme.
    BadRedirect,
    /// HTTP/2 reset the stream or the connection; the error code is in the words.
    StreamReset,
    /// A file that the request names (certificate, key, roots) cannot be read.
    File,
    /// Something that this client does not do.
    Unsupported,
}

/// Why there is no TLS session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// The server's certificate has expired.
    Expired,
    /// The server's certificate is not valid yet.
    NotYetValid,
    /// No trusted root stands behind the certificate.
    UnknownIssuer,
    /// The certificate is for other names.
    WrongName,
    /// The certificate is unusable in another way.
    BadCertificate,
    /// The server asked for a client certificate and got none (alert `certificate_required`, or `handshake_failure` after it asked).
    ClientCertificateMissing,
    /// The server did not accept the client certificate.
    ClientCertificateRejected,
    /// No protocol version or cipher in common.
    NothingInCommon,
    /// What answered does not speak TLS.
    NotTls,
    /// The server sent another alert.
    Alert,
    /// Anything else.
    Other,
}

/// The phases of a transfer, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Reading files and options, before anything is sent.
    Prepare,
    /// Name resolution.
    Resolve,
    /// Connecting.
    Connect,
    /// Agreeing with the proxy.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for the first byte.
    Wait,
    /// Receiving the answer.
    Receive,
}

impl Transcript {
    /// The last hop: the answer that the transfer ends with.
    #[must_use]
    pub fn last(&self) -> Option<&Hop> {
        self.hops.last()
    }

    /// The status of the final answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.last()?.response.as_ref().map(|response| response.status)
    }
}

impl Phase {
    /// What the phase is called in a sentence: "while ...".
    #[must_use]
    pub fn doing(self) -> &'static str {
        match self {
            Phase::Prepare => "preparing the request",
            Phase::Resolve => "resolving the name",
            Phase::Connect => "connecting",
            Phase::Proxy => "talking to the proxy",
            Phase::Tls => "negotiating TLS",
            Phase::Send => "sending the request",
            Phase::Wait => "waiting for the answer",
            Phase::Receive => "receiving the answer",
        }
    }
}
