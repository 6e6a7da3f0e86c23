//! Content codings and the chunked transfer coding, undone within limits.

use std::io::Read;

use thiserror::Error;

/// The most bytes that a decoded body may have.
pub const DECODED_BYTES: usize = 64 << 20;
/// The most that a body may grow by decoding, once it is over a mebibyte: deflate reaches 1032, text seldom 50.
pub const GROWTH: usize = 1100;

/// Why a body could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodingError {
    /// The coding is not known.
    #[error("unknown content coding `{0}`")]
    Unknown(String),
    /// The bytes are not in that coding.
    #[error("the body is not {0}: {1}")]
    Broken(&'static str, String),
    /// The decoded body is too large.
    #[error(
        "the {0} body decodes to more than {DECODED_BYTES} bytes (a decompression bomb?); the rest is left out"
    )]
    TooLarge(&'static str, Vec<u8>),
    /// More codings than anybody applies.
    #[error("{0} content codings on one body")]
    TooMany(usize),
}

/// Undoes the codings that a `Content-Encoding` value lists, the last one first (RFC 9110, section 8.4).
///
/// # Errors
/// A coding is unknown, the bytes are not in it, or the result is too large.
pub fn decode(codings: &str, body: &[u8]) -> Result<Vec<u8>, CodingError> {
    let list: Vec<String> = codings
        .split(',')
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|c| !c.is_empty())
        .collect();
    if list.len() > 4 {
        return Err(CodingError::TooMany(list.len()));
    }
    let mut body = body.to_vec();
    for coding in list.iter().rev() {
        body = decode_one(coding, &body)?;
    }
    Ok(body)
}

fn decode_one(coding: &str, body: &[u8]) -> Result<Vec<u8>, CodingError> {
    match coding {
        "identity" => Ok(body.to_vec()),
        "gzip" | "x-gzip" => bounded("gzip", flate2::read::MultiGzDecoder::new(body)),
        // What is called deflate is a zlib stream, but some senders leave zlib's frame out (RFC 9110, section 8.4.1.2).
        "deflate" => bounded("deflate", flate2::read::ZlibDecoder::new(body)).or_else(|error| match error {
            CodingError::Broken(..) => bounded("deflate", flate2::read::DeflateDecoder::new(body)),
            other => Err(other),
        }),
        "br" => bounded("br", brotli_decompressor::Decompressor::new(body, 64 << 10)),
        "zstd" => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(body);
            bounded("zstd", decoder.map_err(|error| CodingError::Broken("zstd", error.to_string()))?)
        }
        other => Err(CodingError::Unknown(crate::text::short(other))),
    }
}

fn bounded(name: &'static str, decoder: impl Read) -> Result<Vec<u8>, CodingError> {
    let mut decoded = Vec::new();
    let limit = DECODED_BYTES as u64 + 1;
    match decoder.take(limit).read_to_end(&mut decoded) {
        Ok(_) if decoded.len() > DECODED_BYTES => {
            decoded.truncate(1 << 20);
            Err(CodingError::TooLarge(name, decoded))
        }
        Ok(_) => Ok(decoded),
        Err(error) => Err(CodingError::Broken(name, error.to_string())),
    }
}

/// Undoes the chunked transfer coding (RFC 9112, section 7.1). `None` if the bytes are not in it.
#[must_use]
pub fn unchunk(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut at, mut body) = (0, Vec::new());
    loop {
        let (line, next) = crate::http::line(bytes, at);
        let size = std::str::from_utf8(line).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(bytes.get(next..next.checked_add(size)?)?);
        at = crate::http::line(bytes, next + size).1;
        if at >= bytes.len() {
            return Some(body);
        }
    }
}
