//! How wide an exclusion is: which attacks would pass at its place.

use std::num::NonZero;
use std::ops::Range;

use crate::rules::Control;
use crate::{Exclusion, OwnedRequest, Part, Request, RuleSet, Verdict, transaction};

/// An attack to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attack {
    /// Its name in its collection: `942100-5`.
    pub name: String,
    /// The text, decoded: the value that an application would see.
    pub text: Vec<u8>,
}

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Width {
    /// Attacks that were put into the place.
    pub tried: usize,
    /// Those that are refused there without the exclusion.
    pub refused: usize,
    /// The names of those of them that pass with it.
    pub passing: Vec<String>,
}

/// Puts each attack into each value that an exclusion concerns, in place of the text that tripped, and asks the rules with
/// and without the exclusion, on all cores. An attack passes where it does in one of the places.
#[must_use]
pub fn width(
    rules: &RuleSet,
    request: &Request<'_>,
    verdict: &Verdict,
    exclusion: &Exclusion,
    attacks: &[Attack],
) -> Width {
    let places = places(request, verdict, exclusion);
    let controls = exclusion.controls();
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (at, excluding) = (places.as_slice(), controls.as_slice());
    let share = attacks.len().div_ceil(cores).max(1);
    let mut width = Width::default();
    std::thread::scope(|scope| {
        let start = |part| scope.spawn(move || try_all(rules, request, (at, excluding), part));
        let running: Vec<_> = attacks.chunks(share).map(start).collect();
        for part in running {
            match part.join() {
                Ok(part) => width.add(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    width
}

fn try_all(
    rules: &RuleSet,
    request: &Request<'_>,
    (places, controls): (&[Range<usize>], &[Control]),
    attacks: &[Attack],
) -> Width {
    let mut width = Width { tried: attacks.len(), ..Width::default() };
    for attack in attacks {
        let mut refused = false;
        let mut passes = false;
        for place in places {
            let placed = replaced(request, places, place, &attack.text);
            let before = placed.with(|request| transaction::refuses(rules, request, &[]));
            refused |= before;
            passes |= before && !placed.with(|request| transaction::refuses(rules, request, controls));
        }
        width.refused += usize::from(refused);
        if passes {
            width.passing.push(attack.name.clone());
        }
    }
    width
}

impl Width {
    fn add(&mut self, part: Width) {
        self.tried += part.tried;
        self.refused += part.refused;
        self.passing.extend(part.passing);
    }
}

/// The values that the excluded rules matched, from the last in the request to the first.
fn places(request: &Request<'_>, verdict: &Verdict, exclusion: &Exclusion) -> Vec<Range<usize>> {
    let concerned = verdict.matches.iter().filter(|found| exclusion.opens.contains_key(&found.rule));
    let mut places: Vec<Range<usize>> = concerned.filter_map(|found| found.whole.clone()).collect();
    places.retain(|place| request.place(place).is_some());
    places.sort_by_key(|place| std::cmp::Reverse(place.start));
    places.dedup();
    // A value within another (a cookie within its field) stands for both.
    let within = |inner: &Range<usize>, outer: &Range<usize>| {
        outer != inner && outer.start <= inner.start && inner.end <= outer.end
    };
    let kept = places.iter().filter(|outer| !places.iter().any(|inner| within(inner, outer)));
    kept.cloned().collect()
}

/// The request with a text in one place and nothing in the others, written as that part of the request is written.
fn replaced(
    request: &Request<'_>,
    places: &[Range<usize>],
    wanted: &Range<usize>,
    text: &[u8],
) -> OwnedRequest {
    let mut owned = request.to_owned_request();
    for range in places {
        let Some(place) = request.place(range) else { continue };
        let text = if range == wanted { text } else { b"x" };
        let quoted = place.range.start > 0 && request.part(place.part)[place.range.start - 1] == b'"';
        let written = written(request, place.part, quoted, text);
        owned.part_mut(place.part).splice(place.range, written);
    }
    let length = owned.body.len().to_string().into_bytes();
    for header in owned.headers.iter_mut().filter(|header| header.0.eq_ignore_ascii_case(b"content-length")) {
        header.1.clone_from(&length);
    }
    owned
}

fn written(request: &Request<'_>, part: Part, quoted: bool, text: &[u8]) -> Vec<u8> {
    let kind =
        String::from_utf8_lossy(request.header("content-type").unwrap_or_default()).to_ascii_lowercase();
    match part {
        Part::Target => percent(text),
        Part::Body if kind.contains("json") && quoted => json(text),
        Part::Body if kind.contains("json") => [b"\"", json(text).as_slice(), b"\""].concat(),
        Part::Body if kind.contains("xml") => xml(text),
        Part::Body if kind.contains("multipart") => text.to_vec(),
        Part::Body => percent(text),
        _ => text.iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n' | 0)).collect(),
    }
}

fn percent(text: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => written.push(*byte),
            byte => written.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    written
}

fn json(text: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'"' | b'\\' => written.extend_from_slice(&[b'\\', *byte]),
            0..=0x1f => written.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            byte => written.push(*byte),
        }
    }
    written
}

fn xml(text: &[u8]) -> Vec<u8> {
    let mut written = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b'<' => written.extend_from_slice(b"&lt;"),
            b'&' => written.extend_from_slice(b"&amp;"),
            b'"' => written.extend_from_slice(b"&quot;"),
            byte => written.push(*byte),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, exclusion};

    const RULES: &str = r#"
SecRuleEngine On
SecRequestBodyAccess On
SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule ARGS "@rx union select" "id:10,phase:2,deny,status:403"
SecRule ARGS "@rx <script" "id:11,phase:2,deny,status:403"
"#;

    fn attack(text: &str) -> Attack {
        Attack { name: text.to_owned(), text: text.as_bytes().to_vec() }
    }

    #[test]
    fn only_the_excluded_kind_passes_and_only_in_its_place() {
        let rules = RuleSet::parse(RULES, &Options::default()).unwrap();
        let headers: &[(&[u8], &[u8])] =
            &[(b"Content-Type", b"application/json"), (b"Content-Length", b"44")];
        let request = Request {
            method: b"POST",
            target: b"/notes",
            version: b"HTTP/1.1",
            headers,
            body: br#"{"text":"a union select tour","name":"Anna"}"#,
            client: [127, 0, 0, 1].into(),
        };
        let verdict = rules.inspect(&request);
        let found = exclusion(&rules, &request, &verdict).expect("an exclusion");
        let attacks = [attack("1 union select \"x\""), attack("<script>"), attack("harmless")];
        let measured = width(&rules, &request, &verdict, &found, &attacks);
        assert_eq!((measured.tried, measured.refused), (3, 2));
        assert_eq!(measured.passing, ["1 union select \"x\""]);
        let placed = replaced(
            &request,
            &[super::places(&request, &verdict, &found)[0].clone()],
            &super::places(&request, &verdict, &found)[0],
            b"say \"hi\"",
        );
        assert_eq!(placed.body, br#"{"text":"say \"hi\"","name":"Anna"}"#);
    }
}
