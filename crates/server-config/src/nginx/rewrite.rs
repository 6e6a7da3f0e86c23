//! `set`, `if`, `return`, `break` and `rewrite`, in the order in which they stand (`ngx_http_rewrite_module.c`).

use super::run::{Flow, Phase, Run};
use super::scope::Scope;
use super::tree::Directive;
use crate::pattern::{Case, Pattern};
use crate::request::Value;
use crate::source::Entry;
use crate::walk::{Needs, Verdict};

/// How a list of rewrite directives ends.
pub(super) enum End<'a> {
    /// All were run.
    Through,
    /// `break` or `last`: no more of them.
    Stop,
    Flow(Flow<'a>),
}

pub(super) type Ran<'a> = Result<End<'a>, (Needs, Option<crate::source::Place>)>;

impl<'a> Run<'a> {
    pub(super) fn rewrite_server(&mut self) -> Phase<'a> {
        let directives = self.server.innermost().directives;
        self.nesting = 0;
        match self.rewrites(directives)? {
            End::Flow(flow) => Ok(flow),
            End::Through | End::Stop => Ok(Flow::Next),
        }
    }

    /// The location's own directives. A request under `limit_except` is in a nameless location without any, and
    /// so they are skipped; the server's own are not run twice (`ngx_http_rewrite_handler()`).
    pub(super) fn rewrite_location(&mut self) -> Phase<'a> {
        let level = self.scope.innermost();
        let is_location = level.header.is_some_and(|header| header.name() == "location");
        if !is_location {
            return Ok(Flow::Next);
        }
        match self.rewrites(level.directives)? {
            End::Flow(flow) => Ok(flow),
            End::Through | End::Stop => Ok(Flow::Next),
        }
    }

    fn rewrites(&mut self, directives: &'a [Directive]) -> Ran<'a> {
        for directive in directives {
            let end = match directive.name() {
                "set" => self.set(directive)?,
                "if" if directive.block.is_some() => self.run_if(directive)?,
                "return" => self.run_return(directive)?,
                "rewrite" => self.rewrite(directive)?,
                "break" => {
                    self.location_holds &= !self.path_changed;
                    self.path_changed = false;
                    End::Stop
                }
                _ => End::Through,
            };
            if !matches!(end, End::Through) {
                return Ok(end);
            }
        }
        Ok(End::Through)
    }

    fn set(&mut self, directive: &'a Directive) -> Ran<'a> {
        let value = match self.expand(directive.arg(1)) {
            Ok(text) => Value::Known(text),
            Err(needs) => Value::Unknown(needs),
        };
        let name = directive.arg(0).trim_start_matches('$').to_ascii_lowercase();
        match (name.as_str(), value) {
            ("args", Value::Known(args)) => self.args = args,
            ("args", Value::Unknown(needs)) => return self.unknown(directive, needs),
            (_, value) => {
                self.variables.insert(name, value);
            }
        }
        Ok(End::Through)
    }

    fn run_if(&mut self, directive: &'a Directive) -> Ran<'a> {
        let holds = match self.condition(directive) {
            Ok(holds) => holds,
            Err(needs) => return self.unknown(directive, needs),
        };
        if !holds {
            self.step("rewrite", Some(directive), Verdict::Miss, "the condition does not hold".to_owned());
            return Ok(End::Through);
        }
        self.step("rewrite", Some(directive), Verdict::Hit, "the condition holds".to_owned());
        let in_location = self.scope.levels.len() > 2;
        if in_location {
            // The last `if` that holds is the location from here on.
            self.stale_handler = self.own_handler().or(self.stale_handler);
            let outer: Scope<'a> = self.scope.without_inner_blocks();
            self.scope = outer.inside(directive);
        }
        self.rewrites(directive.children())
    }

    fn run_return(&mut self, directive: &'a Directive) -> Ran<'a> {
        let place = Some(self.config.place(directive));
        let (status, has_text) = match directive.args() {
            [only] => match only.parse::<u16>() {
                Ok(status) => (status, false),
                // A URL alone is a redirect.
                Err(_) => (302, true),
            },
            [status, ..] => (status.parse::<u16>().unwrap_or(500), true),
            [] => return Ok(End::Through),
        };
        self.step("rewrite", Some(directive), Verdict::Hit, "`return` ends the request".to_owned());
        let redirects = matches!(status, 301 | 302 | 303 | 307 | 308);
        let flow = match status {
            444 if !has_text => Flow::Close(place),
            status if redirects => Flow::Refuse(status, place),
            status if status < 400 || has_text => Flow::Send(status, place),
            status => Flow::Refuse(status, place),
        };
        Ok(End::Flow(flow))
    }

    /// The condition of an `if` (`ngx_http_rewrite_if_condition()`).
    fn condition(&mut self, directive: &'a Directive) -> Result<bool, Needs> {
        let mut words: Vec<String> = directive.args().iter().map(|word| word.to_string()).collect();
        if let Some(first) = words.first_mut() {
            *first = first.strip_prefix('(').unwrap_or(first).to_owned();
        }
        if let Some(last) = words.last_mut() {
            *last = last.strip_suffix(')').unwrap_or(last).to_owned();
        }
        if words.first().is_some_and(String::is_empty) {
            words.remove(0);
        }
        if words.len() > 1
            && words.last().is_some_and(String::is_empty)
            && !is_comparison(&words[words.len() - 2])
        {
            words.pop();
        }
        match words.as_slice() {
            [variable] if variable.starts_with('$') => {
                let value = self.expand(variable)?;
                Ok(!value.is_empty() && value != "0")
            }
            [variable, operator, operand] if is_comparison(operator) => {
                let value = self.expand(variable)?;
                self.compare(&value, operator, operand)
            }
            [test, path] => self.file_test(test, path),
            _ => Err(Needs(format!("the meaning of `{}`", directive.text()))),
        }
    }

    fn compare(&mut self, value: &str, operator: &str, operand: &str) -> Result<bool, Needs> {
        match operator {
            "=" => Ok(value == self.expand(operand)?),
            "!=" => Ok(value != self.expand(operand)?),
            _ => {
                let case = if operator.ends_with('*') { Case::Insensitive } else { Case::Sensitive };
                let captures = Pattern::new(operand, case)?.find(value)?;
                let found = captures.is_some();
                if !found {
                    self.captures.clear();
                }
                self.remember(captures);
                Ok(found != operator.starts_with('!'))
            }
        }
    }

    fn file_test(&mut self, test: &str, path: &str) -> Result<bool, Needs> {
        let path = self.expand(path)?;
        // Nothing has no name.
        let entry = if path.is_empty() { Entry::Absent } else { self.files.entry(&path) };
        if entry == Entry::Unknown {
            return Err(Needs::file(&path));
        }
        let holds = match test.trim_start_matches('!') {
            "-f" => entry == Entry::File,
            "-d" => entry == Entry::Directory,
            "-e" => entry != Entry::Absent,
            _ => return Err(Needs(format!("the file test `{test}` of `{path}`"))),
        };
        Ok(holds != test.starts_with('!'))
    }
}

fn is_comparison(word: &str) -> bool {
    matches!(word, "=" | "!=" | "~" | "~*" | "!~" | "!~*")
}
