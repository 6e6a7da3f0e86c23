//! Entities that a document declares for itself.

use std::collections::HashMap;

/// All entities together may stand for this many bytes; libxml2 has a bound too.
const MAX_EXPANSION: usize = 1 << 20;

/// Internal general entities.
#[derive(Debug, Default)]
pub(super) struct Entities {
    declared: HashMap<Vec<u8>, Vec<u8>>,
}

impl Entities {
    /// Declares one; the first declaration holds.
    pub(super) fn declare(&mut self, name: &[u8], value: &[u8]) {
        self.declared.entry(name.to_vec()).or_insert_with(|| value.to_vec());
    }

    /// What a reference to `name` stands for; `None` where nothing declares it.
    pub(super) fn text(&self, name: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
        if let Some(byte) = predefined(name) {
            return Ok(Some(vec![byte]));
        }
        let Some(value) = self.declared.get(name) else { return Ok(None) };
        let mut text = Vec::new();
        self.expand(value, &mut text, 0)?;
        Ok(Some(text))
    }

    fn expand(&self, value: &[u8], text: &mut Vec<u8>, depth: usize) -> Result<(), &'static str> {
        let mut rest = value;
        while let Some((&byte, after)) = rest.split_first() {
            if text.len() > MAX_EXPANSION || depth > 40 {
                return Err("entity expansion exceeds its limit");
            }
            let semicolon = after.iter().position(|byte| *byte == b';');
            let (b'&', Some(end)) = (byte, semicolon) else {
                text.push(byte);
                rest = after;
                continue;
            };
            let name = &after[..end];
            if let Some(character) = character_reference(name) {
                text.extend_from_slice(&character);
            } else if let Some(byte) = predefined(name) {
                text.push(byte);
            } else if let Some(inner) = self.declared.get(name) {
                self.expand(inner, text, depth + 1)?;
            }
            rest = &after[end + 1..];
        }
        Ok(())
    }
}

fn predefined(name: &[u8]) -> Option<u8> {
    Some(match name {
        b"lt" => b'<',
        b"gt" => b'>',
        b"amp" => b'&',
        b"quot" => b'"',
        b"apos" => b'\'',
        _ => return None,
    })
}

/// The character of `#65` or `#x41`, in UTF-8.
pub(super) fn character_reference(name: &[u8]) -> Option<Vec<u8>> {
    let digits = std::str::from_utf8(name.strip_prefix(b"#")?).ok()?;
    let code = match digits.strip_prefix('x') {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => digits.parse(),
    };
    let character = char::from_u32(code.ok()?)?;
    let allowed = character >= ' ' || matches!(character, '\t' | '\n' | '\r');
    allowed.then(|| character.to_string().into_bytes())
}
