//! URL globbing: `{one,two}`, `[1-3]`, `[001-100:10]`, `[a-z:2]`.

use super::Error;

/// The most URLs that one pattern may stand for.
const MOST: usize = 1000;

/// The most bytes of all of them.
const BYTES: usize = 64 << 20;

/// All URLs that a pattern stands for, in curl's order: the leftmost part changes slowest.
pub(crate) fn expand(pattern: &str) -> Result<Vec<String>, Error> {
    let fault = |words: &str| Error::Url(crate::text::short(pattern), words.to_owned());
    let mut urls = vec![String::new()];
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (alternatives, length) = match first {
            '\\' if rest[1..].starts_with(['{', '}', '[', ']']) => (vec![rest[1..2].to_owned()], 2),
            '{' => {
                let end = rest.find('}').ok_or_else(|| fault("the brace is not closed"))?;
                (set(&rest[1..end]).ok_or_else(|| fault("bad {set}"))?, end + 1)
            }
            '[' if is_ipv6(rest) => (vec!["[".to_owned()], 1),
            '[' => {
                let end = rest.find(']').ok_or_else(|| fault("the bracket is not closed"))?;
                (range(&rest[1..end]).ok_or_else(|| fault("bad [range]"))?, end + 1)
            }
            '}' => return Err(fault("unmatched brace")),
            ']' if !rest_is_after_ipv6(pattern, rest) => return Err(fault("unmatched bracket")),
            other => {
                // What is no pattern goes to the end of each; to make them anew would cost the square of the length.
                urls.iter_mut().for_each(|url| url.push(other));
                rest = &rest[other.len_utf8()..];
                continue;
            }
        };
        if urls.len().saturating_mul(alternatives.len()) > MOST {
            return Err(fault("stands for more than 1000 URLs"));
        }
        if urls.len() * alternatives.len() * pattern.len() > BYTES {
            return Err(fault("stands for too many and too long URLs"));
        }
        urls =
            urls.iter().flat_map(|url| alternatives.iter().map(move |end| format!("{url}{end}"))).collect();
        rest = &rest[length..];
    }
    Ok(urls)
}

/// Whether this bracket opens an IPv6 address.
fn is_ipv6(rest: &str) -> bool {
    let Some(end) = rest.find(']') else { return false };
    let inside = rest[1..end].split('%').next().unwrap_or("");
    inside.parse::<std::net::Ipv6Addr>().is_ok()
}

fn rest_is_after_ipv6(pattern: &str, rest: &str) -> bool {
    let before = &pattern[..pattern.len() - rest.len()];
    before.rfind('[').is_some_and(|open| is_ipv6(&pattern[open..]))
}

fn set(inside: &str) -> Option<Vec<String>> {
    if inside.is_empty() || inside.contains(['{', '[', ']']) {
        return None;
    }
    Some(inside.split(',').map(str::to_owned).collect())
}

fn range(inside: &str) -> Option<Vec<String>> {
    let (span, step) = inside.split_once(':').unwrap_or((inside, "1"));
    let (from, to) = span.split_once('-')?;
    let step: usize = step.parse().ok().filter(|step| *step > 0)?;
    if let (&[low], &[high]) = (from.as_bytes(), to.as_bytes())
        && low.is_ascii_alphabetic()
        && high.is_ascii_alphabetic()
    {
        return (low <= high).then(|| (low..=high).step_by(step).map(|c| (c as char).to_string()).collect());
    }
    let (low, high): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
    let width = if from.starts_with('0') { from.len() } else { 0 };
    let values = (low..=high).step_by(step).take(MOST + 1);
    (low <= high).then(|| values.map(|value| format!("{value:0width$}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leftmost_part_changes_slowest() {
        let urls = expand("http://[::1]/{a,b}/[08-10:2]?\\{x\\}").unwrap();
        let expected = ["a/08", "a/10", "b/08", "b/10"].map(|end| format!("http://[::1]/{end}?{{x}}"));
        assert_eq!(urls, expected);
        assert_eq!(expand("/[a-e:2]").unwrap(), ["/a", "/c", "/e"]);
        for bad in ["{a", "[1-", "a]", "a}", "[5-1]", "[1-2000]"] {
            assert!(expand(bad).is_err(), "{bad}");
        }
        let long = "a".repeat(1 << 20);
        assert_eq!(expand(&long).unwrap(), [long.as_str()]);
        assert!(expand(&format!("{long}[1-1000]")).is_err(), "a gigabyte");
    }
}
