//! The caller may do this to objects of its own, and this one belongs to somebody else
//!
//! ## Why the server refuses
//!
//! Many applications let users change what they made and nothing else. The id in the path or body names another
//! user's object, another tenant's, or one whose owner has changed. Careful applications answer 404, so that
//! strangers do not learn what exists; others answer 403.
//!
//! ## How to mend it
//!
//! - Check the id: is it the caller's own, of this tenant and environment?
//! - Let the owner do it, or have the owner share the object or transfer it.
//! - One's own application: Django `get_queryset` and object permissions (`has_object_permission`), Rails
//!   scopes (`current_user.orders.find`), Laravel policies, Spring `@PostAuthorize` and ACL. Body and path must
//!   name the same owner.
//! - LinkedIn, Facebook and others: author or page id in the body must be the token's own.
//!
//! ## What not to do
//!
//! Dropping the ownership check, or making the caller an administrator to get past it.
//!
//! ## References
//!
//! - OWASP API Security Top 10, API1 (broken object level authorization); RFC 9110, section 15.5.4

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, authorization};

/// `authz.not-owner`
pub static NOT_OWNER: Cause = Cause {
    id: "authz.not-owner",
    layer: Layer::Application,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: sibling_succeeded,
            because: "the same caller could do the same to another object of the same kind",
        },
        Indicator {
            weight: Weight::Hints,
            seek: object_in_path,
            because: "the path names one object, and a known caller was refused",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::challenged,
            because: "the answer asks for credentials, so it is not about whose the object is",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::nothing_sent,
            because: "the request names no caller",
        },
    ],
    experiments: &[crate::causes::grants::READ_PASSES],
    roots: &[],
    fix: "use an object of the caller's own, or have its owner share it",
    opens: "this one object, to this caller",
    decided_by: "the application's record of the object's owner",
    page: page!("authz/not_owner"),
};

/// A segment that is an id: a number, a UUID or a long hexadecimal string.
fn is_id(segment: &str) -> bool {
    let hexadecimal =
        segment.len() >= 12 && segment.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let number = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    hexadecimal || number
}

fn object_in_path(evidence: &Evidence) -> Option<Sighting> {
    authorization::presented(evidence)?;
    answer::status(evidence, &[403])?;
    let url = &evidence.request()?.url;
    let id = url.value.path.split('/').find(|segment| is_id(segment))?;
    Some(Sighting::with(url.span, id))
}

fn sibling_succeeded(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    authorization::presented(evidence)?;
    let shape = |path: &str| {
        path.split('/').map(|part| if is_id(part) { "*" } else { part }.to_owned()).collect::<Vec<_>>()
    };
    let own = &request.url.value;
    evidence.related.iter().find_map(|related| {
        let other = related.exchange.request.as_ref()?;
        let url = &other.url.value;
        let accepted = related
            .exchange
            .response
            .as_ref()
            .is_some_and(|response| (200..300).contains(&response.status.value));
        let same_kind = url.host == own.host && url.path != own.path && shape(&url.path) == shape(&own.path);
        (accepted && same_kind && other.method.value == request.method.value)
            .then(|| Sighting::at(other.message.start_line))
    })
}
