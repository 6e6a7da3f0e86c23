//! What a pattern needs, read off its text in one pass.
//!
//! The patterns of rules are written in a plain part of the syntax. This reader knows that part alone, keeps no tree, and
//! is certain of what it accepts; of anything else it says nothing, and the `regex` crate decides whether the pattern can
//! be read. It sees the dialect that [`super::translate`] writes: ASCII, bytes as `\xHH`.

mod classes;

use super::literals::{Part, Requirement};
use crate::variables::byte_set::ByteSet;
use classes::Member;

/// Groups nested deeper are left to the `regex` crate.
const MAX_DEPTH: usize = 50;

/// Repetitions of more are left to it too.
const MAX_REPETITION: u32 = 1000;

/// Reads a translated pattern; `None` where this reader is not certain that it can be compiled.
pub(super) fn read(pattern: &str, fold: bool) -> Option<Requirement> {
    let mut reader = Reader { text: pattern.as_bytes(), at: 0, depth: 0, fold };
    let whole = reader.alternatives()?;
    (reader.at == reader.text.len()).then(|| whole.into_requirement())
}

struct Reader<'p> {
    text: &'p [u8],
    at: usize,
    depth: usize,
    /// Whether case is ignored here.
    fold: bool,
}

/// What stands before a quantifier.
enum Atom {
    Byte(u8),
    Set(ByteSet),
    /// A place between bytes.
    Look,
    Group(Part),
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, wanted: &[u8]) -> bool {
        let found = self.text[self.at..].starts_with(wanted);
        self.at += if found { wanted.len() } else { 0 };
        found
    }

    fn alternatives(&mut self) -> Option<Part> {
        let first = self.sequence()?;
        if self.peek() != Some(b'|') {
            return Some(first);
        }
        let mut branches = vec![first];
        while self.take(b"|") {
            branches.push(self.sequence()?);
        }
        Some(Part::one_of(branches))
    }

    fn sequence(&mut self) -> Option<Part> {
        let mut part = Part::start();
        loop {
            let atom = match self.peek() {
                None | Some(b'|' | b')') => return Some(part.finish()),
                Some(b'(') => match self.group()? {
                    Some(group) => Atom::Group(group),
                    None => continue,
                },
                Some(_) => self.atom()?,
            };
            match (atom, self.quantifier()?) {
                (Atom::Look, None) => part.pause(),
                (Atom::Look, Some(_)) => return None,
                (Atom::Byte(byte), None) => part.push(byte),
                (Atom::Byte(byte), Some(times)) => part.repeat(Part::of_byte(byte), times),
                (Atom::Set(set), None) => part.join(Part::of_set(set)),
                (Atom::Set(set), Some(times)) => part.repeat(Part::of_set(set), times),
                (Atom::Group(group), None) => part.join(group),
                (Atom::Group(group), Some(times)) => part.repeat(group, times),
            }
        }
    }

    /// A group, or `None` inside for flags that hold from here on.
    fn group(&mut self) -> Option<Option<Part>> {
        self.at += 1;
        let outside = self.fold;
        if self.take(b"?") && !self.take(b":") && self.flags()? == b')' {
            // A quantifier would have nothing to repeat.
            return (!matches!(self.peek(), Some(b'*' | b'+' | b'?' | b'{'))).then_some(None);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let inside = self.alternatives()?;
        self.depth -= 1;
        self.fold = outside;
        self.take(b")").then_some(Some(inside))
    }

    /// Flags up to `:` or `)`, which is returned.
    fn flags(&mut self) -> Option<u8> {
        let mut seen = ByteSet::EMPTY;
        let mut on = true;
        loop {
            match self.next()? {
                b'-' if on => on = false,
                flag @ (b'i' | b'm' | b's') if !seen.contains(flag) => {
                    seen.insert(flag);
                    if flag == b'i' {
                        self.fold = on;
                    }
                }
                end @ (b':' | b')') if seen.len() > 0 && (on || self.text[self.at - 2] != b'-') => {
                    return Some(end);
                }
                _ => return None,
            }
        }
    }

    fn atom(&mut self) -> Option<Atom> {
        Some(match self.next()? {
            b'\\' => self.escape()?,
            b'[' => Atom::Set(self.class()?),
            b'.' => Atom::Set(ByteSet::ALL),
            b'^' | b'$' => Atom::Look,
            b'*' | b'+' | b'?' | b'{' => return None,
            byte if byte.is_ascii() => Atom::Byte(byte),
            _ => return None,
        })
    }

    fn escape(&mut self) -> Option<Atom> {
        Some(match self.peek()? {
            b'A' | b'z' | b'b' | b'B' => {
                self.at += 1;
                // `\b{start}` is a look of another kind.
                return (self.peek() != Some(b'{')).then_some(Atom::Look);
            }
            _ => match self.escaped()? {
                Member::Byte(byte) => Atom::Byte(byte),
                Member::Set(set) => Atom::Set(set),
            },
        })
    }

    /// How often the atom before is repeated: least and most. The outer `None` is for what is not read here.
    fn quantifier(&mut self) -> Option<Option<(u32, Option<u32>)>> {
        let times = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => {
                self.at += 1;
                let least = self.number()?;
                let most = if self.take(b",") {
                    if self.peek() == Some(b'}') { None } else { Some(self.number()?) }
                } else {
                    Some(least)
                };
                if self.peek() != Some(b'}') || most.is_some_and(|most| most < least) {
                    return None;
                }
                (least, most)
            }
            _ => return Some(None),
        };
        self.at += 1;
        self.take(b"?");
        // One quantifier upon another is left to the other reader.
        (!matches!(self.peek(), Some(b'*' | b'+' | b'?' | b'{'))).then_some(Some(times))
    }

    fn number(&mut self) -> Option<u32> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.text[start..self.at]).ok()?;
        digits.parse().ok().filter(|number| *number <= MAX_REPETITION)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::bytes::RegexBuilder;

    use super::*;

    fn needs(pattern: &str) -> Requirement {
        read(pattern, false).unwrap()
    }

    fn texts(literals: &[&str]) -> Option<Vec<Vec<u8>>> {
        Some(literals.iter().map(|text| text.as_bytes().to_vec()).collect())
    }

    #[test]
    fn finds_what_must_occur() {
        assert_eq!(needs(r"(?i)\bunion\s+select\b").literals, texts(&["union"]));
        assert_eq!(needs("ab(?:cd|[ef]g)?").literals, texts(&["ab", "abcd", "abeg", "abfg"]));
        assert_eq!(needs("(?:one.*|.*two)x").literals, texts(&["one", "two"]));
        assert_eq!(needs("a*b+").bytes, [ByteSet::of(b"bB")]);
        assert_eq!(needs(r"(?i:[^\x00-\x7A])x").bytes.len(), 2);
        assert_eq!(needs(r"^[0-9]{3,}$").bytes, [ByteSet::range(b'0', b'9')]);
        assert_eq!(needs("x?|y").literals, None);
    }

    #[test]
    fn says_nothing_where_it_is_not_certain() {
        for pattern in [
            "*a", "a**", "(a", "a)", "[b-a]", "[a", "a{2,1}", "(?)", "(?ii)a", "^*", "(?i)*", r"\y", "(?u)a",
            "a{1001}",
        ] {
            assert_eq!(read(pattern, false), None, "{pattern}");
        }
        let deep = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        assert!(read(&deep(50), false).is_some() && read(&deep(60_000), false).is_none());
    }

    /// Pieces of patterns, as the translation writes them.
    const PIECES: &[&str] = &[
        "a",
        "b",
        "C",
        "ab",
        "-",
        "|",
        "(",
        "(?:",
        "(?i)",
        "(?i:",
        "(?-i:",
        "(?s-m:",
        ")",
        "[",
        "[^",
        "]",
        "[ab]",
        "[a-c]",
        r"[\]b-]",
        "[[:alpha:]]",
        "[^[:^digit:]x]",
        r"\x41",
        r"\xE9",
        r"\d",
        r"\W",
        r"\s",
        r"\b",
        "^",
        "$",
        r"\z",
        ".",
        "*",
        "+",
        "?",
        "??",
        "{2}",
        "{1,2}",
        "{0,}",
        "{0}",
        r"\-",
        r"\{",
        "&",
        "~",
        ",",
        "0",
    ];

    fn holds(requirement: &Requirement, text: &[u8]) -> bool {
        let lower = text.to_ascii_lowercase();
        let occurs =
            |literal: &Vec<u8>| lower.windows(literal.len()).any(|window| window == literal.as_slice());
        let present = ByteSet::present(text);
        requirement.literals.as_ref().is_none_or(|literals| literals.iter().any(occurs))
            && requirement.bytes.iter().all(|set| set.meets(&present))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// What is accepted can be compiled, and what matches holds what was said to be needed.
        #[test]
        fn is_right_about_what_it_accepts(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 1..9),
            texts in prop::collection::vec("[aAbBcCé0 -]{0,6}", 8),
            fold in any::<bool>(),
        ) {
            let pattern = pieces.concat();
            if let Some(requirement) = read(&pattern, fold) {
                let built = RegexBuilder::new(&pattern).unicode(false).dot_matches_new_line(true).case_insensitive(fold).build();
                let regex = built.unwrap();
                for text in texts {
                    let latin: Vec<u8> = text.chars().map(|character| character as u8).collect();
                    prop_assert!(!regex.is_match(&latin) || holds(&requirement, &latin), "{pattern} on {text:?}: {requirement:?}");
                }
            }
        }
    }
}
