//! The text of documents: from UTF-16, and shortened for messages.

use crate::coding;

/// The most characters of a document that a message of ours quotes.
const SHOWN: usize = 60;

/// The start of a text, for a message.
pub(crate) fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The document out of its gzip wrapping, as rotated logs and saved answers have it; what is cut off counts as far as
/// it goes. Anything else stays as it is.
pub(crate) fn unpacked(bytes: Vec<u8>) -> Vec<u8> {
    if !bytes.starts_with(&[0x1f, 0x8b, 8]) {
        return bytes;
    }
    match coding::decode("gzip", &bytes) {
        Ok(plain) | Err(coding::CodingError::TooLarge(_, plain)) => plain,
        Err(_) => bytes,
    }
}

/// The document as UTF-8, where a byte order mark says that it is UTF-16: Windows PowerShell writes what a program prints so
/// (about_Character_Encoding: `>` is UTF-16LE up to version 5.1). Anything else stays as it is.
pub(crate) fn from_utf16(bytes: Vec<u8>) -> Vec<u8> {
    let unit: fn([u8; 2]) -> u16 = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return bytes,
    };
    let units = bytes[2..].chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into_bytes()
}
