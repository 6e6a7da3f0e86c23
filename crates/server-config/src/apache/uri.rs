//! The path of a request as httpd normalises and decodes it (`ap_normalize_path()` and `unescape_url()` in
//! `server/util.c`).

/// Whether several slashes become one (`MergeSlashes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slashes {
    Merge,
    Keep,
}

/// What `%2f` becomes (`AllowEncodedSlashes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EncodedSlashes {
    Forbidden,
    Decoded,
    Kept,
}

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadPath {
    /// 400: a broken escape, or above the root.
    Malformed,
    /// 404: an encoded slash or zero byte.
    Forbidden,
    /// The decoded path is no UTF-8: httpd goes on with bytes, we do not.
    NotText,
}

/// The path decoded, without `.` and `..`.
pub(super) fn normalise(path: &str, slashes: Slashes, encoded: EncodedSlashes) -> Result<String, BadPath> {
    if path == "*" {
        return Ok("*".to_owned());
    }
    if !path.starts_with('/') {
        return Err(BadPath::Malformed);
    }
    let shortened = remove_dots(&decode_unreserved(path.as_bytes())?, slashes).ok_or(BadPath::Malformed)?;
    let decoded = decode(&shortened, encoded)?;
    let decoded = if encoded == EncodedSlashes::Decoded {
        remove_dots(&decoded, slashes).ok_or(BadPath::Malformed)?
    } else {
        decoded
    };
    String::from_utf8(decoded).map_err(|_| BadPath::NotText)
}

fn hex(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |offset: usize| bytes.get(at + offset).and_then(|&byte| (byte as char).to_digit(16));
    Some((digit(1)? * 16 + digit(2)?) as u8)
}

/// RFC 3986, section 2.3: letters, digits and `-._~` are the same encoded or not.
fn decode_unreserved(path: &[u8]) -> Result<Vec<u8>, BadPath> {
    let mut out = Vec::with_capacity(path.len());
    let mut at = 0;
    while at < path.len() {
        if path[at] == b'%' {
            let byte = hex(path, at).ok_or(BadPath::Malformed)?;
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(byte);
                at += 3;
                continue;
            }
        }
        out.push(path[at]);
        at += 1;
    }
    Ok(out)
}

/// `None` when `..` leads above the root.
fn remove_dots(path: &[u8], slashes: Slashes) -> Option<Vec<u8>> {
    let mut out: Vec<&[u8]> = Vec::new();
    let segments: Vec<&[u8]> = path.split(|&byte| byte == b'/').skip(1).collect();
    let last = segments.len() - 1;
    for (index, segment) in segments.into_iter().enumerate() {
        match segment {
            b"" if slashes == Slashes::Merge && index != last => {}
            b"." if index == last => out.push(b""),
            b"." => {}
            b".." => {
                out.pop()?;
                if index == last {
                    out.push(b"");
                }
            }
            segment => out.push(segment),
        }
    }
    let mut joined = Vec::with_capacity(path.len());
    for segment in out {
        joined.push(b'/');
        joined.extend(segment);
    }
    if joined.is_empty() {
        joined.push(b'/');
    }
    Some(joined)
}

fn decode(path: &[u8], encoded: EncodedSlashes) -> Result<Vec<u8>, BadPath> {
    let mut out = Vec::with_capacity(path.len());
    let mut at = 0;
    while at < path.len() {
        if path[at] != b'%' {
            out.push(path[at]);
            at += 1;
            continue;
        }
        let byte = hex(path, at).ok_or(BadPath::Malformed)?;
        match (byte, encoded) {
            (0, _) | (b'/', EncodedSlashes::Forbidden) => return Err(BadPath::Forbidden),
            (b'/', EncodedSlashes::Kept) => out.extend(&path[at..at + 3]),
            _ => out.push(byte),
        }
        at += 3;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised() {
        let plain = |path| normalise(path, Slashes::Merge, EncodedSlashes::Forbidden);
        assert_eq!(plain("/a//b/./c/../%64%20e").unwrap(), "/a/b/d e");
        assert_eq!(plain("/a/%2e%2e/b/..").unwrap(), "/");
        assert_eq!(plain("/../a"), Err(BadPath::Malformed));
        assert_eq!(plain("/a%2fb"), Err(BadPath::Forbidden));
        assert_eq!(plain("/a%zz"), Err(BadPath::Malformed));
        assert_eq!(normalise("/a%2fb", Slashes::Keep, EncodedSlashes::Kept).unwrap(), "/a%2fb");
        assert_eq!(normalise("/a/%2f../b", Slashes::Merge, EncodedSlashes::Decoded).unwrap(), "/b");
    }
}
