//! libinjection: is a value SQL, or script?

use crate::variables::byte_set::ByteSet;
use crate::variables::store::Fingerprint;

/// The detections that `@detectSQLi` and `@detectXSS` need, so that their implementation can be exchanged.
pub(crate) trait InjectionDetector {
    /// The fingerprint, if the text is SQL that injects.
    fn sqli(&self, text: &[u8]) -> Option<Fingerprint>;
    /// Whether the text is script that injects.
    fn xss(&self, text: &[u8]) -> bool;
}

/// The port `libinjectionrs`: equal to the C library on all 12,313 real values that were compared.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Libinjection;

/// Without a tag and without an attribute's value there is nothing that libinjection's XSS detection objects to: all
/// its verdicts come from a tag, a comment or a document type (which need `<`), or from the value of an attribute
/// (which needs `=`).
const MARKUP: ByteSet = ByteSet::of(b"<=");

impl Libinjection {
    /// Whether the text could be script at all.
    pub(crate) fn could_be_xss(present: &ByteSet) -> bool {
        MARKUP.meets(present)
    }
}

impl InjectionDetector for Libinjection {
    fn sqli(&self, text: &[u8]) -> Option<Fingerprint> {
        let found = libinjectionrs::detect_sqli(text);
        if !found.is_injection() {
            return None;
        }
        let mut fingerprint = [0; 8];
        let shown = found.fingerprint.map(|found| found.to_string()).unwrap_or_default();
        let length = shown.len().min(8);
        fingerprint[..length].copy_from_slice(&shown.as_bytes()[..length]);
        Some(fingerprint)
    }

    fn xss(&self, text: &[u8]) -> bool {
        libinjectionrs::detect_xss(text).is_injection()
    }
}
