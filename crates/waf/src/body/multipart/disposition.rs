//! `Content-Disposition: form-data; name="..."; filename="..."`.

use super::Flags;
use super::headers::Line;

/// The two parameters that count.
#[derive(Debug, Default)]
pub(super) struct Disposition {
    pub(super) name: Option<Line>,
    pub(super) filename: Option<Line>,
}

/// Reads the value of the header. `Err` holds mod_security2's number of the reason.
pub(super) fn parse(value: &Line, flags: &mut Flags) -> Result<Disposition, i32> {
    let bytes = value.bytes();
    let mut found = Disposition::default();
    if !bytes.starts_with(b"form-data") {
        return Err(-1);
    }
    let mut at = skip_space(bytes, 9);
    if at == bytes.len() {
        return Ok(found);
    }
    if bytes[at] != b';' {
        return Err(-2);
    }
    at += 1;
    while at < bytes.len() {
        at = skip_space(bytes, at);
        let name_start = at;
        while at < bytes.len() && !matches!(bytes[at], b'=' | b'\t' | b' ') {
            at += 1;
        }
        let name = &bytes[name_start..at];
        at = skip_space(bytes, at);
        match bytes.get(at) {
            Some(b'=') => at = skip_space(bytes, at + 1),
            Some(_) => return Err(-13),
            None => return Err(-4),
        }
        if at == bytes.len() {
            return Err(-6);
        }
        let (parameter, end) = parameter_value(value, at, flags)?;
        at = end;
        let slot = match name {
            b"name" => &mut found.name,
            b"filename" => &mut found.filename,
            _ => return Err(-11),
        };
        if slot.replace(parameter).is_some() {
            return Err(if name == b"name" { -14 } else { -15 });
        }
        at = skip_space(bytes, at);
        match bytes.get(at) {
            None => return Ok(found),
            Some(b';') => at += 1,
            Some(_) => {
                flags.invalid_quoting |= at > 0 && matches!(bytes[at - 1], b'\'' | b'"');
                return Err(-12);
            }
        }
    }
    Ok(found)
}

fn skip_space(bytes: &[u8], from: usize) -> usize {
    from + bytes[from.min(bytes.len())..].iter().take_while(|byte| matches!(byte, b'\t' | b' ')).count()
}

/// A value with or without quotes, and where it ends.
fn parameter_value(line: &Line, from: usize, flags: &mut Flags) -> Result<(Line, usize), i32> {
    let bytes = line.bytes();
    let mut value = Line::default();
    let quote = bytes[from];
    if !matches!(quote, b'"' | b'\'') {
        let end = from + bytes[from..].iter().take_while(|byte| is_token(**byte)).count();
        (from..end).for_each(|index| value.push(line, index));
        flags.invalid_quoting |= value.bytes().contains(&b'\'');
        return Ok((value, end));
    }
    flags.invalid_quoting |= quote == b'\'';
    let mut at = from + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => {
                let next = *bytes.get(at + 1).ok_or(-8)?;
                if next == quote || next == b'\\' {
                    at += 1;
                }
            }
            byte if byte == quote => {
                flags.invalid_quoting |= quote != b'"' && value.bytes().contains(&b'\'');
                return Ok((value, at + 1));
            }
            _ => {}
        }
        value.push(line, at);
        at += 1;
    }
    Err(-10)
}

fn is_token(byte: u8) -> bool {
    matches!(byte, 33..=126) && !b"()<>@,;:\\\"/[]?=".contains(&byte)
}
