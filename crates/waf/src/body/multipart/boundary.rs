//! The boundary that the content type names.

use super::Flags;

/// The boundary, without its hyphens.
#[derive(Debug)]
pub(super) struct Boundary {
    pub(super) value: Vec<u8>,
}

impl Boundary {
    /// Reads the parameter; `Err` says why it is refused.
    pub(super) fn of_content_type(
        header: Option<&[u8]>,
        flags: &mut Flags,
    ) -> Result<Boundary, &'static str> {
        let header = header.ok_or("Multipart: Content-Type header not available.")?;
        if header.len() > 1024 {
            return Err("Multipart: Invalid boundary in C-T (length).");
        }
        if count_parameters(header) > 1 {
            return Err("Multipart: Multiple boundary parameters in C-T.");
        }
        let Some(at) = find(header, b"boundary") else {
            return Err(if count_parameters(header) > 0 {
                "Multipart: Invalid boundary in C-T (case sensitivity)."
            } else {
                "Multipart: Boundary not found in C-T."
            });
        };
        before_parameter(header.get(19..at).unwrap_or_default(), flags)?;
        let after = &header[at + 8..];
        let equals = after
            .iter()
            .position(|byte| *byte == b'=')
            .ok_or("Multipart: Invalid boundary in C-T (malformed).")?;
        if !after[..equals].iter().all(u8::is_ascii_whitespace) {
            return Err("Multipart: Invalid boundary in C-T (parameter name).");
        }
        let written = &after[equals + 1..];
        flags.boundary_whitespace |= equals > 0 || written.first().is_some_and(u8::is_ascii_whitespace);
        let value = unquoted(written, flags)?;
        if count_parameters(value) != 0 {
            return Err("Multipart: Invalid boundary in C-T (content).");
        }
        if !valid_characters(value) {
            return Err("Multipart: Invalid boundary in C-T (characters).");
        }
        if value.is_empty() {
            return Err("Multipart: Invalid boundary in C-T (empty).");
        }
        Ok(Boundary { value: value.to_vec() })
    }
}

/// Between the type and the parameter there may be white space and one semicolon.
fn before_parameter(between: &[u8], flags: &mut Flags) -> Result<(), &'static str> {
    let solid: Vec<u8> = between.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    match solid.as_slice() {
        b"" => flags.missing_semicolon = true,
        b";" => {}
        _ => return Err("Multipart: Invalid boundary in C-T (malformed)."),
    }
    Ok(())
}

fn unquoted<'a>(written: &'a [u8], flags: &mut Flags) -> Result<&'a [u8], &'static str> {
    let opens = written.first() == Some(&b'"');
    let closes = written.len() >= 2 && written.last() == Some(&b'"');
    match (opens, closes) {
        (true, true) => {
            flags.boundary_quoted = true;
            Ok(&written[1..written.len() - 1])
        }
        (false, false) => Ok(written),
        _ => Err("Multipart: Invalid boundary in C-T (quote)."),
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// How often the word `boundary` occurs with an equals sign somewhere behind it.
fn count_parameters(header: &[u8]) -> usize {
    let lower = header.to_ascii_lowercase();
    let mut rest = lower.as_slice();
    let mut count = 0;
    while let Some(at) = find(rest, b"boundary") {
        rest = &rest[at + 8..];
        count += usize::from(rest.contains(&b'='));
    }
    count
}

/// RFC 2046, page 21: `bchars`; a space not at the end.
fn valid_characters(value: &[u8]) -> bool {
    let last = value.len().wrapping_sub(1);
    value.iter().enumerate().all(|(index, byte)| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => true,
        b' ' => index != last,
        other => b"'()+_,-./:=?".contains(other),
    })
}
