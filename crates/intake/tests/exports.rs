//! Requests as browsers and programs hand them out: code that sends one, collections, items of a proxy, traces.

use intake::{Document, read};
use model::{CredentialKind, Evidence};

fn given(text: &str) -> Evidence {
    read(vec![Document { name: "-".into(), bytes: text.as_bytes().to_vec() }])
}

fn body(evidence: &Evidence) -> String {
    evidence.request().map(|request| request.message.body_text().into_owned()).unwrap_or_default()
}

fn field<'a>(evidence: &'a Evidence, name: &str) -> Option<&'a str> {
    evidence.request_header(name).map(|(value, _)| value)
}

fn asked(evidence: &Evidence) -> String {
    evidence
        .request()
        .map(|request| format!("{} {}", request.method.value, request.url.value))
        .unwrap_or_default()
}

fn hides(evidence: &Evidence, secret: &str) -> bool {
    evidence.secrets.iter().any(|known| known.contains(secret))
}

const ORDERS: &str = "POST https://shop.example/api/orders";

#[test]
fn code_for_fetch_is_the_request_that_the_browser_sends() {
    let chrome = given(
        r#"fetch("https://shop.example/api/orders", {
  "headers": { "accept": "*/*", "authorization": "Bearer opaque-s3cr3t-99", "content-type": "application/json" },
  "referrer": "https://shop.example/cart", "body": "{\"item\":\"\u00e9\\n\"}", "method": "POST", "mode": "cors", "credentials": "include"
});"#,
    );
    assert_eq!((asked(&chrome).as_str(), body(&chrome).as_str()), (ORDERS, "{\"item\":\"é\\n\"}"));
    assert_eq!(field(&chrome, "origin"), Some("https://shop.example"));
    assert!(hides(&chrome, "opaque-s3cr3t-99"));
    assert!(
        chrome.warnings.iter().any(|warning| warning.text.contains("no answer")),
        "{:?}",
        chrome.warnings
    );
    let own = given(
        "const r = await fetch('https://shop.example/api/orders', {\n  method: 'post',\n  body: JSON.stringify({item: 42}),\n});\n",
    );
    assert_eq!((asked(&own).as_str(), body(&own).as_str()), (ORDERS, r#"{"item":42}"#));
    let unknown = given("fetch('https://shop.example/a', {headers: {Authorization: token}, method: 'POST'})");
    let malformed = |known: &model::Credential| matches!(known.kind, CredentialKind::Malformed(_));
    assert!(!unknown.credentials.iter().any(malformed), "{:?}", unknown.credentials);
}

#[test]
fn powershell_is_read_with_its_session() {
    let evidence = given(
        "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n$session.UserAgent = \"Mozilla/5.0\"\n\
         $session.Cookies.Add((New-Object System.Net.Cookie(\"sid\", \"s3cr3t-99\", \"/\", \"shop.example\")))\n\
         Invoke-WebRequest -UseBasicParsing -Uri \"https://shop.example/api/orders\" `\n-Method \"POST\" `\n-WebSession $session `\n\
         -Headers @{\n\"authority\"=\"shop.example\"\n  \"origin\"=\"https://shop.example\"\n} `\n\
         -ContentType \"application/json\" `\n-Body ([System.Text.Encoding]::UTF8.GetBytes(\"{`\"item`\":`\"$([char]233)`\"}\"))\n",
    );
    assert_eq!((asked(&evidence).as_str(), body(&evidence).as_str()), (ORDERS, "{\"item\":\"é\"}"));
    assert_eq!(field(&evidence, "user-agent"), Some("Mozilla/5.0"));
    assert_eq!(field(&evidence, "origin"), Some("https://shop.example"));
    assert_eq!(field(&evidence, "cookie"), Some("sid=s3cr3t-99"));
    let failed = "Invoke-WebRequest : The remote server returned an error: (403) Forbidden.\nAt line:1 char:1\n+ Invoke-WebRequest -Uri https://shop.example/a\n";
    assert_eq!(given(failed).status(), Some(403), "an error is told, not asked");
    assert!(field(&evidence, "authority").is_none() && hides(&evidence, "s3cr3t-99"));
}

#[test]
fn a_collection_gives_each_request_with_the_answer_that_was_kept() {
    let postman = given(
        r#"{"info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
"variable": [{"key": "base", "value": "https://shop.example"}],
"item": [{"name": "folder", "item": [{"request": {"method": "POST",
  "header": [{"key": "Content-Type", "value": "application/json"}, {"key": "X-Off", "value": "1", "disabled": true}],
  "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]},
  "body": {"mode": "raw", "raw": "{\"item\":42}"}, "url": {"raw": "{{base}}/api/orders"}},
 "response": [{"code": 403, "status": "Forbidden", "header": [], "body": "no"}]}]}]}"#,
    );
    assert_eq!((asked(&postman).as_str(), body(&postman).as_str()), (ORDERS, r#"{"item":42}"#));
    assert_eq!((postman.status(), field(&postman, "x-off")), (Some(403), None));
    let malformed = |known: &model::Credential| matches!(known.kind, CredentialKind::Malformed(_));
    assert!(!postman.credentials.iter().any(malformed), "a variable is no token: {:?}", postman.credentials);
    let insomnia = given(
        r#"{"_type":"export","__export_format":4,"resources":[{"_type":"request","url":"https://shop.example/api/orders",
"method":"POST","body":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a","value":"b c"}]},"headers":[]}]}"#,
    );
    assert_eq!((asked(&insomnia).as_str(), body(&insomnia).as_str()), (ORDERS, "a=b%20c"));
}

#[test]
fn items_of_burp_are_the_messages_in_them() {
    // POST /api/orders HTTP/1.1, Host: shop.example, Content-Length: 11, and its refusal.
    let evidence = given(
        r#"<?xml version="1.0"?>
<items burpVersion="2023.10" exportTime="Thu Nov 26 10:00:00 UTC 2026">
  <item><url><![CDATA[https://shop.example/api/orders]]></url><host ip="192.0.2.10">shop.example</host>
    <request base64="true"><![CDATA[UE9TVCAvYXBpL29yZGVycyBIVFRQLzEuMQ0KSG9zdDogc2hvcC5leGFtcGxlDQpDb250ZW50LVR5cGU6IGFwcGxpY2F0aW9uL2pzb24NCkNvbnRlbnQtTGVuZ3RoOiAxMQ0KDQp7Iml0ZW0iOjQyfQ==]]></request>
    <response base64="false"><![CDATA[HTTP/1.1 403 Forbidden

no]]></response></item>
</items>"#,
    );
    assert_eq!((asked(&evidence).as_str(), body(&evidence).as_str()), (ORDERS, r#"{"item":42}"#));
    assert_eq!(evidence.status(), Some(403));
}

#[test]
fn variables_of_an_http_file_are_put_in() {
    let evidence = given(
        "@host = shop.example\n@base = https://{{host}}/api\n\n### Create\nPOST {{base}}/orders\nAuthorization: Bearer {{login.token}}\n\n{\"a\": \"{{$guid}}\"}\n",
    );
    assert_eq!((asked(&evidence).as_str(), body(&evidence).trim()), (ORDERS, r#"{"a": "<$guid>"}"#));
    let malformed = |known: &model::Credential| matches!(known.kind, CredentialKind::Malformed(_));
    assert!(!evidence.credentials.iter().any(malformed), "{:?}", evidence.credentials);
}

#[test]
fn traces_are_read_in_each_of_their_forms() {
    let hexadecimal = "=> Send header, 44 bytes (0x2c)\n\
        0000: 50 4f 53 54 20 2f 61 20 48 54 54 50 2f 31 2e 31 POST /a HTTP/1.1\n\
        0010: 0d 0a 48 6f 73 74 3a 20 73 68 6f 70 2e 65 78 61 ..Host: shop.exa\n\
        0020: 6d 70 6c 65 0d 0a 0d 0a                         mple....\n\
        => Send data, 4 bytes (0x4)\n0000: 61 3d 0d 0a                                     a=..\n\
        <= Recv header, 24 bytes (0x18)\n\
        0000: 48 54 54 50 2f 31 2e 31 20 34 30 33 20 46 6f 72 HTTP/1.1 403 For\n\
        0010: 62 69 64 64 65 6e 0d 0a                         bidden..\n\
        <= Recv header, 2 bytes (0x2)\n0000: 0d 0a                                           ..\n";
    let ascii = "=> Send header, 29 bytes (0x1d)\n0000: POST /a HTTP/1.1\n0012: Host: shop.example\n0026: \n\
        => Send data, 8 bytes (0x8)\n0000: a=1\n0005: b=2\n<= Recv header, 24 bytes (0x18)\n0000: HTTP/1.1 403 Forbidden\n";
    let timed = "10:00:00.000001 * Connected to shop.example\n10:00:00.000002 > POST /a HTTP/1.1\n10:00:00.000003 > Host: shop.example\n\
        10:00:00.000004 > \n10:00:00.000005 < HTTP/1.1 403 Forbidden\n10:00:00.000006 < \nno\n";
    for (text, sent) in [(hexadecimal, "a=\r\n"), (ascii, "a=1\r\nb=2"), (timed, "")] {
        let evidence = given(text);
        assert_eq!(
            (asked(&evidence).as_str(), evidence.status()),
            ("POST https://shop.example/a", Some(403)),
            "{text}"
        );
        assert_eq!(body(&evidence), sent, "{text}");
    }
}

#[test]
fn what_wget_prints_of_an_answer_is_that_answer() {
    let evidence = given(
        "--2026-11-26 10:00:00--  https://shop.example/report.pdf\nResolving shop.example... 192.0.2.10\n\
         HTTP request sent, awaiting response... \n  HTTP/1.1 302 Found\n  Location: /b\nLocation: /b [following]\n\
         --2026-11-26 10:00:01--  https://shop.example/b\nHTTP request sent, awaiting response... \n\
         \x20 HTTP/1.1 403 Forbidden\n  Server: nginx/1.22.1\n2026-11-26 10:00:01 ERROR 403: Forbidden.\n",
    );
    assert_eq!((asked(&evidence).as_str(), evidence.status()), ("GET https://shop.example/b", Some(403)));
    assert_eq!(evidence.response_header("server").map(|(value, _)| value), Some("nginx/1.22.1"));
}

#[test]
fn archives_are_unpacked_or_named() {
    // HTTP/1.1 403 Forbidden, a blank line, `no`.
    let packed = [
        0x1f, 0x8b, 0x8, 0x0, 0x0, 0x0, 0x0, 0x0, 0x2, 0xff, 0xf3, 0x8, 0x9, 0x9, 0xd0, 0x37, 0xd4, 0x33,
        0x54, 0x30, 0x31, 0x30, 0x56, 0x70, 0xcb, 0x2f, 0x4a, 0xca, 0x4c, 0x49, 0x49, 0xcd, 0xe3, 0xe5, 0xe2,
        0xe5, 0xca, 0xcb, 0x7, 0x0, 0x49, 0x93, 0xbd, 0x25, 0x1c, 0x0, 0x0, 0x0,
    ];
    let answer = read(vec![Document { name: "a.gz".into(), bytes: packed.to_vec() }]);
    assert_eq!(answer.status(), Some(403));
    let zip = read(vec![Document { name: "a.zip".into(), bytes: b"PK\x03\x04rest".to_vec() }]);
    assert!(zip.warnings[0].text.contains("unpack"), "{:?}", zip.warnings);
}

#[test]
fn what_is_not_read_is_answered_with_what_to_give() {
    let advised =
        |text: &str, words: &str| given(text).warnings.iter().any(|warning| warning.text.contains(words));
    assert!(advised("$ http POST https://shop.example/orders item:=42\n", "--verbose"));
    assert!(advised("wget https://shop.example/report.pdf\n", "-S"));
    assert!(advised(
        "import requests\nr = requests.post('https://shop.example/orders', json={})\n",
        "as curl"
    ));
    assert!(advised("https://shop.example/orders\n", "`why403 curl`"));
    let answered =
        "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://shop.example/orders\n";
    assert!(!advised(answered, "as curl"), "{:?}", given(answered).warnings);
}
