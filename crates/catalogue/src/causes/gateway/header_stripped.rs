//! A header that the next hop needs was dropped on the way
//!
//! ## Why the server refuses
//!
//! The client sends the header, a proxy or interface leaves it out, and the application behind refuses for lack
//! of it. Dropped by default are: `Authorization` by CGI, FastCGI and mod_wsgi; names with underscores by nginx
//! and by Apache in front of CGI; cookies and `Authorization` by CDNs whose policy does not forward them;
//! `Origin` and custom headers by old gateways; hop-by-hop headers by all.
//!
//! ## How to mend it
//!
//! - Apache: `WSGIPassAuthorization On` (mod_wsgi), `CGIPassAuth On` (CGI, from 2.4.13), or `SetEnvIf
//!   Authorization "(.*)" HTTP_AUTHORIZATION=$1` in `.htaccess`.
//! - nginx: `underscores_in_headers on`, or hyphens in the name; look for `proxy_set_header NAME "";`, and for
//!   `proxy_set_header` in an inner block, which cancels those of the outer one.
//! - CloudFront: origin request policy with the header, cookies; Azure Front Door, Fastly and others alike.
//!   Envoy: `headers_with_underscores_action`.
//! - PHP-FPM: `fastcgi_param HTTP_AUTHORIZATION $http_authorization`.
//!
//! ## What not to do
//!
//! Passing every header to every service behind; carrying the token in the URL instead.
//!
//! ## References
//!
//! - mod_wsgi, WSGIPassAuthorization; Apache httpd, CGIPassAuth; nginx, underscores_in_headers,
//!   proxy_set_header; RFC 9110, section 7.6.1

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{anti_forgery, authorization, configuration};

/// `gateway.header-stripped`
pub static HEADER_STRIPPED: Cause = Cause {
    id: "gateway.header-stripped",
    layer: Layer::Gateway,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Hints,
            seek: needed_field_dropped,
            because: "by the configuration, a header that the next hop may need is not passed on",
        },
        Indicator {
            weight: Weight::Supports,
            seek: told_as_missing,
            because: "the answer asks for credentials as if none had come, although the request carries some",
        },
        Indicator {
            weight: Weight::Hints,
            seek: underscore,
            because: "a header's name holds an underscore, and many servers drop such headers",
        },
        Indicator {
            weight: Weight::Hints,
            seek: not_passed_by_setting,
            because: "the configuration keeps `Authorization` from the application",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "make the hop that drops the header pass it on",
    opens: "that one header to the service behind",
    decided_by: "the request as the application received it (its debug log, or `tcpdump` between proxy and application)",
    page: page!("gateway/header_stripped"),
};

fn needed_field_dropped(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let needed = |name: &str| {
        let name = name.to_ascii_lowercase();
        let credential =
            evidence.credentials.iter().any(|credential| credential.carrier.eq_ignore_ascii_case(&name));
        credential
            || anti_forgery::is_header(&name)
            || ["authorization", "cookie", "origin", "referer"].contains(&name.as_str())
    };
    let mut fields =
        request.message.fields.0.iter().filter(|field| needed(&field.name) || field.name.contains('_'));
    fields.find_map(|field| configuration::dropped(evidence, &field.name))
}

fn told_as_missing(evidence: &Evidence) -> Option<Sighting> {
    let credential = authorization::explicit(evidence)?;
    let challenge = authorization::bare_challenge(evidence)?;
    // Basic and Digest challenges are repeated for wrong passwords; only Bearer tells the two apart (RFC 6750, 3.1).
    // A credential of another scheme was not dropped: who asks for a Bearer token does not read it.
    let (sent, _) = evidence.request_header("authorization")?;
    let bearer = sent.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    (bearer && challenge.scheme == "bearer")
        .then(|| Sighting::with(credential.span, credential.carrier.clone()))
}

fn underscore(evidence: &Evidence) -> Option<Sighting> {
    let fields = &evidence.request()?.message.fields.0;
    let field = fields.iter().find(|field| field.name.contains('_'))?;
    Some(Sighting::with(field.span, field.name.clone()))
}

fn not_passed_by_setting(evidence: &Evidence) -> Option<Sighting> {
    evidence.request_header("authorization")?;
    let off = |value: &str| value.eq_ignore_ascii_case("off");
    let emptied = |value: &str| {
        let mut words = value.split_whitespace();
        words.next().is_some_and(|name| name.eq_ignore_ascii_case("authorization"))
            && words.next().is_some_and(|value| value.starts_with("\"\""))
    };
    configuration::setting(evidence, "wsgipassauthorization", off)
        .or_else(|| configuration::setting(evidence, "cgipassauth", off))
        .or_else(|| configuration::setting(evidence, "proxy_set_header", emptied))
}
