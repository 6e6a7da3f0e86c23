//! httpd's expressions (<https://httpd.apache.org/docs/2.4/expr.html>, `server/util_expr_parse.y`): what they say
//! of a request, or what would have to be known.

use super::expr_functions as functions;
use super::expr_parse::{self, Compare, Expr, Part, Word};
use super::fnmatch::{self, Slash};
use super::run::Run;
use crate::pattern::{Case, Pattern};
use crate::walk::Needs;

/// The groups of the last regular expression that matched: `$0` to `$9`.
#[derive(Debug, Clone, Default)]
pub(super) struct Matched {
    pub(super) groups: Vec<Option<String>>,
}

/// Whether a condition holds.
pub(super) fn holds(text: &str, run: &Run<'_>, matched: &mut Matched) -> Result<bool, Needs> {
    let expr = expr_parse::condition(text)
        .map_err(|fault| Needs(format!("the meaning of the expression `{text}` ({fault})")))?;
    eval(&expr, run, matched)
}

/// The text of a template with `%{...}` in it.
pub(super) fn text(template: &str, run: &Run<'_>) -> Result<String, Needs> {
    if !template.contains("%{") {
        return Ok(template.to_owned());
    }
    let parts = expr_parse::template(template)
        .map_err(|fault| Needs(format!("the meaning of the expression `{template}` ({fault})")))?;
    parts.iter().map(|part| part_text(part, run, &Matched::default())).collect()
}

/// An unknown side does not matter where the other side decides.
fn eval(expr: &Expr, run: &Run<'_>, matched: &mut Matched) -> Result<bool, Needs> {
    match expr {
        Expr::Always(value) => Ok(*value),
        Expr::Not(inner) => eval(inner, run, matched).map(|value| !value),
        Expr::And(left, right) => match eval(left, run, matched) {
            Ok(false) => Ok(false),
            Ok(true) => eval(right, run, matched),
            Err(needs) => match eval(right, run, matched) {
                Ok(false) => Ok(false),
                _ => Err(needs),
            },
        },
        Expr::Or(left, right) => match eval(left, run, matched) {
            Ok(true) => Ok(true),
            Ok(false) => eval(right, run, matched),
            Err(needs) => match eval(right, run, matched) {
                Ok(true) => Ok(true),
                _ => Err(needs),
            },
        },
        Expr::Word(word) => {
            let value = word_text(word, run, matched)?;
            let is_false = ["", "0", "off", "false", "no"].iter().any(|no| value.eq_ignore_ascii_case(no));
            Ok(!is_false)
        }
        Expr::Unary(operator, word) => unary(*operator, &word_text(word, run, matched)?, run),
        Expr::Compare(left, compare, right) => {
            let (left, right) = (word_text(left, run, matched)?, word_text(right, run, matched)?);
            compared(&left, *compare, &right)
        }
        Expr::In(left, list) => {
            let left = word_text(left, run, matched)?;
            let mut found = Ok(false);
            for word in list {
                match word_text(word, run, matched) {
                    Ok(right) if right == left => return Ok(true),
                    Ok(_) => {}
                    Err(needs) => found = Err(needs),
                }
            }
            found
        }
        Expr::Regex { word, regex, case, negated } => {
            let subject = word_text(word, run, matched)?;
            let found = Pattern::new(regex, *case)?.find(&subject)?;
            let is_found = found.is_some();
            if let Some(captures) = found {
                matched.groups = captures.groups;
            }
            Ok(is_found != *negated)
        }
        Expr::Unread(what) => Err(Needs(format!("the meaning of {what}"))),
    }
}

fn unary(operator: char, value: &str, run: &Run<'_>) -> Result<bool, Needs> {
    match operator {
        'n' => Ok(!value.is_empty()),
        'z' => Ok(value.is_empty()),
        'T' => {
            let is_false = ["", "0", "off", "false", "no"].iter().any(|no| value.eq_ignore_ascii_case(no));
            Ok(!is_false)
        }
        'R' => {
            let address = run.client.address.ok_or_else(|| Needs("the client's address".to_owned()))?;
            functions::in_network(&address.to_string(), value)
        }
        'f' | 'd' | 'e' | 's' | 'L' | 'h' | 'x' => functions::file_test(operator, value, run),
        _ => Err(Needs(format!("the outcome of `-{operator} {value}`"))),
    }
}

fn compared(left: &str, compare: Compare, right: &str) -> Result<bool, Needs> {
    let number = |text: &str| -> i64 {
        let text = text.trim_start();
        let end =
            text.char_indices().find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && "+-".contains(*c))));
        text[..end.map_or(text.len(), |(at, _)| at)].parse().unwrap_or(0)
    };
    let order = left.cmp(right);
    let numbers = number(left).cmp(&number(right));
    Ok(match compare {
        Compare::Equal => order.is_eq(),
        Compare::Unequal => order.is_ne(),
        Compare::Less => order.is_lt(),
        Compare::LessEqual => order.is_le(),
        Compare::Greater => order.is_gt(),
        Compare::GreaterEqual => order.is_ge(),
        Compare::NumberEqual => numbers.is_eq(),
        Compare::NumberUnequal => numbers.is_ne(),
        Compare::NumberLess => numbers.is_lt(),
        Compare::NumberLessEqual => numbers.is_le(),
        Compare::NumberGreater => numbers.is_gt(),
        Compare::NumberGreaterEqual => numbers.is_ge(),
        Compare::InNetwork => return functions::in_network(left, right),
        Compare::Glob => fnmatch::matches(right, left, Slash::Letter),
        Compare::GlobNoCase => fnmatch::matches_host(right, left),
        Compare::GlobPath => fnmatch::matches(right, left, Slash::Separates),
    })
}

fn word_text(word: &Word, run: &Run<'_>, matched: &Matched) -> Result<String, Needs> {
    word.parts.iter().map(|part| part_text(part, run, matched)).collect()
}

fn part_text(part: &Part, run: &Run<'_>, matched: &Matched) -> Result<String, Needs> {
    match part {
        Part::Text(text) => Ok(text.clone()),
        Part::Group(index) => {
            Ok(matched.groups.get(*index).and_then(Option::as_deref).unwrap_or("").to_owned())
        }
        Part::Variable(name) => match run.variable(name)? {
            Some(value) => Ok(value),
            None => Err(Needs(format!("the value of `%{{{name}}}`"))),
        },
        Part::Call(name, argument) => {
            let argument = word_text(argument, run, matched)?;
            functions::call(name, &argument, run)
        }
    }
}

/// The case that a regular expression's flags ask for.
pub(super) fn case_of(flags: &str) -> Case {
    if flags.contains('i') { Case::Insensitive } else { Case::Sensitive }
}
