//! A location of its own for a path that a regular expression takes away from the location that would serve it.

use super::fixes::At;
use crate::fix::{Edit, Fix};

impl At<'_> {
    /// The path gets an exact location, which goes before every regular expression, with what the loser does.
    pub(super) fn own_location(&self) -> Option<Fix> {
        let block =
            self.around.last().filter(|block| block.name() == "location" && block.arg(0).starts_with('~'))?;
        let chosen =
            self.walk.steps.iter().rfind(|step| step.phase == "location" && !step.losers.is_empty())?;
        let loser = chosen.losers.iter().find(|loser| loser.because.ends_with("goes before a prefix"))?;
        let mut around = Vec::new();
        let served = self.config.find(loser.place.as_ref()?, &mut around)?;
        let path = self.request.target.split('?').next().unwrap_or("");
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
        // `proxy_pass` with a path would put the exact name in place of the prefix.
        let rewrites =
            served.children().iter().any(|line| matches!(line.name(), "proxy_pass" if has_path(line.arg(0))));
        // An exact location holds no others, and inside another one it would have to extend that one's name.
        let nests = served.children().iter().any(|line| line.name() == "location");
        let is_nested = self.around.iter().filter(|outer| outer.name() == "location").count() > 1;
        if nests || is_nested {
            return None;
        }
        if rewrites || path.ends_with('/') || !path.starts_with('/') || !path.bytes().all(is_plain) {
            return None;
        }
        let (source, own) = (self.file_of(block)?, self.file_of(served)?);
        let line = source.line(block.line)?.into_owned();
        let indent = &line[..line.len() - line.trim_start().len()];
        let body =
            (served.line + 1..served.end_line).map(|line| own.line(line).map(|text| text.into_owned()));
        let body: Vec<String> = body.collect::<Option<_>>()?;
        if body.is_empty() || !line.trim_start().starts_with("location") {
            return None;
        }
        let mut lines = vec![format!("{indent}location = {path} {{")];
        lines.extend(body);
        lines.extend([format!("{indent}}}"), String::new()]);
        let edit = Edit { first: block.line, last: block.line - 1, lines };
        let text = format!("a location of its own for {path}, in front of `{}`", block.text());
        let opens = format!("{path} for everyone, with every method, as `{}` serves it", served.text());
        Fix::edit(source, &[edit], text, opens).ok()
    }
}

fn has_path(target: &str) -> bool {
    target.split_once("://").is_some_and(|(_, rest)| rest.contains('/'))
}
