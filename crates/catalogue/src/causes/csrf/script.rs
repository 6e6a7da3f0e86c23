//! What scripts and settings beside a refusal say of cookies that a browser leaves out.

use model::{Evidence, Sighting};

use crate::causes::written;

/// The longest call that is read.
const CALL: usize = 800;

/// A call of `fetch` that sets an anti-forgery header and no `credentials` (Fetch standard: `same-origin` is the default since
/// 2018, `omit` before).
pub(super) fn without_cookies(evidence: &Evidence) -> Option<Sighting> {
    written::by_hand(evidence).find_map(|(whole, text)| {
        let at = text.find("fetch(")?;
        let call = text[at..].split(".then").next()?;
        let call = call.get(..call.len().min(CALL))?.to_ascii_lowercase();
        let names = call.contains("csrf") || call.contains("xsrf");
        let sends = call.contains("headers") && call.contains("method");
        (names && sends && !call.contains("credentials"))
            .then(|| Sighting::with(whole.part(at, at + "fetch".len()), "no `credentials`"))
    })
}

/// A setting that names the sites that may frame this one, and one of them is plain http: cookies cross to a frame of
/// another site with `SameSite=None; Secure` only (RFC 6265bis), which needs https.
pub(super) fn shown_in_frame(evidence: &Evidence) -> Option<Sighting> {
    written::by_hand(evidence).find_map(|(whole, text)| {
        let at = text.find("IFRAME_HOSTS").or_else(|| text.find("FRAME_ANCESTORS"))?;
        let value = text.get(at..)?.lines().take(2).any(|line| line.contains("http://"));
        let name = if text.get(at..)?.starts_with("IFRAME") { "IFRAME_HOSTS" } else { "FRAME_ANCESTORS" };
        value.then(|| Sighting::with(whole.part(at, at + name.len()), name))
    })
}
