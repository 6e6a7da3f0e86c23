//! The signature over the request does not match what arrived
//!
//! ## Why the server refuses
//!
//! The client signed one request and another arrived: a header was added after signing (`Content-Type` by an
//! HTTP library), a proxy changed a signed header or the path, the query was encoded or sorted otherwise, the
//! body differs from its hash, or the secret is wrong. Webhook receivers that hash the parsed and re-written
//! JSON instead of the raw bytes fail in the same way, on the receiving side.
//!
//! ## How to mend it
//!
//! - Compare the *canonical request* in the answer (S3 and other AWS services send it) with the one that was
//!   signed, line by line.
//! - Presigned URLs: send exactly the signed method and headers; set `Content-Type` in both places or in
//!   neither.
//! - Proxies: do not change `Host`, path or signed headers (`proxy_set_header Host $http_host`; no
//!   `merge_slashes`).
//! - Region and service of the credential scope must be the endpoint's. MinIO and others behind a proxy: sign
//!   for the public name.
//! - Webhooks: verify over the raw body: Express `express.raw()`, Flask `request.get_data()`, before any
//!   parser.
//!
//! ## What not to do
//!
//! Making the bucket public; leaving the verification out.
//!
//! ## References
//!
//! - AWS, Signature Version 4, create a signed request; Amazon S3, SignatureDoesNotMatch
//! - RFC 9421 (HTTP Message Signatures)

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Root, Sighting, Weight};

use crate::causes::{configuration, signatures};

/// `auth.request-signature`
pub static REQUEST_SIGNATURE: Cause = Cause {
    id: "auth.request-signature",
    layer: Layer::Gateway,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: signatures::missing_header,
            because: "the signature covers a header that the request does not carry",
        },
        Indicator {
            weight: Weight::Supports,
            seek: changed_on_the_way,
            because: "a proxy changes a header that the signature covers",
        },
        Indicator {
            weight: Weight::Hints,
            seek: other_region,
            because: "the signature is for another region than the host that was asked",
        },
        Indicator {
            weight: Weight::Hints,
            seek: signed,
            because: "the request is signed, so every change after signing makes it fail",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: unsigned,
            because: "the request carries no signature that is known here",
        },
    ],
    experiments: &[],
    roots: &[Root {
        cause: "gateway.header-rewritten",
        seek: changed_on_the_way,
        because: "a proxy changes what was signed",
    }],
    fix: "send exactly what was signed: method, path, query, signed headers and body",
    opens: "nothing: the signature then holds",
    decided_by: "the canonical request in the answer against the one the client signed (its debug output)",
    page: page!("auth/request_signature"),
};

fn changed_on_the_way(evidence: &Evidence) -> Option<Sighting> {
    let (signature, _) = signatures::first(evidence)?;
    let mut names = signature.signed_headers.iter();
    names.find_map(|name| {
        configuration::changed(evidence, name).or_else(|| configuration::dropped(evidence, name))
    })
}

fn other_region(evidence: &Evidence) -> Option<Sighting> {
    let (signature, span) = signatures::first(evidence)?;
    let region = signature.region.as_deref()?;
    let host = &evidence.request()?.url.value.host;
    let looks_like_region = |part: &&str| {
        let words: Vec<&str> = part.split('-').collect();
        words.len() >= 3
            && words[0].len() == 2
            && words.last().is_some_and(|last| last.len() <= 2 && last.parse::<u8>().is_ok())
    };
    let asked = host.split('.').find(looks_like_region)?;
    (asked != region).then(|| Sighting::with(span, format!("signed for {region}, sent to {asked}")))
}

fn signed(evidence: &Evidence) -> Option<Sighting> {
    signatures::first(evidence).map(|(signature, span)| Sighting::with(span, signature.scheme.clone()))
}

fn unsigned(evidence: &Evidence) -> Option<Sighting> {
    signatures::first(evidence).is_none().then(|| evidence.request_line().map(Sighting::at)).flatten()
}
