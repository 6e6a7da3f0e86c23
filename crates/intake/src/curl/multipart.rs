//! Forms as `multipart/form-data` (RFC 7578), written as curl writes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Error;
use super::form::{Content, Part};

/// How quotes in names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// `%22`.
    Percent,
    /// `\"` (`--form-escape`).
    Backslash,
}

/// A boundary: 24 dashes and 16 random characters.
pub(crate) fn boundary(chance: &dyn Fn() -> String) -> String {
    format!("------------------------{}", chance())
}

/// Puts the parts between `=(` and `=)` into their group.
pub(crate) fn grouped(list: &[Part]) -> Result<Vec<Part>, Error> {
    let mut open: Vec<(Part, Vec<Part>)> = vec![(Part::default(), Vec::new())];
    for part in list {
        match part.content {
            Content::Open => open.push((part.clone(), Vec::new())),
            Content::End => {
                let Some((mut group, parts)) = open.pop().filter(|_| !open.is_empty()) else {
                    return Err(Error::Value("-F =): no group is open".into()));
                };
                group.content = Content::Parts(parts);
                if let Some((_, outer)) = open.last_mut() {
                    outer.push(group);
                }
            }
            _ => {
                if let Some((_, parts)) = open.last_mut() {
                    parts.push(part.clone());
                }
            }
        }
    }
    while open.len() > 1 {
        if let (Some((mut group, parts)), Some((_, outer))) = (open.pop(), open.last_mut()) {
            group.content = Content::Parts(parts);
            outer.push(group);
        }
    }
    Ok(open.pop().map(|(_, parts)| parts).unwrap_or_default())
}

/// What the parts of a multipart type are.
fn disposition_of(media: &str) -> &'static str {
    if media.to_ascii_lowercase().starts_with("multipart/form-data") { "form-data" } else { "attachment" }
}

/// The body of these parts.
pub(crate) fn body(
    parts: &[Part],
    media: &str,
    boundary: &str,
    escape: Escape,
    chance: &dyn Fn() -> String,
) -> Result<Vec<u8>, Error> {
    write(parts, boundary, disposition_of(media), escape, chance)
}

fn write(
    parts: &[Part],
    boundary: &str,
    disposition: &str,
    escape: Escape,
    chance: &dyn Fn() -> String,
) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    for part in parts {
        body.extend(format!("--{boundary}\r\n").bytes());
        let inner = match &part.content {
            Content::Parts(_) => Some(self::boundary(chance)),
            _ => None,
        };
        for line in part_header(part, disposition, inner.as_deref(), escape) {
            body.extend(line.bytes());
            body.extend(b"\r\n");
        }
        body.extend(b"\r\n");
        match &part.content {
            Content::Parts(parts) => {
                let inner = inner.unwrap_or_default();
                let media = part.media_type.as_deref().unwrap_or("multipart/mixed");
                body.extend(write(parts, &inner, disposition_of(media), escape, chance)?);
            }
            Content::Bytes(bytes) => body.extend(encode(bytes, part.encoder.as_deref())?),
            Content::Open | Content::End => {}
        }
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    Ok(body)
}

fn part_header(part: &Part, disposition: &str, inner: Option<&str>, escape: Escape) -> Vec<String> {
    let mut lines = Vec::new();
    let own = |name: &str| super::operation::custom(&part.headers, name).is_some();
    if !own("Content-Disposition") {
        let named = part.name.is_some() || part.file_name.is_some();
        if named || disposition == "form-data" {
            let mut line = format!("Content-Disposition: {disposition}");
            if let Some(name) = &part.name {
                line.push_str(&format!("; name=\"{}\"", escaped(name, escape)));
            }
            if let Some(name) = &part.file_name {
                line.push_str(&format!("; filename=\"{}\"", escaped(name, escape)));
            }
            lines.push(line);
        }
    }
    if !own("Content-Type") {
        match (&part.media_type, inner) {
            (media, Some(boundary)) => {
                let media = media.as_deref().unwrap_or("multipart/mixed");
                lines.push(format!("Content-Type: {media}; boundary={boundary}"));
            }
            (Some(media), None) => lines.push(format!("Content-Type: {media}")),
            (None, None) => {}
        }
    }
    if let Some(encoder) = &part.encoder
        && !own("Content-Transfer-Encoding")
    {
        lines.push(format!("Content-Transfer-Encoding: {encoder}"));
    }
    lines.extend(part.headers.iter().cloned());
    lines
}

fn escaped(name: &str, escape: Escape) -> String {
    match escape {
        Escape::Percent => name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A"),
        Escape::Backslash => name.replace('\\', "\\\\").replace('"', "\\\""),
    }
}

/// Applies a transfer encoding of `;encoder=`.
fn encode(bytes: &[u8], encoder: Option<&str>) -> Result<Vec<u8>, Error> {
    match encoder {
        None | Some("binary" | "8bit") => Ok(bytes.to_vec()),
        Some("7bit") if bytes.is_ascii() => Ok(bytes.to_vec()),
        Some("7bit") => Err(Error::Value("-F: encoder 7bit cannot carry these bytes".into())),
        Some("base64") => {
            let text = STANDARD.encode(bytes).into_bytes();
            Ok(text.chunks(76).collect::<Vec<_>>().join(b"\r\n".as_slice()))
        }
        Some(other) => Err(Error::Value(format!("-F: encoder {other} cannot be honoured"))),
    }
}
