//! What each test keeps, and the copy that comes of it.

use std::ops::Range;

use super::{Edge, Phase, Pins, Search, Test, Trial};
use crate::ladder::Price;
use crate::parts::{Keep, Region, Role};
use crate::request::{Request, name_and_value};

/// How long values of a short body are, in bytes.
const SHORT: usize = 1;

impl Search {
    /// The next test of the phase, and what it keeps.
    pub(super) fn plan(&self) -> (Test, Vec<Keep>) {
        match &self.phase {
            Phase::Parts(ladder) | Phase::Sure(ladder) => {
                let rung = ladder.next(self.risk(ladder));
                (Test::Rung(rung), self.keep(&ladder.kept(rung)))
            }
            Phase::Others => (Test::Phase, self.keep(&self.others())),
            Phase::Text(group, piece, windows, ladder) => {
                let price = Price { each: self.price(ladder.entropy()), whole: 0.0 };
                let rung = ladder.next(price);
                let ranges = ladder.kept(rung).iter().map(|&window| windows[window].clone()).collect();
                (Test::Rung(rung), self.keep_text(*group, *piece, merged(ranges)))
            }
            Phase::Bytes(group, piece, edge, threshold) => {
                let number = threshold.next(self.price(threshold.entropy())).unwrap_or(0);
                let range = self.cut(*group, *piece, *edge, number);
                (Test::Number(number), self.keep_text(*group, *piece, vec![range]))
            }
            Phase::Size(threshold) => {
                let number = threshold.next(self.price(threshold.entropy())).unwrap_or(0);
                (Test::Number(number), self.sized(number))
            }
            Phase::Short => (Test::Phase, self.short()),
            Phase::Control
            | Phase::Long
            | Phase::Pinned
            | Phase::Structure
            | Phase::Missing(_)
            | Phase::Done => (Test::Phase, self.keep(&[])),
        }
    }

    /// These parts whole, the pinned ones too, the rest neutral.
    pub(crate) fn keep(&self, whole: &[usize]) -> Vec<Keep> {
        let mut keep: Vec<Keep> = self
            .parts
            .list()
            .iter()
            .enumerate()
            .map(|(index, _)| if self.is_pinned(index) { Keep::Whole } else { Keep::Neutral })
            .collect();
        if let Some(sentinel) = self.parts.sentinel().filter(|_| self.breaks) {
            keep[sentinel] = Keep::Broken;
        }
        for &part in whole {
            keep[part] = Keep::Whole;
        }
        keep
    }

    pub(super) fn is_pinned(&self, part: usize) -> bool {
        let role = self.parts.list()[part].role;
        match self.pins {
            Pins::None => false,
            Pins::Structure => role == Role::Structural && !self.is_suspicious(part),
            Pins::Credentials => role == Role::Credential,
            Pins::All => matches!(role, Role::Credential | Role::Structural),
        }
    }

    /// A group's parts, each with the text that is known to be refused, one of them with these ranges alone.
    fn keep_text(&self, group: usize, piece: usize, ranges: Vec<Range<usize>>) -> Vec<Keep> {
        let mut keep = self.keep_group(group);
        keep[self.groups[group].pieces[piece].part] = Keep::Only(ranges);
        keep
    }

    /// A group's parts, each with the text that is known to be refused.
    pub(crate) fn keep_group(&self, group: usize) -> Vec<Keep> {
        let mut keep = self.keep(&[]);
        for piece in &self.groups[group].pieces {
            keep[piece.part] = match &piece.ranges {
                Some(ranges) => Keep::Only(ranges.clone()),
                None => Keep::Whole,
            };
        }
        keep
    }

    /// The text of a piece, cut at one end after so many of its units.
    pub(super) fn cut(&self, group: usize, piece: usize, edge: Edge, number: u64) -> Range<usize> {
        let piece = &self.groups[group].pieces[piece];
        let whole = 0..self.parts.raw(piece.part).len();
        let range = piece.ranges.as_ref().and_then(|ranges| ranges.first().cloned()).unwrap_or(whole);
        let atoms = self.units(piece.part, &range);
        let count = usize::try_from(number).unwrap_or(usize::MAX).clamp(1, atoms.len().max(1));
        match edge {
            Edge::End => range.start..atoms.get(count - 1).map_or(range.end, |atom| atom.end),
            Edge::Start => {
                atoms.get(atoms.len().saturating_sub(count)).map_or(range.start, |atom| atom.start)..range.end
            }
        }
    }

    /// The units of a part's value within a range.
    pub(super) fn units(&self, part: usize, range: &Range<usize>) -> Vec<Range<usize>> {
        let atoms = self.parts.atoms(part);
        atoms.into_iter().filter(|atom| atom.start >= range.start && atom.end <= range.end).collect()
    }

    /// All parts that were not found, but for the credentials.
    fn others(&self) -> Vec<usize> {
        let found = |part: &usize| {
            self.groups.iter().flat_map(|group| &group.pieces).any(|piece| piece.part == *part)
        };
        let broken = self.parts.sentinel().filter(|_| self.breaks);
        (0..self.parts.list().len())
            .filter(|part| {
                !found(part) && Some(*part) != broken && self.parts.list()[*part].role != Role::Credential
            })
            .collect()
    }

    /// Short values in the body.
    fn short(&self) -> Vec<Keep> {
        let mut keep = self.keep(&[]);
        for (part, keep) in self.parts.list().iter().zip(&mut keep) {
            if part.place.region == Region::Body && *keep != Keep::Broken {
                *keep = Keep::Filler(SHORT.min(part.place.range.len()));
            }
        }
        keep
    }

    /// How long the body is with short values.
    pub(super) fn shortest(&self) -> u64 {
        self.parts.copy(&self.short(), 0).body.len() as u64
    }

    /// A body of exactly this length: short values, one of them with filler.
    pub(crate) fn sized(&self, length: u64) -> Vec<Keep> {
        let mut keep = self.short();
        if let Some(part) = self.longest() {
            let more = usize::try_from(length.saturating_sub(self.shortest())).unwrap_or(usize::MAX);
            keep[part] = Keep::Filler(SHORT + more);
        }
        keep
    }

    /// The longest value of the body.
    pub(super) fn longest(&self) -> Option<usize> {
        let broken = self.parts.sentinel().filter(|_| self.breaks);
        let in_body =
            |part: &usize| self.parts.list()[*part].place.region == Region::Body && Some(*part) != broken;
        (0..self.parts.list().len()).filter(in_body).max_by_key(|&part| self.parts.raw(part).len())
    }

    pub(super) fn trial(&self, test: &Test, keep: &[Keep]) -> Trial {
        let mut request = self.parts.copy(keep, self.health.sent + 1);
        if let (Phase::Missing(candidate), Test::Phase) = (&self.phase, test) {
            add(&mut request, &self.candidates[*candidate].lines);
        }
        Trial { request, purpose: self.purpose(test), wait: self.health.wait }
    }
}

/// Adds header lines; a line of the same name is replaced, but that cookies are joined.
fn add(request: &mut Request, lines: &[String]) {
    for line in lines {
        let (name, value) = name_and_value(line);
        let same = request.lines.iter_mut().find(|own| name_and_value(own).0.eq_ignore_ascii_case(name));
        match same {
            Some(own) if name.eq_ignore_ascii_case("cookie") => *own = joined(own, value),
            Some(own) => own.clone_from(line),
            None => request.lines.push(line.clone()),
        }
    }
}

/// A cookie line with these cookies added, each in place of the one of its name.
fn joined(line: &str, added: &str) -> String {
    let name = |pair: &str| pair.split('=').next().unwrap_or("").trim().to_owned();
    let replaced: Vec<String> = added.split(';').map(name).collect();
    let (_, own) = name_and_value(line);
    let kept = own.split(';').filter(|pair| !replaced.contains(&name(pair))).map(str::trim);
    let cookies: Vec<&str> = kept.chain([added]).collect();
    format!("Cookie: {}", cookies.join("; "))
}

/// Ranges in order, those that touch made one.
pub(super) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => merged.push(range),
        }
    }
    merged
}
