//! `RewriteCond` (`apply_rewrite_cond()` in `modules/mappers/mod_rewrite.c`).

use super::expr::{self, Matched};
use super::expr_functions;
use super::rewrite_expand::{self as expand, Escape, Groups};
use super::rewrite_rules::Condition;
use super::run::{Phase, Run};
use super::tree::Directive;
use crate::pattern::Case;
use crate::walk::{Needs, Verdict};

impl<'a> Run<'a> {
    /// The condition that keeps the rule from holding.
    pub(super) fn first_failed(
        &mut self,
        conditions: &[Condition<'a>],
        groups: &mut Groups,
    ) -> Phase<'a, Option<&'a Directive>> {
        let mut index = 0;
        while let Some(condition) = conditions.get(index) {
            let holds = self.rewrite_condition(condition, groups)?;
            let is_or = |index: usize| {
                conditions
                    .get(index)
                    .is_some_and(|condition: &Condition<'_>| condition.flags.has(&["or", "ornext"]))
            };
            if holds {
                while is_or(index) {
                    index += 1;
                }
            } else if !is_or(index) {
                return Ok(Some(condition.directive));
            }
            index += 1;
        }
        Ok(None)
    }

    fn rewrite_condition(&mut self, condition: &Condition<'a>, groups: &mut Groups) -> Phase<'a, bool> {
        let directive = condition.directive;
        match self.condition_holds(condition, groups) {
            Ok(holds) => {
                let verdict = if holds { Verdict::Hit } else { Verdict::Miss };
                let because = if holds { "it holds" } else { "it does not hold" };
                self.step("rewrite", Some(directive), verdict, because.to_owned());
                Ok(holds)
            }
            Err(needs) => self.unknown(directive, needs),
        }
    }

    fn condition_holds(&self, condition: &Condition<'a>, groups: &mut Groups) -> Result<bool, Needs> {
        let (is_negated, pattern) = match condition.pattern.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, condition.pattern.as_str()),
        };
        if condition.input.eq_ignore_ascii_case("expr") {
            let mut matched = Matched::default();
            let holds = expr::holds(pattern, self, &mut matched)?;
            if holds && !is_negated && !matched.groups.is_empty() {
                groups.of_condition = matched.groups;
            }
            return Ok(holds != is_negated);
        }
        let input = expand::expand(self, &condition.input, groups, Escape::Nothing)?.text;
        let is_blind = condition.flags.has(&["nc", "nocase"]);
        if let Some(holds) = self.special_pattern(pattern, &input, is_blind)? {
            return Ok(holds != is_negated);
        }
        let case = if is_blind { Case::Insensitive } else { Case::Sensitive };
        let found = self.patterns.get(pattern, case)?.find(&input)?;
        let holds = found.is_some();
        if let Some(captures) = found.filter(|_| !is_negated) {
            groups.of_condition = captures.groups;
        }
        Ok(holds != is_negated)
    }

    /// `-f` and the like, `<text`, `=text`, `-lt number`; `None` for a regular expression.
    fn special_pattern(&self, pattern: &str, input: &str, is_blind: bool) -> Result<Option<bool>, Needs> {
        let operator = pattern.strip_prefix('-').filter(|name| name.len() == 1);
        if let Some(operator) = operator.and_then(|name| name.chars().next()) {
            return match operator {
                'f' | 's' | 'd' | 'x' | 'L' | 'h' => {
                    expr_functions::file_test(operator, input, self).map(Some)
                }
                'l' => expr_functions::file_test('L', input, self).map(Some),
                'U' | 'F' => Err(Needs(format!("the outcome of `RewriteCond {input} -{operator}`"))),
                _ => Ok(None),
            };
        }
        let number = |text: &str| -> i64 {
            let text = text.trim_start();
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let value: i64 = digits[..length].parse().unwrap_or(0);
            if text.starts_with('-') { -value } else { value }
        };
        if pattern.len() > 3 && pattern.starts_with('-') {
            let order = number(input).cmp(&number(&pattern[3..]));
            match &pattern[1..3] {
                "lt" => return Ok(Some(order.is_lt())),
                "le" => return Ok(Some(order.is_le())),
                "gt" => return Ok(Some(order.is_gt())),
                "ge" => return Ok(Some(order.is_ge())),
                "eq" => return Ok(Some(order.is_eq())),
                "ne" => return Ok(Some(order.is_ne())),
                _ => {}
            }
        }
        if pattern.len() < 2 || !pattern.starts_with(['<', '>', '=']) {
            return Ok(None);
        }
        let (operator, text) = match pattern.strip_prefix("<=").map(|text| ("<=", text)) {
            Some(found) => found,
            None => match pattern.strip_prefix(">=") {
                Some(text) => (">=", text),
                None => pattern.split_at(1),
            },
        };
        let text = if text == "\"\"" && operator == "=" { "" } else { text };
        Ok(Some(compare_text(input, operator, text, is_blind)))
    }
}

fn compare_text(input: &str, operator: &str, text: &str, is_blind: bool) -> bool {
    let (left, right) = if is_blind {
        (input.to_ascii_lowercase(), text.to_ascii_lowercase())
    } else {
        (input.to_owned(), text.to_owned())
    };
    // `compare_lexicography()` looks at the length first.
    let order = if is_blind || operator == "=" {
        left.cmp(&right)
    } else {
        left.len().cmp(&right.len()).then_with(|| left.cmp(&right))
    };
    match operator {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        _ => order.is_eq(),
    }
}
