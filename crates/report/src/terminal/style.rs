//! Styled lines of a bounded width.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::Colour;

/// What a line says by its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Care,
    Bad,
}

/// A report under way.
pub(super) struct Paint {
    text: String,
    colour: Colour,
    width: usize,
}

/// The narrowest terminal that is written for.
const NARROWEST: usize = 40;

impl Paint {
    pub(super) fn new(colour: Colour, width: usize) -> Paint {
        Paint { text: String::new(), colour, width: width.max(NARROWEST) }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// The columns that a line may take.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// A heading, with an empty line before it.
    pub(super) fn heading(&mut self, text: &str) {
        self.text.push('\n');
        self.verbatim(Tone::Strong, text);
    }

    /// `label  text`, continued under the text.
    pub(super) fn labelled(&mut self, label: &str, text: &str) {
        self.paragraph(Tone::Plain, &format!("  {label:<10} "), text);
    }

    /// Text broken at blanks, under a hanging lead.
    pub(super) fn paragraph(&mut self, tone: Tone, lead: &str, text: &str) {
        let hang = " ".repeat(lead.width());
        let room = self.width.saturating_sub(lead.width()).max(20);
        for (number, line) in wrap(text, room).iter().enumerate() {
            let lead = if number == 0 { lead } else { &hang };
            self.verbatim(tone, &format!("{lead}{line}"));
        }
    }

    /// One line as it is.
    pub(super) fn verbatim(&mut self, tone: Tone, line: &str) {
        let style = self.style(tone);
        let line = line.trim_end();
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{style}{line}{style:#}");
    }

    fn style(&self, tone: Tone) -> Style {
        if self.colour == Colour::Plain {
            return Style::new();
        }
        match tone {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Tone::Care => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Tone::Bad => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
        }
    }
}

/// Lines of at most `room` columns, broken at blanks; a longer word gets a line of its own.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let wide = word.width();
        let current = lines.len() - 1;
        if used > 0 && used + 1 + wide > room {
            lines.push(word.to_owned());
            used = wide;
        } else {
            if used > 0 || !lines[current].is_empty() {
                lines[current].push(' ');
                used += 1;
            }
            lines[current].push_str(word);
            used += wide;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_and_lines_narrow() {
        assert_eq!(wrap("aa bb  cc dddddddd e", 5), ["aa bb", "cc", "dddddddd", "e"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn plain_means_without_any_escape() {
        let mut paint = Paint::new(Colour::Plain, 80);
        paint.paragraph(Tone::Bad, "", "refused");
        assert_eq!(paint.finish(), "refused\n");
    }
}
