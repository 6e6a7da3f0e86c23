//! The way onwards: peers, the origin, and the header fields that they receive (`src/peer_select.cc`, `src/http.cc`).

use super::run::{Run, Said, Stage};
use super::tree::Line;
use crate::request::{Header, Scheme, Value, Version};
use crate::walk::{Answer, Forwarded, HeaderChange, HowChanged, Needs, Verdict};

/// Fields that Squid keeps to itself or makes anew.
const OF_THE_CONNECTION: &[&str] = &[
    "Connection",
    "TE",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// The fields that go on, and what became of the others.
type Fields = (Vec<Header>, Vec<HeaderChange>);

impl<'a> Run<'a> {
    /// Helpers and services that may refuse or change the request behind `http_access`.
    pub(super) fn services(&mut self) -> Stage {
        for name in ["url_rewrite_program", "redirect_program", "adaptation_access", "adapted_http_access"] {
            if let Some(line) = self.config.named(name).last().filter(|line| line.word(1) != "none") {
                let needs = Needs(format!("what `{}` makes of the request", line.text()));
                self.step(
                    "services",
                    Some(line),
                    Verdict::Unknown(needs.clone()),
                    "it is not modelled".to_owned(),
                );
                self.assuming.push(needs);
            }
        }
        if let Some(line) = self.config.named("http_reply_access").find(|line| line.word(1) == "deny") {
            let needs = Needs(format!("whether `{}` applies to the answer", line.text()));
            self.step(
                "http_reply_access",
                Some(line),
                Verdict::Unknown(needs.clone()),
                "the answer is not known".to_owned(),
            );
            self.assuming.push(needs);
        }
        Ok(None)
    }

    /// Who may cause a request to others; 403 otherwise.
    pub(super) fn miss_access(&mut self) -> Stage {
        let rules: Vec<&Line> = self.config.named("miss_access").collect();
        if rules.is_empty() {
            return Ok(None);
        }
        let said = self.rules(&rules, "miss_access")?;
        self.refusal(said, rules.last().copied())
    }

    /// To a peer or to the origin; 503 when only peers may be asked and none is there.
    pub(super) fn forward(&mut self) -> Stage {
        let peers = self.peers()?;
        let direct = self.may("always_direct", false)?;
        let only_peers = !direct && (self.is_accelerator || self.may("never_direct", false)?);
        let place = |run: &Self, line: &Line| Some(run.config.place(line));
        let chosen = peers.first().copied().filter(|_| !direct);
        match (chosen, only_peers) {
            (None, true) => {
                let because = "only peers may be asked, and none is there".to_owned();
                let line = self.config.named("never_direct").last();
                self.step("cache_peer", line, Verdict::Hit, because);
                let by = line.map(|line| self.config.place(line));
                Ok(Some((Answer::Status(503), by)))
            }
            (Some(peer), true) => {
                self.step("cache_peer", Some(peer), Verdict::Hit, "the request goes to this peer".to_owned());
                let by = place(self, peer);
                Ok(Some((self.upstream(Some(peer))?, by)))
            }
            (Some(peer), false) => {
                let needs = Needs(format!("whether `{}` or the origin itself is asked", peer.text()));
                self.step(
                    "cache_peer",
                    Some(peer),
                    Verdict::Unknown(needs.clone()),
                    "it may be asked, and so may the origin".to_owned(),
                );
                self.assuming.push(needs);
                let by = place(self, peer);
                Ok(Some((self.upstream(Some(peer))?, by)))
            }
            (None, false) => {
                self.step("cache_peer", None, Verdict::Hit, "the origin itself is asked".to_owned());
                Ok(Some((self.upstream(None)?, None)))
            }
        }
    }

    /// The parents that may be asked for this request.
    fn peers(&mut self) -> Stage<Vec<&'a Line>> {
        let mut allowed = Vec::new();
        for peer in self.config.named("cache_peer").filter(|line| line.word(2) == "parent") {
            let name = peer.words.iter().find_map(|word| word.strip_prefix("name=")).unwrap_or(peer.word(1));
            let rules: Vec<&Line> =
                self.config.named("cache_peer_access").filter(|line| line.word(1) == name).collect();
            if rules.is_empty() || self.peer_allowed(&rules)? {
                allowed.push(peer);
            }
        }
        Ok(allowed)
    }

    /// `cache_peer_access NAME allow|deny ACL...`
    fn peer_allowed(&mut self, rules: &[&'a Line]) -> Stage<bool> {
        use super::acl::Match;
        let last_allows = rules.last().is_some_and(|line| line.word(2) == "allow");
        for rule in rules {
            let names: Vec<String> = rule.rest(3).iter().map(ToString::to_string).collect();
            match self.all(&names, 0) {
                Match::Yes => return Ok(rule.word(2) == "allow"),
                Match::No | Match::Counter(_) => {}
                Match::Challenge => return Ok(false),
                Match::Unknown(needs) | Match::MayChallenge(needs) => {
                    return Err((needs, Some(self.config.place(rule))));
                }
            }
        }
        Ok(!last_allows)
    }

    /// A list that says no unless one of its rules says yes.
    fn may(&mut self, name: &'static str, default: bool) -> Stage<bool> {
        let rules: Vec<&Line> = self.config.named(name).collect();
        if rules.is_empty() {
            return Ok(default);
        }
        Ok(matches!(self.rules(&rules, name)?, Said::Allowed))
    }

    fn upstream(&mut self, peer: Option<&'a Line>) -> Stage<Answer> {
        let is_origin = peer.is_none_or(|peer| peer.words.iter().any(|word| &**word == "originserver"));
        let has_tls = peer.is_some_and(|peer| peer.words.iter().any(|word| matches!(&**word, "ssl" | "tls")));
        let scheme = if has_tls || (peer.is_none() && self.url.scheme == "https") {
            Scheme::Https
        } else {
            Scheme::Http
        };
        let destination = match peer {
            Some(peer) => format!("{}://{}:{}", scheme.name(), peer.word(1), peer.word(3)),
            None if self.url.scheme.is_empty() => self.url.authority(),
            None => format!("{}://{}:{}", self.url.scheme, self.url.host, self.url.port),
        };
        let target = match (self.url.scheme.is_empty(), is_origin) {
            (true, _) => self.url.authority(),
            (false, true) => self.url.path.clone(),
            (false, false) => self.url.text(),
        };
        let (headers, changes) = self.forwarded_headers(peer, is_origin)?;
        Ok(Answer::Upstream(Box::new(Forwarded {
            destination,
            scheme,
            method: self.request_method.clone(),
            target: Value::Known(target),
            version: Version::Http11,
            headers,
            changes,
            body_length: self.request.body_length,
            client: self.client.clone(),
        })))
    }

    fn forwarded_headers(&mut self, peer: Option<&'a Line>, is_origin: bool) -> Stage<Fields> {
        let mut headers = Vec::new();
        let mut changes = Vec::new();
        let mut change = |name: &str, how, place, because: &str| {
            changes.push(HeaderChange { name: name.to_owned(), how, place, because: because.to_owned() });
        };
        let passes_login = peer.is_some_and(|peer| {
            peer.words
                .iter()
                .any(|word| matches!(&**word, "login=PASS" | "login=PASSTHRU" | "login=PROXYPASS"))
        });
        let listed: Vec<String> = self
            .request
            .headers_named("Connection")
            .filter_map(Value::known)
            .flat_map(|line| line.split(','))
            .map(|name| name.trim().to_ascii_lowercase())
            .collect();
        for header in &self.request.headers {
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            let of_connection = OF_THE_CONNECTION.iter().any(|name| is(name))
                || listed.contains(&header.name.to_ascii_lowercase());
            if of_connection && !(is("Proxy-Authorization") && passes_login && !is_origin) {
                change(
                    &header.name,
                    HowChanged::Dropped,
                    None,
                    "it belongs to one connection or to the proxy",
                );
            } else if is("Authorization") && peer.is_some() && is_origin && !passes_login {
                let place = peer.map(|peer| self.config.place(peer));
                change(
                    &header.name,
                    HowChanged::Dropped,
                    place,
                    "the peer is an origin server without `login=PASS`",
                );
            } else if !(is("Host")
                || is("Via")
                || is("X-Forwarded-For")
                || is("Cache-Control")
                || is("Max-Forwards"))
            {
                headers.push(header.clone());
            }
        }
        headers.push(Header::new("Host", &self.url.authority()));
        let via = self.config.named("via").last();
        if via.is_none_or(|line| line.word(1) != "off") {
            let needs = Needs("the name and version of the proxy (`via`)".to_owned());
            headers.push(Header { name: "Via".to_owned(), value: Value::Unknown(needs) });
            change("Via", HowChanged::Added, None, "Squid names itself");
        } else {
            headers.extend(
                self.request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("Via")).cloned(),
            );
        }
        if let Some(value) = self.forwarded_for() {
            headers.push(Header { name: "X-Forwarded-For".to_owned(), value });
            let place = self.config.named("forwarded_for").last().map(|line| self.config.place(line));
            change("X-Forwarded-For", HowChanged::Rewritten, place, "Squid adds the client's address");
        }
        let needs = Needs("the age that Squid allows (`refresh_pattern`)".to_owned());
        headers.push(Header { name: "Cache-Control".to_owned(), value: Value::Unknown(needs) });
        if self.is_accelerator {
            let needs = Needs("what Squid says of itself as a surrogate".to_owned());
            headers.push(Header { name: "Surrogate-Capability".to_owned(), value: Value::Unknown(needs) });
        }
        self.mangled(headers, changes)
    }

    /// `forwarded_for on|off|transparent|delete|truncate`
    fn forwarded_for(&self) -> Option<Value> {
        let mode = self.config.value("forwarded_for").unwrap_or_else(|| "on".to_owned());
        let before: Vec<&str> =
            self.request.headers_named("X-Forwarded-For").filter_map(Value::known).map(str::trim).collect();
        let before = before.join(", ");
        let own = match (mode.as_str(), self.request.client) {
            ("delete", _) => return None,
            ("transparent", _) if before.is_empty() => return None,
            ("transparent", _) => return Some(Value::Known(before)),
            ("off", _) => "unknown".to_owned(),
            (_, Some(client)) => client.to_string(),
            (_, None) => return Some(Value::Unknown(Needs("the client's address".to_owned()))),
        };
        Some(Value::Known(if before.is_empty() || mode == "truncate" {
            own
        } else {
            format!("{before}, {own}")
        }))
    }

    /// `request_header_access NAME deny ACL...` takes fields away, or replaces them.
    fn mangled(&mut self, headers: Vec<Header>, mut changes: Vec<HeaderChange>) -> Stage<Fields> {
        let mut kept = Vec::new();
        for header in headers {
            let named = |line: &&Line| line.word(1).eq_ignore_ascii_case(&header.name);
            let mut rules: Vec<&Line> = self.config.named("request_header_access").filter(named).collect();
            if rules.is_empty() {
                rules =
                    self.config.named("request_header_access").filter(|line| line.word(1) == "All").collect();
            }
            if rules.is_empty() || self.peer_allowed(&rules)? {
                kept.push(header);
                continue;
            }
            let place = rules.last().map(|line| self.config.place(line));
            let replacement = self.config.named("request_header_replace").filter(named).last();
            let how = if replacement.is_some() { HowChanged::Rewritten } else { HowChanged::Dropped };
            let because = "`request_header_access` denies it".to_owned();
            changes.push(HeaderChange { name: header.name.clone(), how, place, because });
            if let Some(line) = replacement {
                let text: Vec<String> = line.rest(2).iter().map(ToString::to_string).collect();
                kept.push(Header::new(&header.name, &text.join(" ")));
            }
        }
        for line in self.config.named("request_header_add") {
            let needs = Needs(format!("whether `{}` applies", line.text()));
            kept.push(Header { name: line.word(1).to_owned(), value: Value::Unknown(needs) });
        }
        Ok((kept, changes))
    }
}
