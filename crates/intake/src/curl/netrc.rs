//! `.netrc` files.

/// User and password for a host, and for a user where one is given already.
pub(crate) fn find(text: &str, host: &str, user: Option<&str>) -> Option<(String, String)> {
    let words = words(text);
    let mut words = words.iter().map(String::as_str);
    let (mut applies, mut login, mut password) = (false, None::<String>, None::<String>);
    let fits = |login: &Option<String>| user.is_none_or(|user| login.as_deref() == Some(user));
    while let Some(word) = words.next() {
        match word {
            "machine" | "default" => {
                if applies && password.is_some() && fits(&login) {
                    break;
                }
                applies =
                    word == "default" || words.next().is_some_and(|name| name.eq_ignore_ascii_case(host));
                (login, password) = (None, None);
            }
            "login" => login = words.next().map(str::to_owned),
            "password" => password = words.next().map(str::to_owned),
            "account" => drop(words.next()),
            _ => {}
        }
    }
    if !applies || !fits(&login) {
        return None;
    }
    let login = login.or_else(|| user.map(str::to_owned))?;
    Some((login, password.unwrap_or_default()))
}

/// Words, quoted or bare; `#` at the start of a line is a comment and a `macdef` goes up to a blank line.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut in_macro = false;
    for line in text.lines() {
        let line = line.trim();
        if in_macro {
            in_macro = !line.is_empty();
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        in_macro = line.starts_with("macdef");
        if !in_macro {
            split(line, &mut words);
        }
    }
    words
}

fn split(line: &str, words: &mut Vec<String>) {
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let mut word = String::new();
        let quoted = c == '"';
        if !quoted {
            word.push(c);
        }
        while let Some(c) = chars.next_if(|c| if quoted { true } else { !c.is_whitespace() }) {
            match c {
                '"' if quoted => break,
                '\\' if quoted => word.extend(chars.next().map(|c| match c {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                })),
                other => word.push(other),
            }
        }
        words.push(word);
    }
}
