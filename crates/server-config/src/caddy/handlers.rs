//! What a handler does with the request.

use super::placeholders::Unset;
use super::route::{Handler, Kind, Rewrite};
use super::run::{Flow, Run};
use super::uri;
use crate::credentials;
use crate::pattern::{Case, Pattern};
use crate::walk::{Answer, Needs, Verdict};

impl<'a> Run<'a> {
    pub(super) fn act(&mut self, handler: &'a Handler) -> Result<Flow, Needs> {
        let place = Some(handler.place.clone());
        let fits = |run: &mut Self| run.handler_step(handler, Verdict::Hit, "it fits".to_owned());
        match &handler.kind {
            Kind::Neutral | Kind::Subroute { .. } => return Ok(Flow::Next),
            Kind::Unknown(name) => return Err(Needs(format!("what `{name}` does, which is not modelled"))),
            Kind::Vars(pairs) => {
                for (key, value) in pairs {
                    let (key, value) = (self.replace(key, Unset::Empty)?, self.replace(value, Unset::Empty)?);
                    self.vars.insert(key, value);
                }
            }
            Kind::RequestHeaders(operations) => self.change_headers(operations, handler)?,
            Kind::BodyLimit(limit) => {
                // Whoever reads the body sees the error; what the next hop answers to a cut body is its own.
                if self.request.body_length > *limit {
                    let because =
                        format!("the body has {} bytes, and {limit} are read", self.request.body_length);
                    self.handler_step(handler, Verdict::Hit, because);
                    return Err(Needs(
                        "whether the body is read beyond the limit of `request_body`".to_owned(),
                    ));
                }
            }
            Kind::Rewrite(rewrite) => {
                fits(self);
                self.rewrite(rewrite)?;
            }
            Kind::Abort => {
                fits(self);
                return Ok(Flow::Answer(Answer::Closed, place));
            }
            Kind::Respond { status } => {
                let status = self.status(status)?;
                fits(self);
                return Ok(match status {
                    Some(status) => Flow::Answer(Answer::Status(status), place),
                    None => Flow::Error(500, place),
                });
            }
            Kind::Error { status } => {
                let status = self.status(status)?.filter(|status| *status != 0).unwrap_or(500);
                fits(self);
                return Ok(Flow::Error(status, place));
            }
            Kind::Users(users) => return self.authenticate(handler, users),
            Kind::Files(files) => return self.serve_file(handler, files),
            Kind::Proxy(proxy) => return self.proxy(handler, proxy),
        }
        Ok(Flow::Next)
    }

    /// The status of an answer; that of the error that is being handled, or 200, unless it is given.
    fn status(&self, text: &str) -> Result<Option<u16>, Needs> {
        if text.is_empty() {
            return Ok(Some(self.error.as_ref().map_or(200, |(status, _)| *status)));
        }
        Ok(self.replace(text, Unset::Empty)?.parse().ok())
    }

    /// Without the right password the error is 401 (`modules/caddyhttp/caddyauth/basicauth.go`).
    fn authenticate(&mut self, handler: &Handler, users: &[String]) -> Result<Flow, Needs> {
        let header = self.header_values("Authorization")?.into_iter().next().unwrap_or_default();
        let place = Some(handler.place.clone());
        let refused = |run: &mut Self, because: String| {
            run.handler_step(handler, Verdict::Hit, because);
            Ok(Flow::Error(401, place))
        };
        let Some((user, _)) = credentials::basic(&header) else {
            return refused(self, "the request has no Basic credentials".to_owned());
        };
        if !users.contains(&user) {
            return refused(self, format!("there is no user `{user}`"));
        }
        if self.request.user.as_deref() != Some(&user) {
            return Err(Needs(format!("whether the password of `{user}` is right")));
        }
        self.placeholders.insert("http.auth.user.id".to_owned(), user.clone());
        self.handler_step(handler, Verdict::Miss, format!("the password of `{user}` is right"));
        Ok(Flow::Next)
    }

    /// `Rewrite()` in `modules/caddyhttp/rewrite/rewrite.go`
    pub(super) fn rewrite(&mut self, rewrite: &Rewrite) -> Result<(), Needs> {
        if let Some(method) = &rewrite.method {
            self.method = self.replace(method, Unset::Empty)?.to_uppercase();
        }
        if let Some(uri) = &rewrite.uri {
            self.rewrite_uri(uri)?;
        }
        if let Some(prefix) = &rewrite.strip_prefix {
            let prefix = self.replace(prefix, Unset::Empty)?;
            let merge = !prefix.contains("//");
            self.uri.change_path(|path| trim_prefix(&uri::clean(path, merge), &prefix))?;
        }
        if let Some(suffix) = &rewrite.strip_suffix {
            let suffix = self.replace(suffix, Unset::Empty)?;
            let merge = !suffix.contains("//");
            let reverse = |text: &str| text.chars().rev().collect::<String>();
            self.uri.change_path(|path| {
                reverse(&trim_prefix(&reverse(&uri::clean(path, merge)), &reverse(&suffix)))
            })?;
        }
        for (find, replacement) in &rewrite.substrings {
            let (find, replacement) =
                (self.replace(find, Unset::Empty)?, self.replace(replacement, Unset::Empty)?);
            if find.is_empty() {
                continue;
            }
            let merge = !find.contains("//");
            self.uri.change_path(|path| uri::clean(path, merge).replace(&find, &replacement))?;
            self.uri.query = self.uri.query.replace(&find, &replacement);
        }
        for (find, replacement) in &rewrite.patterns {
            let replacement = self.replace(replacement, Unset::Empty)?;
            let pattern = Pattern::new(find, Case::Sensitive)?;
            if replacement.contains('$') || pattern.find(&self.uri.path)?.is_some() {
                return Err(Needs(format!("Go's replacement of `{find}`")));
            }
        }
        Ok(())
    }

    fn rewrite_uri(&mut self, template: &str) -> Result<(), Needs> {
        let template = template.split('#').next().unwrap_or(template);
        let (path, query) = match template.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (template, None),
        };
        let mut query = query.map(str::to_owned);
        // `{uri}` stands for the decoded path here, so that it is not escaped twice.
        let plain = if self.uri.query.is_empty() {
            self.uri.path.clone()
        } else {
            format!("{}?{}", self.uri.path, self.uri.query)
        };
        let mut new_path = self.replace(&path.replace("{http.request.uri}", &plain), Unset::Empty)?;
        if let Some((before, injected)) = new_path.clone().split_once('?') {
            if query.as_deref().unwrap_or("").is_empty() {
                // It is only taken over when the template has a query of its own.
                query = query.map(|_| injected.to_owned());
            }
            new_path = before.to_owned();
        }
        let new_query = match &query {
            Some(query) if !query.is_empty() => Some(self.query_string(query)?),
            other => other.clone(),
        };
        if !path.is_empty() {
            self.uri.path = new_path;
        }
        if let Some(query) = new_query {
            self.uri.query = query;
        }
        Ok(())
    }

    /// Keys and values, those of placeholders escaped (`buildQueryString()`).
    fn query_string(&self, template: &str) -> Result<String, Needs> {
        let mut out = String::new();
        let mut rest = template;
        let mut wrote_value = true;
        while !rest.is_empty() {
            let (eq, amp) = (rest.find('='), rest.find('&'));
            let amp_is_next = amp.is_some_and(|amp| eq.is_none_or(|eq| amp < eq));
            let end = if amp_is_next { amp } else { eq }.unwrap_or(rest.len());
            let part = self.replace_each(&rest[..end], Unset::Kept, |key, value| {
                if key == "http.request.uri.query" && wrote_value { value } else { query_escape(&value) }
            })?;
            rest = rest.get(end + 1..).unwrap_or("");
            if !wrote_value {
                out.push('=');
            } else if !out.is_empty() && !part.is_empty() {
                out.push('&');
            }
            out.push_str(&part);
            wrote_value = amp_is_next;
        }
        Ok(out)
    }
}

/// The prefix is compared decoded and without regard to case (`trimPathPrefix()`).
fn trim_prefix(path: &str, prefix: &str) -> String {
    let (path_bytes, prefix_bytes) = (path.as_bytes(), prefix.as_bytes());
    let (mut at, mut wanted) = (0, 0);
    while at < path_bytes.len() && wanted < prefix_bytes.len() {
        let mut byte = path_bytes[at];
        if byte == b'%' && prefix_bytes[wanted] != b'%' && path_bytes.len() >= at + 3 {
            let Some(decoded) = path.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok())
            else {
                return path.to_owned();
            };
            byte = decoded;
            at += 2;
        }
        if !byte.eq_ignore_ascii_case(&prefix_bytes[wanted]) {
            return path.to_owned();
        }
        at += 1;
        wanted += 1;
    }
    // Caddy compares the length of the prefix with how far it came in the path.
    if at >= prefix.len() { path.get(at..).unwrap_or("").to_owned() } else { path.to_owned() }
}

/// `url.QueryEscape()`
fn query_escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
