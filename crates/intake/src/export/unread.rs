//! Commands and code that ask a server and are not read here: what to give instead.

/// What to give instead of such a text.
pub(crate) fn advice(text: &str) -> Option<&'static str> {
    let first = text.lines().map(without_prompt).find(|line| !line.is_empty())?;
    if text.split_whitespace().count() == 1 && first.contains("://") {
        return Some("is an address alone; give what the server answered, or ask it with `why403 curl`");
    }
    let mut words = first.split_whitespace();
    let (name, asks) = (words.next()?, words.any(|word| word.contains('/') || word.contains("://")));
    match name {
        "http" | "https" | "xh" if asks => Some("is a command of HTTPie, which is not read; give what it prints with `--verbose`"),
        "wget" if asks => Some("is a command of wget, which is not read; give what it prints with `-S`"),
        _ => ["requests.", "httpx.", "axios", "$.ajax(", "XMLHttpRequest", "HttpClient", "urllib"]
            .iter()
            .any(|mark| text.contains(mark))
            .then_some("is code that sends a request, which is not read; give the answer as it came (status, header, body), or the request as curl"),
    }
}

fn without_prompt(line: &str) -> &str {
    let line = line.trim();
    line.split_once("$ ").map_or(line, |(_, command)| command).trim_start()
}
