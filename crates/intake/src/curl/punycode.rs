//! Punycode of a host label (RFC 3492, section 6.3). Normalisation (NFC) is left to whoever wrote the label.

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;

/// The Punycode of a label, without `xn--`. `None` if it is too long to be a label.
pub(crate) fn encode(label: &str) -> Option<String> {
    let characters: Vec<u32> = label.chars().map(u32::from).collect();
    if characters.len() > 63 {
        return None;
    }
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = out.len() as u32;
    if basic > 0 {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut handled) = (128, 0u32, 72, basic);
    while (handled as usize) < characters.len() {
        let least = *characters.iter().filter(|c| **c >= next).min()?;
        delta = delta.checked_add((least - next).checked_mul(handled + 1)?)?;
        next = least;
        for &character in &characters {
            if character < next {
                delta = delta.checked_add(1)?;
            } else if character == next {
                number(delta, bias, &mut out);
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta += 1;
        next += 1;
    }
    Some(out)
}

/// Appends a number of variable length.
fn number(mut rest: u32, bias: u32, out: &mut String) {
    let digit = |value: u32| char::from_digit(value, 36).unwrap_or('a');
    // Punycode counts letters first: a is 0, z is 25, then the digits.
    let letter = |value: u32| if value < 26 { (b'a' + value as u8) as char } else { digit(value - 26) };
    let mut k = BASE;
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < threshold {
            out.push(letter(rest));
            return;
        }
        out.push(letter(threshold + (rest - threshold) % (BASE - threshold)));
        rest = (rest - threshold) / (BASE - threshold);
        k += BASE;
    }
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + 38)
}
