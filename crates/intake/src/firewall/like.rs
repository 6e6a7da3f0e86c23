//! Which engine runs the rules, as far as the documents tell.

use model::Evidence;
use waf::Like;

/// The engine behind the refusal: by the words of its log lines, else by the server that answers, else unknown.
///
/// Sources: `apache2/re.c` (mod_security2 ends a message with its metadata in brackets and writes the severity as a
/// word), `src/rule_message.cc` (libmodsecurity3 writes `[ref "..."]` and `[severity "2"]`), Coraza's
/// `internal/corazarules/rule_match.go` (`Coraza: Warning.`).
#[must_use]
pub fn like(evidence: &Evidence) -> Option<Like> {
    by_log(evidence).or_else(|| by_server(evidence))
}

fn by_log(evidence: &Evidence) -> Option<Like> {
    let mut lines: Vec<_> = evidence.log_lines.iter().collect();
    lines.sort_by(|a, b| b.about_request.total_cmp(&a.about_request));
    lines.into_iter().find_map(|line| {
        let text = evidence.sources.bytes(line.span);
        let holds = |words: &str| memchr::memmem::find(text, words.as_bytes()).is_some();
        let is_digit = |digit: u8| holds(&format!("[severity \"{}\"]", char::from(digit)));
        if holds("Coraza: ") {
            Some(Like::Coraza)
        } else if !holds("ModSecurity") && !holds("[id \"") {
            None
        } else if holds("[ref \"")
            || holds("[hostname \"") && holds("Matched \"Operator `")
            || (b'0'..=b'7').any(is_digit)
        {
            Some(Like::ModSecurity3)
        } else if holds("[severity \"")
            || holds("Apache-Handler")
            || holds("Operator ")
            || holds("Pattern match ")
        {
            Some(Like::ModSecurity2)
        } else {
            None
        }
    })
}

/// mod_security2 runs in Apache, libmodsecurity3 in nginx, Coraza in Caddy and Envoy.
fn by_server(evidence: &Evidence) -> Option<Like> {
    let (server, _) = evidence.response_header("server")?;
    let server = server.to_ascii_lowercase();
    let known = [
        ("apache", Like::ModSecurity2),
        ("nginx", Like::ModSecurity3),
        ("openresty", Like::ModSecurity3),
        ("caddy", Like::Coraza),
        ("envoy", Like::Coraza),
        ("istio-envoy", Like::Coraza),
    ];
    known.iter().find(|(name, _)| server.starts_with(name)).map(|(_, like)| *like)
}
