//! The request after a redirect, as curl 7.88 makes it (lib/http.c and lib/transfer.c): it is always made from the request
//! the user typed, so that credentials come back when the journey does.

use model::{Failure, FailureKind, HeaderLine, Phase, Transfer, Url};

use super::cookie::Jar;
use super::digest::Challenge;
use crate::connection::is_forwarded;
use crate::failure::failure;
use crate::http1::head::ResponseHead;

/// Header lines that curl makes itself, in its order. Lines of the user come behind them.
const MADE_BY_CURL: [&str; 9] = [
    "host",
    "proxy-authorization",
    "authorization",
    "range",
    "user-agent",
    "accept",
    "accept-encoding",
    "referer",
    "proxy-connection",
];

/// Where the transfer has got to.
pub(crate) struct Journey<'a> {
    original: &'a Transfer,
    url: Url,
    target: String,
    referer: Option<String>,
    body_dropped: bool,
    followed: u32,
    jar: Option<Jar>,
    given_cookies: Option<String>,
    nonce_uses: u32,
    /// The Digest challenge of the server, once it made one.
    pub(crate) challenge: Option<Challenge>,
}

impl<'a> Journey<'a> {
    /// At the start.
    pub(crate) fn new(original: &'a Transfer) -> Journey<'a> {
        let jar = original.cookie_jar.as_ref().map(|lines| Jar::new(lines, &original.url));
        let own_line = original.fields.iter().find(|line| is_own_cookie(line));
        let sent = own_line.map_or("", HeaderLine::value);
        let from_jar = jar.as_ref().and_then(|jar| jar.header(&original.url)).unwrap_or_default();
        let given = sent.strip_prefix(&from_jar).unwrap_or(sent).trim_start_matches("; ");
        Journey {
            original,
            url: original.url.clone(),
            target: original.target.clone(),
            referer: None,
            body_dropped: false,
            followed: 0,
            given_cookies: (!given.is_empty()).then(|| given.to_owned()),
            jar,
            nonce_uses: 0,
            challenge: None,
        }
    }

    /// How many redirects were followed.
    pub(crate) fn followed(&self) -> u32 {
        self.followed
    }

    /// Keeps the cookies of an answer, where cookies are kept.
    pub(crate) fn keep_cookies(&mut self, url: &Url, answer: &ResponseHead) {
        if let Some(jar) = &mut self.jar {
            answer.all("set-cookie").for_each(|line| jar.set(line, url));
        }
    }

    /// Goes where the answer points to, and makes the request for it.
    pub(crate) fn follow(&mut self, status: u16, to: &str) -> Result<Transfer, Failure> {
        let url = self.url.resolve(to).ok_or_else(|| {
            let words = format!("the redirect to `{}` cannot be followed", to.escape_debug());
            failure(FailureKind::BadRedirect, Phase::Receive, words)
        })?;
        self.body_dropped |= self.original.loses_body_in(status);
        self.referer = Some(self.url.to_string());
        self.followed += 1;
        self.target = url.target();
        self.url = url;
        Ok(self.transfer())
    }

    /// The request for the place that the journey has reached.
    pub(crate) fn transfer(&mut self) -> Transfer {
        let mut transfer = self.original.clone();
        transfer.url = self.url.clone();
        transfer.target.clone_from(&self.target);
        if self.body_dropped {
            transfer.lose_body();
        }
        if self.followed > 0 {
            self.address(&mut transfer);
        }
        self.set_cookies(&mut transfer.fields);
        self.authorize(&mut transfer);
        transfer
    }

    /// Makes the header fit the host that it goes to now.
    fn address(&self, transfer: &mut Transfer) {
        let original = self.original;
        let same_origin = original.url.origin() == self.url.origin();
        let same_host = original.url.host == self.url.host;
        let credentials_go_along = same_origin || original.redirects.trusted;
        let default_host = original.field("host") == Some(original.url.authority().as_str());
        for line in &mut transfer.fields {
            if line.is("host") && (default_host || !same_host) {
                *line = HeaderLine::new("Host", &self.url.authority());
            }
        }
        transfer.fields.retain(|line| {
            let is_credential = line.is("authorization") || line.is("cookie") && line.is_typed();
            credentials_go_along || !is_credential
        });
        let forwarded = is_forwarded(transfer);
        if forwarded {
            transfer.target = format!("{}{}", self.url.origin(), self.target);
        } else {
            transfer.fields.retain(|line| !line.is("proxy-authorization") && !line.is("proxy-connection"));
        }
        if original.redirects.referer
            && let Some(referer) = &self.referer
        {
            put(&mut transfer.fields, HeaderLine::new("Referer", referer));
        }
    }

    fn set_cookies(&self, fields: &mut Vec<HeaderLine>) {
        let Some(jar) = &self.jar else { return };
        // curl sends the cookies of `-b name=value` to every host.
        let given = self.given_cookies.clone();
        let cookies: Vec<String> = jar.header(&self.url).into_iter().chain(given).collect();
        if cookies.is_empty() {
            fields.retain(|line| !is_own_cookie(line));
            return;
        }
        let line = HeaderLine::new("Cookie", &cookies.join("; "));
        match fields.iter_mut().find(|line| is_own_cookie(line)) {
            Some(before) => *before = line,
            None => put(fields, line),
        }
    }

    fn authorize(&mut self, transfer: &mut Transfer) {
        let same_origin = self.original.url.origin() == self.url.origin();
        if let (Some(challenge), Some(credentials), true) =
            (&self.challenge, &self.original.digest, same_origin)
        {
            self.nonce_uses += 1;
            let value = challenge.answer(credentials, &transfer.method, &transfer.target, self.nonce_uses);
            transfer.fields.retain(|line| !line.is("authorization"));
            put(&mut transfer.fields, HeaderLine::new("Authorization", &value));
        }
    }
}

/// The `Cookie` line of `-b`, not one of `-H`.
fn is_own_cookie(line: &HeaderLine) -> bool {
    line.is("cookie") && !line.is_typed()
}

/// Puts a line of curl's own behind those that come before it.
fn put(fields: &mut Vec<HeaderLine>, line: HeaderLine) {
    let rank = |line: &HeaderLine| MADE_BY_CURL.iter().position(|name| line.is(name));
    let own = rank(&line).unwrap_or(MADE_BY_CURL.len());
    fields.retain(|other| !(rank(other) == Some(own) && other.is(line.name())));
    let mut at = 0;
    let mut last = 0;
    while let Some(rank) = fields.get(at).and_then(&rank) {
        if rank < last || rank > own {
            break;
        }
        last = rank;
        at += 1;
    }
    fields.insert(at, line);
}
