//! Where the body of an HTTP/1 answer ends (RFC 9112, section 6), fed with bytes as they arrive.

use super::head::ResponseHead;

/// The longest chunk-size line, extensions included.
const CHUNK_LINE: usize = 16 * 1024;

/// A body that is being read.
#[derive(Debug)]
pub(crate) enum BodyReader {
    /// So many bytes are still to come.
    Length(u64),
    /// It ends with the connection.
    UntilClose,
    /// It comes in chunks.
    Chunked(Dechunker),
}

/// What is known after some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyState {
    /// More is to come.
    Open,
    /// That was the last byte.
    Complete,
    /// The framing is broken.
    Broken,
}

/// Takes the chunked coding off.
#[derive(Debug, Default)]
pub(crate) struct Dechunker {
    state: ChunkState,
    line: Vec<u8>,
    /// Trailer fields, in order.
    pub(crate) trailers: Vec<(String, String)>,
    trailer_bytes: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ChunkState {
    #[default]
    Size,
    Data(u64),
    DataEnd,
    Trailers,
    Done,
}

impl BodyReader {
    /// How the body behind this head is framed. `None` if there is none.
    pub(crate) fn new(method: &str, head: &ResponseHead) -> Option<BodyReader> {
        if method == "HEAD" || matches!(head.status, 100..=199 | 204 | 304) {
            return None;
        }
        let codings = head.all("transfer-encoding").last();
        if codings.is_some_and(|codings| codings.to_ascii_lowercase().trim_end().ends_with("chunked")) {
            return Some(BodyReader::Chunked(Dechunker::default()));
        }
        match head.field("content-length").map(|value| value.split(',').next().unwrap_or("").trim().parse()) {
            Some(Ok(0)) => None,
            Some(Ok(length)) => Some(BodyReader::Length(length)),
            _ => Some(BodyReader::UntilClose),
        }
    }

    /// Takes bytes of the connection; hands the bytes of the body on.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) -> BodyState {
        match self {
            BodyReader::UntilClose => {
                take(bytes);
                BodyState::Open
            }
            BodyReader::Length(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                take(&bytes[..count]);
                *left -= count as u64;
                if *left == 0 { BodyState::Complete } else { BodyState::Open }
            }
            BodyReader::Chunked(chunks) => chunks.feed(bytes, take),
        }
    }

    /// Whether a closed connection is a proper end.
    pub(crate) fn may_end_here(&self) -> bool {
        matches!(self, BodyReader::UntilClose)
    }
}

impl Dechunker {
    fn feed(&mut self, mut bytes: &[u8], mut take: impl FnMut(&[u8])) -> BodyState {
        while !bytes.is_empty() && self.state != ChunkState::Done {
            if let ChunkState::Data(left) = self.state {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                take(&bytes[..count]);
                bytes = &bytes[count..];
                let left = left - count as u64;
                self.state = if left == 0 { ChunkState::DataEnd } else { ChunkState::Data(left) };
                continue;
            }
            let end = bytes.iter().position(|&byte| byte == b'\n');
            let count = end.map_or(bytes.len(), |end| end + 1);
            self.line.extend_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            if self.line.len() > CHUNK_LINE || (end.is_some() && self.end_of_line().is_none()) {
                return BodyState::Broken;
            }
        }
        if self.state == ChunkState::Done { BodyState::Complete } else { BodyState::Open }
    }

    fn end_of_line(&mut self) -> Option<()> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\r', '\n']);
        self.state = match self.state {
            ChunkState::Size => {
                let digits = line.split(';').next().unwrap_or("").trim();
                match u64::from_str_radix(digits, 16).ok()? {
                    0 => ChunkState::Trailers,
                    size => ChunkState::Data(size),
                }
            }
            ChunkState::DataEnd => line.is_empty().then_some(ChunkState::Size)?,
            ChunkState::Trailers if line.is_empty() => ChunkState::Done,
            ChunkState::Trailers => {
                self.trailer_bytes += line.len();
                if self.trailer_bytes > CHUNK_LINE {
                    return None;
                }
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                self.trailers.push((name.to_owned(), value.trim().to_owned()));
                ChunkState::Trailers
            }
            other => other,
        };
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::head;
    use super::*;

    fn body(head: &str, bytes: &[u8], step: usize) -> (Vec<u8>, BodyState) {
        let head = head::read(head.as_bytes()).unwrap();
        let mut reader = BodyReader::new("GET", &head).unwrap();
        let (mut body, mut state) = (Vec::new(), BodyState::Open);
        for piece in bytes.chunks(step) {
            if state == BodyState::Open {
                state = reader.feed(piece, |bytes| body.extend_from_slice(bytes));
            }
        }
        (body, state)
    }

    #[test]
    fn chunks_are_taken_off_wherever_they_are_split() {
        let bytes = b"4;x=y\r\nabcd\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n";
        for step in 1..bytes.len() {
            let (body, state) = body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", bytes, step);
            assert_eq!((body.as_slice(), state), (&b"abcd0123456789"[..], BodyState::Complete), "{step}");
        }
    }

    #[test]
    fn broken_chunks_are_broken() {
        for bytes in [&b"zz\r\n"[..], b"1\r\nab\r\n", b"fffffffffffffffff\r\n"] {
            let (_, state) = body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", bytes, 64);
            assert_eq!(state, BodyState::Broken);
        }
        let endless = vec![b'1'; CHUNK_LINE + 1];
        let (_, state) = body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &endless, 64);
        assert_eq!(state, BodyState::Broken);
    }

    #[test]
    fn a_length_ends_the_body() {
        let (body, state) = body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", b"abcdef", 2);
        assert_eq!((body.as_slice(), state), (&b"abc"[..], BodyState::Complete));
    }
}
