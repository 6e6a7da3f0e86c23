//! One self-contained page with plots: no script, no font, no request to anywhere.

use std::fmt::Write as _;

use logs::group::{Group, Timeline};

use crate::commands::logs::requests::Requests;

const STYLE: &str = "\
:root{color-scheme:light dark;--bad:#b3261e;--faint:#777;--box:#8882}\
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--faint:#999}}\
body{font:16px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}th{text-align:left}td,th{padding:.3rem .8rem .3rem 0;vertical-align:top;border-top:1px solid var(--box)}\
svg{background:var(--box);border-radius:3px}rect{fill:var(--bad)}.faint{color:var(--faint)}.number{text-align:right}";

/// Groups that a page shows.
const MOST: usize = 500;

/// The groups as an HTML page.
pub(super) fn write(requests: &Requests) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>Refusals</title><style>{STYLE}</style></head><body><h1>{} refused of {} lines</h1>",
        requests.refused,
        requests.lines()
    );
    if let Some((from, to)) = requests.observed {
        let moment = |micros| requests.moment(Some(micros)).unwrap_or_default();
        let _ = write!(
            out,
            "<p>{} to {}, {} lines could not be read</p>",
            moment(from),
            moment(to),
            requests.unreadable()
        );
        let mut all = Timeline::default();
        requests.groups.iter().for_each(|group| all.append(&group.timeline));
        out.push_str(&plot(&all.spread(from, to, 120), 960, 120));
    }
    causes(requests, &mut out);
    out.push_str("<h2>Groups</h2><table><tr><th class=\"number\">Refused</th><th>When</th>");
    for key in &requests.settings.group_by {
        let _ = write!(out, "<th>{}</th>", key.name());
    }
    out.push_str("<th>First and last</th></tr>");
    for group in requests.groups.iter().take(MOST) {
        row(requests, group, &mut out);
    }
    out.push_str("</table>");
    let rest = requests.groups.len().saturating_sub(MOST);
    if rest > 0 {
        let _ = write!(out, "<p class=\"faint\">{rest} smaller groups are not shown.</p>");
    }
    for warning in requests.warnings() {
        let _ = write!(out, "<p class=\"faint\">{}</p>", escape(&warning));
    }
    out.push_str("</body></html>\n");
    out
}

fn causes(requests: &Requests, out: &mut String) {
    out.push_str("<h2>Causes</h2><table><tr><th class=\"number\">Refused</th><th>When</th><th>cause</th><th>First and last</th></tr>");
    for group in &requests.causes {
        let counts =
            requests.observed.map(|(from, to)| group.timeline.spread(from, to, 60)).unwrap_or_default();
        let cause = requests.value(group, 0).unwrap_or_else(|| "not told by these logs".to_owned());
        let moment = |micros| requests.moment(micros).unwrap_or_default();
        let since = requests.new_since(group);
        let since = since.map_or_else(String::new, |since| format!("<br><b>new since {since}</b>"));
        let _ = write!(
            out,
            "<tr><td class=\"number\">{}<br><span class=\"faint\">{:.1} %</span></td><td>{}</td><td><code>{}</code></td><td>{}<br>{}{since}</td></tr>",
            group.count,
            requests.share(group) * 100.0,
            plot(&counts, 180, 32),
            escape(&cause),
            moment(group.first.micros),
            moment(group.last.micros)
        );
    }
    out.push_str("</table>");
}

fn row(requests: &Requests, group: &Group, out: &mut String) {
    let counts = requests.observed.map(|(from, to)| group.timeline.spread(from, to, 60)).unwrap_or_default();
    let _ = write!(
        out,
        "<tr><td class=\"number\">{}<br><span class=\"faint\">{:.1} %</span></td><td>{}</td>",
        group.count,
        requests.share(group) * 100.0,
        plot(&counts, 180, 32)
    );
    for at in 0..requests.settings.group_by.len() {
        let value = requests.value(group, at).unwrap_or_else(|| "–".to_owned());
        let _ = write!(out, "<td><code>{}</code></td>", escape(&value));
    }
    let moment = |micros| requests.moment(micros).unwrap_or_default();
    let (document, line) = requests.place(group);
    let _ = write!(out, "<td>{}<br>{}<br>", moment(group.first.micros), moment(group.last.micros));
    if let Some(change) = requests.change(group) {
        let what = if change.before == 0.0 { "new" } else { "changed" };
        let _ = write!(
            out,
            "<b>{what} since {}</b><br>",
            moment(Some(crate::commands::logs::changes::moment(group, &change)))
        );
    }
    let _ = write!(out, "<span class=\"faint\">{}:{line}</span></td></tr>", escape(&document));
}

/// A plot of bars, as an image within the page.
fn plot(counts: &[f64], width: usize, height: usize) -> String {
    let most = counts.iter().copied().fold(0.0, f64::max);
    let mut svg = format!(
        "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {height}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"refusals over time\">",
        counts.len().max(1)
    );
    for (at, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        let bar = (*count / most * height as f64).max(1.0);
        let _ = write!(
            svg,
            "<rect x=\"{at}\" y=\"{:.1}\" width=\"0.9\" height=\"{bar:.1}\"><title>{count:.1}</title></rect>",
            height as f64 - bar
        );
    }
    svg.push_str("</svg>");
    svg
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
