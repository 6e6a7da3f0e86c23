//! What was said of the blind sets when they were first run (`cases/first-runs.tsv`): what the numbers are worth on refusals that
//! nobody had looked at.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::calibration::Said;
use crate::score::Scored;

/// The file.
const FILE: &str = "first-runs.tsv";

/// The first runs that are on record: the number of the set, and a hypothesis.
#[derive(Debug, Default)]
pub struct FirstRuns(Vec<(i64, Said)>);

impl FirstRuns {
    /// Reads the record in the folder of all cases; none if there is no file. A line that is none of a record is a comment.
    #[must_use]
    pub fn read(cases: &Path) -> FirstRuns {
        let text = fs::read_to_string(cases.join(FILE)).unwrap_or_default();
        FirstRuns(text.lines().filter_map(line).collect())
    }

    /// Whether the first run of a set is on record.
    pub(crate) fn holds(&self, set: Option<i64>) -> bool {
        self.0.iter().any(|(number, _)| Some(*number) == set)
    }

    pub(crate) fn said(&self) -> impl Iterator<Item = Said> + '_ {
        self.0.iter().map(|(_, said)| *said).filter(|said| said.probability > 0.0)
    }

    /// The numbers of the sets on record.
    pub(crate) fn sets(&self) -> String {
        let mut numbers: Vec<String> = self.0.iter().map(|(number, _)| number.to_string()).collect();
        numbers.dedup();
        numbers.join(", ")
    }

    /// The lines to record for a set that was now run for the first time; none if it is on record already.
    #[must_use]
    pub fn lines(&self, set: i64, version: &str, scored: &[Scored]) -> String {
        let mut text = String::new();
        for score in scored.iter().filter(|score| score.blind == Some(set) && !self.holds(Some(set))) {
            for (cause, said) in score.causes.iter().zip(&score.said) {
                let Said { probability, right } = said;
                let _ =
                    writeln!(text, "{set}\t{version}\t{}\t{cause}\t{probability:.4}\t{right:.3}", score.name);
            }
            if score.said.is_empty() {
                let _ = writeln!(text, "{set}\t{version}\t{}\t-\t0\t0", score.name);
            }
        }
        text
    }

    /// Adds lines to the record.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(cases: &Path, lines: &str) -> std::io::Result<()> {
        let file = cases.join(FILE);
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, before + lines)
    }
}

fn line(text: &str) -> Option<(i64, Said)> {
    let mut columns = text.split('\t');
    let set = columns.next()?.parse().ok()?;
    let probability = columns.nth(3)?.parse().ok()?;
    let right = columns.next()?.parse().ok()?;
    Some((set, Said { probability, right }))
}
