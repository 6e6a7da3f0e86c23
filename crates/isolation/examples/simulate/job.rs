//! One run of the search, and of each reducer, over a case of the model.

use isolation::{Candidate, Conclusion, Finding, Keep, Options, Search, Step, Suspicion};

use crate::model::Case;
use crate::reducers::Oracle;
use crate::server::{Server, refusal};

/// What one search took.
pub(crate) struct Outcome {
    pub(crate) conclusion: Conclusion,
    /// Copies sent in all.
    pub(crate) sent: usize,
    /// Copies sent until the parts were known.
    pub(crate) to_part: usize,
    /// Copies that add nothing.
    pub(crate) controls: usize,
    pub(crate) passed: usize,
    pub(crate) accepted: usize,
}

/// The options of the command, with a budget that the hardest cases fit in.
pub(crate) const OPTIONS: Options = Options { budget: 60, max_accepted: 5, exact: false, further: false };

/// Searches until the end.
pub(crate) fn search(
    case: &Case,
    server: &mut Server,
    suspicion: Suspicion,
    headers: Vec<Candidate>,
    options: Options,
) -> Outcome {
    let mut search = Search::new(case.parts.clone(), suspicion, refusal(), headers, options);
    let mut to_part = None;
    let mut controls = 0;
    while let Step::Send(trial) = search.step() {
        controls += usize::from(!trial.purpose.ends_with(" added"));
        let answer = server.answer(&trial.request);
        search.learn(&answer);
        // What was named may turn out to be a mistake.
        to_part = search.has_found().then(|| to_part.unwrap_or(search.sent()));
    }
    let sent = search.sent();
    Outcome {
        conclusion: search.conclusion(),
        sent,
        to_part: to_part.unwrap_or(sent),
        controls,
        passed: server.passed,
        accepted: server.accepted,
    }
}

/// Whether exactly the true parts were found, together or each for itself, and their texts hold the triggers.
pub(crate) fn is_right(case: &Case, conclusion: &Conclusion) -> bool {
    let Finding::Parts(groups) = &conclusion.finding else { return false };
    let pieces: Vec<_> = groups.iter().flat_map(|group| &group.pieces).collect();
    let mut parts: Vec<usize> = pieces.iter().map(|piece| piece.part).collect();
    parts.sort_unstable();
    let holds = |piece: &&isolation::Piece| {
        let trigger =
            case.triggers.iter().find(|(part, _)| *part == piece.part).map(|(_, text)| text.as_str());
        let raw = String::from_utf8_lossy(case.parts.raw(piece.part)).into_owned();
        let at = trigger.and_then(|trigger| Some((raw.find(trigger)?, trigger.len())));
        match (&piece.ranges, at) {
            (None, Some(_)) => true,
            (Some(ranges), Some((start, length))) => {
                ranges.iter().any(|range| range.start <= start && start + length <= range.end)
            }
            _ => false,
        }
    };
    parts == case.guilty() && pieces.iter().all(holds)
}

/// An oracle that asks the server for copies in which the other parts are neutral.
pub(crate) fn oracle<'a>(case: &'a Case, server: &'a mut Server<'_>, by_page: bool) -> Oracle<'a> {
    Oracle::new(move |kept| {
        let mut keep = vec![Keep::Neutral; case.parts.list().len()];
        for &part in kept {
            keep[part] = Keep::Whole;
        }
        let answer = server.answer(&case.parts.copy(&keep, 1));
        if by_page {
            answer.page.looks_like(&refusal().page) && answer.status == Some(403)
        } else {
            answer.status == Some(403)
        }
    })
}

/// The parts as a tree: regions, sections, groups, parts.
pub(crate) fn levels(case: &Case) -> Vec<Vec<Vec<usize>>> {
    let key = |part: usize, depth: usize| {
        let own = &case.parts.list()[part];
        let region = match own.place.region {
            isolation::Region::Target => "query".to_owned(),
            isolation::Region::Line(_) => own.label.split(' ').next().unwrap_or("").to_owned(),
            isolation::Region::Body => "body".to_owned(),
        };
        let path: Vec<&str> = own.label.split('.').skip(1).take(depth).collect();
        if depth == 3 { own.label.clone() } else { format!("{region} {}", path.join(".")) }
    };
    (0..4)
        .map(|depth| {
            let mut nodes: Vec<(String, Vec<usize>)> = Vec::new();
            for part in 0..case.parts.list().len() {
                let key = key(part, depth);
                match nodes.iter_mut().find(|(own, _)| *own == key) {
                    Some((_, leaves)) => leaves.push(part),
                    None => nodes.push((key, vec![part])),
                }
            }
            nodes.into_iter().map(|(_, leaves)| leaves).collect()
        })
        .collect()
}
