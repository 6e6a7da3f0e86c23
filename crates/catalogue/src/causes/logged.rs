//! What log lines about the refused request say in their fields: statuses of both sides, addresses, rules.

use model::{Evidence, LogLine, Sighting};

/// Below this a line is not surely about the refused request.
const ABOUT: f64 = 0.9;

/// The lines that are about the refused request.
pub(crate) fn lines(evidence: &Evidence) -> impl Iterator<Item = &LogLine> {
    evidence.log_lines.iter().filter(|line| line.about_request >= ABOUT)
}

/// A field of a line about the refused request that satisfies a test.
pub(crate) fn field(evidence: &Evidence, name: &str, holds: impl Fn(&str) -> bool) -> Option<Sighting> {
    lines(evidence).find_map(|line| {
        let value = line.field(name)?;
        holds(value).then(|| Sighting::with(line.span, format!("{name} {value}")))
    })
}

/// A line in which the next hop answered with another status than the client was given: (upstream's, client's).
pub(crate) fn status_changed(evidence: &Evidence) -> Option<(u16, u16, Sighting)> {
    lines(evidence).find_map(|line| {
        let upstream: u16 =
            line.field("upstream_status")?.rsplit([',', ' ', ':']).next()?.trim().parse().ok()?;
        let status: u16 = line.field("status")?.trim().parse().ok()?;
        let detail = format!("the next hop answered {upstream}, the client was given {status}");
        // Traefik writes 0 where no hop was asked.
        (upstream >= 100 && upstream != status).then(|| (upstream, status, Sighting::with(line.span, detail)))
    })
}

/// A line in which the next hop itself answered with the status of the refusal: this server did not refuse.
pub(crate) fn refused_upstream(evidence: &Evidence) -> Option<Sighting> {
    let observed = evidence.status();
    lines(evidence).find_map(|line| {
        let upstream: u16 =
            line.field("upstream_status")?.rsplit([',', ' ', ':']).next()?.trim().parse().ok()?;
        let same = observed.is_none_or(|status| status == upstream) && upstream >= 400;
        same.then(|| Sighting::with(line.span, format!("the next hop answered {upstream}")))
    })
}
