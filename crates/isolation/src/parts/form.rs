//! URL-encoded parameters: of the query, and of a form.

use super::{Part, Place, Region, Role, Syntax, atoms, names_a_credential, neutral};

/// The query's parameters.
pub(crate) fn query(target: &str, list: &mut Vec<Part>) {
    let Some(mark) = target.find('?') else { return };
    let end = target.find('#').filter(|end| *end > mark).unwrap_or(target.len());
    let found = parameters(&target.as_bytes()[..end], mark + 1, Region::Target, "query");
    list.extend(found.into_iter().filter(|part| !part.place.range.is_empty()));
}

/// The fields of a form.
pub(crate) fn body(body: &[u8]) -> Vec<Part> {
    parameters(body, 0, Region::Body, "body")
}

fn parameters(bytes: &[u8], start: usize, region: Region, kind: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = start;
    for pair in bytes[start..].split(|&byte| byte == b'&') {
        let sign = pair.iter().position(|&byte| byte == b'=');
        let name = atoms::decoded(Syntax::UrlEncoded, &pair[..sign.unwrap_or(0)]);
        let range = at + sign.map_or(0, |sign| sign + 1)..at + pair.len();
        let role = if names_a_credential(&name) { Role::Credential } else { Role::Value };
        let raw = &bytes[range.clone()];
        parts.push(Part {
            label: format!("{kind} {name}").trim_end().to_owned(),
            role,
            neutral: neutral::of(Syntax::UrlEncoded, raw),
            place: Place { region, range },
            syntax: Syntax::UrlEncoded,
        });
        at += pair.len() + 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_names_and_places() {
        let mut list = Vec::new();
        query("/a?q=1%27&&x&csrf_token=abc", &mut list);
        let shown: Vec<(&str, std::ops::Range<usize>, Role)> =
            list.iter().map(|part| (part.label.as_str(), part.place.range.clone(), part.role)).collect();
        assert_eq!(
            shown,
            [
                ("query q", 5..9, Role::Value),
                ("query", 11..12, Role::Value),
                ("query csrf_token", 24..27, Role::Credential)
            ]
        );
    }
}
