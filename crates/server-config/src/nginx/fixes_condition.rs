//! Exceptions from a `return` that stands in an `if`.

use super::fixes::At;
use super::tree::Directive;
use crate::fix::{Edit, Fix};
use crate::request::Value;

impl At<'_> {
    /// The field's very value, where the condition compares the client's field with a pattern or a list of such.
    pub(super) fn except_value(&self) -> Option<Fix> {
        let block = self.condition()?;
        let field = self.field_of(block)?;
        let value = self.request.header(&field.replace('_', "-")).and_then(Value::known)?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " ./_-:;,()+".contains(c);
        if value.is_empty() || !value.chars().all(is_plain) {
            return None;
        }
        let text =
            format!("take requests whose {} is `{value}` out of `{}`", field.replace('_', "-"), block.text());
        let opens =
            format!("{} to whoever sends that value: it is no proof of who one is", self.scope_text(block));
        self.unless(block, &[], &format!("$http_{field} = \"{value}\""), text, opens)
    }

    /// The method and path of the request.
    pub(super) fn except_target(&self) -> Option<Fix> {
        let block = self.condition()?;
        let (method, path) = (&self.request.method, self.request.target.split('?').next()?);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte);
        if !method.bytes().all(|byte| byte.is_ascii_uppercase()) || !path.bytes().all(is_plain) {
            return None;
        }
        let name = format!("$asked{}", block.line);
        let text = format!("take {method} {path} out of `{}`", block.text());
        let opens =
            format!("{method} {path} for everyone, as far as this rule goes; those behind it still apply");
        let set = format!("set {name} $request_method$uri;");
        self.unless(block, &[set], &format!("{name} = {method}{path}"), text, opens)
    }

    /// The `if` around the rule, which holds nothing else and stands on lines of its own.
    fn condition(&self) -> Option<&Directive> {
        let block = self.around.last().copied().filter(|block| block.name() == "if")?;
        let first = self.line(block.line)?;
        (block.children().len() == 1 && first.trim_start().starts_with("if")).then_some(block)
    }

    /// The request's field that a condition compares with a pattern: itself, or through a `map`.
    fn field_of(&self, block: &Directive) -> Option<String> {
        let variable = block.arg(0).trim_start_matches('(').trim_end_matches(')');
        let field = |name: &str| name.strip_prefix("$http_").map(str::to_owned);
        if block.arg(1).starts_with('~') {
            return field(variable);
        }
        let maps = self.config.http().iter().filter(|directive| directive.name() == "map");
        let own = maps.filter(|map| map.arg(1) == variable);
        own.filter_map(|map| field(map.arg(0))).next_back()
    }

    /// The condition sets a variable, the exception takes it back, and the rule asks for it.
    fn unless(
        &self,
        block: &Directive,
        before: &[String],
        exception: &str,
        text: String,
        opens: String,
    ) -> Option<Fix> {
        let (line, source) = (self.line(block.line)?, self.file_of(block)?);
        let indent = &line[..line.len() - line.trim_start().len()];
        let name = format!("$refuses{}", block.line);
        let mut lines = vec![format!("set {name} 0;"), format!("{} {{ set {name} 1; }}", block.text())];
        lines.extend(before.iter().cloned());
        lines.push(format!("if ({exception}) {{ set {name} 0; }}"));
        lines.push(format!("if ({name}) {{"));
        lines.push(format!("    {};", block.children().first()?.text()));
        lines.push("}".to_owned());
        let lines = lines.iter().map(|text| format!("{indent}{text}")).collect();
        Fix::edit(source, &[Edit { first: block.line, last: block.end_line, lines }], text, opens).ok()
    }
}
