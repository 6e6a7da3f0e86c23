//! `.if`, `.elif`, `.else`, `.endif`: which lines HAProxy reads (`cfg_eval_condition()` in `src/cfgcond.c`).

use super::arguments;
use super::tree::State;
use super::words::Environment;

/// Parentheses and `!` in one condition; HAProxy allows 1,024.
const MAX_DEPTH: u32 = 64;
/// `.if` in `.if` (`MAXNESTEDCONDS`).
const MAX_NESTING: usize = 16;

/// A condition that holds, does not, or depends on this.
type Truth = Result<bool, Box<str>>;

/// The branches that the current line stands in, the outermost first.
#[derive(Debug, Default)]
pub(super) struct Branches {
    open: Vec<Branch>,
}

#[derive(Debug)]
struct Branch {
    /// Whether the lines of this branch are read.
    now: Truth,
    /// Whether a branch before it was.
    taken: Truth,
}

impl Branches {
    /// Takes a directive in; `None` when it is none, otherwise its fault, if any.
    pub(super) fn take(
        &mut self,
        words: &[Box<str>],
        environment: &Environment,
    ) -> Option<Result<(), String>> {
        let condition = || {
            let text = words[1..].join(" ");
            Condition { text: &text, environment, depth: 0 }.whole()
        };
        let done = match &*words[0] {
            ".if" if self.open.len() >= MAX_NESTING => Err("`.if` is nested too deeply".to_owned()),
            ".if" => condition().map(|now| self.open.push(Branch { now: now.clone(), taken: now })),
            ".elif" => self.last().and_then(|branch| {
                let now = condition()?;
                let taken = or(branch.taken.clone(), now.clone());
                *branch = Branch { now: and(not(branch.taken.clone()), now), taken };
                Ok(())
            }),
            ".else" => self.last().map(|branch| branch.now = not(branch.taken.clone())),
            ".endif" => self.last().map(|_| ()).map(|()| drop(self.open.pop())),
            ".diag" | ".notice" | ".warning" | ".alert" => Ok(()),
            _ => return None,
        };
        Some(done)
    }

    /// What a line here is.
    pub(super) fn state(&self) -> State {
        // A branch that is not taken hides those inside it, whatever they depend on.
        if self.open.iter().any(|branch| branch.now == Ok(false)) {
            return State::Skipped;
        }
        match self.open.iter().find_map(|branch| branch.now.clone().err()) {
            Some(needs) => State::Unsure(needs),
            None => State::Active,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    fn last(&mut self) -> Result<&mut Branch, String> {
        self.open.last_mut().ok_or_else(|| "there is no `.if` before it".to_owned())
    }
}

struct Condition<'a> {
    text: &'a str,
    environment: &'a Environment,
    depth: u32,
}

impl Condition<'_> {
    fn whole(mut self) -> Result<Truth, String> {
        let value = self.any()?;
        if self.text.trim().is_empty() { Ok(value) } else { Err(self.fault()) }
    }

    fn any(&mut self) -> Result<Truth, String> {
        let mut value = self.all()?;
        while self.eat("||") {
            value = or(value, self.all()?);
        }
        Ok(value)
    }

    fn all(&mut self) -> Result<Truth, String> {
        let mut value = self.term()?;
        while self.eat("&&") {
            value = and(value, self.term()?);
        }
        Ok(value)
    }

    fn term(&mut self) -> Result<Truth, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the condition is nested too deeply".to_owned());
        }
        let value = if self.eat("!") {
            not(self.term()?)
        } else if self.eat("(") {
            let value = self.any()?;
            if !self.eat(")") {
                return Err(self.fault());
            }
            value
        } else {
            self.predicate()?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn predicate(&mut self) -> Result<Truth, String> {
        let text = self.text.trim_start();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if let Ok(number) = name.parse::<i64>() {
            self.text = rest;
            return Ok(Ok(number != 0));
        }
        let (arguments, rest) = arguments::list(rest).ok_or_else(|| self.fault())?;
        self.text = rest;
        let argument = |index: usize| arguments.get(index).map_or("", String::as_str);
        let unknown = || Ok(Err(format!("`{name}({})`", arguments.join(",")).into()));
        match name {
            _ if arguments.iter().any(|argument| argument.contains('$')) => unknown(),
            "defined" if self.environment.contains_key(argument(0)) => Ok(Ok(true)),
            "streq" => Ok(Ok(argument(0) == argument(1))),
            "strneq" => Ok(Ok(argument(0) != argument(1))),
            "" => Err(self.fault()),
            _ => unknown(),
        }
    }

    fn eat(&mut self, word: &str) -> bool {
        match self.text.trim_start().strip_prefix(word) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    fn fault(&self) -> String {
        let rest: String = self.text.trim().chars().take(40).collect();
        format!("the condition cannot be read at `{rest}`")
    }
}

fn not(value: Truth) -> Truth {
    value.map(|value| !value)
}

fn and(left: Truth, right: Truth) -> Truth {
    match (left, right) {
        (Ok(false), _) | (_, Ok(false)) => Ok(false),
        (Err(needs), _) | (_, Err(needs)) => Err(needs),
        _ => Ok(true),
    }
}

fn or(left: Truth, right: Truth) -> Truth {
    not(and(not(left), not(right)))
}
