//! What a text must hold for a pattern to match it: literals of which one occurs, and byte sets that it must meet.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::variables::byte_set::ByteSet;

/// More literals than this are no help.
const MAX_LITERALS: usize = 400;
/// Literals are cut to this length: longer ones select hardly better and cost memory.
const MAX_LENGTH: usize = 6;

/// Longer texts are not spelled out: only their beginning would count.
const MAX_EXACT: usize = 64;

/// A necessary condition for a match. Case is folded: literals are in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Requirement {
    /// One of these occurs; `None` where nothing is known. Each has at least two bytes.
    pub(crate) literals: Option<Vec<Vec<u8>>>,
    /// The text holds a byte of each of these.
    pub(crate) bytes: Vec<ByteSet>,
}

impl Requirement {
    /// What a match of `hir` needs.
    pub(crate) fn of(hir: &Hir) -> Requirement {
        let mut requirement = Requirement::default();
        gather(hir, &mut requirement);
        requirement.bytes.sort_by_key(ByteSet::len);
        requirement.bytes.truncate(4);
        requirement
    }

    /// What a match of one of these phrases needs.
    pub(crate) fn of_phrases<'a>(phrases: impl Iterator<Item = &'a [u8]>) -> Requirement {
        let mut literals = Vec::new();
        for phrase in phrases {
            if phrase.len() < 2 {
                return Requirement::default();
            }
            literals.push(cut(phrase));
        }
        literals.sort();
        literals.dedup();
        Requirement { literals: Some(literals), bytes: Vec::new() }
    }
}

fn cut(literal: &[u8]) -> Vec<u8> {
    let mut literal = literal[..literal.len().min(MAX_LENGTH)].to_vec();
    literal.make_ascii_lowercase();
    literal
}

/// Walks what must match in order, joins neighbouring exact pieces, and keeps the best set of literals.
fn gather(hir: &Hir, requirement: &mut Requirement) {
    match hir.kind() {
        HirKind::Concat(parts) => {
            let mut run: Vec<Vec<u8>> = vec![Vec::new()];
            for part in parts {
                match exact(part, 16) {
                    Some(pieces) if run.len() * pieces.len() <= 64 => run = product(&run, &pieces),
                    Some(pieces) => {
                        offer(requirement, std::mem::replace(&mut run, pieces));
                    }
                    None => {
                        offer(requirement, std::mem::replace(&mut run, vec![Vec::new()]));
                        gather(part, requirement);
                    }
                }
            }
            offer(requirement, run);
        }
        HirKind::Capture(capture) => gather(&capture.sub, requirement),
        HirKind::Repetition(repetition) if repetition.min > 0 => gather(&repetition.sub, requirement),
        HirKind::Alternation(branches) => alternation(branches, requirement),
        HirKind::Literal(literal) => offer(requirement, vec![literal.0.to_ascii_lowercase()]),
        HirKind::Class(class) => {
            if let Some(set) = class_bytes(class) {
                requirement.bytes.push(set);
            }
        }
        _ => {}
    }
}

/// Every branch must give something; then their union is needed.
fn alternation(branches: &[Hir], requirement: &mut Requirement) {
    let inner: Vec<Requirement> = branches
        .iter()
        .map(|branch| {
            let mut inner = Requirement::default();
            gather(branch, &mut inner);
            inner
        })
        .collect();
    if inner.iter().all(|branch| branch.literals.is_some()) {
        let mut all: Vec<Vec<u8>> =
            inner.iter().filter_map(|branch| branch.literals.clone()).flatten().collect();
        all.sort();
        all.dedup();
        keep_better(requirement, all);
        return;
    }
    let narrowest = |branch: &Requirement| {
        let own = branch.bytes.iter().min_by_key(|set| set.len()).copied();
        let first = branch.literals.as_ref().map(|literals| {
            literals.iter().fold(ByteSet::EMPTY, |set, literal| set.with(either_case(literal[0])))
        });
        own.or(first)
    };
    let union = inner.iter().try_fold(ByteSet::EMPTY, |union, branch| Some(union.with(narrowest(branch)?)));
    requirement.bytes.extend(union.filter(|set| set.len() < 128));
}

fn either_case(byte: u8) -> ByteSet {
    ByteSet::of(&[byte.to_ascii_lowercase(), byte.to_ascii_uppercase()])
}

/// Takes a set of exact texts, one of which must occur.
fn offer(requirement: &mut Requirement, mut texts: Vec<Vec<u8>>) {
    let shortest = texts.iter().map(Vec::len).min().unwrap_or(0);
    match shortest {
        0 => {}
        1 => {
            let set = texts.iter().fold(ByteSet::EMPTY, |set, text| set.with(either_case(text[0])));
            requirement.bytes.push(set);
        }
        _ => {
            texts.iter_mut().for_each(|text| text.truncate(MAX_LENGTH));
            texts.sort();
            texts.dedup();
            keep_better(requirement, texts);
        }
    }
}

fn keep_better(requirement: &mut Requirement, texts: Vec<Vec<u8>>) {
    let worth = |texts: &Vec<Vec<u8>>| {
        let shortest = texts.iter().map(Vec::len).min().unwrap_or(0);
        (shortest.min(3), usize::MAX - texts.len())
    };
    let better = requirement.literals.as_ref().is_none_or(|known| worth(&texts) > worth(known));
    if better && texts.len() <= MAX_LITERALS {
        requirement.literals = Some(texts);
    }
}

/// All texts that a piece can match, in lower case, where they are few.
fn exact(hir: &Hir, most: usize) -> Option<Vec<Vec<u8>>> {
    // What has no greatest length, or looks around, matches no fixed texts: nothing is gathered in vain.
    let properties = hir.properties();
    if properties.maximum_len().is_none_or(|length| length > MAX_EXACT) || !properties.look_set().is_empty() {
        return None;
    }
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_ascii_lowercase()]),
        HirKind::Class(class) => {
            let set = class_bytes(class).filter(|set| set.len() <= 2 * most)?;
            let mut bytes: Vec<Vec<u8>> = set.iter().map(|byte| vec![byte.to_ascii_lowercase()]).collect();
            bytes.sort();
            bytes.dedup();
            (bytes.len() <= most).then_some(bytes)
        }
        HirKind::Capture(capture) => exact(&capture.sub, most),
        HirKind::Concat(parts) => {
            let mut texts = vec![Vec::new()];
            for part in parts {
                texts = product(&texts, &exact(part, most)?);
                if texts.len() > most {
                    return None;
                }
            }
            Some(texts)
        }
        HirKind::Alternation(branches) => {
            let mut texts = Vec::new();
            for branch in branches {
                texts.extend(exact(branch, most)?);
                if texts.len() > most {
                    return None;
                }
            }
            Some(texts)
        }
        HirKind::Repetition(repetition) if repetition.min == 0 && repetition.max == Some(1) => {
            let mut texts = exact(&repetition.sub, most.saturating_sub(1))?;
            texts.push(Vec::new());
            Some(texts)
        }
        _ => None,
    }
}

fn product(heads: &[Vec<u8>], tails: &[Vec<u8>]) -> Vec<Vec<u8>> {
    heads.iter().flat_map(|head| tails.iter().map(move |tail| [head.as_slice(), tail].concat())).collect()
}

fn class_bytes(class: &Class) -> Option<ByteSet> {
    let mut set = ByteSet::EMPTY;
    match class {
        Class::Bytes(class) => {
            for range in class.ranges() {
                set = set.with(ByteSet::range(range.start(), range.end()));
            }
        }
        Class::Unicode(class) => {
            for range in class.ranges() {
                let (start, end) = (u8::try_from(range.start()).ok()?, u8::try_from(range.end()).ok()?);
                if end >= 0x80 {
                    return None;
                }
                set = set.with(ByteSet::range(start, end));
            }
        }
    }
    Some(set)
}
