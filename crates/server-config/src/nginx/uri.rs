//! The path of a request as nginx normalises it (`ngx_http_parse_complex_uri()` in `ngx_http_parse.c`).

/// A request target taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The path, decoded, without `.`, `..` and (unless told otherwise) double slashes.
    pub(super) path: String,
    pub(super) args: String,
    /// The host of a target in absolute form.
    pub(super) host: Option<String>,
}

/// What is wrong with a target; nginx answers 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadTarget {
    Escape,
    AboveRoot,
    Malformed,
    /// The decoded path is no UTF-8: nginx goes on with bytes, we do not.
    NotText,
}

/// Whether several slashes become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slashes {
    Merge,
    Keep,
}

pub(super) fn parse(target: &str, slashes: Slashes) -> Result<Target, BadTarget> {
    let lower = target.get(..8).unwrap_or(target).to_ascii_lowercase();
    let scheme = ["http://", "https://"].into_iter().find(|scheme| lower.starts_with(scheme));
    let (host, rest) = match scheme {
        Some(scheme) => {
            let rest = &target[scheme.len()..];
            let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
            (Some(host.to_owned()), path)
        }
        None => (None, target),
    };
    if !rest.starts_with('/') && !(host.is_some() && (rest.is_empty() || rest.starts_with('?'))) {
        return Err(BadTarget::Malformed);
    }
    let rest = rest.split('#').next().unwrap_or("");
    let (path, args) = rest.split_once('?').unwrap_or((rest, ""));
    let path = normalise(if path.is_empty() { "/" } else { path }, slashes)?;
    Ok(Target { path, args: args.to_owned(), host })
}

fn normalise(path: &str, slashes: Slashes) -> Result<String, BadTarget> {
    let decoded = decode(path)?;
    if decoded.contains(&0) {
        return Err(BadTarget::Escape);
    }
    let mut out: Vec<Vec<u8>> = Vec::new();
    let segments: Vec<&[u8]> = decoded.split(|&byte| byte == b'/').collect();
    let last = segments.len() - 1;
    for (index, segment) in segments.iter().enumerate().skip(1) {
        match *segment {
            b"" if slashes == Slashes::Merge && index != last => {}
            b"." if index == last => out.push(Vec::new()),
            b"." => {}
            b".." => {
                out.pop().ok_or(BadTarget::AboveRoot)?;
                if index == last {
                    out.push(Vec::new());
                }
            }
            segment => out.push(segment.to_vec()),
        }
    }
    let mut bytes = Vec::with_capacity(path.len());
    for segment in out {
        bytes.push(b'/');
        bytes.extend(segment);
    }
    if bytes.is_empty() {
        bytes.push(b'/');
    }
    String::from_utf8(bytes).map_err(|_| BadTarget::NotText)
}

fn decode(path: &str) -> Result<Vec<u8>, BadTarget> {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'%' {
            let digit = |offset: usize| bytes.get(at + offset).and_then(|&b| (b as char).to_digit(16));
            let (Some(high), Some(low)) = (digit(1), digit(2)) else { return Err(BadTarget::Escape) };
            out.push((high * 16 + low) as u8);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    Ok(out)
}

/// A path escaped for a request line (`NGX_ESCAPE_URI`): control characters, space, `#`, `%`, `?` and 0x7f up.
pub(super) fn escape_path(path: &str) -> String {
    escape(path, b" #%?")
}

/// Text escaped for an argument (`NGX_ESCAPE_ARGS`): also `&`, `+` and `"`.
pub(super) fn escape_args(text: &str) -> String {
    escape(text, b" \"#%&+?")
}

fn escape(text: &str, special: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte <= 0x1f || byte >= 0x7f || special.contains(&byte) {
            out.push_str(&format!("%{byte:02X}"));
        } else {
            out.push(byte as char);
        }
    }
    out
}
