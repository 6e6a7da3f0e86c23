//! Joins the lines of one request over several logs: by an identifier that they share, else by time, path, method,
//! status, size and agent, with a probability, and with the offset between the clocks estimated from the logs.

mod clock;
mod common_id;
mod groups;
mod ids;
mod likeness;
mod stored;
mod traits;

pub use clock::Offset;
pub use common_id::common_id;
pub use traits::{Said, Traits};

use crate::record::Record;
use groups::Groups;
use likeness::Link;

/// All lines of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The lines as (file, index within the file), in the order of files and lines.
    pub lines: Vec<(usize, usize)>,
    /// What joined them.
    pub by: By,
    /// How likely all of them belong together. Below [`CERTAIN`] it must be said that the join is uncertain.
    pub probability: f64,
}

/// What joined the lines of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A shared identifier of the request.
    Id,
    /// Time and likeness.
    Likeness,
    /// It is a single line.
    Alone,
}

/// Joins at least as probable as this are not called uncertain.
pub const CERTAIN: f64 = 0.95;

/// The stories of several logs, and how their clocks differ.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Every line is in exactly one story; ordered by the first line.
    pub stories: Vec<Story>,
    /// For each file, what must be added to its times to get those of the first file of the comparison; `None` when
    /// nothing showed it.
    pub offsets: Vec<Option<Offset>>,
    /// Identifiers that stand for several requests and so were not used.
    pub repeated_ids: usize,
}

/// Joins the records of several files.
pub fn join(files: &[Vec<Record<'_>>]) -> Joined {
    let traits: Vec<Vec<Traits>> = files.iter().map(|file| file.iter().map(Traits::of).collect()).collect();
    join_traits(&traits)
}

/// Joins lines of which only what is compared was kept. A rotated set is one file here.
pub fn join_traits(files: &[Vec<Traits>]) -> Joined {
    let starts: Vec<usize> = files
        .iter()
        .scan(0, |sum, file| {
            let start = *sum;
            *sum += file.len();
            Some(start)
        })
        .collect();
    let mut groups = Groups::new(files.iter().map(Vec::len).sum());
    let repeated_ids = ids::unite(files, &starts, &mut groups);
    let reference =
        (0..files.len()).max_by_key(|file| (complete(&files[*file]), files.len() - file)).unwrap_or(0);
    let mut offsets = vec![None; files.len()];
    for file in (0..files.len()).filter(|file| *file != reference) {
        let linked = groups.pairs(
            starts[reference]..starts[reference] + files[reference].len(),
            starts[file]..starts[file] + files[file].len(),
        );
        let offset = clock::estimate(&files[reference], &files[file], &linked);
        offsets[file] = offset;
        let links = likeness::links(&files[reference], &files[file], offset, &linked);
        for link in layered(links, &files[reference], &files[file], &linked) {
            let (one, other) = (starts[reference] + link.reference, starts[file] + link.other);
            groups.link(one, other, By::Likeness, link.probability);
        }
    }
    if let Some(own) = offsets.get_mut(reference) {
        *own = Some(Offset::NONE);
    }
    Joined { stories: groups.stories(&starts), offsets, repeated_ids }
}

/// The links that hold: two access logs tell of the same requests only if most lines of the shorter one are found in the
/// other with certainty. Else they belong to different sites, and what is alike in them is chance.
fn layered(links: Vec<Link>, reference: &[Traits], other: &[Traits], linked: &[(usize, usize)]) -> Vec<Link> {
    let answers = other.iter().filter(|line| line.is_answer()).count();
    let certain =
        links.iter().filter(|link| other[link.other].is_answer() && link.probability >= CERTAIN).count();
    let same = (certain + linked.len()) * 2 >= answers.min(complete(reference));
    links.into_iter().filter(|link| same || !other[link.other].is_answer()).collect()
}

/// How many lines say enough to be compared with.
fn complete(traits: &[Traits]) -> usize {
    traits.iter().filter(|line| line.path.is_some() && line.status.is_some() && line.time.is_some()).count()
}
