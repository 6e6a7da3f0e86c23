//! Numeric forms of IPv4 addresses: `127.1`, `0x7f000001`, `0177.0.0.1`.

/// The dotted quad of a host that is written as numbers, decimal, octal or hexadecimal, in one to four parts.
pub(crate) fn normalise(host: &str) -> Option<String> {
    let parts: Vec<&str> = host.split('.').collect();
    let (last, front) = parts.split_last()?;
    if front.len() > 3 {
        return None;
    }
    let mut address: u64 = 0;
    for part in front {
        address = address << 8 | number(part).filter(|number| *number <= 255)?;
    }
    let width = 8 * (4 - front.len() as u32);
    let last = number(last).filter(|number| *number < 1 << width)?;
    let address = u32::try_from(address << width | last).ok()?;
    Some(std::net::Ipv4Addr::from(address).to_string())
}

fn number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (&text[1..], 8),
        None => (text, 10),
    };
    let valid = !digits.is_empty() && digits.bytes().all(|byte| (byte as char).is_digit(radix));
    valid.then(|| u64::from_str_radix(digits, radix).ok()).flatten()
}
