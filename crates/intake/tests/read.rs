//! Documents as users have them, read.
#![allow(clippy::unwrap_used)]

use intake::{Document, Options, read, read_with};
use model::{CredentialKind, Evidence, Relation, SourceKind};

fn documents(list: &[(&str, &[u8])]) -> Vec<Document> {
    list.iter().map(|(name, bytes)| Document { name: (*name).into(), bytes: bytes.to_vec() }).collect()
}

fn one(name: &str, text: &str) -> Evidence {
    read(documents(&[(name, text.as_bytes())]))
}

const HAR: &str = r#"{"log":{"version":"1.2","creator":{"name":"x","version":"1"},"entries":[
{"startedDateTime":"2026-11-24T08:00:00.000Z","request":{"method":"GET","url":"https://shop.example/cart","httpVersion":"h2","headers":[]},
 "response":{"status":200,"statusText":"OK","httpVersion":"h2","headers":[],"content":{"mimeType":"text/html","text":"<p>"},"redirectURL":""},"timings":{"dns":-1,"connect":5,"ssl":3,"send":1,"wait":2,"receive":1}},
{"startedDateTime":"2026-11-24T08:00:01.000Z","request":{"method":"OPTIONS","url":"https://shop.example/api?x=1","httpVersion":"h2","headers":[]},
 "response":{"status":204,"statusText":"","httpVersion":"h2","headers":[],"content":{},"redirectURL":""}},
{"startedDateTime":"2026-11-24T08:00:02.000Z","request":{"method":"POST","url":"https://shop.example/api?x=1","httpVersion":"h2",
 "headers":[{"name":":authority","value":"shop.example"},{"name":"authorization","value":"Bearer s3cr3t-token-value"},{"name":"cookie","value":"sid=abcdef123"}],"postData":{"mimeType":"application/json","text":"{\"password\":\"hunter2x\"}"}},
 "response":{"status":403,"statusText":"","httpVersion":"h2","headers":[{"name":"date","value":"Tue, 24 Nov 2026 08:10:02 GMT"},{"name":"content-encoding","value":"gzip"}],"content":{"mimeType":"text/plain","text":"no \u00e9"},"redirectURL":""},"timings":{"dns":-1,"connect":5,"ssl":3,"send":1,"wait":2,"receive":1}},
{"startedDateTime":"2026-11-24T08:00:03.000Z","request":{"method":"GET","url":"https://shop.example/img","httpVersion":"h2","headers":[]},
 "response":{"status":403,"statusText":"","httpVersion":"h2","headers":[],"content":{},"redirectURL":""}}]}}"#;

#[test]
fn a_har_is_explained_by_its_last_unsafe_refusal_with_what_belongs_to_it() {
    let evidence = one("shop.har", HAR);
    let request = evidence.request().unwrap();
    assert_eq!((request.method.value.as_str(), evidence.status()), ("POST", Some(403)));
    assert_eq!(request.url.value.to_string(), "https://shop.example/api?x=1");
    assert_eq!(evidence.response().unwrap().message.body_text(), "no é");
    assert_eq!(evidence.related(Relation::Preflight).count(), 1);
    assert_eq!(evidence.related(Relation::Before).count(), 1);
    assert_eq!(evidence.clock_skew().unwrap().value, 600);
    assert_eq!(evidence.refused.timing.connect, Some(2.0));
    for secret in ["s3cr3t-token-value", "abcdef123", "hunter2x"] {
        assert!(evidence.secrets.iter().any(|known| known == secret), "{secret}: {:?}", evidence.secrets);
    }
    let (value, span) = evidence.request_header("authorization").unwrap();
    assert_eq!(value, "Bearer s3cr3t-token-value");
    assert_eq!(evidence.sources.quote(span).text, "authorization: Bearer s3cr3t-token-value");
    assert!(evidence.warnings[0].text.contains("--entry"), "{:?}", evidence.warnings);
    let chosen = read_with(
        documents(&[("shop.har", HAR.as_bytes())]),
        &Options { entry: Some(4), ..Options::default() },
    );
    assert_eq!(chosen.request().unwrap().url.value.path, "/img");
}

#[test]
fn a_cut_har_is_read_as_far_as_it_goes() {
    let cut = &HAR[..HAR.find("/img").unwrap()];
    let evidence = one("cut.har", cut);
    assert_eq!(evidence.request().unwrap().method.value, "POST");
    let warning = &evidence.warnings[0];
    assert_eq!(warning.place.as_ref().unwrap().1, Some(9), "{warning:?}");
}

#[test]
fn zeros_binary_and_nonsense_are_warnings() {
    let zeros = vec![0; 1 << 20];
    let mut head = b"{\"log\":{\"entries\":[".to_vec();
    head.extend(&zeros);
    let evidence = read(documents(&[("zeros", &zeros), ("head.har", &head), ("bad", b"\xff\xfe\x00")]));
    assert!(evidence.warnings.len() >= 3, "{:?}", evidence.warnings);
    let deep = format!("{{\"log\":{{\"entries\":[{}", "[".repeat(1 << 20));
    assert!(!one("deep.har", &deep).warnings.is_empty());
    let evidence = one("curl", "curl 'https://a.example/ -H x");
    assert!(evidence.warnings[0].text.contains("not closed"), "{:?}", evidence.warnings);
}

#[test]
fn a_curl_command_and_its_answer_make_one_exchange() {
    let curl = "curl 'https://api.example/v1/items' -X POST -H 'Authorization: Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJhcGkiLCJleHAiOjE3MDAwMDAwMDAsInNjb3BlIjoicmVhZCB3cml0ZSJ9.c2ln' \\\n  -H 'X-CSRF-Token: abcdefgh' --data-raw '{\"a\":1}'";
    let answer = "HTTP/1.1 403 Forbidden\nWWW-Authenticate: Bearer error=\"insufficient_scope\"\n\nno\n";
    let log = "192.0.2.1 - - [24/Nov/2026:08:38:57 +0000] \"POST /v1/items HTTP/1.1\" 403 153 \"-\" \"curl/8.5.0\"\n192.0.2.1 - - [24/Nov/2026:08:38:57 +0000] \"GET /other HTTP/1.1\" 200 153 \"-\" \"curl/8.5.0\"\n";
    let evidence = read(documents(&[
        ("request.curl", curl.as_bytes()),
        ("response.http", answer.as_bytes()),
        ("server.log", log.as_bytes()),
    ]));
    assert_eq!(evidence.status(), Some(403));
    assert_eq!(evidence.request().unwrap().message.body_text(), "{\"a\":1}");
    let jwt = evidence.credentials.iter().find_map(|credential| credential.jwt()).unwrap();
    assert_eq!((jwt.expires, jwt.key_id.as_deref()), (Some(1_700_000_000), Some("k1")));
    assert_eq!(jwt.scopes.as_deref().unwrap(), ["read", "write"]);
    assert!(evidence.credentials.iter().any(|c| matches!(c.kind, CredentialKind::CsrfToken)));
    assert_eq!(evidence.log_lines.len(), 2);
    assert!(evidence.log_lines[0].about_request > 0.9, "{:?}", evidence.log_lines[0]);
    assert!(evidence.log_lines[1].about_request < 0.5, "{:?}", evidence.log_lines[1]);
}

#[test]
fn lines_of_one_request_are_joined_over_logs_and_rivals_share_the_certainty() {
    let line = |second: u32, path: &str, agent: &str| {
        format!(
            "192.0.2.1 - - [24/Nov/2026:08:38:{second} +0000] \"POST {path} HTTP/1.1\" 403 153 \"-\" \"{agent}\"\n"
        )
    };
    let error = |second: u32, path: &str| {
        format!(
            "2026/11/24 08:38:{second} [error] 7#7: *1 access forbidden by rule, client: 192.0.2.1, server: a, request: \"POST {path} HTTP/1.1\", host: \"a\"\n"
        )
    };
    let request = "POST /a HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n";
    let answer = "HTTP/1.1 403 Forbidden\r\nDate: Tue, 24 Nov 2026 08:38:57 GMT\r\n\r\n";
    let chances = |access: &str, errors: &str| -> Vec<f64> {
        let all = [
            ("request.http", request),
            ("answer.http", answer),
            ("access.log", access),
            ("error.log", errors),
        ]
        .map(|(name, text)| (name, text.as_bytes()));
        read(documents(&all)).log_lines.iter().map(|line| line.about_request).collect()
    };
    let access = [line(57, "/a", "x"), line(57, "/b", "x"), line(50, "/a", "y")].concat();
    let found = chances(&access, &[error(57, "/a"), error(57, "/b")].concat());
    assert!(found[0] > 0.9 && found[3] > 0.9, "the request's own lines: {found:?}");
    assert!(found[1] < 0.1 && found[2] < 0.1 && found[4] < 0.1, "lines of other requests: {found:?}");
    let twice = [line(57, "/a", "x"), line(57, "/a", "x"), line(20, "/c", "z").repeat(50)].concat();
    let found = chances(&twice, &error(57, "/b"));
    assert!(found[..2].iter().all(|chance| *chance < 0.6), "two that are alike: {found:?}");
}

#[test]
fn logs_alone_tell_of_the_last_refusal_and_the_words_of_clients_are_no_servers() {
    let line = |second: u32, path: &str, status: u16| {
        format!(
            "192.0.2.1 - - [24/Nov/2026:08:38:{second} +0000] \"POST {path} HTTP/1.1\" {status} 153 \"-\" \"Forbidden by rule\"\n"
        )
    };
    let log = [line(50, "/a", 403), line(51, "/b", 403), line(52, "/c", 200)].concat().repeat(30);
    let evidence = read(documents(&[("access.log", log.as_bytes())]));
    let sure: Vec<usize> = (0..90).filter(|index| evidence.log_lines[*index].about_request > 0.9).collect();
    assert_eq!(sure, [88]);
    let agent = evidence.log_lines[0]
        .said_by_client
        .iter()
        .find(|span| evidence.sources.bytes(**span).starts_with(b"For"));
    assert!(agent.is_some());
}

#[test]
fn transcripts_of_curl_are_put_together() {
    let text = "*   Trying 127.0.0.1:80...\n> POST /x HTTP/1.1\n> Host: h.example\n> Accept: */*\n> \n* We are uploaded\n< HTTP/1.1 403 Forbidden\n< Server: nginx\n< \nfirst\nsecond\n* Closing connection 0\n";
    let evidence = one("out.txt", text);
    assert_eq!(evidence.request().unwrap().method.value, "POST");
    assert_eq!(evidence.response().unwrap().message.body_text(), "first\nsecond\n");
    assert_eq!(evidence.response_header("server").unwrap().0, "nginx");
}

#[test]
fn a_console_message_tells_of_the_request_and_shows_none_of_its_fields() {
    let text = "Access to fetch at 'https://api.example/v1' from origin 'https://app.example' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.";
    let evidence = one("-", text);
    assert_eq!(evidence.url().unwrap().value.to_string(), "https://api.example/v1");
    assert!(evidence.request().is_none() && evidence.refused.failure.is_some());
    let answered = one("-", "POST https://api.example/v1 403 (Forbidden)");
    assert_eq!((answered.method().unwrap().value.as_str(), answered.status()), ("POST", Some(403)));
    assert!(answered.refused.failure.is_none());
}

#[test]
fn documents_are_recognised_by_content() {
    let cases: &[(&str, SourceKind)] = &[
        ("curl 'https://a.example' \\\n -H 'A: b'", SourceKind::Curl),
        ("$ curl -v https://a.example", SourceKind::Curl),
        ("HTTP/2 403 \nserver: x\n\n", SourceKind::Response),
        ("POST /a HTTP/1.1\nHost: a\n\n", SourceKind::Request),
        ("### create\nPOST https://a.example/b\nA: b\n\n{}", SourceKind::Request),
        ("server {\n  listen 80;\n  location / { deny all; }\n}\n", SourceKind::Config),
        ("<Directory /srv>\n  Require all denied\n</Directory>\n", SourceKind::Config),
        ("f: /srv/www/index.html\ndrwxr-xr-x root root /\n", SourceKind::System),
        ("<html><title>403</title></html>", SourceKind::Text),
        ("HTTPError: {\n  \"error\": {\n    \"code\": 403\n  }\n}", SourceKind::Text),
        ("{{base}}/orders\n\n{\n  \"roles\": [\n    \"GUEST\"\n  ]\n}", SourceKind::Text),
        ("f_chl_opt = {cvId: '3',cZone: 'shop.example',cType: 'managed'}", SourceKind::Text),
        ("upstream {\n  server a;\n}\n", SourceKind::Config),
        ("-rw-r--r-- 1 root root 9 Nov 1 10:00 a\n", SourceKind::System),
        ("----------------------- RESPONSE 403: 403 Forbidden", SourceKind::Text),
    ];
    for (text, kind) in cases {
        assert_eq!(intake::recognise("document", text.as_bytes()), *kind, "{text}");
    }
}

#[test]
fn secrets_are_marked_and_plain_words_are_not() {
    let text = "POST /a?access_token=at0123456&q=1 HTTP/1.1\nHost: h.example\nAuthorization: Basic dXNlcjpwYXNzdzByZA==\nCookie: sid=abc123def; consent=true\nX-Api-Key: 0123456789abcdef\n\nuser=u&password=letmein&next=home";
    let log = "token: expired\nhttps://u:urlpass1@h.example/\nAPI_SECRET = 'configsecret'\n";
    let evidence = read(documents(&[("a.http", text.as_bytes()), ("note.txt", log.as_bytes())]));
    for secret in
        ["at0123456", "passw0rd", "abc123def", "0123456789abcdef", "letmein", "urlpass1", "configsecret"]
    {
        assert!(evidence.secrets.iter().any(|known| known == secret), "{secret}: {:?}", evidence.secrets);
    }
    for word in ["expired", "true", "home", "Basic"] {
        assert!(!evidence.secrets.iter().any(|known| known == word), "{word}: {:?}", evidence.secrets);
    }
}

#[test]
fn what_windows_powershell_wrote_is_read() {
    let text = "\u{feff}HTTP/1.1 403 Forbidden\r\nServer: nginx\r\n\r\nno";
    for bytes in [
        text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ] {
        assert_eq!(read(documents(&[("answer.txt", &bytes)])).status(), Some(403));
    }
}

#[test]
fn bytes_are_left_out_and_a_log_that_was_cut_to_nothing_is_read() {
    let noise: Vec<u8> =
        (0..9000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let evidence = read(documents(&[("noise.log", &noise)]));
    assert!(
        evidence.warnings.iter().any(|warning| warning.text.contains("binary")),
        "{:?}",
        evidence.warnings
    );
    let mut cut = vec![0; 10_000];
    cut.extend_from_slice(
        b"192.0.2.1 - - [24/Nov/2026:08:38:57 +0000] \"POST /api HTTP/1.1\" 403 153 \"-\" \"curl/8.5.0\"\n",
    );
    let evidence = read(documents(&[("access.log", &cut)]));
    assert!(evidence.warnings.is_empty(), "{:?}", evidence.warnings);
    assert!(!evidence.log_lines.is_empty());
}

#[test]
fn a_body_whose_file_is_not_at_hand_has_no_known_length() {
    let text = "curl -X POST https://a.example/import --data-binary @orders.json";
    let evidence = read(documents(&[("request.curl", text.as_bytes())]));
    assert!(evidence.request_header("content-length").is_none());
    assert!(evidence.warnings.iter().any(|warning| warning.text.contains("orders.json")));
    let given = read(documents(&[("request.curl", text.as_bytes()), ("orders.json", b"{\"a\": 1}")]));
    assert_eq!(given.request_header("content-length").unwrap().0, "8");
}

#[test]
fn the_answers_of_a_command_that_follows_redirects_are_told_apart() {
    let curl = "curl -i -L https://a.example/orders -H 'Authorization: Bearer abcdefgh0123456789' -d a=1";
    let answers =
        "HTTP/1.1 301 Moved Permanently\nLocation: https://b.example/orders/\n\nHTTP/1.1 403 Forbidden\n\nno";
    let evidence =
        read(documents(&[("request.curl", curl.as_bytes()), ("response.http", answers.as_bytes())]));
    let request = evidence.request().unwrap();
    assert_eq!(
        (request.method.value.as_str(), request.url.value.to_string().as_str()),
        ("GET", "https://b.example/orders/")
    );
    assert_eq!(evidence.request_header("host").unwrap().0, "b.example");
    assert!(evidence.request_header("authorization").is_none());
    let before = evidence.related(Relation::Redirect).next().unwrap();
    assert_eq!(before.request.as_ref().unwrap().method.value, "POST");
    assert_eq!(before.response.as_ref().unwrap().status.value, 301);
}

/// How sure it is that each line of a log is about the refused request.
fn about(curl: &str, answer: &str, log: &str) -> Vec<f64> {
    let all =
        [("request.curl", curl.as_bytes()), ("response.http", answer.as_bytes()), ("a.log", log.as_bytes())];
    read(documents(&all)).log_lines.iter().map(|line| line.about_request).collect()
}

const REFUSED: &str = "HTTP/1.1 403 Forbidden\nDate: Thu, 26 Nov 2026 10:00:00 GMT\n\nno";

#[test]
fn a_tunnel_is_about_the_encrypted_request_that_asked_for_it() {
    let curl = "curl -x http://proxy:3128 -X POST https://shop.example:8443/orders -d a=1";
    let line = |target: &str| {
        format!("1795687200.235 0 127.0.0.1 TCP_DENIED/403 3399 CONNECT {target} - HIER_NONE/- text/html\n")
    };
    assert!(about(curl, REFUSED, &line("shop.example:8443"))[0] > 0.9);
    assert!(about(curl, REFUSED, &line("mail.example:993"))[0] < 0.9);
}

#[test]
fn another_time_or_another_method_and_path_are_another_request() {
    let curl = "curl -X POST http://shop.example/orders -d a=1";
    let line = |time: &str, request: &str| {
        format!(
            "2026/11/26 {time} [error] 7#7: *1 access forbidden by rule, client: 192.0.2.9, server: s, request: \"{request} HTTP/1.1\", host: \"shop.example\"\n"
        )
    };
    assert!(about(curl, REFUSED, &line("10:00:00", "POST /orders"))[0] > 0.9);
    assert!(
        about(curl, REFUSED, &line("09:12:37", "POST /orders"))[0] < 0.96,
        "the same, three quarters of an hour before"
    );
    assert!(about(curl, REFUSED, &line("10:00:00", "GET /img/"))[0] < 0.7);
    assert!(about(curl, REFUSED, &line("09:12:37", "GET /img/"))[0] < 0.1);
    // Exactly two hours away: a server in another zone, as far as can be told.
    assert!(about(curl, REFUSED, &line("12:00:00", "POST /orders"))[0] > 0.9);
}

#[test]
fn a_line_that_docker_wrapped_is_a_log_and_no_har() {
    let wrapped = r#"{"log":"Forbidden (CSRF cookie not set.): /api/orders/\n","stream":"stderr"}"#;
    for name in ["app.log", "pasted.txt", "-"] {
        let evidence = one(name, wrapped);
        assert!(evidence.sources.iter().all(|(_, source)| source.kind == SourceKind::Log), "{name}");
    }
    assert!(one("cut.har", "{\"log\":").sources.iter().all(|(_, source)| source.kind == SourceKind::Har));
}

/// Without a time or a request of their own, the lines around the refused request are no other request's.
#[test]
fn lines_in_words_around_a_request_are_no_rivals_of_it() {
    let log = "WARNING:app:Token has expired\nINFO:     127.0.0.1:35758 - \"POST /mcp HTTP/1.1\" 401 Unauthorized\nready\n";
    let evidence = one("a.log", log);
    assert_eq!(evidence.status(), Some(401));
    let about: Vec<f64> = evidence.log_lines.iter().map(|line| line.about_request).collect();
    assert!(about.iter().all(|about| *about > 0.8), "{about:?}");
}
