//! The requests that are measured, as raw HTTP.

/// Name and raw request.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let fields: Vec<String> = (0..30).map(|n| format!("\"field{n}\":\"{}\"", words(n))).collect();
    let pairs: Vec<String> = (0..100).map(|n| format!("field{n}={}", words(n).replace(' ', "+"))).collect();
    vec![
        ("json-3", post(json, r#"{"name":"Anna Berg","city":"Malmo","amount":42}"#)),
        ("json-30", post(json, &format!("{{{}}}", fields.join(",")))),
        ("form-100", post(form, &pairs.join("&"))),
        ("json-refused", post(json, r#"{"q":"1 or 1=1 union select 1","n":1}"#)),
        ("json-20000-spaces", post(json, &format!("{{\"text\":\"{}\"}}", " ".repeat(20_000)))),
        ("get-3-cookies", get()),
    ]
}

/// Plain words, another pair for each number.
fn words(number: usize) -> String {
    const WORDS: [&str; 8] =
        ["morning", "harbour", "window", "letter", "silver", "garden", "summer", "bridge"];
    format!("{} {} {}", WORDS[number % 8], WORDS[(number / 8 + 3) % 8], number * 7)
}

fn post(kind: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /api/orders HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: application/json\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn get() -> Vec<u8> {
    b"GET /search?q=garden+chair&page=2&sort=price HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: text/html\r\nCookie: session=a81bc3d0e2; theme=dark\r\n\r\n".to_vec()
}
