//! Digest authentication (RFC 7616): the answer to a challenge, written the way curl writes it.

use std::hash::{BuildHasher, RandomState};

use md5::{Digest, Md5};
use model::{HeaderLine, Transfer, TransferBody};
use sha2::Sha256;

/// A Digest challenge of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Option<String>,
    with_quality: bool,
}

/// The request that only asks for the challenge: as curl does, its body is withheld.
pub(crate) fn unauthenticated(transfer: &Transfer) -> Transfer {
    let mut first = transfer.clone();
    if !matches!(transfer.method.as_str(), "GET" | "HEAD") && transfer.body != TransferBody::Empty {
        first.body = TransferBody::Empty;
        for line in &mut first.fields {
            if line.is("content-length") || line.is("transfer-encoding") {
                *line = HeaderLine::new("Content-Length", "0");
            }
        }
        let is_form = |line: &HeaderLine| !line.is_typed() && line.value().starts_with("multipart/");
        first.fields.retain(|line| !line.is("expect") && !is_form(line));
    }
    first
}

impl Challenge {
    /// Reads a `WWW-Authenticate` value. `None` if it is no Digest challenge that can be answered.
    pub(crate) fn parse(value: &str) -> Option<Challenge> {
        let start = value.to_ascii_lowercase().find("digest ")?;
        let parameters = parameters(&value[start + 7..]);
        let get = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let algorithm = get("algorithm");
        let known = ["md5", "md5-sess", "sha-256", "sha-256-sess"];
        if algorithm.as_ref().is_some_and(|name| !known.contains(&name.to_ascii_lowercase().as_str())) {
            return None;
        }
        let qualities = get("qop");
        let offers_auth = |list: &String| list.split(',').any(|quality| quality.trim() == "auth");
        Some(Challenge {
            realm: get("realm")?,
            nonce: get("nonce")?,
            opaque: get("opaque"),
            algorithm,
            with_quality: qualities.as_ref().is_some_and(offers_auth),
        })
    }

    /// The `Authorization` value for a request; `count` says how often the nonce has been used.
    pub(crate) fn answer(
        &self,
        (user, password): &(String, String),
        method: &str,
        target: &str,
        count: u32,
    ) -> String {
        let algorithm = self.algorithm.as_deref().unwrap_or("MD5").to_ascii_lowercase();
        let hash = |text: &str| hash(&algorithm, text);
        let client_nonce = format!("{:016x}{:016x}", random(), random());
        let mut secret = hash(&format!("{user}:{}:{password}", self.realm));
        if algorithm.ends_with("-sess") {
            secret = hash(&format!("{secret}:{}:{client_nonce}", self.nonce));
        }
        let request = hash(&format!("{method}:{target}"));
        let nonce = &self.nonce;
        let mut value = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{nonce}\", uri=\"{target}\"",
            escape(user),
            escape(&self.realm)
        );
        if self.with_quality {
            let response = hash(&format!("{secret}:{nonce}:{count:08x}:{client_nonce}:auth:{request}"));
            value +=
                &format!(", cnonce=\"{client_nonce}\", nc={count:08x}, qop=auth, response=\"{response}\"");
        } else {
            value += &format!(", response=\"{}\"", hash(&format!("{secret}:{nonce}:{request}")));
        }
        if let Some(opaque) = &self.opaque {
            value += &format!(", opaque=\"{opaque}\"");
        }
        if let Some(algorithm) = &self.algorithm {
            value += &format!(", algorithm={algorithm}");
        }
        value
    }
}

fn hash(algorithm: &str, text: &str) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    if algorithm.starts_with("sha") { hex(&Sha256::digest(text)) } else { hex(&Md5::digest(text)) }
}

fn random() -> u64 {
    RandomState::new().hash_one(std::time::Instant::now())
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// `name=value` and `name="value"`, separated by commas.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']).to_ascii_lowercase();
        let value;
        (value, rest) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        found.push((name, value.trim().to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_of_rfc_2617_is_answered_as_there() {
        // RFC 2069, errata: without qop the response needs no random part.
        let challenge = Challenge::parse(
            r#"Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c""#,
        );
        let credentials = ("Mufasa".to_owned(), "CircleOfLife".to_owned());
        let answer = challenge.unwrap().answer(&credentials, "GET", "/dir/index.html", 1);
        assert!(answer.contains(r#"response="1949323746fe6a43ef61f9606e7febea""#), "{answer}");
        assert!(answer.ends_with(r#", opaque="5ccc069c""#));
    }

    #[test]
    fn what_cannot_be_answered_is_no_challenge() {
        assert_eq!(Challenge::parse("Basic realm=\"x\""), None);
        assert_eq!(Challenge::parse("Digest realm=\"x\", nonce=\"y\", algorithm=FOO"), None);
    }
}
