//! Requests that frameworks log without the quotation marks and the protocol of an access log: gin and fiber between bars,
//! morgan's `dev` and Sanic with the status behind the path, PHP's own server with it in brackets before the method, ASP.NET
//! Core with it behind a dash, and lograge, which names each.

use std::ops::Range;

use super::nginx_error::push;
use crate::record::{Entry, Field};

const METHODS: [&[u8]; 7] = [b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS"];
/// How many words of a line are looked at.
const WORDS: usize = 40;

/// Method, target, status and client of such a line; nothing where no status stands in one of these places.
pub(super) fn request(line: &[u8], out: &mut Vec<Entry>) -> bool {
    let words = words(line);
    let text = |at: usize| words.get(at).map(|word| &line[word.clone()]);
    let is_target = |word: &[u8]| word.starts_with(b"/") || word.starts_with(b"http");
    let asked = |at: &usize| {
        text(*at).is_some_and(|word| METHODS.contains(&word)) && text(at + 1).is_some_and(is_target)
    };
    let Some(method) = (0..words.len()).find(asked) else { return named(line, &words, out) };
    let behind = words.get(method + 2).filter(|word| is_status(&line[(*word).clone()]));
    let dash = || {
        let from = words.get(method + 2..)?.iter().position(|word| line[word.clone()] == *b"-")?;
        words.get(method + from + 3).filter(|word| is_status(&line[(*word).clone()]) && finished(line))
    };
    let Some(status) =
        behind.or_else(dash).or_else(|| words[..method].iter().rev().find(|word| is_framed(line, word)))
    else {
        return false;
    };
    push(out, Field::Status, status.start, status.end);
    push(out, Field::Method, words[method].start, words[method].end);
    push(out, Field::Target, words[method + 1].start, words[method + 1].end);
    let address = |word: &&Range<usize>| {
        std::str::from_utf8(&line[(*word).clone()]).is_ok_and(|text| text.parse::<std::net::IpAddr>().is_ok())
    };
    if let Some(client) = words[..method].iter().find(address) {
        push(out, Field::Client, client.start, client.end);
    }
    true
}

/// `Request finished HTTP/1.1 POST http://a.example/items application/json 12 - 403 0 - 1.2ms`
/// <https://github.com/dotnet/aspnetcore/blob/main/src/Hosting/Hosting/src/Internal/HostingRequestFinishedLog.cs>
fn finished(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"Request finished ").is_some()
}

/// `method=POST path=/items format=json status=403`, behind a head that hides from the reader of logfmt that it is that.
/// <https://github.com/roidrage/lograge>
fn named(line: &[u8], words: &[Range<usize>], out: &mut Vec<Entry>) -> bool {
    let value = |name: &[u8]| {
        let word = words.iter().find(|word| line[(*word).clone()].starts_with(name))?;
        Some(word.start + name.len()..word.end)
    };
    let method = value(b"method=").filter(|word| METHODS.contains(&&line[word.clone()]));
    let target = value(b"path=").filter(|word| line[word.clone()].starts_with(b"/"));
    let status = value(b"status=").filter(|word| is_status(&line[word.clone()]));
    let (Some(method), Some(target), Some(status)) = (method, target, status) else { return false };
    for (field, place) in [(Field::Status, status), (Field::Method, method), (Field::Target, target)] {
        push(out, field, place.start, place.end);
    }
    true
}

fn is_status(word: &[u8]) -> bool {
    word.len() == 3 && word.iter().all(u8::is_ascii_digit) && (b'1'..=b'5').contains(&word[0])
}

/// A status between two bars, or in brackets with a colon behind them.
fn is_framed(line: &[u8], word: &Range<usize>) -> bool {
    let inner = &line[word.clone()];
    if !is_status(inner) {
        return false;
    }
    let (before, after) = (uncoloured_end(&line[..word.start]), uncoloured_start(&line[word.end..]));
    before.ends_with(b"|") && after.starts_with(b"|") || before.ends_with(b"[") && after.starts_with(b"]:")
}

/// Words between blanks, bars, brackets, quotation marks and the codes that colour a terminal.
fn words(line: &[u8]) -> Vec<Range<usize>> {
    let (mut words, mut at) = (Vec::new(), 0);
    while at < line.len() && words.len() < WORDS {
        if let Some(length) = colour(&line[at..]) {
            at += length;
        } else if parts(line[at]) {
            at += 1;
        } else {
            let length = line[at..].iter().take_while(|byte| !parts(**byte)).count();
            words.push(at..at + length);
            at += length;
        }
    }
    words
}

fn parts(byte: u8) -> bool {
    b" \t|[]\"'\x1b".contains(&byte)
}

/// The length of `ESC [ ... m`.
fn colour(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"\x1b[")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    (rest.get(digits) == Some(&b'm')).then_some(digits + 3)
}

fn uncoloured_start(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii_start();
        match colour(text) {
            Some(length) => text = &text[length..],
            None => return text,
        }
    }
}

fn uncoloured_end(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii_end();
        let code = memchr::memrchr(b'\x1b', text).filter(|at| colour(&text[*at..]) == Some(text.len() - at));
        match code {
            Some(at) => text = &text[..at],
            None => return text,
        }
    }
}
