//! Text from the other side, made harmless: what would move a cursor, hide text or turn its direction is shown by name.

/// Replaces C0 and C1 controls, bidirectional overrides and invisible characters by visible ones. Tabs become blanks.
#[must_use]
pub fn neutral(text: &str) -> String {
    if !text.chars().any(needs_care) {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len() + 8), |mut out, character| {
        match character {
            '\t' => out.push(' '),
            '\u{1b}' => out.push('␛'),
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}')),
            '\u{7f}' => out.push('␡'),
            _ if needs_care(character) => out.push_str(&format!("<U+{:04X}>", character as u32)),
            _ => out.push(character),
        }
        out
    })
}

/// Controls, and the characters of Unicode's "Trojan Source" list: bidirectional formatting, zero-width and tag characters.
fn needs_care(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::neutral;

    #[test]
    fn nothing_that_moves_a_cursor_is_left() {
        assert_eq!(neutral("a\u{1b}[31mb\r\n\u{9b}1A\u{202e}c\u{7f}"), "a␛[31mb␍␊<U+009B>1A<U+202E>c␡");
        assert_eq!(neutral("Größe ✓"), "Größe ✓");
    }
}
