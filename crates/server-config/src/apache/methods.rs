//! Methods as httpd knows them (`server/http_method.c`, `modules/http/http_protocol.c`): HEAD is GET.

use super::tree::Directive;

/// The methods that need no `RegisterHttpMethod` (`ap_method_registry_init()`).
const REGISTERED: &[&str] = &[
    "GET",
    "PUT",
    "POST",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "VERSION-CONTROL",
    "CHECKOUT",
    "UNCHECKOUT",
    "CHECKIN",
    "UPDATE",
    "LABEL",
    "REPORT",
    "MKWORKSPACE",
    "MKACTIVITY",
    "BASELINE-CONTROL",
    "MERGE",
];

/// The name that rules compare: `GET` for `HEAD`.
pub(super) fn canonical(method: &str) -> &str {
    if method == "HEAD" { "GET" } else { method }
}

/// Whether two methods are one to the rules.
pub(super) fn same(left: &str, right: &str) -> bool {
    canonical(left) == canonical(right)
}

/// Whether the server knows the method (else it is `M_INVALID`, and the default handler answers 501).
pub(super) fn is_registered(method: &str) -> bool {
    REGISTERED.contains(&canonical(method))
}

/// Whether a `<Limit>` or `<LimitExcept>` holds for a method (`ap_limit_section()` in `server/core.c`).
pub(super) fn is_limited(limit: &Directive, method: &str) -> bool {
    let named = limit.words.iter().any(|word| same(word, method));
    named != limit.is("LimitExcept")
}
