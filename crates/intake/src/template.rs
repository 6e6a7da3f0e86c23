//! `{{name}}`: how editors' `.http` files and collections write variables.

/// The longest text that is made: values that hold one another twice would grow without end.
const LONGEST: usize = 16 << 20;

/// The longest value of a variable.
const VALUE: usize = 64 << 10;

/// The text with its variables put in; one that is not known stands as `<name>`, as people write what they leave out.
pub(crate) fn fill(text: &str, known: &[(String, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}").filter(|(name, _)| is_name(name)) else {
            out.push_str(before);
            out.push_str("{{");
            rest = after;
            continue;
        };
        out.push_str(before);
        match known.iter().rev().find(|(known, _)| known == name.trim()) {
            // A value may name others, but is not filled again: nothing here can run in circles.
            Some((_, value)) if out.len() + value.len() <= LONGEST => out.push_str(value),
            _ => out.push_str(&format!("<{}>", name.trim())),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn is_name(text: &str) -> bool {
    let name = text.trim();
    !name.is_empty() && name.len() <= 80 && name.chars().all(|c| c.is_alphanumeric() || "_-.$".contains(c))
}

/// The variables that an `.http` file sets: `@name = value` on a line of its own.
pub(crate) fn variables(text: &str) -> Vec<(String, String)> {
    let set = |line: &str| {
        let (name, value) = line.strip_prefix('@')?.split_once('=')?;
        is_name(name).then(|| (name.trim().to_owned(), value.trim().to_owned()))
    };
    let mut known: Vec<(String, String)> = Vec::new();
    for (name, value) in text.lines().filter_map(set) {
        let value = fill(&value, &known);
        let value = if value.len() <= VALUE { value } else { format!("<{name}>") };
        known.push((name, value));
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_hold_each_other_twice_stay_within_bounds() {
        let doubled: String =
            (1..60).map(|at| format!("@a{at} = {{{{a{}}}}}{{{{a{}}}}}\n", at - 1, at - 1)).collect();
        let text = format!("@a0 = x\n{doubled}");
        let known = variables(&text);
        assert!(known.iter().all(|(_, value)| value.len() <= VALUE) && known.len() == 60);
        let value = ("v".to_owned(), "y".repeat(VALUE));
        assert!(fill(&"{{v}}".repeat(1000), &[value]).len() < LONGEST + 10_000);
        assert_eq!(fill("{{ a }} {{b}} {{ {{a}}", &[("a".into(), "1".into())]), "1 <b> {{ 1");
    }
}
