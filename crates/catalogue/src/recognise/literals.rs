//! Thousands of short texts, found in one pass without an automaton: a command that reads 20 kB once is done sooner than an
//! automaton of all texts is built (aho-corasick took a third of such a run).

/// The bytes of a text by which it is looked up, and the bits of the table that they lead to.
const KEY: usize = 4;
const BITS: u32 = 13;

/// Finds texts, each with the number it was given.
pub(crate) struct Literals {
    texts: Vec<(&'static [u8], usize)>,
    /// Where the texts of each bucket begin in `keyed`; one more than there are buckets.
    buckets: Vec<u32>,
    /// Texts of at least four bytes: the first four, and the place in `texts`.
    keyed: Vec<(u32, u32)>,
    /// Shorter texts by their first byte.
    short: Vec<Vec<u32>>,
}

/// A text that was found: its number, and from where to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) number: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Literals {
    /// Takes the texts; empty ones are never found.
    pub(crate) fn new(texts: Vec<(&'static [u8], usize)>) -> Literals {
        let mut short = vec![Vec::new(); 256];
        let mut buckets = vec![0; (1 << BITS) + 1];
        for (place, (text, _)) in (0_u32..).zip(&texts) {
            match (key(text), text.first()) {
                (Some(key), _) => buckets[bucket(key) + 1] += 1,
                (None, Some(&first)) => short[usize::from(first)].push(place),
                (None, None) => {}
            }
        }
        for at in 1..buckets.len() {
            buckets[at] += buckets[at - 1];
        }
        // Each text goes to the next free place of its bucket: counting does without a sort.
        let mut free = buckets.clone();
        let mut keyed = vec![(0, 0); buckets[1 << BITS] as usize];
        for (place, (text, _)) in (0_u32..).zip(&texts) {
            let Some(key) = key(text) else { continue };
            let next = &mut free[bucket(key)];
            keyed[*next as usize] = (key, place);
            *next += 1;
        }
        Literals { texts, buckets, keyed, short }
    }

    /// Every place of every text, in the order of where they start.
    pub(crate) fn find<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Hit> + 'a {
        (0..text.len()).flat_map(move |start| {
            let rest = &text[start..];
            let short = self.short[usize::from(rest[0])].iter().copied();
            let keyed = key(rest).into_iter().flat_map(|wanted| {
                let bucket = bucket(wanted);
                let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
                let same = move |&&(key, _): &&(u32, u32)| key == wanted;
                self.keyed[range].iter().filter(same).map(|&(_, place)| place)
            });
            short.chain(keyed).filter_map(move |place| {
                let (literal, number) = self.texts[place as usize];
                rest.starts_with(literal).then(|| Hit { number, start, end: start + literal.len() })
            })
        })
    }
}

fn key(text: &[u8]) -> Option<u32> {
    text.first_chunk::<KEY>().map(|bytes| u32::from_le_bytes(*bytes))
}

/// Fibonacci hashing: the upper bits of a product with the golden ratio's share of 2^32.
fn bucket(key: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> (u32::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Held against aho-corasick: short and long texts, prefixes of each other, twice the same, at the very end.
        #[test]
        fn finds_what_an_automaton_finds(
            texts in prop::collection::vec("[ab ]{1,7}", 1..12),
            text in "[abc ]{0,60}",
        ) {
            let literals: Vec<(&'static [u8], usize)> =
                texts.iter().enumerate().map(|(number, text)| (&*text.clone().into_bytes().leak(), number)).collect();
            let mut ours: Vec<_> =
                Literals::new(literals).find(text.as_bytes()).map(|hit| (hit.number, hit.start, hit.end)).collect();
            let automaton = AhoCorasick::new(&texts).unwrap();
            let hits = automaton.find_overlapping_iter(&text);
            let mut theirs: Vec<_> = hits.map(|hit| (hit.pattern().as_usize(), hit.start(), hit.end())).collect();
            ours.sort_unstable();
            theirs.sort_unstable();
            prop_assert_eq!(ours, theirs);
        }
    }
}
