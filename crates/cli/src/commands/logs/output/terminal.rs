//! For people, at a terminal.

use std::fmt::Write as _;

use logs::group::Group;
use report::Colour;

use crate::commands::logs::key::Key;
use crate::commands::logs::requests::Requests;

/// Columns of a sparkline.
const BARS: usize = 24;

/// Causes that are listed before the groups.
const CAUSES: usize = 12;

/// The groups as a list.
pub(super) fn write(requests: &Requests, colour: Colour, width: usize) -> String {
    let mut text = String::new();
    head(requests, &mut text);
    if requests.all_groups > requests.causes.len() && !requests.causes.is_empty() {
        causes(requests, colour, &mut text);
    }
    for (index, group) in requests.groups.iter().enumerate() {
        entry(requests, index + 1, group, colour, width, &mut text);
    }
    tail(requests, &mut text);
    text
}

fn head(requests: &Requests, text: &mut String) {
    let (lines, refused) = (requests.lines(), requests.refused);
    // Writing to a string cannot fail.
    let _ = write!(text, "{refused} refused of {lines} lines in {} files", requests.files.len());
    if let Some((from, to)) = requests.observed {
        let moment = |micros| requests.moment(Some(micros)).unwrap_or_default();
        let _ = write!(text, ", {} to {}", moment(from), moment(to));
    }
    text.push('\n');
    if requests.unreadable() > 0 {
        let _ = writeln!(text, "{} lines could not be read", requests.unreadable());
    }
}

/// A line for each cause: what the many groups below come to.
fn causes(requests: &Requests, colour: Colour, text: &mut String) {
    let (bold, plain) = if colour == Colour::Styled { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    text.push('\n');
    for group in requests.causes.iter().take(CAUSES) {
        let bars =
            requests.observed.map_or_else(String::new, |(from, to)| group.timeline.sparkline(from, to, BARS));
        let cause = requests.value(group, 0);
        let cause = cause.as_deref().unwrap_or("cause not told by these logs");
        let _ = write!(
            text,
            "{:>8} {:>5.1} %  {bars:BARS$}  {bold}{cause}{plain}",
            group.count,
            requests.share(group) * 100.0
        );
        if let Some(at) = requests.new_since(group) {
            let _ = write!(text, ", new since {at}");
        }
        text.push('\n');
    }
}

fn entry(requests: &Requests, number: usize, group: &Group, colour: Colour, width: usize, text: &mut String) {
    let (bold, faint, plain) = match colour {
        Colour::Styled => ("\x1b[1m", "\x1b[2m", "\x1b[0m"),
        Colour::Plain => ("", "", ""),
    };
    let bars =
        requests.observed.map_or_else(String::new, |(from, to)| group.timeline.sparkline(from, to, BARS));
    let _ = write!(
        text,
        "\n{number:>3}  {bold}{}{plain} ({:.1} %)  {bars}\n",
        group.count,
        requests.share(group) * 100.0
    );
    let mut facts: Vec<String> = Vec::new();
    for (at, key) in requests.settings.group_by.iter().enumerate() {
        match (key, requests.value(group, at)) {
            (Key::Cause, None) => facts.push("cause not told by these logs".to_owned()),
            (_, None) => {}
            (Key::Cause, Some(cause)) => {
                let sure = requests.confidence.get(cause.as_str()).map_or("", |confidence| confidence.name());
                facts.push(format!("{bold}{cause}{plain} ({sure})"));
            }
            (Key::Route, Some(route)) => facts.push(shortened(&route, width.saturating_sub(16))),
            (key, Some(value)) => {
                facts.push(format!("{} {}", key.name(), shortened(&value, width.saturating_sub(16))))
            }
        }
    }
    let _ = writeln!(text, "     {}", facts.join(" · "));
    let moment = |micros| requests.moment(micros);
    if let (Some(first), Some(last)) = (moment(group.first.micros), moment(group.last.micros)) {
        let span = if first == last { format!("at {first}") } else { format!("{first} to {last}") };
        let _ = writeln!(text, "     {faint}{span}{plain}");
    }
    if let Some(change) = requests.change(group) {
        let at = moment(Some(crate::commands::logs::changes::moment(group, &change))).unwrap_or_default();
        let what = if change.before == 0.0 {
            format!("new since {at}: none before, {:.1} an hour since", change.after)
        } else {
            format!("changed at {at}: from {:.1} to {:.1} an hour", change.before, change.after)
        };
        let _ = writeln!(text, "     {what}");
        if let Some(event) = requests.cause_of(group, &change) {
            let (what, document) = (report::neutral(&event.what), report::neutral(&event.document));
            let at = moment(Some(event.at)).unwrap_or_default();
            let _ = writeln!(text, "     nearest change before it: {document}: {what}, {at}");
        }
    }
    let (document, line) = requests.place(group);
    let _ = writeln!(text, "     {faint}--> {document}:{line}{plain}");
}

fn tail(requests: &Requests, text: &mut String) {
    if requests.others > 0 {
        let _ = writeln!(
            text,
            "\n{} more in {} smaller groups: --top N shows more",
            requests.others,
            requests.all_groups - requests.groups.len()
        );
    }
    if !requests.groups.is_empty() {
        text.push_str("\nOne request of a group in full: the same command with --explain NUMBER\n");
    }
    for (product, lines) in requests.common_id() {
        let _ = writeln!(text, "\nA common request id in {product}, so that every line is joined for sure:");
        for line in lines.lines() {
            let _ = writeln!(text, "    {line}");
        }
    }
    for warning in requests.warnings() {
        let _ = writeln!(text, "warning: {warning}");
    }
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most.max(20)) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
