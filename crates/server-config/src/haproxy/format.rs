//! Log formats, as header values and targets use them: `%[expression]`, `%ci`, `%%`
//! (<https://docs.haproxy.org/2.6/configuration.html#8.2.4>).

use super::expression::Expression;
use super::run::Run;
use super::sample::Stop;

/// Formatted text beyond this is given up; HAProxy's own limit is the buffer size.
const MAX_TEXT: usize = 64 << 10;

impl Run<'_> {
    /// The text of a format.
    pub(super) fn format(&mut self, template: &str) -> Result<String, Stop> {
        let mut text = String::new();
        let mut rest = template;
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                text.push('%');
                rest = after;
            } else {
                let (value, after) = self.field(rest)?;
                text.push_str(&value);
                rest = after;
            }
            if text.len() > MAX_TEXT {
                return Err(Stop::Needs(format!("the value of `{template}`, which is too long")));
            }
        }
        text.push_str(rest);
        Ok(text)
    }

    /// What stands behind a `%`, and the rest.
    fn field<'t>(&mut self, rest: &'t str) -> Result<(String, &'t str), Stop> {
        let unread = || Stop::Needs(format!("the format `%{rest}`"));
        if let Some(inner) = rest.strip_prefix('[') {
            let (expression, after) = Expression::parse(inner).ok_or_else(unread)?;
            let after = after.strip_prefix(']').ok_or_else(unread)?;
            let value = self.sample(&expression)?.map_or(String::new(), |sample| sample.text());
            return Ok((value, after));
        }
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let name = &rest[..end];
        let split = |target: &str| match target.split_once('?') {
            Some((path, query)) => (path.to_owned(), format!("?{query}")),
            None => (target.to_owned(), String::new()),
        };
        let value = match name {
            "ci" => self
                .sample(&Expression::whole("src").ok_or_else(unread)?)?
                .map_or(String::new(), |s| s.text()),
            // Of the request line as it was captured, before any rule (`txn->uri`).
            "HM" => self.request.method.clone(),
            "HU" => self.request.target.clone(),
            "HP" => split(&self.request.target).0,
            "HQ" => split(&self.request.target).1,
            "HV" => self.request.version.name().to_owned(),
            "f" | "ft" => self.frontend.section.name().to_owned(),
            "b" => self.backend.as_ref().unwrap_or(&self.frontend).section.name().to_owned(),
            "fp" => self.request.port().to_string(),
            _ => return Err(Stop::Needs(format!("the value of `%{name}`"))),
        };
        Ok((value, &rest[end..]))
    }
}
