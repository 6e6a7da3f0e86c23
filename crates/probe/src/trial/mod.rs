//! The safe variants of a refused request. [`Safe`] is the only way to a request of ours, and can say GET, HEAD and
//! OPTIONS only; where it goes is the refused request's own origin, and redirects are not followed.

mod preflight;

use model::{Change, HeaderLine, Hop, HopReason, Redirects, Transcript, Transfer, TransferBody};

use crate::limits::Limits;

/// The methods of the safe tier: none of them changes state (RFC 9110, section 9.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Safe {
    Get,
    Head,
    Options,
}

/// Header fields that carry credentials, besides those whose name says so.
const CREDENTIALS: [&str; 8] = [
    "authorization",
    "cookie",
    "x-amz-security-token",
    "x-auth",
    "x-session-id",
    "ocp-apim-subscription-key",
    "x-goog-iam-authorization-token",
    "dpop",
];

/// Header fields that a server may read another method, another address or another protocol from, and those that
/// describe the body: none of them belongs to a harmless request without a body.
const DROPPED: [&str; 14] = [
    "content-type",
    "content-length",
    "content-encoding",
    "content-md5",
    "content-disposition",
    "transfer-encoding",
    "trailer",
    "expect",
    "upgrade",
    "http2-settings",
    "connection",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// A neutral browser-like name.
const NEUTRAL_USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

/// The request that was refused: the transfer itself or, where redirects led on, the one that the last hop sent. Nothing if
/// that hop went to another host, which nobody asked us to question.
#[must_use]
pub fn refused(transfer: &Transfer, transcript: &Transcript) -> Option<Transfer> {
    let redirected = transcript.hops.iter().any(|hop| matches!(hop.reason, HopReason::Redirect(_)));
    let Some(hop) = transcript.hops.last().filter(|_| redirected) else { return Some(transfer.clone()) };
    (hop.url.host == transfer.url.host).then(|| at_hop(transfer, hop))
}

/// The request that a hop sent, on its own.
#[must_use]
pub fn at_hop(transfer: &Transfer, hop: &Hop) -> Transfer {
    let head = String::from_utf8_lossy(&hop.request.head).into_owned();
    let mut lines = head.lines();
    let mut sent = transfer.clone();
    // The head was written here: a method, a target, the version.
    let mut words = lines.next().unwrap_or_default().split(' ');
    if let (Some(method), Some(target)) = (words.next(), words.next()) {
        (sent.method, sent.target) = (method.to_owned(), target.to_owned());
    }
    sent.fields = lines.filter_map(HeaderLine::verbatim).collect();
    sent.url = hop.url.clone();
    if hop.request.body_length == 0 {
        sent.body = TransferBody::Empty;
    }
    sent
}

/// Sends the variant of the request that the change asks for.
#[must_use]
pub fn run(change: Change, transfer: &Transfer, limits: &Limits) -> Transcript {
    crate::send(&variant(change, transfer), limits)
}

/// The variant of the request that the change asks for.
#[must_use]
pub fn variant(change: Change, refused: &Transfer) -> Transfer {
    match change {
        Change::Get => safe(Safe::Get, refused),
        Change::Head => safe(Safe::Head, refused),
        Change::Options => safe(Safe::Options, refused),
        Change::Preflight => {
            let fields = preflight::fields(refused);
            Transfer { fields, ..without_credentials(safe(Safe::Options, refused)) }
        }
        Change::GetWithoutCredentials => without_credentials(safe(Safe::Get, refused)),
        Change::GetWithNeutralUserAgent => with_neutral_user_agent(safe(Safe::Get, refused)),
        Change::GetImpossiblePath => on_path(safe(Safe::Get, refused), impossible(&refused.url.path)),
        Change::GetToggledSlash => on_path(safe(Safe::Get, refused), toggled(&refused.url.path)),
        Change::GetWithoutOrigin => {
            let mut get = safe(Safe::Get, refused);
            get.fields.retain(|line| !line.is("origin") && !line.is("referer"));
            get
        }
    }
}

/// The same target, without the body and what belongs to it.
fn safe(method: Safe, refused: &Transfer) -> Transfer {
    let mut transfer = refused.clone();
    transfer.method = match method {
        Safe::Get => "GET",
        Safe::Head => "HEAD",
        Safe::Options => "OPTIONS",
    }
    .to_owned();
    transfer.method_is_custom = false;
    transfer.upload = false;
    transfer.body = TransferBody::Empty;
    transfer.redirects = Redirects::default();
    transfer.cookie_jar = None;
    transfer.fields.retain(|line| !DROPPED.iter().any(|name| line.is(name)));
    without_parameters(&mut transfer, |name| name == "_method");
    transfer
}

fn without_credentials(mut transfer: Transfer) -> Transfer {
    transfer.fields.retain(|line| !is_credential(line));
    transfer.digest = None;
    transfer.tls.certificate = None;
    transfer.tls.key = None;
    transfer.tls.key_password = None;
    without_parameters(&mut transfer, names_a_secret);
    transfer
}

fn is_credential(line: &HeaderLine) -> bool {
    let name = line.name().to_ascii_lowercase();
    CREDENTIALS.contains(&name.as_str()) || names_a_secret(&name) && !name.starts_with("proxy-")
}

/// Whether a name of a header field or parameter says that its value is a secret.
fn names_a_secret(name: &str) -> bool {
    let name: String = name.to_ascii_lowercase().replace('_', "-");
    let words =
        ["token", "api-key", "apikey", "secret", "signature", "password", "access-key", "csrf", "xsrf"];
    words.iter().any(|word| name.contains(word))
        || ["sig", "key", "x-amz-credential"].contains(&name.as_str())
}

fn with_neutral_user_agent(mut transfer: Transfer) -> Transfer {
    let line = HeaderLine::new("User-Agent", NEUTRAL_USER_AGENT);
    match transfer.fields.iter_mut().find(|line| line.is("user-agent")) {
        Some(before) => *before = line,
        None => transfer.fields.insert(transfer.fields.len().min(1), line),
    }
    transfer
}

fn impossible(path: &str) -> String {
    let folder = path.trim_end_matches('/').rfind('/').map_or("/", |slash| &path[..=slash]);
    format!("{folder}why403-no-such-page-5f3c1e")
}

fn toggled(path: &str) -> String {
    match path.strip_suffix('/') {
        Some("") => path.to_owned(),
        Some(rest) => rest.to_owned(),
        None => format!("{path}/"),
    }
}

fn on_path(mut transfer: Transfer, path: String) -> Transfer {
    transfer.url.path = path;
    retarget(&mut transfer);
    transfer
}

fn without_parameters(transfer: &mut Transfer, is_dropped: impl Fn(&str) -> bool) {
    let dropped = |(name, _): &(&str, &str)| is_dropped(&name.to_ascii_lowercase());
    if !transfer.url.parameters().any(|parameter| dropped(&parameter)) {
        return;
    }
    let query = transfer.url.query.clone().unwrap_or_default();
    let name = |pair: &str| pair.split('=').next().unwrap_or("").to_ascii_lowercase();
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_dropped(&name(pair))).collect();
    transfer.url.query = (!kept.is_empty()).then(|| kept.join("&"));
    retarget(transfer);
}

/// Writes the target anew, in the form it had.
fn retarget(transfer: &mut Transfer) {
    let origin = if transfer.target.contains("://") { transfer.url.origin() } else { String::new() };
    transfer.target = format!("{origin}{}", transfer.url.target());
}
