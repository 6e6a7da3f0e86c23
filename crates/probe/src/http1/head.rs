//! Heads of HTTP/1 messages: written by hand, so that order and case are those of the transfer; read leniently, because
//! whoever refuses us may not write perfect HTTP.

use model::{HttpVersion, Transfer};

/// The head of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResponseHead {
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub(crate) version: String,
    /// Its status.
    pub(crate) status: u16,
    /// Its fields in order, values without surrounding blanks.
    pub(crate) fields: Vec<(String, String)>,
}

/// Why bytes are no head of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadError {
    /// They do not start as HTTP does.
    NotHttp,
}

/// Request line and header lines, with the blank line.
pub(crate) fn write(transfer: &Transfer) -> Vec<u8> {
    let version = if transfer.version == HttpVersion::Http10 { "HTTP/1.0" } else { "HTTP/1.1" };
    let mut head = format!("{} {} {version}\r\n", transfer.method, transfer.target).into_bytes();
    for line in &transfer.fields {
        head.extend_from_slice(line.line().as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// The length of the head at the start of these bytes, blank line included, once it is there as a whole.
///
/// `from` is how far an earlier call has looked. Lone line feeds end lines as well (RFC 9112, section 2.2).
pub(crate) fn length(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from.saturating_sub(3);
    while let Some(offset) = bytes[at..].iter().position(|&byte| byte == b'\n') {
        let next = at + offset + 1;
        match &bytes[next..] {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            _ => at = next,
        }
    }
    None
}

/// Whether these bytes can still become a head: they start as `HTTP/` does.
pub(crate) fn may_be_http(bytes: &[u8]) -> bool {
    bytes.iter().zip(b"HTTP/").all(|(byte, expected)| byte.eq_ignore_ascii_case(expected))
}

/// Reads a whole head.
pub(crate) fn read(bytes: &[u8]) -> Result<ResponseHead, HeadError> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let status_line = lines.next().unwrap_or("");
    let mut words = status_line.split_ascii_whitespace();
    let version = words.next().filter(|word| may_be_http(word.as_bytes())).ok_or(HeadError::NotHttp)?;
    let status =
        words.next().and_then(|word| word.parse().ok()).filter(|status| (100..1000).contains(status));
    let mut head = ResponseHead {
        version: version.to_owned(),
        status: status.ok_or(HeadError::NotHttp)?,
        fields: Vec::new(),
    };
    for line in lines.take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            // A folded line (RFC 9112, section 5.2) continues the value before.
            if let Some((_, value)) = head.fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            head.fields.push((name.trim_end().to_owned(), value.trim().to_owned()));
        }
    }
    Ok(head)
}

impl ResponseHead {
    /// The value of the first field of that name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let named = |(field, _): &&(String, String)| field.eq_ignore_ascii_case(name);
        self.fields.iter().find(named).map(|(_, value)| value.as_str())
    }

    /// The values of all fields of that name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |(field, _): &&(String, String)| field.eq_ignore_ascii_case(name);
        self.fields.iter().filter(named).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_however_it_is_written() {
        let bytes = b"HTTP/1.1 403\nServer:  x \r\nX-Long: a\r\n b\r\nno colon\r\nA : 1\r\n\r\nbody";
        let length = length(bytes, 0).unwrap();
        assert_eq!(&bytes[length..], b"body");
        let head = read(&bytes[..length]).unwrap();
        assert_eq!((head.status, head.field("server"), head.field("x-long")), (403, Some("x"), Some("a b")));
        assert_eq!(head.field("a"), Some("1"));
    }

    #[test]
    fn a_head_that_arrives_bytewise_ends_at_the_same_place() {
        let bytes = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nrest";
        let whole = length(bytes, 0);
        let found = (1..=bytes.len()).find_map(|end| length(&bytes[..end], end - 1));
        assert_eq!(found, whole);
    }

    #[test]
    fn what_is_no_http_is_said_to_be_none() {
        for bytes in
            [&b"SSH-2.0-OpenSSH\r\n\r\n"[..], b"HTTP/1.1 abc\r\n\r\n", b"\r\n\r\n", b"HTTP/1.1 99\r\n\r\n"]
        {
            assert_eq!(read(bytes), Err(HeadError::NotHttp));
        }
    }
}
