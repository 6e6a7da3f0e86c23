//! What was found in the blind sets when they were first run (`cases/first-runs.tsv`): what the numbers are worth on refusals
//! that nobody had looked at.
//!
//! A line is a case: the set, the version, the case, then for each cause that something was found of
//! `CAUSE=FINDINGS:LIKENESS:SAID`, blanks between. A letter is a finding: `P` proves, `S` supports, `s` supports by words that no
//! product owns, `H` hints, `W` weakens, `X` excludes. `LIKENESS` is the share by the likeness of all words, `SAID` the
//! probability that was said then, `-` where the cause was not told of. `*` stands for all causes that are not named: an emitter that
//! tells of its own check weakens all others.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use inference::{Numbers, Observed};
use model::Weight;

use crate::calibration::{Said, said};
use crate::case::Case;
use crate::score::Scored;

/// The file.
const FILE: &str = "first-runs.tsv";

/// A case as it was first observed.
#[derive(Clone, Debug)]
pub struct FirstRun {
    /// The number of its set.
    pub set: i64,
    /// `CAUSE/NAME`.
    pub case: String,
    /// What was found of each cause of the list.
    pub observed: Vec<Observed>,
    /// The place of the cause that led then, and the probability that was said of it.
    pub led: Option<(usize, f64)>,
    /// Causes that count as right, as the case says now.
    pub accept: Vec<String>,
    /// Whether documents of success were read in it, so that no cause was told of.
    pub silent: bool,
}

/// The first runs that are on record.
#[derive(Debug, Default)]
pub struct FirstRuns(Vec<FirstRun>);

impl FirstRuns {
    /// Reads the record in the folder of all cases; none if there is no file.
    ///
    /// # Errors
    /// Names the line that is none of a record, or whose case is no more.
    pub fn read(folder: &Path, cases: &[Case]) -> Result<FirstRuns> {
        let text = fs::read_to_string(folder.join(FILE)).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let runs = lines.map(|line| run(line, cases).with_context(|| format!("{FILE}: {line}")));
        Ok(FirstRuns(runs.collect::<Result<_>>()?))
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[FirstRun] {
        &self.0
    }

    /// Whether the first run of a set is on record.
    #[must_use]
    pub fn holds(&self, set: Option<i64>) -> bool {
        self.0.iter().any(|run| Some(run.set) == set)
    }

    /// What the numbers in use say of what was found then.
    pub(crate) fn said(&self) -> impl Iterator<Item = Said> + '_ {
        self.0.iter().filter(|run| !run.silent).flat_map(|run| run.said(&Numbers::FITTED))
    }

    /// The numbers of the sets on record.
    #[must_use]
    pub fn sets(&self) -> Vec<i64> {
        let mut numbers: Vec<i64> = self.0.iter().map(|run| run.set).collect();
        numbers.dedup();
        numbers
    }

    /// The lines to record for a set that was now run for the first time; none if it is on record already.
    #[must_use]
    pub fn lines(&self, set: i64, version: &str, cases: &[Case], scored: &[Scored]) -> String {
        let mut text = String::new();
        let both = cases.iter().zip(scored);
        for (case, score) in both.filter(|(case, _)| case.blind == Some(set) && !self.holds(Some(set))) {
            let _ = writeln!(text, "{set}\t{version}\t{}\t{}", case.name, written(case, score));
        }
        text
    }

    /// Adds lines to the record.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(folder: &Path, lines: &str) -> std::io::Result<()> {
        let file = folder.join(FILE);
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, before + lines)
    }
}

impl FirstRun {
    /// What numbers say of each cause that they tell of.
    #[must_use]
    pub fn said(&self, numbers: &Numbers) -> Vec<Said> {
        let probabilities = inference::probabilities(&self.observed, numbers);
        let told = self.observed.iter().zip(probabilities).filter(|(one, share)| one.is_told_of(*share));
        said(told.map(|(one, share)| (one.cause.id, share)), |cause| self.accepts(cause))
    }

    /// Whether a cause counts as right.
    #[must_use]
    pub fn accepts(&self, cause: &str) -> bool {
        self.accept.iter().any(|id| id == cause)
    }
}

/// What was found and said of a case; `-` where it was held to be no refusal.
fn written(case: &Case, score: &Scored) -> String {
    if score.said.is_empty() {
        return "-".to_owned();
    }
    let evidence = intake::read(case.documents_without(None));
    let found = inference::observe(&catalogue::CATALOGUE, &evidence);
    let told: Vec<_> = score.causes.iter().zip(&score.said).collect();
    let said = |cause: &str| told.iter().find(|(id, _)| **id == cause).map(|(_, said)| said.probability);
    let weakened = found.iter().filter(|one| is_weakened(one)).count();
    let most = weakened > found.len() / 2;
    let usual = |one: &&Observed| if most { is_weakened(one) } else { one.weights.is_empty() };
    let entries = found.iter().filter(|one| !usual(one) || one.likeness > 0.0);
    let entries = entries.map(|one| {
        let said = said(one.cause.id).map_or_else(|| "-".to_owned(), |said| format!("{said:.4}"));
        format!("{}={}:{:.4}:{said}", one.cause.id, letters(one), one.likeness)
    });
    most.then(|| "*=W".to_owned()).into_iter().chain(entries).collect::<Vec<_>>().join(" ")
}

fn is_weakened(one: &Observed) -> bool {
    one.weights == [Weight::Weakens]
}

fn letters(one: &Observed) -> String {
    let mut shared = one.unowned;
    let letter = |weight: &Weight| match weight {
        Weight::Proves => 'P',
        Weight::Supports if std::mem::take(&mut shared) => 's',
        Weight::Supports => 'S',
        Weight::Hints => 'H',
        Weight::Weakens => 'W',
        Weight::Excludes => 'X',
    };
    one.weights.iter().map(letter).collect()
}

fn run(line: &str, cases: &[Case]) -> Result<FirstRun> {
    let mut columns = line.split('\t');
    let set = columns.next().context("no set")?.parse()?;
    let name = columns.nth(1).context("no case")?;
    let case = cases.iter().find(|case| case.name == name).context("no such case")?;
    let found = columns.next().context("nothing found")?;
    let causes = catalogue::CATALOGUE.causes.iter();
    let mut observed: Vec<Observed> = causes.map(|cause| Observed::nothing(cause)).collect();
    let mut led: Option<(usize, f64)> = None;
    for entry in found.split(' ').filter(|entry| !matches!(*entry, "" | "-")) {
        let (cause, rest) = entry.split_once('=').context("no cause")?;
        if cause == "*" {
            let weights: Vec<Weight> = rest.chars().map(weight).collect::<Result<_>>()?;
            observed.iter_mut().for_each(|one| one.weights.clone_from(&weights));
            continue;
        }
        let place = observed.iter().position(|one| one.cause.id == cause).context("no such cause")?;
        let one = &mut observed[place];
        let (letters, rest) = rest.split_once(':').context("no findings")?;
        let (likeness, said) = rest.split_once(':').context("no likeness")?;
        one.weights = letters.chars().map(weight).collect::<Result<_>>()?;
        one.unowned = letters.contains('s');
        one.likeness = likeness.parse()?;
        if said != "-" && led.is_none_or(|(_, most)| said.parse().is_ok_and(|said: f64| said > most)) {
            led = Some((place, said.parse()?));
        }
    }
    let accept = case.accept.clone();
    Ok(FirstRun { set, case: name.to_owned(), observed, led, accept, silent: found == "-" })
}

fn weight(letter: char) -> Result<Weight> {
    Ok(match letter {
        'P' => Weight::Proves,
        'S' | 's' => Weight::Supports,
        'H' => Weight::Hints,
        'W' => Weight::Weakens,
        'X' => Weight::Excludes,
        _ => anyhow::bail!("{letter} is no finding"),
    })
}
