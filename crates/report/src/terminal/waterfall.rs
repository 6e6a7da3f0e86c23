//! The phases of the exchange, drawn to scale.

use super::style::{Paint, Tone};
use crate::View;

/// Columns of the longest bar.
const BAR: f64 = 40.0;

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
    let mut start = 0.0;
    for (name, time) in phases.iter().filter_map(|(name, time)| Some((name, (*time)?))) {
        let offset = (start / total * BAR).round() as usize;
        let length = ((time / total * BAR).round() as usize).max(1);
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
