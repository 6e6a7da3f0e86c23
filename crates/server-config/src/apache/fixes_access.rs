//! Fixes of refusals by `Require`, by the rules of 2.2, and by `RewriteRule [F]`.

use super::fixes::At;
use super::rewrite_rules;
use super::tree::Directive;
use crate::fix::Fix;

impl At<'_> {
    pub(super) fn require(&self) -> Vec<Option<Fix>> {
        let rule = self.rule;
        if let Some(root) = self
            .around
            .iter()
            .copied()
            .rfind(|section| section.is("Directory"))
            .filter(|section| section.arg(0) == "/")
        {
            return vec![self.limited_method(), self.own_directory(root)];
        }
        if rule.arg(0).eq_ignore_ascii_case("not") {
            return vec![self.limited_method()];
        }
        let of_rule = match rule.arg(0).to_ascii_lowercase().as_str() {
            "ip" => self.client_in_rule(),
            "method" => self.more_words(rule, "Require"),
            "all" => self.client_instead(),
            _ => None,
        };
        vec![self.limited_method(), of_rule, self.client_beside(), self.path_beside()]
    }

    /// Whatever is let in at `/` may read the whole disk: the directory that the path leads to gets a section of its own.
    fn own_directory(&self, root: &Directive) -> Option<Fix> {
        let client = self.client()?;
        let step = self.walk.steps.iter().rfind(|step| step.because.starts_with("the path becomes `"))?;
        let file = step.because.split('`').nth(1)?;
        let target =
            step.text.split_whitespace().next_back().unwrap_or("").trim_matches('"').trim_end_matches('/');
        let leads = target.len() > 1 && file.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'));
        let directory = if leads { target } else { file.rsplit_once('/')?.0 };
        let lines = [
            format!("<Directory \"{directory}\">"),
            format!("    Require ip {client}"),
            "</Directory>".to_owned(),
        ];
        let text = format!("let {client} into `{directory}`, which no section grants");
        let opens = format!("everything below `{directory}` for {client} alone");
        self.edit(vec![self.insert_after(root, &lines)?], text, opens)
    }

    /// The method is taken out of `<Limit>`, or put into `<LimitExcept>`.
    pub(super) fn limited_method(&self) -> Option<Fix> {
        let limit = self.around.iter().copied().rfind(|section| section.is_any(&["Limit", "LimitExcept"]))?;
        let method = self.plain_method()?;
        let words: Vec<&str> = limit.words.iter().map(|word| &**word).collect();
        let changed = if limit.is("LimitExcept") {
            [words.as_slice(), &[method]].concat()
        } else {
            words.into_iter().filter(|word| *word != method).collect()
        };
        if changed.is_empty() {
            return None;
        }
        let line = format!("<{} {}>", limit.name, changed.join(" "));
        let text = format!("except {method} from `{}`", limit.text());
        let opens = format!("{method} for everyone, for {}", self.scope());
        self.edit(vec![self.replace(limit, &line)?], text, opens)
    }

    fn client(&self) -> Option<String> {
        self.walk.client.address.map(|address| address.to_canonical().to_string())
    }

    fn client_in_rule(&self) -> Option<Fix> {
        let client = self.client()?;
        let line = format!("Require {} {client}", self.rule.raw);
        let text = format!("add {client} to `{}`", self.rule.text());
        let opens = format!("{} for {client} alone", self.scope());
        self.edit(vec![self.replace(self.rule, &line)?], text, opens)
    }

    /// `Require all denied` becomes a rule for one client.
    fn client_instead(&self) -> Option<Fix> {
        let client = self.client()?;
        let text = format!("let {client} in where `{}` refuses everyone", self.rule.text());
        let opens = format!("{} for {client} alone", self.scope());
        self.edit(vec![self.replace(self.rule, &format!("Require ip {client}"))?], text, opens)
    }

    fn client_beside(&self) -> Option<Fix> {
        let client = self.client()?;
        let text = format!("let {client} in beside `{}`", self.rule.text());
        let opens = format!("{} for {client} alone", self.scope());
        self.edit(vec![self.insert_before(self.rule, &format!("Require ip {client}"))?], text, opens)
    }

    /// This method on this very path, for everyone.
    fn path_beside(&self) -> Option<Fix> {
        let (method, path) = (self.plain_method()?, plain_path(self.path())?);
        let line =
            format!("Require expr \"%{{REQUEST_METHOD}} == '{method}' && %{{REQUEST_URI}} == '{path}'\"");
        let text = format!("let {method} {path} in beside `{}`", self.rule.text());
        let opens = format!("{method} {path} for everyone");
        self.edit(vec![self.insert_before(self.rule, &line)?], text, opens)
    }

    /// `Allow` for one client, where the order lets it win.
    pub(super) fn order(&self) -> Vec<Option<Fix>> {
        let client = self.client().and_then(|client| {
            let text = format!("let {client} in beside `{}`", self.rule.text());
            let opens = format!("{} for {client} alone", self.scope());
            self.edit(vec![self.insert_after(self.rule, &[format!("Allow from {client}")])?], text, opens)
        });
        vec![self.limited_method(), client]
    }

    /// A condition in front of the rule and of its own conditions.
    pub(super) fn rewrite(&self) -> Vec<Option<Fix>> {
        if rewrite_rules::forced_status(self.rule).is_none() {
            return Vec::new();
        }
        let first = self.first_condition();
        let path = plain_path(self.path()).and_then(|path| {
            let text = format!("except {path} from `{}`", self.rule.text());
            let opens = format!("{path} for everyone, with every method");
            self.edit(
                vec![self.insert_before(first, &format!("RewriteCond %{{REQUEST_URI}} !={path}"))?],
                text,
                opens,
            )
        });
        let client = self.client().and_then(|client| {
            let text = format!("except {client} from `{}`", self.rule.text());
            let opens = format!("all that the rule refuses, for {client} alone");
            self.edit(
                vec![self.insert_before(first, &format!("RewriteCond %{{REMOTE_ADDR}} !={client}"))?],
                text,
                opens,
            )
        });
        vec![path, client]
    }

    /// The first of the conditions that belong to the rule, or the rule itself.
    fn first_condition(&self) -> &Directive {
        let siblings = self.around.last().map_or(&[][..], |section| section.children());
        let own = siblings.iter().position(|directive| std::ptr::eq(directive, self.rule));
        let before = own.map_or(&[][..], |at| &siblings[..at]);
        before.iter().rev().take_while(|directive| directive.is("RewriteCond")).last().unwrap_or(self.rule)
    }
}

/// A path that may stand in an expression as it is.
fn plain_path(path: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~+@:,".contains(&byte);
    let is_normal = !path.contains("//") && !path.split('/').any(|part| part == "." || part == "..");
    (is_normal && path.starts_with('/') && path.bytes().all(is_plain)).then_some(path)
}
