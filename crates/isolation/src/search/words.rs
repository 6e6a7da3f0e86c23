//! What tests are for, in words.

use super::{Edge, Phase, Search, Test};
use crate::parts::Part;

impl Search {
    /// What a test is for, as part of a sentence.
    pub(super) fn purpose(&self, test: &Test) -> String {
        if let Test::Again { was_refused } = test {
            let before = if *was_refused { "refused" } else { "not refused" };
            return format!("control: a copy that was {before} before");
        }
        match (&self.phase, test) {
            (Phase::Control, _) => "control: everything neutral".to_owned(),
            (Phase::Pinned, _) => "control: all values neutral, what servers expect kept".to_owned(),
            (Phase::Structure, _) => "control: all neutral but the credentials".to_owned(),
            (Phase::Parts(ladder) | Phase::Sure(ladder), Test::Rung(rung)) => match &ladder.kept(*rung)[..] {
                [] => "control: everything neutral, again".to_owned(),
                &[part] => format!("{} alone, the rest neutral", self.parts.list()[part].label),
                kept if kept.len() <= 3 => {
                    let labels: Vec<&str> =
                        kept.iter().map(|&part| self.parts.list()[part].label.as_str()).collect();
                    format!("{}, the rest neutral", labels.join(" and "))
                }
                kept => {
                    format!("the {} likeliest parts, the rest neutral", kept.len())
                }
            },
            (Phase::Others, _) => {
                format!(
                    "{} neutral, the others kept, the credentials neutral",
                    self.found_labels().join(" and ")
                )
            }
            (Phase::Text(group, piece, ..), _) => format!("a piece of {}", self.label(*group, *piece)),
            (Phase::Bytes(group, piece, edge, _), _) => {
                let edge = if *edge == Edge::End { "ends" } else { "starts" };
                format!("where the refused text of {} {edge}", self.label(*group, *piece))
            }
            (Phase::Long, _) => "control: everything neutral, again".to_owned(),
            (Phase::Short, _) => "short values in the body".to_owned(),
            (Phase::Size(_), Test::Number(length)) => format!("a neutral body of {length} bytes"),
            (Phase::Missing(candidate), _) => format!("{} added", self.candidates[*candidate].label),
            _ => String::new(),
        }
    }

    fn label(&self, group: usize, piece: usize) -> &str {
        &self.part_of(group, piece).label
    }

    fn part_of(&self, group: usize, piece: usize) -> &Part {
        &self.parts.list()[self.groups[group].pieces[piece].part]
    }

    fn found_labels(&self) -> Vec<&str> {
        let pieces = self.groups.iter().flat_map(|group| &group.pieces);
        pieces.map(|piece| self.parts.list()[piece.part].label.as_str()).collect()
    }
}
