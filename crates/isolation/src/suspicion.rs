//! How likely each part is to be the refused one, before anything was sent.

use std::ops::Range;

use crate::parts::{Parts, Region, Role};

/// A weight for each part, and places within parts that rules at hand match.
#[derive(Clone, Debug)]
pub struct Suspicion {
    weights: Vec<f64>,
    marks: Vec<(usize, Range<usize>)>,
    by_rules: bool,
    /// The mean of the weights before rules changed them.
    mean: f64,
}

/// How much likelier a part that the rules at hand match is the refused one, and one that they do not match: the odds of
/// a local evaluation that flags the refused part in 85 % and any other in 0.5 % of requests.
const FLAGGED: f64 = 0.85 / 0.005;
const UNFLAGGED: f64 = 0.15 / 0.995;

/// Marks that rules against attacks look for, each family with how often it comes in a character of innocent text, about.
/// The families are those of the OWASP Core Rule Set: 930 path traversal, 932 commands, 933 and 934 code, 941 script, 942
/// SQL, 944 Java; the last four are the marks that prose is full of.
const MARKS: [(&[&str], f64); 10] = [
    (&["<script", "javascript:", "onerror", "onload", "alert(", "<img", "<svg", "<iframe"], 1e-5),
    (&["../", "..\\", "/etc/", "/bin/", "c:\\"], 1e-5),
    (
        &["union select", " or 1", " and 1", "insert into", "drop table", "sleep(", "xp_", "' or ", "' and "],
        1e-5,
    ),
    (&["${", "$(", "{{", "<%", "<?", "`", "jndi:", "eval(", "exec(", "system("], 3e-5),
    (&["union ", "select ", "--", "/*"], 3e-4),
    (&["; ", "| ", "&& ", "|| "], 2e-3),
    (&["<", ">"], 1e-3),
    (&["=", "\\", "#", "%"], 2e-3),
    (&["(", "\""], 4e-3),
    (&["'"], 7e-3),
];

/// How often a text that is refused holds a mark of a given family.
const HELD: f64 = 0.15;

/// How often a text that is refused holds no mark at all.
const UNMARKED: f64 = 0.05;

/// Names of programs that many sites refuse in `User-Agent`.
const AGENTS: [&str; 9] =
    ["curl", "python", "wget", "java", "go-http", "libwww", "scrapy", "okhttp", "nikto"];

impl Suspicion {
    /// What places and characters tell.
    #[must_use]
    pub fn of(parts: &Parts) -> Suspicion {
        Suspicion::with((0..parts.list().len()).map(|part| weight(parts, part)).collect())
    }

    /// The same weight for every part: nothing is known.
    #[must_use]
    pub fn none(parts: &Parts) -> Suspicion {
        Suspicion::with(vec![1.0; parts.list().len()])
    }

    fn with(weights: Vec<f64>) -> Suspicion {
        let mean = weights.iter().sum::<f64>() / weights.len().max(1) as f64;
        Suspicion { weights, marks: Vec::new(), by_rules: false, mean }
    }

    /// Adds what rules at hand say: the parts they match, each with the matched range of the written value where it is known.
    pub fn add_rules(&mut self, matched: &[(usize, Option<Range<usize>>)]) {
        for (part, weight) in self.weights.iter_mut().enumerate() {
            let flagged = matched.iter().any(|(own, _)| *own == part);
            *weight *= if flagged { FLAGGED } else { UNFLAGGED };
        }
        self.by_rules |= !matched.is_empty();
        self.marks.extend(matched.iter().filter_map(|(part, range)| Some((*part, range.clone()?))));
    }

    /// Whether rules at hand match any part.
    pub(crate) fn is_by_rules(&self) -> bool {
        self.by_rules
    }

    /// How likely it is that several parts are refused together, if that is as likely as this before the parts are looked
    /// at: two suspects are likelier where two parts are suspicious, and less so where one is.
    pub(crate) fn of_several(&self, before: f64) -> f64 {
        let shares = self.weights.iter().map(|weight| weight / self.mean.max(f64::MIN_POSITIVE));
        let shares: Vec<f64> = shares.map(|odds| odds / self.weights.len() as f64).collect();
        let one: f64 = shares.iter().sum();
        let two = one * one - shares.iter().map(|share| share * share).sum::<f64>();
        let odds = before / (1.0 - before) * (two / one).clamp(0.2, 5.0);
        odds / (1.0 + odds)
    }

    /// The weights, not normalised.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The entropy of the weights as a distribution, in bits.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let total: f64 = self.weights.iter().sum();
        let bits = |weight: &f64| if *weight > 0.0 { weight / total * (total / weight).log2() } else { 0.0 };
        self.weights.iter().map(bits).sum()
    }

    /// How likely each window of a part's text is to hold the refused text.
    pub(crate) fn windows(&self, parts: &Parts, part: usize, windows: &[Range<usize>]) -> Vec<f64> {
        windows
            .iter()
            .map(|window| {
                let marked = self.marks.iter().any(|(own, range)| {
                    *own == part && range.start >= window.start && range.end <= window.end
                });
                let weight = marks(&parts.excerpt(part, window.clone())).sqrt();
                if marked { weight * FLAGGED } else { weight }
            })
            .collect()
    }
}

fn weight(parts: &Parts, part: usize) -> f64 {
    let own = &parts.list()[part];
    let place = match (own.role, own.place.region) {
        (Role::Idempotency, _) => 0.001,
        (Role::Credential, _) => 0.05,
        (Role::Structural, _) => 0.2,
        (_, Region::Line(_)) => 0.4,
        (_, Region::Target) => 1.0,
        (_, Region::Body) => 1.0,
    };
    let text = parts.decoded(part);
    if own.label == "header User-Agent" || own.label == "header user-agent" {
        let lower = text.to_ascii_lowercase();
        return if AGENTS.iter().any(|agent| lower.contains(agent)) { 8.0 } else { 0.2 };
    }
    // Headers and cookies are full of marks that mean nothing there.
    let odds = marks(&text);
    let odds = if matches!(own.place.region, Region::Line(_)) { odds.min(odds.sqrt()) } else { odds };
    // The longer a text, the more there is that may be refused.
    place * odds * (1.0 + text.len() as f64 / 500.0).min(8.0)
}

/// The odds of a text by its characters: how much likelier its marks are in a refused text than in an innocent one of
/// this length.
fn marks(text: &str) -> f64 {
    let lower = text.to_ascii_lowercase();
    let length = text.len().max(1) as f64;
    let comes = |rate: f64| 1.0 - (-rate * length).exp();
    let found = MARKS.iter().filter(|(marks, _)| marks.iter().any(|mark| lower.contains(mark)));
    let mut odds: Vec<f64> = found.map(|(_, rate)| HELD / comes(*rate)).collect();
    odds.sort_by(|one, other| other.total_cmp(one));
    match odds[..] {
        [] => UNMARKED,
        [one] => one.clamp(UNMARKED, 300.0),
        // Marks come together, so that their odds do not multiply.
        [one, two, ..] => (one * two.max(1.0).sqrt()).clamp(UNMARKED, 1000.0),
    }
}
