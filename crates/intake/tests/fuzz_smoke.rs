//! A short, deterministic run of what `fuzz/` does at length: mutated documents never cause a panic.
#![allow(clippy::unwrap_used)]

use intake::{Document, curl, read};

const SEEDS: &[&str] = &[
    "POST /a?token=x HTTP/1.1\r\nHost: h\r\nContent-Type: a/b\r\nAuthorization: Basic dTpw\r\n\r\n{\"password\":\"x\"}",
    "HTTP/1.1 403 Forbidden\r\nDate: Tue, 24 Nov 2026 08:38:57 GMT\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "curl 'http://u:p@h/{a,b}/[1-3]?q' -H 'A: b' -H @f -d a=$'\\x41\\u00e9' -F 'a=@f;type=x/y;filename=\"q\"' --aws-sigv4 a:b:c:d -u k:s --next http://x",
    "curl ^\"https://a.example/^\" ^\n  -H ^\"accept: */*^\" --data-raw ^\"^{^\\^\"a^\\^\":1^}^\"",
    "{\"log\":{\"version\":\"1.2\",\"entries\":[{\"startedDateTime\":\"2026-11-24T08:00:00Z\",\"request\":{\"method\":\"POST\",\"url\":\"https://a/b\",\"headers\":[{\"name\":\"a\",\"value\":\"b\"}]},\"response\":{\"status\":403,\"headers\":[],\"content\":{\"text\":\"aGk=\",\"encoding\":\"base64\"},\"redirectURL\":\"\"}}]}}",
    "> POST /x HTTP/1.1\n> Host: h\n> \n< HTTP/1.1 403 No\n< A: b\n< \nbody\n* Closing\ncurl: (52) Empty reply",
    "=> Send header, 20 bytes (0x14)\n0000: GET / HTTP/1.1\n0010: Host: h\n0020: \n<= Recv header, 2 bytes\n0000: HTTP/1.1 403 No\n0010: \n<= Recv data, 3 bytes\n0000: abc\n",
    "Access to fetch at 'https://a.example/v1' from origin 'null' has been blocked by CORS policy: x",
    "server {\n  location / { deny all; }\n}\n[a]\nb = c\n<Directory />\nRequire all denied\n</Directory>",
    "1.2.3.4 - - [24/Nov/2026:08:38:57 +0000] \"POST /api HTTP/1.1\" 403 153 \"-\" \"curl\"\n",
    "GET / HTTP/1.1\nHost: é\nAuthorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2ln\nCookie: a=b; csrf=é\n\nx",
    "T=é\nR=$(curl -i \"https://h/$T\" -H \"A: ${X:-b}\" -d @- -d `date` <<-EOF\n\ta=1\nEOF\n)\n$ curl h/x?a=1&b=2\nHTTP/1.1 403 No\n\nno\n",
    "C:\\a>curl -d \"{\\\"a\\\":1}\" https://h\nHTTP/1.1 403 No\n\nPS C:\\> curl.exe 'https://h' `\n -d '{\\\"a\\\":1}'\n",
    "Can't:\n```bash\ncurl “https://h”\n-d 'é'\n```\n```\nHTTP/1.1 403 No\n\nno\n```\n",
    "fetch('https://h/a', {\"headers\": {a: `b`, 'é': x.y}, body: JSON.stringify({a: [1, null,]}), \"referrer\": \"https://h/\\u00e9\\ud83d\\ude00\", method: 'POST'});",
    "$s.UserAgent = \"é\"\n$s.Cookies.Add((New-Object System.Net.Cookie(\"a\", \"b\")))\nInvoke-WebRequest -Uri \"https://h\" `\n-Headers @{\n\"a\"=\"b\"; c='d'\n} -Body (\"{`\"a`\":$([char]233)}\")",
    "{\"info\":{\"_postman_id\":\"1\"},\"variable\":[{\"key\":\"é\",\"value\":\"{{é}}\"}],\"item\":[{\"item\":[{\"request\":{\"method\":\"POST\",\"header\":[{\"key\":\"A\",\"value\":\"{{é}}\"}],\"auth\":{\"type\":\"basic\",\"basic\":[]},\"url\":{\"raw\":\"https://h\"}},\"response\":[{\"code\":403}]}]}]}",
    "<items burpVersion=\"2\"><item><url><![CDATA[https://h/é]]></url><request base64=\"true\">R0VUIC8gSFRUUC8xLjENCg0K</request><response base64=\"false\"><![CDATA[HTTP/1.1 403 No\n\nno]]></response></item></items>",
    "@a = é\n@b = {{a}}{{a}}\n### x\nPOST https://{{b}}/x HTTP/1.1\nA: {{ $guid }}\n\n{{a}}\n###\nGET {{c}}\n",
    "10:00:00.000001 > GET /é HTTP/1.1\n10:00:00.000002 > \n=> Send header, 8 bytes (0x8)\n0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a GET / HTTP/1.1..\n<= Recv data, 2 bytes (0x2)\n0000: 6e 6f                                           no\n",
    "--2026-11-26 10:00:00--  https://h/é\nHTTP request sent, awaiting response... \n  HTTP/1.1 403 No\n  A: b\n2026-11-26 ERROR 403: No.\n",
    "authorization=\"Bearer é\" 'cookie': 'sid=é; a' {\"key\":\"Cookie\",\"value\":\"a=b\"} Authorization:\"Basic dTpw\" bearer é Set-Cookie: é=é\n",
];

/// The generator of G. Marsaglia (xorshift64), so that a failure can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

fn mutate(chance: &mut Chance, bytes: &mut Vec<u8>) {
    for _ in 0..=chance.below(6) {
        let at = chance.below(bytes.len());
        match chance.below(6) {
            0 if !bytes.is_empty() => bytes[at] = chance.below(256) as u8,
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => bytes.insert(at, b"\"'\\{}[]:;=\0\n\r%$^\xE9"[chance.below(17)]),
            3 => bytes.truncate(at),
            4 => {
                let other = SEEDS[chance.below(SEEDS.len())].as_bytes();
                let from = chance.below(other.len());
                let piece = other[from..(from + chance.below(40)).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let end = (at + chance.below(30)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
}

#[test]
fn mutated_documents_are_read_without_a_panic() {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for round in 0..20_000 {
        let mut bytes = SEEDS[round % SEEDS.len()].as_bytes().to_vec();
        mutate(&mut chance, &mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let evidence = read(vec![Document { name: "fuzzed".into(), bytes }]);
        for (id, _) in evidence.sources.iter() {
            let _ = evidence.sources.quote(evidence.sources.whole(id));
        }
        if let Ok(args) = curl::shell::arguments(&text) {
            let _ = curl::parse(&args, &|_| Ok(b"content\nof a file".to_vec()));
        }
        let _ = intake::token::jwt(&text);
        let _ = intake::coding::unchunk(text.as_bytes());
    }
}

#[test]
fn decompression_bombs_are_cut() {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let block = vec![0; 1 << 20];
    for _ in 0..200 {
        encoder.write_all(&block).unwrap();
    }
    let mut bytes = b"HTTP/1.1 403 No\r\nContent-Encoding: gzip\r\n\r\n".to_vec();
    bytes.extend(encoder.finish().unwrap());
    let evidence = read(vec![Document { name: "bomb.http".into(), bytes }]);
    assert!(evidence.warnings.iter().any(|warning| warning.text.contains("bomb")), "{:?}", evidence.warnings);
    assert_eq!(evidence.status(), Some(403));
}

#[test]
fn a_header_of_ten_megabytes_is_read_within_limits() {
    let mut bytes = b"HTTP/1.1 403 No\r\n".to_vec();
    while bytes.len() < 10 << 20 {
        bytes.extend(b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    }
    bytes.extend(b"\r\nbody");
    let evidence = read(vec![Document { name: "long.http".into(), bytes }]);
    assert!(evidence.response().unwrap().message.fields.0.len() <= 4096);
    assert!(
        evidence.warnings.iter().any(|warning| warning.text.contains("longer")),
        "{:?}",
        evidence.warnings
    );
}

/// What is hidden of a document is not much more than the document, however often it names a credential.
#[test]
fn names_of_credentials_over_and_over_cost_no_more_than_once() {
    for unit in ["cookie=", "token=", "Authorization: ", "bearer ", "password="] {
        let bytes = format!("{}s3cr3t-99\n", unit.repeat(4000)).into_bytes();
        let length = bytes.len();
        let evidence = read(vec![Document { name: "-".into(), bytes }]);
        let hidden: usize = evidence.secrets.iter().map(String::len).sum();
        assert!(hidden > 0 && hidden < 4 * length, "{unit}: {hidden} of {length}");
    }
}
