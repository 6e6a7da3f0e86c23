//! Signatures over the request: what they say they cover, held against what was sent.

use model::{Evidence, RequestSignature, Sighting, Span};

/// The first signature of the request, with its place.
pub(crate) fn first(evidence: &Evidence) -> Option<(&RequestSignature, Span)> {
    evidence.credentials.iter().find_map(|credential| Some((credential.signature()?, credential.span)))
}

/// A header that the signature covers and the request lacks.
pub(crate) fn missing_header(evidence: &Evidence) -> Option<Sighting> {
    let (signature, span) = first(evidence)?;
    let missing = signature.missing_headers.first()?;
    Some(Sighting::with(span, missing.clone()))
}
