//! Text with variables: `$name`, `${name}`, `$1` (`ngx_http_script_compile()` in `ngx_http_script.c`).

use super::run::Run;
use super::uri;
use crate::walk::Needs;

/// Variables in variables beyond this are not followed; a `map` can only come back to itself by mistake.
const MAX_NESTING: u32 = 16;
/// Expanded text beyond this is given up.
const MAX_TEXT: usize = 1 << 20;

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
    Group(usize),
}

/// Where the text goes: captured groups are escaped behind a `?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Into {
    Plain,
    Arguments,
}

/// The pieces of a template, in order.
pub(super) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(dollar) = rest.find('$') {
        if dollar > 0 {
            pieces.push(Piece::Text(&rest[..dollar]));
        }
        let after = &rest[dollar + 1..];
        let (name, skip) = if let Some(braced) = after.strip_prefix('{') {
            let end = braced.find('}').unwrap_or(braced.len());
            (&braced[..end], (end + 2).min(after.len()))
        } else if after.starts_with(|c: char| c.is_ascii_digit()) {
            (&after[..1], 1)
        } else {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            (&after[..end], end)
        };
        pieces.push(match name.parse::<usize>() {
            _ if name.is_empty() => Piece::Text("$"),
            Ok(group) => Piece::Group(group),
            Err(_) => Piece::Variable(name),
        });
        rest = &after[skip..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

impl Run<'_> {
    pub(super) fn expand(&mut self, template: &str) -> Result<String, Needs> {
        self.expand_into(template, Into::Plain)
    }

    pub(super) fn expand_in_args(&mut self, template: &str) -> Result<String, Needs> {
        self.expand_into(template, Into::Arguments)
    }

    fn expand_into(&mut self, template: &str, into: Into) -> Result<String, Needs> {
        if !template.contains('$') {
            return Ok(template.to_owned());
        }
        if self.nesting >= MAX_NESTING {
            return Err(Needs(format!("the value of `{template}`, which leads back to itself")));
        }
        self.nesting += 1;
        let text = self.expand_pieces(template, into);
        self.nesting -= 1;
        text
    }

    fn expand_pieces(&mut self, template: &str, into: Into) -> Result<String, Needs> {
        let mut text = String::new();
        for piece in pieces(template) {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Variable(name) => text.push_str(&self.variable(name)?),
                Piece::Group(group) => {
                    let captured = self.captures.get(group).and_then(Option::as_deref).unwrap_or("");
                    match into {
                        Into::Plain => text.push_str(captured),
                        Into::Arguments => text.push_str(&uri::escape_args(captured)),
                    }
                }
            }
            if text.len() > MAX_TEXT {
                return Err(Needs(format!("the value of `{template}`, which is too long")));
            }
        }
        Ok(text)
    }
}
