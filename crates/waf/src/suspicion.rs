//! Which parts of a request the rules suspect: where a search for the refused part should look first.

use std::ops::Range;

use crate::{Request, RuleSet, Verdict};

/// One variable of a request that rules matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// The variable, in the engine's spelling: `ARGS:comment`, `REQUEST_HEADERS:User-Agent`.
    pub variable: String,
    /// The points of all its matches; a rule that refuses by itself counts as the threshold.
    pub score: i64,
    /// The rules, the heaviest first.
    pub rules: Vec<u32>,
    /// Where the matched texts stand: ranges of [`Request::to_bytes`], sorted.
    pub bytes: Vec<Range<usize>>,
}

impl RuleSet {
    /// The suspected parts of a request, the most suspected first. Parts that are missing here tripped no rule.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), waf::Error> {
    /// # let rules = waf::RuleSet::load("crs".as_ref(), waf::Like::ModSecurity2)?;
    /// # let request = waf::Request { method: b"GET", target: b"/", version: b"HTTP/1.1", headers: &[], body: b"", client: [127, 0, 0, 1].into() };
    /// for suspicion in rules.suspicions(&request) {
    ///     println!("{} ({} points, rules {:?})", suspicion.variable, suspicion.score, suspicion.rules);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn suspicions(&self, request: &Request<'_>) -> Vec<Suspicion> {
        self.inspect(request).suspicions()
    }
}

impl Verdict {
    /// The matches summed up by variable, the most suspected first.
    #[must_use]
    pub fn suspicions(&self) -> Vec<Suspicion> {
        let mut found: Vec<Suspicion> = Vec::new();
        let mut heaviest: Vec<_> = self.matches.iter().filter(|m| m.score > 0 || m.disruptive).collect();
        heaviest.sort_by_key(|m| std::cmp::Reverse(m.score));
        for hit in heaviest {
            let points = if hit.disruptive { self.threshold.unwrap_or(5).max(hit.score) } else { hit.score };
            let at = found.iter().position(|known| known.variable == hit.variable).unwrap_or_else(|| {
                let variable = hit.variable.clone();
                found.push(Suspicion { variable, score: 0, rules: Vec::new(), bytes: Vec::new() });
                found.len() - 1
            });
            let known = &mut found[at];
            known.score += points;
            if !known.rules.contains(&hit.rule) {
                known.rules.push(hit.rule);
            }
            known.bytes.extend(hit.places.iter().cloned());
            known.bytes.sort_by_key(|range| (range.start, range.end));
            known.bytes.dedup();
        }
        found.sort_by_key(|suspicion| std::cmp::Reverse(suspicion.score));
        found
    }
}
