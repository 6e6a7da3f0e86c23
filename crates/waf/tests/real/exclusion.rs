//! The printed exclusion, applied to the real Apache: the request passes, and the same attack elsewhere does not.

use waf::{Like, RuleSet, exclusion};

use crate::generate::Post;
use crate::servers::Server;

#[test]
fn the_printed_exclusion_works_on_the_real_apache_and_opens_nothing_else() {
    let json = "application/json";
    let body = br#"{"name":"Anna","comment":"1' or 1=1 -- is how the lesson starts"}"#;
    let refused = Post::new(1, "/api/reviews", json, body.to_vec());
    let found = {
        let server = Server::start(Like::ModSecurity2);
        assert_eq!(server.status(&refused.to_bytes()), 403);
        let rules = RuleSet::load(&server.rules_file(), Like::ModSecurity2).unwrap();
        refused
            .request()
            .with(|request| exclusion(&rules, request, &rules.inspect(request)))
            .expect("an exclusion")
    };
    assert!(found.opens.values().all(|targets| targets == &["ARGS:comment"]), "{found:?}");
    let mended = Server::with(Like::ModSecurity2, &found.seclang);
    assert_eq!(mended.status(&refused.to_bytes()), 200, "{}", found.seclang);
    let elsewhere = Post::new(2, "/api/orders", json, body.to_vec());
    assert_eq!(mended.status(&elsewhere.to_bytes()), 403, "another path stays checked");
    let field = br#"{"name":"1' or 1=1 -- ","comment":"ok"}"#;
    let other_field = Post::new(3, "/api/reviews", json, field.to_vec());
    assert_eq!(mended.status(&other_field.to_bytes()), 403, "another field stays checked");
    let kind = br#"{"name":"Anna","comment":"<script>alert(1)</script>"}"#;
    let other_kind = Post::new(4, "/api/reviews", json, kind.to_vec());
    assert_eq!(mended.status(&other_kind.to_bytes()), 403, "another kind of attack stays checked");
}

/// The engines name the values of XML differently in `ctl`, and each obeys its own name alone.
#[test]
fn the_printed_exclusion_names_the_values_of_xml_as_the_engine_does() {
    let body = b"<order><note>&lt;script&gt;alert(1)&lt;/script&gt;</note></order>";
    let refused = Post::new(1, "/api/orders", "application/xml", body.to_vec());
    let elsewhere = Post::new(2, "/api/reviews", "application/xml", body.to_vec());
    let sqli = b"<order><note>1' or 1=1 union select 1 from users</note></order>";
    let other_kind = Post::new(3, "/api/orders", "application/xml", sqli.to_vec());
    for (like, name) in [(Like::ModSecurity2, "XML"), (Like::ModSecurity3, "XML:/*")] {
        let found = {
            let server = Server::start(like);
            assert_eq!(server.status(&refused.to_bytes()), 403, "{like}");
            let rules = RuleSet::load(&server.rules_file(), like).unwrap();
            refused
                .request()
                .with(|request| exclusion(&rules, request, &rules.inspect(request)))
                .expect("an exclusion")
        };
        assert!(found.opens.values().all(|targets| targets == &[name]), "{like}: {found:?}");
        let mended = Server::with(like, &found.seclang);
        assert_eq!(mended.status(&refused.to_bytes()), 200, "{like}: {}", found.seclang);
        assert_eq!(mended.status(&elsewhere.to_bytes()), 403, "{like}: another path stays checked");
        assert_eq!(
            mended.status(&other_kind.to_bytes()),
            403,
            "{like}: another kind of attack stays checked"
        );
        let rules = RuleSet::load(&mended.rules_file(), like).unwrap();
        let simulated = refused.request().with(|request| rules.inspect(request).blocked);
        assert!(!simulated, "{like}: the engine obeys it too");
    }
}
