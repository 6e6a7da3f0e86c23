//! The request under inspection, and places in it.

use std::net::IpAddr;
use std::ops::Range;

/// A request as it came in, borrowed from the caller.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method, as sent.
    pub method: &'a [u8],
    /// The request target, as sent: `/path?query`, or absolute.
    pub target: &'a [u8],
    /// The protocol: `HTTP/1.1`.
    pub version: &'a [u8],
    /// Header fields in order, names and values without surrounding white space.
    pub headers: &'a [(&'a [u8], &'a [u8])],
    /// The body after transfer decoding.
    pub body: &'a [u8],
    /// The client's address.
    pub client: IpAddr,
}

/// A request that owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedRequest {
    /// The method, as sent.
    pub method: Vec<u8>,
    /// The request target, as sent.
    pub target: Vec<u8>,
    /// The protocol: `HTTP/1.1`.
    pub version: Vec<u8>,
    /// Header fields in order.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The body after transfer decoding.
    pub body: Vec<u8>,
    /// The client's address.
    pub client: IpAddr,
}

impl OwnedRequest {
    /// Lends the request to a function.
    pub fn with<T>(&self, look: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<(&[u8], &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_slice(), value.as_slice())).collect();
        look(&Request {
            method: &self.method,
            target: &self.target,
            version: &self.version,
            headers: &headers,
            body: &self.body,
            client: self.client,
        })
    }

    /// The request with byte ranges of [`Request::to_bytes`] blanked out: each byte becomes `_`, which means nothing to any
    /// rule; the whole value of a header field becomes spaces, which is an empty value (RFC 9110, 5.5). Ranges that no part
    /// holds are left alone.
    #[must_use]
    pub fn blanked(mut self, ranges: &[Range<usize>]) -> OwnedRequest {
        let places: Vec<Place> =
            self.with(|request| ranges.iter().filter_map(|range| request.place(range)).collect());
        for Place { part, range } in places {
            let text = self.part_mut(part);
            let whole = matches!(part, Part::HeaderValue(_)) && range == (0..text.len());
            text[range].fill(if whole { b' ' } else { b'_' });
        }
        for (_, value) in &mut self.headers {
            *value = value.trim_ascii().to_vec();
        }
        self
    }

    pub(crate) fn part_mut(&mut self, part: Part) -> &mut Vec<u8> {
        match part {
            Part::Method => &mut self.method,
            Part::Target => &mut self.target,
            Part::Version => &mut self.version,
            Part::HeaderName(index) => &mut self.headers[index].0,
            Part::HeaderValue(index) => &mut self.headers[index].1,
            Part::Body => &mut self.body,
        }
    }
}

/// The answer to a request, for the rules of phases 3 and 4.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// The protocol: `HTTP/1.1`.
    pub version: &'a [u8],
    /// Header fields in order.
    pub headers: &'a [(&'a [u8], &'a [u8])],
    /// The body after transfer decoding.
    pub body: &'a [u8],
}

/// A part of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The method of the request line.
    Method,
    /// The target of the request line.
    Target,
    /// The protocol of the request line.
    Version,
    /// The name of the header field with this index.
    HeaderName(usize),
    /// The value of the header field with this index.
    HeaderValue(usize),
    /// The body.
    Body,
}

/// Bytes of one part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The part.
    pub part: Part,
    /// Byte range within the part.
    pub range: Range<usize>,
}

impl<'a> Request<'a> {
    /// The request as HTTP/1.1 puts it on the wire: the bytes that [`crate::Match::bytes`] counts.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.method, b" ", self.target, b" ", self.version, b"\r\n"].concat();
        for (name, value) in self.headers {
            for piece in [name, b": ".as_slice(), value, b"\r\n"] {
                bytes.extend_from_slice(piece);
            }
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(self.body);
        bytes
    }

    /// A copy that owns its bytes.
    #[must_use]
    pub fn to_owned_request(&self) -> OwnedRequest {
        OwnedRequest {
            method: self.method.to_vec(),
            target: self.target.to_vec(),
            version: self.version.to_vec(),
            headers: self.headers.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect(),
            body: self.body.to_vec(),
            client: self.client,
        }
    }

    /// The path of the target, without query and fragment.
    #[must_use]
    pub fn path(&self) -> &'a [u8] {
        self.target.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default()
    }

    /// The bytes of one part.
    #[must_use]
    pub fn part(&self, part: Part) -> &'a [u8] {
        match part {
            Part::Method => self.method,
            Part::Target => self.target,
            Part::Version => self.version,
            Part::HeaderName(index) => self.headers.get(index).map_or(b"", |header| header.0),
            Part::HeaderValue(index) => self.headers.get(index).map_or(b"", |header| header.1),
            Part::Body => self.body,
        }
    }

    /// Every part with the position in [`Request::to_bytes`] where it begins.
    pub fn parts(&self) -> impl Iterator<Item = (Part, usize)> {
        let target = self.method.len() + 1;
        let version = target + self.target.len() + 1;
        let mut at = version + self.version.len() + 2;
        let mut parts = vec![(Part::Method, 0), (Part::Target, target), (Part::Version, version)];
        for (index, (name, value)) in self.headers.iter().enumerate() {
            parts.push((Part::HeaderName(index), at));
            parts.push((Part::HeaderValue(index), at + name.len() + 2));
            at += name.len() + value.len() + 4;
        }
        parts.push((Part::Body, at + 2));
        parts.into_iter()
    }

    /// The part that holds a byte range of [`Request::to_bytes`], if one part holds all of it.
    #[must_use]
    pub fn place(&self, bytes: &Range<usize>) -> Option<Place> {
        self.parts().find_map(|(part, start)| {
            let end = start + self.part(part).len();
            let inside = start <= bytes.start && bytes.end <= end && bytes.start < bytes.end.max(start + 1);
            inside.then(|| Place { part, range: bytes.start - start..bytes.end - start })
        })
    }

    /// The first value of a header field; case does not matter in its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        let named = |header: &&(&[u8], &[u8])| header.0.eq_ignore_ascii_case(name.as_bytes());
        self.headers.iter().find(named).map(|header| header.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_agree_with_the_bytes() {
        let headers: [(&[u8], &[u8]); 1] = [(b"Host", b"a.example")];
        let request = Request {
            method: b"POST",
            target: b"/p?q=1",
            version: b"HTTP/1.1",
            headers: &headers,
            body: b"a=b",
            client: IpAddr::from([127, 0, 0, 1]),
        };
        let bytes = request.to_bytes();
        for (part, start) in request.parts() {
            let text = request.part(part);
            assert_eq!(&bytes[start..start + text.len()], text);
        }
        let start = bytes.windows(3).position(|window| window == b"a=b").unwrap();
        assert_eq!(request.place(&(start..start + 3)), Some(Place { part: Part::Body, range: 0..3 }));
    }
}
