//! Frames of stack traces: the names of a program's own functions and files tell of no check.

/// Overwrites each frame with blanks, so that all else keeps its place.
pub(crate) fn blank(text: &mut [u8]) {
    for line in text.split_mut(|byte| *byte == b'\n') {
        if is_frame(line) {
            line.fill(b' ');
        }
    }
}

/// A frame as Node.js and Java (`at name (file:1:2)`), Python (`File "a.py", line 1`), PHP (`#0 /srv/a.php(12): name()`), Ruby
/// (`from /srv/a.rb:1:in`) and Go (`/srv/a.go:12 +0x1d`) write it.
fn is_frame(line: &[u8]) -> bool {
    let Ok(line) = str::from_utf8(line) else { return false };
    let line = line.trim();
    let numbered = |rest: &str| rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with([' ', '/']);
    if let Some(rest) = line.strip_prefix("at ") {
        return rest.contains('(') || rest.contains("://") || rest.contains('/') || rest.contains(".js:");
    }
    line.starts_with("File \"") && line.contains(", line ")
        || line
            .strip_prefix('#')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && numbered(rest))
        || line.starts_with("from ") && line.contains(":in ")
        || line.contains(".go:") && line.contains(" +0x")
}

#[cfg(test)]
mod tests {
    use super::blank;

    fn kept(text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        blank(&mut bytes);
        assert_eq!(bytes.len(), text.len());
        String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn frames_are_blanked_and_messages_stay() {
        assert_eq!(
            kept("Error: Forbidden\n    at IncomingMessage.<anonymous> (/app/request.js:3:1)\n"),
            "Error: Forbidden"
        );
        assert_eq!(
            kept("  File \"/srv/app.py\", line 3, in check\nPermissionDenied: no"),
            "PermissionDenied: no"
        );
        assert_eq!(kept("#0 /srv/vendor/Csrf.php(134): check()\nInvalid token"), "Invalid token");
        assert_eq!(
            kept("\tfrom /srv/a.rb:1:in `verify'\nat least one role is needed"),
            "at least one role is needed"
        );
    }
}
