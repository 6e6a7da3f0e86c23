//! What the safe tier can say: GET, HEAD and OPTIONS without a body, to the origin of the refused request, and nothing
//! that would make a server read something else into it.
#![allow(clippy::unwrap_used, reason = "a failure is the test's")]

use model::{Change, HeaderLine, Transfer, TransferBody};
use probe::{Limits, run, variant};
use recording_server::{RecordingServer, form};

/// Every change; the match below keeps the list whole.
const ALL: [Change; 9] = [
    Change::Get,
    Change::GetWithoutCredentials,
    Change::GetWithNeutralUserAgent,
    Change::GetImpossiblePath,
    Change::Head,
    Change::Options,
    Change::Preflight,
    Change::GetWithoutOrigin,
    Change::GetToggledSlash,
];

fn method(change: Change) -> &'static str {
    match change {
        Change::Get
        | Change::GetWithoutCredentials
        | Change::GetWithNeutralUserAgent
        | Change::GetImpossiblePath
        | Change::GetWithoutOrigin
        | Change::GetToggledSlash => "GET",
        Change::Head => "HEAD",
        Change::Options | Change::Preflight => "OPTIONS",
    }
}

/// A DELETE in disguise, with every kind of credential.
fn refused(base: &str) -> Transfer {
    let mut transfer =
        form(&format!("{base}/api/orders/7?_method=DELETE&page=2&api_key=SECRET"), b"a=SECRET");
    for (name, value) in [
        ("Authorization", "Bearer SECRET"),
        ("Cookie", "session=SECRET"),
        ("X-Api-Key", "SECRET"),
        ("X-CSRF-Token", "SECRET"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Origin", "https://app.example"),
        ("Referer", "https://app.example/cart"),
        ("X-Request-Id", "1"),
    ] {
        transfer.fields.push(HeaderLine::new(name, value));
    }
    transfer.redirects.follow = Some(50);
    transfer
}

#[test]
fn no_change_can_say_anything_unsafe() {
    let refused = refused("http://shop.example:8080");
    for change in ALL {
        let sent = variant(change, &refused);
        assert_eq!(sent.method, method(change), "{change:?}");
        assert_eq!(sent.body, TransferBody::Empty, "{change:?}");
        assert_eq!(sent.url.origin(), refused.url.origin(), "{change:?}");
        assert_eq!(sent.redirects.follow, None, "{change:?}");
        assert!(!sent.target.contains("_method"), "{change:?}: {}", sent.target);
        for name in ["content-length", "content-type", "transfer-encoding", "x-http-method-override"] {
            assert_eq!(sent.field(name), None, "{change:?}: {name}");
        }
        for name in ["x-forwarded-for", "x-real-ip", "forwarded", "x-original-url", "x-rewrite-url"] {
            assert_eq!(sent.field(name), None, "{change:?} forges {name}");
        }
    }
}

#[test]
fn credentials_are_dropped_where_said_and_only_there() {
    let refused = refused("http://shop.example");
    for change in ALL {
        let sent = variant(change, &refused);
        let text = format!("{:?} {}", sent.fields, sent.target);
        let without = matches!(change, Change::GetWithoutCredentials | Change::Preflight);
        assert_eq!(text.contains("SECRET"), !without, "{change:?}: {text}");
    }
}

#[test]
fn the_preflight_follows_the_fetch_standard() {
    let mut refused = refused("http://shop.example");
    refused.fields.push(HeaderLine::new("Content-Language", "en"));
    let sent = variant(Change::Preflight, &refused);
    assert_eq!(sent.field("access-control-request-method"), Some("POST"));
    let names = "authorization,x-api-key,x-csrf-token,x-http-method-override,x-request-id";
    assert_eq!(sent.field("access-control-request-headers"), Some(names));
    assert_eq!(sent.field("origin"), Some("https://app.example"));

    refused.fields.retain(|line| !line.is("content-type"));
    refused.fields.push(HeaderLine::new("Content-Type", "application/json"));
    let names = variant(Change::Preflight, &refused);
    assert!(names.field("access-control-request-headers").unwrap().contains("content-type"));
}

#[test]
fn paths_change_as_said() {
    let refused = refused("http://shop.example");
    assert_eq!(variant(Change::GetToggledSlash, &refused).url.path, "/api/orders/7/");
    let impossible = variant(Change::GetImpossiblePath, &refused);
    assert!(impossible.target.starts_with("/api/orders/why403-"), "{}", impossible.target);
}

#[test]
fn what_arrives_is_what_was_promised_and_redirects_are_not_followed() {
    let server = RecordingServer::start(|_, _| {
        b"HTTP/1.1 302 Found\r\nLocation: http://other.invalid/\r\nContent-Length: 0\r\n\r\n".to_vec()
    });
    let refused = refused(server.url("").trim_end_matches('/'));
    for change in ALL {
        let transcript = run(change, &refused, &Limits::default());
        assert_eq!((transcript.status(), transcript.hops.len()), (Some(302), 1), "{change:?}");
        let arrived = server.take();
        assert_eq!(arrived.len(), 1, "{change:?}");
        assert_eq!((arrived[0].method(), arrived[0].body.len()), (method(change), 0), "{change:?}");
    }
}
