//! Commands as people copy them out of terminals, scripts, browsers and questions.

use intake::curl::shell;
use intake::{Document, read};
use model::{CredentialKind, Evidence};

fn pasted(text: &str) -> Evidence {
    read(vec![Document { name: "-".into(), bytes: text.as_bytes().to_vec() }])
}

fn args(text: &str) -> Vec<String> {
    shell::arguments(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn sent_body(evidence: &Evidence) -> String {
    evidence.request().map(|request| request.message.body_text().into_owned()).unwrap_or_default()
}

fn warned(evidence: &Evidence, words: &str) -> bool {
    evidence.warnings.iter().any(|warning| warning.text.contains(words))
}

#[test]
fn a_command_is_found_wherever_a_shell_would_run_it() {
    let expected = ["-X", "POST", "https://shop.example/x", "-d", r#"{"a":1}"#];
    for text in [
        r#"RESP=$(curl -X POST https://shop.example/x -d '{"a":1}')"#,
        r#"RESP=`curl -X POST https://shop.example/x -d '{"a":1}'`"#,
        r#"(curl -X POST https://shop.example/x -d '{"a":1}')"#,
        r#"for i in 1 2; do curl -X POST https://shop.example/x -d '{"a":1}'; done"#,
        r#"bob@mac ~ % curl -X POST https://shop.example/x -d '{"a":1}' | jq ."#,
        r#"C:\Users\bob>curl -X POST "https://shop.example/x" -d "{\"a\":1}""#,
        r#"PS C:\Users\bob> curl.exe -X POST https://shop.example/x -d '{\"a\":1}'"#,
        "I can't post, it's refused:\n\n```bash\ncurl -X POST https://shop.example/x \\\n  -d '{\"a\":1}'\n```\n\nWhy?",
        "curl -X POST 'https://shop.example/x'\n-d '{\"a\":1}'\n",
        "URL=https://shop.example\nBODY='{\"a\":1}'\ncurl -X POST \"$URL/x\" -d \"${BODY}\"\n",
        "curl ^\"-X^\" POST ^\"https://shop.example/x^\" ^\r\n  -d ^\"^{^\\^\"a^\\^\":1^}^\"\r\n\r\nC:\\>dir\r\n",
    ] {
        assert_eq!(args(text), expected, "{text}");
    }
}

/// A pattern that holds `"^"` is no sign of `cmd.exe`.
#[test]
fn a_caret_within_a_posix_quote_stays() {
    assert_eq!(args(r#"curl 'https://shop.example' -d '{"re":"^"}'"#)[2], r#"{"re":"^"}"#);
}

#[test]
fn each_answer_belongs_to_the_command_above_it() {
    let evidence = pasted(
        "$ curl -i https://shop.example/login -d 'user=bob'\nHTTP/1.1 200 OK\nSet-Cookie: sid=abcdefg123\n\n{}\n\
         $ curl -i https://shop.example/orders -d 'item=42'\nHTTP/1.1 403 Forbidden\nContent-Type: text/plain\n\nno\n$\n",
    );
    assert_eq!(evidence.status(), Some(403));
    assert_eq!(sent_body(&evidence), "item=42");
    assert_eq!(evidence.url().map(|url| url.value.path.clone()).as_deref(), Some("/orders"));
    let answer = evidence.response().map(|response| response.message.body_text().trim().to_owned());
    assert_eq!(answer.as_deref(), Some("no"));
}

#[test]
fn what_stands_in_the_next_block_of_a_question_is_the_answer() {
    let evidence = pasted(
        "It's refused:\n```\ncurl https://shop.example/x -d a=1\n```\nand I get\n```\nHTTP/1.1 403 Forbidden\n\nno\n```\nThanks!\n",
    );
    assert_eq!(evidence.status(), Some(403));
    let answer = evidence.response().map(|response| response.message.body_text().trim().to_owned());
    assert_eq!(answer.as_deref(), Some("no"));
}

#[test]
fn what_only_the_shell_knows_is_said_and_held_against_nobody() {
    let malformed = |evidence: &Evidence| {
        evidence.credentials.iter().any(|known| matches!(known.kind, CredentialKind::Malformed(_)))
    };
    let open = pasted("curl -H \"Authorization: Bearer $TOKEN\" https://shop.example/x -d \"a=$(date)\"");
    assert!(!malformed(&open), "{:?}", open.credentials);
    assert!(warned(&open, "$TOKEN, $(date)"), "{:?}", open.warnings);
    let literal = pasted("curl -H 'Authorization: Bearer $TOKEN' https://shop.example/x -d a=1");
    assert!(malformed(&literal), "single quotes send the name itself: {:?}", literal.credentials);
}

#[test]
fn a_here_document_is_the_body() {
    let text = "curl https://shop.example/x -d @- <<'EOF'\n{\"a\": 1}\nEOF\nHTTP/1.1 403 Forbidden\n\nno\n";
    let evidence = pasted(text);
    assert_eq!(sent_body(&evidence), r#"{"a": 1}"#);
    assert_eq!(evidence.status(), Some(403));
    assert_eq!(sent_body(&pasted("curl https://shop.example/x -d @- <<< 'a=1'")), "a=1");
    let part = sent_body(&pasted("curl https://shop.example/x -F 'a=@-' <<< 'b'"));
    assert!(part.contains("name=\"a\"; filename=\"-\"\r\n\r\nb\n"), "as curl 7.88 sends it: {part}");
}

#[test]
fn what_the_shell_does_unasked_is_said() {
    let cut = pasted("curl https://shop.example/x?a=1&b=2 -d c=3");
    assert!(warned(&cut, "ends the command at the `&`"), "{:?}", cut.warnings);
    let typeset = pasted("curl “https://shop.example/x” -d a=1");
    assert!(warned(&typeset, "word processors"), "{:?}", typeset.warnings);
    let several = pasted("curl https://shop.example/a https://shop.example/b");
    assert!(warned(&several, "makes 2 requests"), "{:?}", several.warnings);
}

#[test]
fn a_quote_that_is_not_closed_is_found_in_the_text_as_a_whole() {
    let error = shell::arguments("# two lines\n# above\ncurl 'https://shop.example/x\n")
        .map_err(|error| error.to_string());
    assert_eq!(error, Err("line 3: the quote ' is not closed".to_owned()));
}

/// The words of all texts that nobody labelled.
fn texts(evidence: &Evidence) -> String {
    let texts = evidence.sources.iter().filter(|(_, source)| source.kind == model::SourceKind::Text);
    texts.map(|(_, source)| String::from_utf8_lossy(&source.bytes).into_owned()).collect()
}

#[test]
fn what_a_program_said_above_the_command_is_read_and_a_question_is_not() {
    let said = pasted("TypeError: the key was denied\n\n$ curl https://shop.example/x\n{\"count\":5}\n");
    assert!(texts(&said).contains("the key was denied"));
    let asked = pasted("How do I send this?\n\n$ curl https://shop.example/x\n{\"count\":5}\n");
    assert!(!texts(&asked).contains("How do I"));
}

/// The output runs on behind the command, in one line with it: no command, but what it printed is there.
#[test]
fn commands_that_none_could_run_are_read_as_text() {
    let evidence =
        pasted("curl --user a:b -T x.sh https://shop.example/x  INFO - 192.0.2.1 \"PUT /x\" 403 Forbidden\n");
    assert!(evidence.request().is_none());
    assert_eq!(evidence.status(), Some(403));
    assert!(texts(&evidence).contains("PUT /x"));
}

#[test]
fn a_status_that_a_comment_notes_is_the_answer() {
    for (text, status) in [
        ("curl https://shop.example/x  # 401\n", Some(401)),
        ("curl https://shop.example/x # -> 403 Forbidden\n", Some(403)),
        ("curl https://shop.example/x # got 403 today\n", Some(403)),
        ("curl https://shop.example/x # port 8080\n", None),
        ("curl https://shop.example/x#401\n", None),
    ] {
        assert_eq!(pasted(text).status(), status, "{text}");
    }
}

#[test]
fn the_same_request_that_passed_stands_beside_the_refused_one() {
    let evidence = pasted(
        "curl https://shop.example/x -H 'Authorization: Bearer a' # 401\ncurl https://shop.example/x -H 'X-Api-Key: a' # 200\n",
    );
    assert_eq!(evidence.status(), Some(401));
    let success = evidence.related(model::Relation::EarlierSuccess).next();
    let request = success.and_then(|exchange| exchange.request.as_ref());
    assert!(request.is_some_and(|request| request.message.fields.has("x-api-key")));
}

#[test]
fn a_placeholder_where_a_port_would_be_is_no_port() {
    for port in ["port", "PORT", "<port>", "$PORT", "{APP_PORT}", "xxxx"] {
        let evidence = pasted(&format!("curl 'http://shop.example:{port}/x'\n"));
        let url = evidence.request().map(|request| request.url.value.clone());
        assert!(url.is_some_and(|url| url.port.is_none()), "{port}");
    }
    assert!(pasted("curl 'http://shop.example:x/'\n").request().is_none());
}
