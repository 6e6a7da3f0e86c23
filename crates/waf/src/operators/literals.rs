//! What a text must hold for a pattern to match it: literals of which one occurs, and byte sets that it must meet.

use crate::variables::byte_set::ByteSet;

/// More literals than this are no help.
const MAX_LITERALS: usize = 400;
/// Literals are cut to this length: longer ones select hardly better and cost memory.
const MAX_LENGTH: usize = 6;
/// Longer texts are not spelled out: only their beginning would count.
const MAX_EXACT: usize = 64;
/// A piece of a pattern that can be more texts than this is not spelled out.
const MAX_TEXTS: usize = 16;
/// Neighbouring pieces are joined while they make up no more texts than this.
const MAX_JOINED: usize = 64;
/// So many byte sets of a pattern are kept, the narrowest.
const MAX_SETS: usize = 4;

/// A necessary condition for a match. Case is folded: literals are in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// One of these occurs; `None` where nothing is known. Each has at least two bytes.
    pub(crate) literals: Option<Vec<Vec<u8>>>,
    /// The text holds a byte of each of these.
    pub(crate) bytes: Vec<ByteSet>,
}

impl Requirement {
    /// What a match of one of these phrases needs.
    pub(crate) fn of_phrases<'a>(phrases: impl Iterator<Item = &'a [u8]>) -> Requirement {
        let mut literals = Vec::new();
        for phrase in phrases {
            if phrase.len() < 2 {
                return Requirement::default();
            }
            literals.push(phrase[..phrase.len().min(MAX_LENGTH)].to_ascii_lowercase());
        }
        literals.sort();
        literals.dedup();
        Requirement { literals: Some(literals), bytes: Vec::new() }
    }

    /// Takes a set of exact texts, one of which must occur.
    fn offer(&mut self, mut texts: Vec<Vec<u8>>) {
        let shortest = texts.iter().map(Vec::len).min().unwrap_or(0);
        match shortest {
            0 => {}
            1 => {
                let first = texts.iter().fold(ByteSet::EMPTY, |set, text| set.with(ByteSet::of(&text[..1])));
                self.bytes.push(first.with_either_case());
            }
            _ => {
                texts.iter_mut().for_each(|text| text.truncate(MAX_LENGTH));
                texts.sort();
                texts.dedup();
                self.keep_better(texts);
            }
        }
    }

    fn keep_better(&mut self, texts: Vec<Vec<u8>>) {
        let worth = |texts: &Vec<Vec<u8>>| {
            let shortest = texts.iter().map(Vec::len).min().unwrap_or(0);
            (shortest.min(3), usize::MAX - texts.len())
        };
        let better = self.literals.as_ref().is_none_or(|known| worth(&texts) > worth(known));
        if better && texts.len() <= MAX_LITERALS {
            self.literals = Some(texts);
        }
    }

    /// What this needs too.
    fn absorb(&mut self, other: Requirement) {
        if let Some(literals) = other.literals {
            self.keep_better(literals);
        }
        self.bytes.extend(other.bytes);
    }

    /// Every branch must give something; then their union is needed.
    fn of_branches(branches: Vec<Requirement>) -> Requirement {
        let mut requirement = Requirement::default();
        if branches.iter().all(|branch| branch.literals.is_some()) {
            let mut all: Vec<Vec<u8>> =
                branches.into_iter().filter_map(|branch| branch.literals).flatten().collect();
            all.sort();
            all.dedup();
            requirement.keep_better(all);
            return requirement;
        }
        let narrowest = |branch: &Requirement| {
            let own = branch.bytes.iter().min_by_key(|set| set.len()).copied();
            let first = branch.literals.as_ref().map(|literals| {
                literals.iter().fold(ByteSet::EMPTY, |set, literal| set.with(ByteSet::of(&literal[..1])))
            });
            own.or(first.map(ByteSet::with_either_case))
        };
        let union =
            branches.iter().try_fold(ByteSet::EMPTY, |union, branch| Some(union.with(narrowest(branch)?)));
        requirement.bytes.extend(union.filter(|set| set.len() < 128));
        requirement
    }
}

/// A piece of a pattern while it is read: the texts that end it so far, and what was needed before them.
#[derive(Debug)]
pub(super) struct Part {
    /// In lower case.
    texts: Vec<Vec<u8>>,
    /// Whether these texts are all that the piece can match.
    exact: bool,
    before: Requirement,
}

impl Part {
    /// A piece that is empty so far.
    pub(super) fn start() -> Part {
        Part { texts: vec![Vec::new()], exact: true, before: Requirement::default() }
    }

    pub(super) fn of_byte(byte: u8) -> Part {
        let mut part = Part::start();
        part.push(byte);
        part
    }

    /// One byte of a set.
    pub(super) fn of_set(set: ByteSet) -> Part {
        if set.len() <= 2 * MAX_TEXTS {
            let mut texts: Vec<Vec<u8>> = set.iter().map(|byte| vec![byte.to_ascii_lowercase()]).collect();
            texts.sort();
            texts.dedup();
            if texts.len() <= MAX_TEXTS {
                return Part { texts, ..Part::start() };
            }
        }
        let mut part = Part { exact: false, ..Part::start() };
        part.before.bytes.extend(Some(set).filter(|set| *set != ByteSet::ALL));
        part
    }

    /// One of several pieces.
    pub(super) fn one_of(branches: Vec<Part>) -> Part {
        let texts = branches.iter().map(|branch| branch.texts.len()).sum::<usize>();
        if texts <= MAX_TEXTS && branches.iter().all(|branch| branch.exact) {
            let texts = branches.into_iter().flat_map(|branch| branch.texts).collect();
            return Part { texts, ..Part::start() };
        }
        let needs = branches.into_iter().map(Part::into_requirement).collect();
        Part { exact: false, before: Requirement::of_branches(needs), ..Part::start() }
    }

    /// Goes on with one byte.
    pub(super) fn push(&mut self, byte: u8) {
        if self.texts.iter().any(|text| text.len() >= MAX_EXACT) {
            self.pause();
        }
        self.texts.iter_mut().for_each(|text| text.push(byte.to_ascii_lowercase()));
    }

    /// Goes on with another piece.
    pub(super) fn join(&mut self, next: Part) {
        if !next.exact {
            self.pause();
            self.before.absorb(next.into_requirement());
        } else if self.texts.len() * next.texts.len() <= MAX_JOINED {
            let product = |head: &Vec<u8>| {
                next.texts.iter().map(|tail| [head.as_slice(), tail].concat()).collect::<Vec<_>>()
            };
            self.texts = self.texts.iter().flat_map(product).collect();
        } else {
            self.pause();
            self.texts = next.texts;
        }
    }

    /// Goes on with a piece that is repeated at least and at most so often.
    pub(super) fn repeat(&mut self, mut piece: Part, times: (u32, Option<u32>)) {
        match times {
            (1, Some(1)) => self.join(piece),
            (0, Some(1)) if piece.exact && piece.texts.len() < MAX_TEXTS => {
                piece.texts.push(Vec::new());
                self.join(piece);
            }
            (0, _) => self.pause(),
            _ => {
                self.pause();
                self.before.absorb(piece.into_requirement());
            }
        }
    }

    /// Goes on with something that says nothing of itself.
    pub(super) fn pause(&mut self) {
        let texts = std::mem::replace(&mut self.texts, vec![Vec::new()]);
        self.before.offer(texts);
        self.exact = false;
    }

    /// The piece is complete.
    pub(super) fn finish(mut self) -> Part {
        let long = self.texts.len() > MAX_TEXTS || self.texts.iter().any(|text| text.len() > MAX_EXACT);
        if long || !self.exact {
            self.pause();
        }
        self
    }

    /// What a match of the whole piece needs.
    pub(super) fn into_requirement(mut self) -> Requirement {
        self.pause();
        self.before.bytes.sort_by_key(ByteSet::len);
        self.before.bytes.truncate(MAX_SETS);
        self.before
    }
}
