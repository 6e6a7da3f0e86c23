//! PCRE's syntax in the words of the `regex` crate.
//!
//! The crate has no look-around, no backreferences, no atomic groups: for those the dialect of a backtracking engine is
//! written. Everything else that the engines read differently is rewritten here.

/// For whom a pattern is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The `regex` crate over bytes.
    Linear,
    /// `fancy-regex` over bytes written as the characters U+0000 to U+00FF.
    Backtracking,
}

/// Rewrites a pattern; `Err` names the construct that has no counterpart.
pub(super) fn translate(pattern: &str, dialect: Dialect) -> Result<String, String> {
    let mut output = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut in_class = false;
    let mut class_start = 0;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        rest = match character {
            '\\' => escape(after, in_class, dialect, &mut output)?,
            '[' if in_class => class_bracket(rest, &mut output),
            '[' => {
                in_class = true;
                output.push('[');
                let after = after.strip_prefix('^').inspect(|_| output.push('^')).unwrap_or(after);
                class_start = output.len();
                // A bracket right at the start of a class stands for itself.
                after.strip_prefix(']').inspect(|_| output.push_str("\\]")).unwrap_or(after)
            }
            ']' if in_class => {
                in_class = false;
                output.push(']');
                after
            }
            '&' | '~' if in_class => {
                output.push('\\');
                output.push(character);
                after
            }
            '-' if in_class
                && (output.len() == class_start || after.starts_with(']') || after.starts_with('-')) =>
            {
                output.push_str("\\-");
                after
            }
            '(' if !in_class => group(after, dialect, &mut output)?,
            '{' if !in_class && !is_repetition(after) => {
                output.push_str("\\{");
                after
            }
            '}' if !in_class && !closes_repetition(&output) => {
                output.push_str("\\}");
                after
            }
            '*' | '+' | '?' | '}' if !in_class && after.starts_with('+') && dialect == Dialect::Linear => {
                return Err("a possessive quantifier".to_owned());
            }
            other if other.is_ascii() => {
                output.push(other);
                after
            }
            other => {
                // The engines match bytes: a character of several bytes is a sequence of them.
                let mut buffer = [0; 4];
                for byte in other.encode_utf8(&mut buffer).bytes() {
                    output.push_str(&format!("\\x{byte:02X}"));
                }
                after
            }
        };
    }
    Ok(output)
}

/// A bracket inside a class: a POSIX class, or itself.
fn class_bracket<'a>(rest: &'a str, output: &mut String) -> &'a str {
    if rest.starts_with("[:")
        && let Some(end) = rest.find(":]")
    {
        output.push_str(&rest[..end + 2]);
        return &rest[end + 2..];
    }
    output.push_str("\\[");
    &rest[1..]
}

fn group<'a>(after: &'a str, dialect: Dialect, output: &mut String) -> Result<&'a str, String> {
    let backtracking = [
        ("?=", "a lookahead"),
        ("?!", "a negative lookahead"),
        ("?<=", "a lookbehind"),
        ("?<!", "a negative lookbehind"),
        ("?>", "an atomic group"),
    ];
    let nowhere = [("?|", "a branch reset"), ("?R", "a recursion"), ("?(", "a condition"), ("*", "a verb")];
    let lacking = if dialect == Dialect::Linear { backtracking.as_slice() } else { &[] };
    if let Some((_, name)) = lacking.iter().chain(&nowhere).find(|(mark, _)| after.starts_with(mark)) {
        return Err((*name).to_owned());
    }
    output.push('(');
    if let Some(comment) = after.strip_prefix("?#") {
        output.push_str("?:)");
        return Ok(comment.find(')').map_or("", |end| &comment[end + 1..]));
    }
    Ok(after)
}

fn is_repetition(after: &str) -> bool {
    let Some(end) = after.find('}') else { return false };
    let (least, most) = after[..end].split_once(',').unwrap_or((&after[..end], ""));
    !least.is_empty() && least.bytes().chain(most.bytes()).all(|byte| byte.is_ascii_digit())
}

fn closes_repetition(output: &str) -> bool {
    let inside = output.rfind('{').filter(|open| !output[..*open].ends_with('\\'));
    inside.is_some_and(|open| output[open + 1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b','))
}

/// What follows a backslash.
fn escape<'a>(
    after: &'a str,
    in_class: bool,
    dialect: Dialect,
    output: &mut String,
) -> Result<&'a str, String> {
    let Some(character) = after.chars().next() else {
        output.push_str("\\\\");
        return Ok(after);
    };
    let rest = &after[character.len_utf8()..];
    match character {
        'x' => return Ok(hexadecimal(rest, output)),
        'b' if in_class => output.push_str("\\x08"),
        'Q' => return Ok(quoted(rest, output)),
        'E' => {}
        'e' => output.push_str("\\x1B"),
        'h' => output.push_str(if in_class { " \\t\\xA0" } else { "[ \\t\\xA0]" }),
        'H' if !in_class => output.push_str("[^ \\t\\xA0]"),
        'v' => output.push_str(if in_class { "\\n\\x0B\\f\\r\\x85" } else { "[\\n\\x0B\\f\\r\\x85]" }),
        'N' => output.push_str("[^\\n]"),
        'R' => output.push_str("(?:\\r\\n|[\\n\\x0B\\f\\r\\x85])"),
        'Z' => output.push_str("\\n?\\z"),
        'c' => {
            let control = rest.bytes().next().unwrap_or(b'@').to_ascii_uppercase() ^ 64;
            output.push_str(&format!("\\x{control:02X}"));
            return Ok(rest.get(1..).unwrap_or_default());
        }
        '0'..='7' if in_class || character == '0' => return Ok(octal(after, output)),
        '1'..='9' if dialect == Dialect::Backtracking => {
            output.push('\\');
            output.push(character);
        }
        'd' | 'w' | 's' | 'D' | 'W' | 'S' | 'b' if dialect == Dialect::Backtracking && !in_class => {
            output.push_str(ascii_class(character));
        }
        'd' | 'w' | 's' if dialect == Dialect::Backtracking => {
            output.push_str(ascii_class(character).trim_matches(['[', ']']));
        }
        '1'..='9' => return Err("a backreference".to_owned()),
        'k' | 'g' => return Err("a backreference".to_owned()),
        'K' | 'G' | 'X' | 'C' | 'p' | 'P' => return Err(format!("\\{character}")),
        'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'n' | 'r' | 't' | 'f' | 'a' | 'A' | 'z' | 'b' | 'B' => {
            output.push('\\');
            output.push(character);
        }
        other if other.is_ascii_alphanumeric() => output.push(other),
        other => output.push_str(&format!("\\x{:02X}", other as u32 & 0xff)),
    }
    Ok(rest)
}

/// The classes of PCRE without Unicode, written out.
fn ascii_class(letter: char) -> &'static str {
    match letter {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        's' => "[ \\t\\n\\x0B\\f\\r]",
        'S' => "[^ \\t\\n\\x0B\\f\\r]",
        _ => "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))",
    }
}

/// `\xHH` and `\x{HH}`, both a byte.
fn hexadecimal<'a>(rest: &'a str, output: &mut String) -> &'a str {
    if let Some(braced) = rest.strip_prefix('{')
        && let Some(end) = braced.find('}')
        && let Ok(value) = u32::from_str_radix(&braced[..end], 16)
    {
        output.push_str(&format!("\\x{:02X}", value & 0xff));
        return &braced[end + 1..];
    }
    let digits = rest.bytes().take(2).take_while(u8::is_ascii_hexdigit).count();
    let value = u8::from_str_radix(&rest[..digits], 16).unwrap_or(0);
    output.push_str(&format!("\\x{value:02X}"));
    &rest[digits..]
}

fn octal<'a>(text: &'a str, output: &mut String) -> &'a str {
    let digits = text.bytes().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let value = u32::from_str_radix(&text[..digits], 8).unwrap_or(0) & 0xff;
    output.push_str(&format!("\\x{value:02X}"));
    &text[digits..]
}

fn quoted<'a>(rest: &'a str, output: &mut String) -> &'a str {
    let end = rest.find("\\E").unwrap_or(rest.len());
    for byte in rest[..end].bytes() {
        output.push_str(&format!("\\x{byte:02X}"));
    }
    rest.get(end + 2..).unwrap_or_default()
}
