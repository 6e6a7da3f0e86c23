//! The anti-forgery token is on the wire, but in a place or encoding that is not read at that point
//!
//! ## Why the server refuses
//!
//! The check reads certain places only: a form field of one name, a header of one name. A token in a JSON
//! member, under another name, or in a multipart form that is parsed only after the check has run, is not seen,
//! and the request is refused as if there were none.
//!
//! ## How to mend it
//!
//! - JSON: put the token into the header. Django reads `csrfmiddlewaretoken` from forms only, and
//!   `X-CSRFToken`; Spring reads parameters and `X-CSRF-TOKEN`, never JSON; Flask-WTF reads `csrf_token` of
//!   forms and `X-CSRFToken`.
//! - Multipart with Express: put the upload's parser (`multer`) before csurf, or the token into the header or
//!   the query. Spring: `MultipartFilter` before the security chain. Play: the token in the query
//!   (`CSRF.formField` is not read in multipart forms).
//! - Middleware order: the body's parser (`express.urlencoded`) before the check.
//! - Cookie to header: Angular and axios copy `XSRF-TOKEN` to `X-XSRF-TOKEN`; for Django set `xsrfCookieName:
//!   "csrftoken"` and `xsrfHeaderName: "X-CSRFToken"`. In Laravel, `X-XSRF-TOKEN` is the encrypted cookie,
//!   `X-CSRF-TOKEN` the plain token.
//! - A proxy may drop header names with underscores: use hyphens.
//!
//! ## What not to do
//!
//! Exempting uploads from the check: they are what an attacker would post.
//!
//! ## References
//!
//! - expressjs/csurf, README (multipart, `value`); Spring Security, CSRF and multipart; Play, CSRF
//! - Django, CSRF, AJAX; Flask-WTF, CSRF

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Root, Sighting, Weight};

use crate::causes::anti_forgery::{self, Carrier, Token};
use crate::causes::{configuration, readers};

/// `csrf.token-not-read`
pub static TOKEN_NOT_READ: Cause = Cause {
    id: "csrf.token-not-read",
    layer: Layer::Application,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: only_in_json,
            because: "the token stands in the JSON body only, where most frameworks do not read it",
        },
        Indicator {
            weight: Weight::Supports,
            seek: only_in_multipart,
            because: "the token stands in a multipart form only, which may be parsed after the check",
        },
        Indicator {
            weight: Weight::Supports,
            seek: readers::unread_header,
            because: "the token travels in a header that this framework does not read",
        },
        Indicator {
            weight: Weight::Supports,
            seek: dropped_on_the_way,
            because: "a proxy drops the header that carries the token",
        },
        Indicator {
            weight: Weight::Supports,
            seek: told_missing_though_sent,
            because: "the server says that no token came, and the request carries one: it reads another field or header",
        },
        Indicator {
            weight: Weight::Hints,
            seek: form_under_other_type,
            because: "the token stands in a form whose Content-Type is not a form's, so the form is not parsed",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: anti_forgery::no_token,
            because: "no token is seen anywhere in the request",
        },
    ],
    experiments: &[anti_forgery::GET_PASSES],
    roots: &[Root {
        cause: "gateway.header-stripped",
        seek: dropped_on_the_way,
        because: "a proxy drops the header that carries the token",
    }],
    fix: "send the token in the header that the framework reads",
    opens: "nothing: the check stays, and now sees the token",
    decided_by: "the framework's order of middleware, and the name of field and header it reads",
    page: page!("csrf/token_not_read"),
};

/// The tokens that travel in one way, if none travels otherwise.
fn only(evidence: &Evidence, carrier: Carrier) -> Option<Token> {
    if !anti_forgery::is_checked(evidence) {
        return None;
    }
    let tokens = anti_forgery::tokens(evidence);
    let alone = tokens.iter().all(|token| token.carrier == carrier);
    tokens.into_iter().next().filter(|_| alone)
}

fn only_in_json(evidence: &Evidence) -> Option<Sighting> {
    only(evidence, Carrier::Json).map(|token| Sighting::with(token.span, token.name))
}

fn only_in_multipart(evidence: &Evidence) -> Option<Sighting> {
    only(evidence, Carrier::Multipart).map(|token| Sighting::with(token.span, token.name))
}

fn form_under_other_type(evidence: &Evidence) -> Option<Sighting> {
    let token = only(evidence, Carrier::Form)?;
    let media_type = evidence.request()?.message.media_type().unwrap_or_else(|| "no Content-Type".into());
    (media_type != "application/x-www-form-urlencoded").then(|| Sighting::with(token.span, media_type))
}

/// Ways to say that it did not come; `invalid` is said of both.
static ABSENT: [&str; 6] = ["missing", "not found", "no csrf", "not provided", "not present", "absent"];

/// Texts that say "missing" of a token that is another as well: CakePHP 4.0 (CsrfProtectionMiddleware, _validateToken) says
/// the first of any that did not match, CakePHP later and Django before 4.0 name both.
static LEFT_OPEN: [&str; 3] =
    ["missing csrf token body", "did not match or is missing", "token missing or incorrect"];

/// The longest text that is one sentence of a server.
const SENTENCE: usize = 2048;

fn told_missing_though_sent(evidence: &Evidence) -> Option<Sighting> {
    let token = anti_forgery::sent(evidence)?;
    let says = |text: &[u8]| {
        let text = String::from_utf8_lossy(&text[..text.len().min(SENTENCE)]).to_ascii_lowercase();
        if LEFT_OPEN.iter().any(|words| text.contains(words)) {
            return false;
        }
        let names = text.contains("csrf") || text.contains("xsrf") || text.contains("forgery");
        names && ABSENT.iter().any(|word| text.contains(word)) && !text.contains("cookie")
    };
    let body = evidence.response().and_then(|response| response.message.body.as_ref());
    let in_body = body.is_some_and(|body| body.value.len() <= SENTENCE && says(&body.value));
    let mut lines = evidence.log_lines.iter().filter(|line| line.about_request >= 0.5);
    (in_body || lines.any(|line| says(evidence.sources.bytes(line.span))))
        .then(|| Sighting::with(token.span, token.name))
}

fn dropped_on_the_way(evidence: &Evidence) -> Option<Sighting> {
    let tokens = anti_forgery::tokens(evidence).into_iter();
    let mut headers = tokens.filter(|token| token.carrier == Carrier::Header);
    headers.find_map(|token| configuration::dropped(evidence, &token.name))
}
