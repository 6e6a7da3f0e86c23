//! The phases of the exchange, drawn to scale.

use super::style::{Paint, Tone};
use crate::View;

/// Columns before the bars: the phase and its time.
const LABEL: usize = 25;

/// Columns that all bars together take at most.
const BARS: usize = 40;

/// One line a phase; nothing if nothing was measured.
pub(super) fn write(view: &View, out: &mut Paint) {
    let timing = &view.evidence.refused.timing;
    let phases = [
        ("name", timing.dns),
        ("connect", timing.connect),
        ("TLS", timing.tls),
        ("send", timing.send),
        ("wait", timing.wait),
        ("receive", timing.receive),
    ];
    let total: f64 = phases.iter().filter_map(|(_, time)| *time).sum();
    if total <= 0.0 {
        return;
    }
    out.heading("The exchange");
    let bars = out.width().saturating_sub(LABEL).clamp(1, BARS);
    let columns = |time: f64| (time / total * bars as f64).round() as usize;
    let mut start = 0.0;
    for (name, time) in phases.iter().filter_map(|(name, time)| Some((name, (*time)?))) {
        let offset = columns(start).min(bars - 1);
        let length = columns(time).clamp(1, bars - offset);
        out.verbatim(
            Tone::Plain,
            &format!("  {name:<8} {time:>9.1} ms  {}{}", " ".repeat(offset), "█".repeat(length)),
        );
        start += time;
    }
    if let Some(peer) = &view.evidence.refused.peer {
        out.labelled("peer", &view.safe(peer));
    }
}
