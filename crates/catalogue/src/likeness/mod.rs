//! What the words of a refusal resemble: a guess for words that no signature knows. Naive Bayes over words and pairs of
//! words (Manning, Raghavan, Schütze, Introduction to Information Retrieval, chapter 13), each counted once, learned when the
//! crate is built from the signatures' texts, the causes' pages and `sentences/*.txt`; no case is learned from.

mod features;
mod frames;

use std::ops::Range;

use model::{Evidence, Likeness, LogLine, SourceKind, Span};

use crate::causes::CAUSES;
use crate::recognise::{HEARD, haystack};
use features::{BLOCK, STEPS, features};

/// The table that `build/likeness.rs` writes (its `write` says how it is laid out).
static TABLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/likeness.bin"));

/// The ids of the causes, in the order of the table's numbers.
static NUMBERS: &str = include_str!("../../causes.txt");

/// The causes, and lines that tell of none.
const CLASSES: usize = CAUSES.len() + 1;

/// Words are not independent, so their sum says too much: it is divided by this: chosen by `cases/scores.txt`.
const DEPENDENCE: f64 = 4.0;

/// The least that the telling words must add up to, in log-odds: one rare word alone says nothing.
const LEAST: f64 = 4.0;

/// How much lines that tell of no check count at most beside all causes: where nothing else stands, the little that speaks for
/// one is still said, and less sure.
const VAIN: f64 = 2.0;

/// A cause with a smaller share than this is not named.
const SMALL: f64 = 0.002;

/// What the answer's words and the log lines about the request resemble, most alike first; nothing if they say little.
#[must_use]
pub(crate) fn alike(evidence: &Evidence) -> Vec<Likeness> {
    let mut sums = vec![0.0_f64; CLASSES];
    let mut tells: Vec<(f64, Option<Span>)> = vec![(0.0, None); CLASSES];
    let mut heard: Vec<u32> = Vec::new();
    for (mut text, span) in texts(evidence) {
        frames::blank(&mut text);
        let text = String::from_utf8_lossy(&text);
        for feature in features(&text) {
            if heard.contains(&feature.hash) {
                continue;
            }
            heard.push(feature.hash);
            for (number, weight) in weights(feature.hash) {
                sums[number] += weight;
                if weight > tells[number].0 {
                    tells[number] = (weight, Some(span.part(feature.at.start, feature.at.end)));
                }
            }
        }
    }
    shares(&sums, &tells)
}

fn shares(sums: &[f64], tells: &[(f64, Option<Span>)]) -> Vec<Likeness> {
    let most = sums.iter().copied().fold(0.0, f64::max);
    if most < LEAST {
        return Vec::new();
    }
    let powers: Vec<f64> =
        sums.iter().zip(often()).map(|(sum, often)| ((sum + often - most) / DEPENDENCE).exp()).collect();
    let (nothing, powers) = powers.split_last().map_or((0.0, &powers[..]), |(last, causes)| (*last, causes));
    let all: f64 = powers.iter().sum();
    let all = all + nothing.min(all * VAIN);
    let named = numbers().zip(powers).zip(tells).filter_map(|((cause, power), (_, span))| {
        let share = power / all;
        (share >= SMALL).then_some(Likeness { cause, share, span: (*span)? })
    });
    let mut named: Vec<Likeness> = named.collect();
    named.sort_by(|a, b| b.share.total_cmp(&a.share));
    named
}

/// How often programs tell of each cause, as the sentences have it: the last bytes of the table, one a cause.
fn often() -> impl Iterator<Item = f64> {
    TABLE[TABLE.len() - CLASSES..].iter().map(|often| f64::from(*often) / STEPS)
}

/// The ids of the causes, in the order of their numbers in the table.
fn numbers() -> impl Iterator<Item = &'static str> {
    let lines = NUMBERS.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_whitespace().next())
}

/// The texts that tell of the refusal, with their places; what the client said is left out.
fn texts(evidence: &Evidence) -> Vec<(Vec<u8>, Span)> {
    let whole = |span: Span| (evidence.sources.bytes(span).to_vec(), span);
    let mut texts = Vec::new();
    if let Some(body) = evidence.response().and_then(|response| response.message.body.as_ref()) {
        texts.push((body.value[..body.value.len().min(LONGEST)].to_vec(), body.span));
    }
    texts.extend(haystack::own_phrase(evidence).map(whole));
    let lines = evidence.log_lines.iter().filter(|line| line.about_request >= HEARD && is_prose(line));
    texts.extend(lines.take(LINES).map(|line| (haystack::servers_words(evidence, line), line.span)));
    for (id, source) in evidence.sources.iter() {
        if matches!(source.kind, SourceKind::Text | SourceKind::Console) {
            let mut span = evidence.sources.whole(id);
            span.end = span.end.min(LONGEST);
            texts.push(whole(span));
        }
    }
    texts
}

/// Whether a log line says something in words: an access log only names fields and values.
fn is_prose(line: &LogLine) -> bool {
    line.field("status").is_none() || line.field("message").is_some()
}

/// The most of a text that is looked at, in bytes: refusals are short.
const LONGEST: usize = 16 << 10;

/// The most log lines that are looked at.
const LINES: usize = 20;

/// For which causes a feature speaks, by their numbers, and how much, in log-odds.
fn weights(hash: u32) -> impl Iterator<Item = (usize, f64)> {
    let count = number(0) as usize;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = usize::midpoint(low, high);
        if number(4 + middle * 4) < hash { low = middle + 1 } else { high = middle }
    }
    let range = if low < count && number(4 + low * 4) == hash { places(count, low) } else { 0..0 };
    range.step_by(2).map(|at| (usize::from(TABLE[at]), f64::from(TABLE[at + 1]) / STEPS))
}

/// Where the weights of a feature stand in a table of so many features.
fn places(count: usize, feature: usize) -> Range<usize> {
    let begins = 4 + count * 4;
    let counts = begins + count.div_ceil(BLOCK) * 4;
    let block = feature / BLOCK;
    let before = TABLE[counts + block * BLOCK..counts + feature].iter().map(|own| usize::from(*own));
    let first = number(begins + block * 4) as usize + before.sum::<usize>();
    let start = counts + count + first * 2;
    start..start + usize::from(TABLE[counts + feature]) * 2
}

fn number(at: usize) -> u32 {
    TABLE.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::features::features;

    proptest! {
        #[test]
        fn every_feature_stands_where_it_says(
            text in r#"([a-zA-Zäß您令𝔸]{1,4}|[<>/!\\u0-9a-f:" ]{1,5}|<style|</script>|://)*"#,
        ) {
            for feature in features(&text) {
                prop_assert!(text.get(feature.at.clone()).is_some_and(|place| !place.is_empty()));
            }
        }
    }

    #[test]
    fn endings_humps_and_escapes_do_not_matter() {
        let hashes = |text: &str| features(text).iter().map(|feature| feature.hash).collect::<Vec<_>>();
        assert_eq!(hashes("TokenExpiredException"), hashes("token_expires exception"));
        assert_eq!(hashes(r"token\nexpired"), hashes("token expired"));
        assert_eq!(hashes(r"\u4ee4\u724c"), hashes("令牌"));
        assert_ne!(hashes("令牌"), hashes("牌令"));
        assert_eq!(hashes("Forbidden for https://alice@shop.example/csrf?token=1"), hashes("forbidden"));
        assert_eq!(hashes("urn:ietf:params:oauth:rate forbidden"), hashes("forbidden"));
        assert_eq!(hashes("return: forbidden"), hashes("return forbidden"));
    }
}
