//! What people paste who have no document: the page alone, the error value alone, a panel of the browser, a client's words.

use intake::{Document, read};
use model::{Evidence, SourceKind};

fn pasted(list: &[(&str, &str)]) -> Evidence {
    let document =
        |(name, text): &(&str, &str)| Document { name: (*name).to_owned(), bytes: text.as_bytes().to_vec() };
    read(list.iter().map(document).collect())
}

fn kind(name: &str, text: &str) -> SourceKind {
    pasted(&[(name, text)]).sources.iter().map(|(_, source)| source.kind).next().expect("one document")
}

#[test]
fn a_page_or_an_error_value_alone_is_read_as_what_a_server_said() {
    let pages = [
        "<html>\n<head><title>403 Forbidden</title></head>\n<body>\n</body>\n</html>\n",
        "<!DOCTYPE html>\n<html lang=\"en\">\n<body>\n<h1>Forbidden</h1>\n</body></html>",
        "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>",
        "{\n  \"error\": {\n    \"code\": 403\n  }\n}\n",
        "{\"timestamp\":\"2026-01-01T00:00:00Z\",\"status\":403,\"error\":\"Forbidden\",\"path\":\"/a\"}",
        "[{\"message\":\"no\",\"errorCode\":\"INSUFFICIENT_ACCESS\"}]",
    ];
    for page in pages {
        assert_eq!(kind("-", page), SourceKind::Text, "{page}");
    }
    let sentences = [
        "error code: 1020",
        "Forbidden",
        "RBAC: access denied",
        "Invalid CSRF token",
        "error: no permission",
        "Access denied.",
        "403 Forbidden\nnginx/1.18.0 (Ubuntu)\n",
        "Forbidden (403)\nCSRF verification failed. Request aborted.\n\nThis site requires a CSRF cookie.\n",
        "Whitelabel Error Page\n\nThu Nov 26 12:00:00 UTC 2026\nThere was an unexpected error (type=Forbidden, status=403).\n",
    ];
    for sentence in sentences {
        assert_eq!(kind("-", sentence), SourceKind::Text, "{sentence}");
    }
    let others = [
        (
            "Started POST \"/orders\" for 127.0.0.1 at 2026-11-26 12:00:00 +0000\nCan't verify CSRF token authenticity.\n",
            SourceKind::Log,
        ),
        (
            "<VirtualHost *:80>\n<Location />\nRequire all denied\n</Location>\n</VirtualHost>\n",
            SourceKind::Config,
        ),
        (
            "<?xml version=\"1.0\"?>\n<configuration>\n<system.webServer>\n</system.webServer>\n</configuration>\n",
            SourceKind::Config,
        ),
        (
            "{\"level\":\"error\",\"ts\":1760000000.1,\"msg\":\"denied\",\"error\":\"forbidden\"}\n",
            SourceKind::Log,
        ),
    ];
    for (text, wanted) in others {
        assert_eq!(kind("-", text), wanted, "{text}");
    }
}

/// As Chrome copies the "Headers" tab: on one line, and on two.
#[test]
fn a_panel_of_the_browser_is_an_exchange() {
    let one_line = "Request URL: https://api.example/v1?a=1\nRequest Method: POST\nStatus Code: 403 Forbidden\nRemote Address: 192.0.2.1:443\ncf-mitigated: challenge\nserver: cloudflare\n:authority: api.example\naccept: */*\ncookie: sid=Zx81kqP0aa77\nuser-agent: Mozilla/5.0\n";
    let two_lines = "General\nRequest URL\nhttps://api.example/v1?a=1\nRequest Method\nPOST\nStatus Code\n403 Forbidden\nRemote Address\n192.0.2.1:443\nResponse Headers\ncf-mitigated:\nchallenge\nserver:\ncloudflare\nRequest Headers\n:method:\nPOST\ncookie:\nsid=Zx81kqP0aa77\nuser-agent:\nMozilla/5.0\n";
    for text in [one_line, two_lines] {
        let evidence = pasted(&[("panel.txt", text)]);
        assert_eq!(evidence.status(), Some(403), "{text}");
        let request = evidence.request().unwrap();
        assert_eq!(
            (request.method.value.as_str(), request.url.value.to_string().as_str()),
            ("POST", "https://api.example/v1?a=1")
        );
        assert_eq!(evidence.response_header("cf-mitigated").unwrap().0, "challenge");
        assert!(evidence.response_header("cookie").is_none() && evidence.request_header("server").is_none());
        assert_eq!(evidence.refused.peer.as_deref(), Some("192.0.2.1:443"));
        assert!(evidence.secrets.iter().any(|secret| secret == "Zx81kqP0aa77"));
    }
}

#[test]
fn a_request_of_which_the_browser_shows_a_part_is_told_and_its_secrets_are_marked() {
    let text = "Request URL: https://api.example/v1\nRequest Method: POST\nStatus Code: 403\nRequest Headers\nProvisional headers are shown\nauthorization: Bearer Qm9vbXNoYWthbGFrYTE\nuser-agent: Mozilla/5.0\n";
    let evidence = pasted(&[("panel.txt", text)]);
    assert!(evidence.request().is_none() && evidence.method().unwrap().value == "POST");
    assert!(evidence.secrets.iter().any(|secret| secret == "Qm9vbXNoYWthbGFrYTE"));
    assert!(evidence.warnings.iter().any(|warning| warning.text.contains("Provisional")));
}

#[test]
fn safari_s_pane_is_read() {
    let text = "Summary\nURL: https://api.example/v1\nStatus: 403\nSource: Network\nAddress: 192.0.2.1:443\n\nRequest\n:method: POST\nUser-Agent: Mozilla/5.0\n\nResponse\n:status: 403\nServer: nginx\n";
    let evidence = pasted(&[("pane.txt", text)]);
    assert_eq!((evidence.status(), evidence.url().unwrap().value.host.as_str()), (Some(403), "api.example"));
    assert_eq!(evidence.response_header("server").unwrap().0, "nginx");
}

/// The words of a client name the exchange; they give way to a document that shows it.
#[test]
fn a_client_s_words_join_the_request_that_another_document_shows() {
    let words = "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.example/v1";
    let alone = pasted(&[("-", words)]);
    assert_eq!((alone.status(), alone.url().unwrap().value.host.as_str()), (Some(403), "api.example"));
    let both = pasted(&[("a.curl", "curl -X POST https://api.example/v1 -H 'X-A: b'"), ("-", words)]);
    assert_eq!((both.status(), both.request_header("x-a").unwrap().0), (Some(403), "b"));
}

/// A terminal, copied with the command's output below it.
#[test]
fn what_a_command_printed_is_read_below_it() {
    let command = "$ curl -s -X POST https://api.example/v1 \\\n  -H 'X-A: b' -d '{\"a\":1}' | jq .\n";
    let outputs = [
        ("HTTP/1.1 403 Forbidden\nServer: nginx\n\nno\n", Some(403)),
        ("{\"message\":\"Forbidden resource\",\"statusCode\":403}\nuser@host:~$ ", Some(403)),
        (
            "  % Total    % Received % Xferd  Average Speed   Time\n                                 Dload  Upload   Total\n100    33    0    33    0     0   1029      0 --:--:-- --:--:-- --:--:--  1064\n{\n  \"error\": \"nope\"\n}\n",
            None,
        ),
        ("<html>\n<head><title>403 Forbidden</title></head>\n</html>\n", Some(403)),
        ("\nanswers with\n\nHTTP/2 403\nserver: istio-envoy\n\nRBAC: access denied\n", Some(403)),
    ];
    for (output, status) in outputs {
        let evidence = pasted(&[("-", &format!("{command}{output}"))]);
        let request = evidence.request().unwrap();
        assert_eq!(
            (request.message.body_text().as_ref(), evidence.status()),
            ("{\"a\":1}", status),
            "{output}"
        );
        assert!(evidence.warnings.is_empty(), "{:?}", evidence.warnings);
    }
}

#[test]
fn the_body_of_a_verbose_transcript_is_taken_from_the_command_above_it() {
    let text = "$ curl -v https://api.example/v1 -d '{\"a\":1}'\n*   Trying 192.0.2.1:443...\n> POST /v1 HTTP/2\n> Host: api.example\n> Content-Length: 7\n>\n< HTTP/2 403\n< server: nginx\n<\nno\n";
    let evidence = pasted(&[("-", text)]);
    assert_eq!(evidence.status(), Some(403));
    assert_eq!(evidence.request().unwrap().message.body_text(), "{\"a\":1}");
}

#[test]
fn an_answer_within_prose_is_read() {
    let text = "I post to the API and get this, why?\n\nHTTP/1.1 403 Forbidden\nServer: awselb/2.0\n\n<html></html>\n";
    let evidence = pasted(&[("question.txt", text)]);
    assert_eq!((evidence.status(), evidence.response_header("server").unwrap().0), (Some(403), "awselb/2.0"));
}

/// What a client tells of its request picks the line of a log, as a shown request does.
#[test]
fn a_client_s_words_pick_their_line_of_a_log() {
    let entry = |path: &str, status: u16| {
        format!(
            "192.0.2.7 - - [26/Nov/2026:12:00:00 +0000] \"POST {path} HTTP/1.1\" {status} 12 \"-\" \"x\"\n"
        )
    };
    let log = entry("/orders", 403) + &entry("/orders", 201) + &entry("/last", 403);
    let words = "403 Forbidden from POST https://api.example/orders";
    let evidence = pasted(&[("-", words), ("access.log", &log)]);
    let about: Vec<f64> = evidence.log_lines.iter().map(|line| line.about_request).collect();
    assert!(about[0] > about[1] && about[0] > about[2], "{about:?}");
}
