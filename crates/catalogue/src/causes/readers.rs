//! What frameworks read: the headers in which each takes an anti-forgery token, and the schemes of `Authorization` that each
//! authentication class takes. A token or credential that travels otherwise is as good as not sent.

use model::{Evidence, Sighting};

use super::{anti_forgery, logged};

/// A framework's anti-forgery check: words that no other writes, and the headers it reads, in lower case.
struct Check {
    framework: &'static str,
    words: &'static [&'static str],
    reads: &'static [&'static str],
    /// The setting that names another header.
    setting: &'static str,
}

/// Sources: Django, middleware/csrf.py and CSRF_HEADER_NAME; Rails, request_forgery_protection.rb; Laravel, VerifyCsrfToken;
/// Flask-WTF, csrf.py (WTF_CSRF_HEADERS); gorilla/csrf, csrf.go (RequestHeader); WordPress, rest_cookie_check_errors; Jenkins,
/// DefaultCrumbIssuer; Yii, web/Request.php.
static CHECKS: &[Check] = &[
    Check {
        framework: "Django",
        words: &["CSRF verification failed. Request aborted.", "CSRF token missing.", "CSRF Failed:"],
        reads: &["x-csrftoken"],
        setting: "csrf_header_name",
    },
    Check {
        framework: "Rails",
        words: &["Can't verify CSRF token authenticity", "InvalidAuthenticityToken"],
        reads: &["x-csrf-token"],
        setting: "",
    },
    Check {
        framework: "Laravel",
        words: &["CSRF token mismatch"],
        reads: &["x-csrf-token", "x-xsrf-token"],
        setting: "",
    },
    Check {
        framework: "Flask-WTF",
        words: &["The CSRF token is missing."],
        reads: &["x-csrftoken", "x-csrf-token"],
        setting: "wtf_csrf_headers",
    },
    Check {
        framework: "gorilla/csrf",
        words: &["CSRF token not found in request"],
        reads: &["x-csrf-token"],
        setting: "",
    },
    Check {
        framework: "WordPress",
        words: &["rest_cookie_invalid_nonce"],
        reads: &["x-wp-nonce"],
        setting: "",
    },
    Check {
        framework: "Jenkins",
        words: &["No valid crumb was included in the request"],
        reads: &["jenkins-crumb", ".crumb"],
        setting: "",
    },
    Check {
        framework: "Yii",
        words: &["Unable to verify your data submission"],
        reads: &["x-csrf-token"],
        setting: "",
    },
];

/// A token that travels only in headers which the framework that refused does not read.
pub(crate) fn unread_header(evidence: &Evidence) -> Option<Sighting> {
    let tokens = anti_forgery::tokens(evidence);
    let first = tokens.first()?;
    let check = CHECKS.iter().find(|check| check.words.iter().any(|words| says(evidence, words)))?;
    let renamed = !check.setting.is_empty() && evidence.settings(check.setting).next().is_some();
    let unread = |token: &anti_forgery::Token| {
        token.carrier == anti_forgery::Carrier::Header
            && !check.reads.contains(&token.name.to_ascii_lowercase().as_str())
    };
    if renamed || !tokens.iter().all(unread) {
        return None;
    }
    let detail = format!("{} reads {}, not {}", check.framework, check.reads.join(" or "), first.name);
    Some(Sighting::with(first.span, detail))
}

/// Whether the answer's body, or a log line that is surely about the request, holds these words.
fn says(evidence: &Evidence, words: &str) -> bool {
    let body = evidence.response().and_then(|response| response.message.body.as_ref());
    let holds = |text: &[u8]| text.windows(words.len()).any(|window| window == words.as_bytes());
    body.is_some_and(|body| holds(&body.value[..body.value.len().min(SEARCHED)]))
        || logged::lines(evidence).any(|line| holds(evidence.sources.bytes(line.span)))
}

/// The most bytes of a body that are searched for a framework's words.
const SEARCHED: usize = 64 << 10;

/// Authentication classes of Django REST framework and its companions, and the scheme that each reads; empty where it
/// reads no `Authorization` at all. Sources: rest_framework/authentication.py (`keyword`), djangorestframework-simplejwt
/// (AUTH_HEADER_TYPES), django-rest-knox (AUTH_HEADER_PREFIX), django-oauth-toolkit.
static CLASSES: &[(&str, &str)] = &[
    ("rest_framework.authentication.SessionAuthentication", ""),
    ("rest_framework.authentication.TokenAuthentication", "token"),
    ("rest_framework.authentication.BasicAuthentication", "basic"),
    ("rest_framework_simplejwt.authentication.JWTAuthentication", "bearer"),
    ("knox.auth.TokenAuthentication", "token"),
    ("oauth2_provider.contrib.rest_framework.OAuth2Authentication", "bearer"),
];

/// The scheme of `Authorization`, if the configured authentication classes are all known and none reads it.
pub(crate) fn unread_scheme(evidence: &Evidence) -> Option<Sighting> {
    let (value, span) = evidence.request_header("authorization")?;
    let scheme = value.split_whitespace().next()?.to_ascii_lowercase();
    let classes = configured_classes(evidence);
    let read: Vec<&str> = classes.into_iter().collect::<Option<_>>()?;
    if read.is_empty() || read.contains(&scheme.as_str()) {
        return None;
    }
    let read: Vec<&str> = read.into_iter().filter(|scheme| !scheme.is_empty()).collect();
    let read = if read.is_empty() { "none".to_owned() } else { read.join(" or ") };
    let sent: String = scheme.chars().take(16).collect();
    Some(Sighting::with(span, format!("{sent} was sent, the classes read {read}")))
}

/// The schemes of the authentication classes that the settings name; `None` for a class that is not known here.
fn configured_classes(evidence: &Evidence) -> Vec<Option<&'static str>> {
    let mut schemes = Vec::new();
    for setting in evidence.settings.iter().filter(|setting| names_a_class(setting)) {
        let text = evidence.sources.text(setting.span);
        let quoted = text.split(['"', '\'']).skip(1).step_by(2);
        for name in quoted.filter(|name| name.contains('.') && name.ends_with("Authentication")) {
            schemes.push(CLASSES.iter().find(|(class, _)| *class == name).map(|(_, scheme)| *scheme));
        }
    }
    schemes
}

/// A line of a settings file that names an authentication class, alone or in a list.
fn names_a_class(setting: &model::Setting) -> bool {
    setting.name.contains("authentication") || setting.value.contains("Authentication")
}
