//! How likely each part is to be the refused one, before anything was sent.

use std::ops::Range;

use crate::parts::{Parts, Region, Role};

/// A weight for each part, and places within parts that rules at hand match.
#[derive(Clone, Debug)]
pub struct Suspicion {
    weights: Vec<f64>,
    marks: Vec<(usize, Range<usize>)>,
}

/// How much likelier a part that the rules at hand match is the refused one, and one that they do not match: the odds of
/// a local evaluation that flags the refused part in 85 % and any other in 0.5 % of requests.
const FLAGGED: f64 = 0.85 / 0.005;
const UNFLAGGED: f64 = 0.15 / 0.995;

/// Marks that rules against attacks look for, each with its odds. The families are those of the OWASP Core Rule Set:
/// 930 path traversal, 932 commands, 933 and 934 code, 941 script, 942 SQL, 944 Java.
const MARKS: [(&[&str], f64); 8] = [
    (&["<script", "javascript:", "onerror", "onload", "alert(", "<img", "<svg", "<iframe"], 40.0),
    (&["../", "..\\", "/etc/", "/bin/", "c:\\"], 40.0),
    (
        &["union ", "select ", " or 1", " and 1", "insert into", "drop table", "sleep(", "--", "/*", "xp_"],
        25.0,
    ),
    (&["${", "$(", "{{", "<%", "<?", "`", "jndi:", "eval(", "exec(", "system("], 30.0),
    (&["; ", "| ", "&& ", "|| "], 4.0),
    (&["'", "\""], 5.0),
    (&["<", ">"], 6.0),
    (&["=", "(", "\\", "#", "%"], 2.0),
];

/// Names of programs that many sites refuse in `User-Agent`.
const AGENTS: [&str; 9] =
    ["curl", "python", "wget", "java", "go-http", "libwww", "scrapy", "okhttp", "nikto"];

impl Suspicion {
    /// What places and characters tell.
    #[must_use]
    pub fn of(parts: &Parts) -> Suspicion {
        let weights = (0..parts.list().len()).map(|part| weight(parts, part)).collect();
        Suspicion { weights, marks: Vec::new() }
    }

    /// The same weight for every part: nothing is known.
    #[must_use]
    pub fn none(parts: &Parts) -> Suspicion {
        Suspicion { weights: vec![1.0; parts.list().len()], marks: Vec::new() }
    }

    /// Adds what rules at hand say: the parts they match, each with the matched range of the written value where it is known.
    pub fn add_rules(&mut self, matched: &[(usize, Option<Range<usize>>)]) {
        for (part, weight) in self.weights.iter_mut().enumerate() {
            let flagged = matched.iter().any(|(own, _)| *own == part);
            *weight *= if flagged { FLAGGED } else { UNFLAGGED };
        }
        self.marks.extend(matched.iter().filter_map(|(part, range)| Some((*part, range.clone()?))));
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
    let odds = if matches!(own.place.region, Region::Line(_)) { odds.sqrt() } else { odds };
    // Marks come together, so that their odds do not multiply; the root fits simulated requests best.
    (place * odds * (1.0 + text.len() as f64 / 500.0).min(8.0)).sqrt()
}

/// The odds of a text by its characters.
fn marks(text: &str) -> f64 {
    let lower = text.to_ascii_lowercase();
    let plain = lower.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" .,_-:/@!?".contains(&byte));
    let traversal = lower.contains("../");
    if plain && !traversal && !lower.contains("javascript:") {
        return 0.1;
    }
    let found = MARKS.iter().filter(|(marks, _)| marks.iter().any(|mark| lower.contains(mark)));
    found.map(|(_, odds)| odds).product::<f64>().min(3000.0)
}
