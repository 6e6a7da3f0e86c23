//! Where a command stands in what people paste: behind a prompt, in a script, in the words of a question.

/// Words behind which a shell reads another command (bash(1), "RESERVED WORDS"), and programs that run the command
/// behind them.
const RUNS: [&str; 30] = [
    "!",
    "if",
    "then",
    "else",
    "elif",
    "while",
    "until",
    "do",
    "time",
    "exec",
    "eval",
    "command",
    "builtin",
    "env",
    "nohup",
    "sudo",
    "doas",
    "xargs",
    "watch",
    "timeout",
    "nice",
    "strace",
    "docker",
    "podman",
    "kubectl",
    "oc",
    "ssh",
    "proxychains4",
    "CMD",
    "RUN",
];

/// What prompts of shells end with, and what ends the command before.
const ENDS: [char; 16] = ['$', '#', '%', '>', ';', '|', '&', '(', '{', '!', '`', '@', '❯', '➜', 'λ', '✗'];

/// How much of a line is looked at.
const LONGEST: usize = 4096;

/// Where the word `curl` stands in this line, if a command starts with it.
pub(super) fn in_line(line: &str) -> Option<usize> {
    let mut end = line.len().min(LONGEST);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let line = &line[..end];
    line.match_indices("curl").map(|(at, _)| at).find(|&at| starts_command(line, at))
}

fn starts_command(line: &str, at: usize) -> bool {
    let rest = &line[at + "curl".len()..];
    let rest = rest.strip_prefix(".exe").unwrap_or(rest);
    if !rest.starts_with(char::is_whitespace) || rest.trim().is_empty() {
        return false;
    }
    let before = &line[..at];
    let folder = before.ends_with(['/', '\\']);
    let before = if folder { &before[..before.rfind(is_apart).map_or(0, |end| end + 1)] } else { before };
    let apart = before.chars().next_back().is_none_or(is_apart);
    apart && is_prefix(before.trim()) && are_arguments(rest)
}

/// Whether a character may stand before a word.
fn is_apart(c: char) -> bool {
    c.is_whitespace() || ";|&({`>@$".contains(c)
}

/// Whether what stands before a word lets a command start there.
fn is_prefix(before: &str) -> bool {
    if before.is_empty() || before.ends_with(ENDS) || before.starts_with(['➜', '❯']) {
        return true;
    }
    // What stands behind a prompt or behind the command before.
    let own = before.rsplit(['|', ';', '&', '(', '`', '$', '%', '>']).next().unwrap_or(before);
    let mut words = own.split_whitespace();
    let (first, last) = (words.next().unwrap_or(""), own.split_whitespace().next_back().unwrap_or(""));
    // The lists of `history` and of cron begin with numbers.
    let counted = |word: &str| word.chars().all(|c| c.is_ascii_digit() || "*/,-:".contains(c));
    RUNS.contains(&first)
        || RUNS.contains(&last)
        || own.split_whitespace().all(counted)
        || own.split_whitespace().all(|word| assignment(word).is_some())
}

/// The name and value of `NAME=value`.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let named = name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit());
    named.then_some((name, value))
}

/// Whether words are curl's arguments and not those of a sentence: an option or an address among them.
fn are_arguments(rest: &str) -> bool {
    let is_option =
        |word: &str| word.starts_with('-') && word.trim_start_matches('-').starts_with(char::is_alphanumeric);
    let first = rest.split_whitespace().next().unwrap_or("");
    let opened = first.starts_with(['\'', '"', '$', '^', '`', '\\', '“', '‘', '{', '[']);
    opened
        || matches!(rest.split_whitespace().count(), 1)
        || first.contains(['.', '/', ':'])
        || first == "localhost"
        || rest.split_whitespace().any(|word| is_option(word) || word.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_behind_prompts_and_words_of_the_shell() {
        for line in [
            "curl https://shop.example/",
            "$ curl -i x",
            "bob@mac ~ % curl -X POST 'https://shop.example'",
            "user@host:~/src$ curl -i https://shop.example",
            r"C:\Users\bob>curl -X POST https://shop.example",
            r"PS C:\Users\bob> curl.exe https://shop.example",
            "➜  shop git:(main) ✗ curl localhost",
            "  501  curl https://shop.example",
            ": 1700000000:0;curl https://shop.example",
            "RESP=$(curl -s https://shop.example)",
            "for i in 1 2; do curl -X POST https://shop.example/$i; done",
            "if ! curl -fsS https://shop.example; then",
            "sudo -u web /usr/bin/curl -sS https://shop.example",
            "HTTPS_PROXY=http://p:3128 curl -k https://shop.example",
            "*/5 * * * * curl https://shop.example",
            "docker exec -it web curl -v http://localhost:8080/",
            "cat a.json | curl -d @- https://shop.example",
            "cat ids | xargs -I{} curl -X DELETE https://shop.example/{}",
            "web@host:~$ sudo -u web curl https://shop.example",
        ] {
            assert!(in_line(line).is_some_and(|at| line[at..].starts_with("curl")), "{line}");
        }
        for line in [
            "curl: (56) Recv failure: Connection reset by peer",
            "I use curl to post the order",
            "curl is what I tried",
            r#"127.0.0.1 - - "GET / HTTP/1.1" 403 153 "-" "curl/7.88.1 https://""#,
            "deny curl https://shop.example",
            "root  123  0.0 curl https://shop.example",
        ] {
            assert_eq!(in_line(line), None, "{line}");
        }
    }
}
