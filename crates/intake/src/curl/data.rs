//! The `-d` family and `--url-query`.

use super::{Error, Surroundings};

/// The value of `-d`: text, or `@file` without its line ends. curl 7.88 reads such a file in pieces of a line, of 255
/// bytes at most, and of each takes what stands before the first carriage return or NUL (`file2string`).
pub(crate) fn plain(value: &str, surroundings: &Surroundings<'_>) -> Result<Vec<u8>, Error> {
    match value.strip_prefix('@') {
        Some(file) => {
            let bytes = surroundings.read(file)?;
            let pieces = bytes.split(|&byte| byte == b'\n').flat_map(|line| line.chunks(255));
            let text =
                |piece: &[u8]| piece.iter().position(|byte| matches!(byte, b'\r' | 0)).unwrap_or(piece.len());
            Ok(pieces.flat_map(|piece| &piece[..text(piece)]).copied().collect())
        }
        None => Ok(value.as_bytes().to_vec()),
    }
}

/// The value of `--data-binary` and `--json`: text, or `@file` as it is.
pub(crate) fn binary(value: &str, surroundings: &Surroundings<'_>) -> Result<Vec<u8>, Error> {
    match value.strip_prefix('@') {
        Some(file) => surroundings.read(file),
        None => Ok(value.as_bytes().to_vec()),
    }
}

/// The value of `--data-urlencode`: `content`, `=content`, `name=content`, `@file` or `name@file`.
pub(crate) fn encoded(value: &str, surroundings: &Surroundings<'_>) -> Result<String, Error> {
    let at = value.find('=').or_else(|| value.find('@'));
    let (name, content) = match at {
        Some(at) if value.as_bytes()[at] == b'@' => (&value[..at], surroundings.read(&value[at + 1..])?),
        Some(at) => (&value[..at], value.as_bytes()[at + 1..].to_vec()),
        None => ("", value.as_bytes().to_vec()),
    };
    // curl writes a blank as `+` here, unlike its own escaping elsewhere.
    let content = percent_encode(&content).replace("%20", "+");
    Ok(if name.is_empty() { content } else { format!("{name}={content}") })
}

/// Percent-encodes all but the unreserved characters of RFC 3986, section 2.3.
pub(crate) fn percent_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Undoes percent-encoding.
pub(crate) fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    let digit = |at: usize| bytes.get(at).and_then(|byte| (*byte as char).to_digit(16));
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}
