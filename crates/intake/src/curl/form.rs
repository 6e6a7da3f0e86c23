//! The values of `-F`: `name=content;type=...`, `name=@file,file;filename=...`, `name=<file`, nested parts.

use super::{Error, Surroundings};

/// One part of a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    pub(crate) name: Option<String>,
    pub(crate) content: Content,
    pub(crate) file_name: Option<String>,
    pub(crate) media_type: Option<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) encoder: Option<String>,
}

/// What a part holds.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Several files under one name, or a group opened with `=(`.
    Parts(Vec<Part>),
    /// `=)`: ends a group.
    End,
    /// `=(`: opens one.
    Open,
}

impl Default for Content {
    fn default() -> Self {
        Content::Bytes(Vec::new())
    }
}

/// A `--form-string`: the content is taken as it is.
pub(crate) fn literal(value: &str) -> Result<Part, Error> {
    let (name, content) = name_of(value)?;
    Ok(Part { name, content: Content::Bytes(content.as_bytes().to_vec()), ..Part::default() })
}

fn name_of(value: &str) -> Result<(Option<String>, &str), Error> {
    let (name, content) =
        value.split_once('=').ok_or_else(|| Error::Value(format!("-F {value}: lacks `=`")))?;
    Ok(((!name.is_empty()).then(|| name.to_owned()), content))
}

/// Reads a `-F`.
pub(crate) fn parse(value: &str, surroundings: &Surroundings<'_>) -> Result<Vec<Part>, Error> {
    let (name, content) = name_of(value)?;
    match content.chars().next() {
        Some('(') => {
            let (_, mut part, _) = attributes(&content[1..], Stop::Semicolon, surroundings)?;
            (part.name, part.content) = (name, Content::Open);
            Ok(vec![part])
        }
        Some(')') if name.is_none() && content.len() == 1 => {
            Ok(vec![Part { content: Content::End, ..Part::default() }])
        }
        Some('@') => files(name, &content[1..], surroundings),
        Some('<') => {
            let (file, mut part, _) = attributes(&content[1..], Stop::Semicolon, surroundings)?;
            (part.name, part.content) = (name, Content::Bytes(surroundings.read(&file)?));
            Ok(vec![part])
        }
        _ => {
            let (text, mut part, _) = attributes(content, Stop::Semicolon, surroundings)?;
            (part.name, part.content) = (name, Content::Bytes(text.into_bytes()));
            Ok(vec![part])
        }
    }
}

/// `@one,two;type=...`: several files become a group of their own.
fn files(name: Option<String>, text: &str, surroundings: &Surroundings<'_>) -> Result<Vec<Part>, Error> {
    let (mut parts, mut rest) = (Vec::new(), text);
    loop {
        let (file, mut part, after) = attributes(rest, Stop::Comma, surroundings)?;
        part.content = Content::Bytes(surroundings.read(&file)?);
        let base = file.rsplit('/').next().unwrap_or(&file).to_owned();
        if part.media_type.is_none() {
            let shown = part.file_name.as_deref().and_then(media_type).or_else(|| media_type(&base));
            // Of standard input curl knows no type unless a name tells one, as 7.88.1 was seen to send it.
            let otherwise = (file != "-").then_some("application/octet-stream");
            part.media_type = shown.or(otherwise).map(str::to_owned);
        }
        part.file_name.get_or_insert(base);
        parts.push(part);
        match after {
            Some(after) => rest = after,
            None => break,
        }
    }
    if parts.len() == 1 {
        parts[0].name = name;
        return Ok(parts);
    }
    Ok(vec![Part { name, content: Content::Parts(parts), ..Part::default() }])
}

/// The types that curl knows by a file's ending.
fn media_type(file: &str) -> Option<&'static str> {
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    Some(match ending.as_deref()? {
        "gif" => "image/gif",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain",
        "htm" | "html" => "text/html",
        "pdf" => "application/pdf",
        "xml" => "application/xml",
        _ => return None,
    })
}

/// Whether a comma ends the value too, because more files may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Semicolon,
    Comma,
}

/// Reads content and the `;attribute=value` behind it, and what follows a comma.
fn attributes<'a>(
    text: &'a str,
    stop: Stop,
    surroundings: &Surroundings<'_>,
) -> Result<(String, Part, Option<&'a str>), Error> {
    let mut part = Part::default();
    let (content, mut rest) = word(text, stop);
    loop {
        if let Some(after) = rest.strip_prefix(',') {
            return Ok((content, part, Some(after)));
        }
        let Some(after) = rest.strip_prefix(';') else { return Ok((content, part, None)) };
        let trimmed = after.trim_start();
        let lower = trimmed.to_ascii_lowercase();
        if lower.starts_with("type=") {
            let (value, next) = media(&trimmed[5..], stop);
            part.media_type = Some(value.trim().to_owned());
            rest = next;
        } else if lower.starts_with("filename=") {
            let (value, next) = word(&trimmed[9..], stop);
            part.file_name = Some(value);
            rest = next;
        } else if lower.starts_with("encoder=") {
            let (value, next) = word(&trimmed[8..], stop);
            part.encoder = Some(value);
            rest = next;
        } else if lower.starts_with("headers=") {
            let (value, next) = word(&trimmed[8..], stop);
            part.headers.extend(headers(&value, surroundings)?);
            rest = next;
        } else {
            // Not an attribute: curl warns and leaves it out.
            let (_, next) = word(after, stop);
            rest = next;
        }
    }
}

fn headers(value: &str, surroundings: &Surroundings<'_>) -> Result<Vec<String>, Error> {
    match value.strip_prefix(['@', '<']) {
        Some(file) => {
            let text = surroundings.read(file)?;
            Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
        }
        None => Ok(vec![value.to_owned()]),
    }
}

/// A media type, whose own parameters (`;charset=`) belong to it.
fn media(text: &str, stop: Stop) -> (String, &str) {
    let mut end = 0;
    loop {
        let from = &text[end..];
        let at = from.find(|c| c == ';' || c == ',' && stop == Stop::Comma).map_or(text.len(), |at| end + at);
        let next = text[at..].strip_prefix(';').map(|rest| rest.trim_start().to_ascii_lowercase());
        let own = |name: &str| next.as_deref().is_some_and(|next| next.starts_with(name));
        if next.is_none() || ["filename=", "headers=", "encoder=", "type="].iter().any(|name| own(name)) {
            return (text[..at].to_owned(), &text[at..]);
        }
        end = at + 1;
    }
}

/// A quoted word with its escapes, or all up to the next separator.
fn word(text: &str, stop: Stop) -> (String, &str) {
    let separator = |c: char| c == ';' || c == ',' && stop == Stop::Comma;
    if let Some((value, rest)) = text.trim_start().strip_prefix('"').and_then(quoted) {
        let end = rest.find(separator).unwrap_or(rest.len());
        return (value, &rest[end..]);
    }
    let end = text.find(separator).unwrap_or(text.len());
    (text[..end].trim_matches([' ', '\t']).to_owned(), &text[end..])
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                Some((_, other)) => {
                    value.push('\\');
                    value.push(other);
                }
                None => return None,
            },
            other => value.push(other),
        }
    }
    None
}
