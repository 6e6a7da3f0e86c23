//! `{{name}}`: how editors' `.http` files and collections write variables.

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
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&format!("<{}>", name.trim())),
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
        known.push((name, value));
    }
    known
}
