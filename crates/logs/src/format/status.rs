//! Reads only as much of a line as its status needs, for counting.

use super::template::{Shape, Slot, Template, escaped, stands_at};
use crate::record::{Field, number};

/// A template that ends with the status.
#[derive(Clone, Debug)]
pub(crate) struct StatusReader {
    template: Template,
    /// Whether the status stands behind the first text in quotation marks, as in most formats.
    behind_quotes: bool,
}

impl StatusReader {
    pub(super) fn of(whole: &Template) -> Option<StatusReader> {
        let at = whole.steps.iter().position(|step| step.slot.field == Some(Field::Status))?;
        let mut steps = whole.steps[..=at].to_vec();
        for step in &mut steps[..at] {
            step.slot.field = None;
            if step.slot.shape == Shape::Request {
                step.slot.shape = Shape::Any;
            }
        }
        // Nothing before the first quotation mark can hold one, so that much is passed over in one go.
        if let Some(quote) = (1..steps.len()).find(|at| steps[*at].before.ends_with(b"\"")) {
            let after = steps[quote].before.clone();
            steps[0].after = after;
            steps[0].slot = Slot::other();
            steps.drain(1..quote);
        }
        let behind_quotes = matches!(steps.as_slice(), [first, text, status]
            if first.before.is_empty() && first.after.ends_with(b"\"") && text.is_quoted() && !status.after.is_empty());
        Some(StatusReader { template: Template { steps, open: true }, behind_quotes })
    }

    /// Whether the line up to its status has the format's shape.
    pub(crate) fn reads(&self, line: &[u8]) -> bool {
        self.template.parse(line, &mut Vec::new())
    }

    /// The status of the line that begins at `start`, and where it stands, without looking for the line's end first;
    /// `None` when the line has not the usual shape.
    pub(crate) fn skim(&self, block: &[u8], start: usize) -> Option<(u16, usize)> {
        let [first, text, status] = self.template.steps.as_slice() else { return None };
        if !self.behind_quotes {
            return None;
        }
        let begin = quote(block, start)?;
        if begin - start < first.after.len() || !block[start..=begin].ends_with(&first.after) {
            return None;
        }
        let mut end = quote(block, begin + 1)?;
        while escaped(block, begin, end) || !stands_at(block, end, &text.after) {
            end = quote(block, end + 1)?;
        }
        let at = end + text.after.len();
        let digits = block.get(at..at + 3)?;
        (stands_at(block, at + 3, &status.after)).then_some(())?;
        Some((number(digits).and_then(|status| u16::try_from(status).ok())?, at))
    }
}

/// The next quotation mark of the same line.
fn quote(block: &[u8], from: usize) -> Option<usize> {
    let at = from + memchr::memchr2(b'"', b'\n', block.get(from..)?)?;
    (block[at] == b'"').then_some(at)
}
