//! The action list of a rule: `id:942100,phase:2,block,t:none,setvar:'tx.a=+1'`.

/// One action as written: a name in lower case and what stands behind its colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) name: String,
    pub(crate) argument: Option<String>,
}

/// Splits an action list; `Err` says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Vec<Action>, String> {
    let mut actions = Vec::new();
    let mut rest = skip_separators(text);
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == ':' || c == ',' || c.is_whitespace()).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        if name.is_empty() {
            return Err(format!("an action has no name near `{}`", excerpt(rest)));
        }
        rest = rest[end..].trim_start();
        let mut argument = None;
        if let Some(after) = rest.strip_prefix(':') {
            let (value, after) = argument_of(after.trim_start())?;
            argument = Some(value);
            rest = after.trim_start();
        }
        if !rest.is_empty() && !rest.starts_with(',') {
            return Err(format!("a comma is missing near `{}`", excerpt(rest)));
        }
        actions.push(Action { name, argument });
        rest = skip_separators(rest);
    }
    Ok(actions)
}

fn skip_separators(text: &str) -> &str {
    text.trim_start_matches(|c: char| c == ',' || c.is_whitespace())
}

fn argument_of(text: &str) -> Result<(String, &str), String> {
    let Some(quoted) = text.strip_prefix('\'') else {
        let end = text.find(',').unwrap_or(text.len());
        return Ok((text[..end].trim_end().to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        match character {
            '\'' => return Ok((value, &quoted[index + 1..])),
            '\\' => match characters.peek() {
                Some((_, '\'')) => {
                    value.push('\'');
                    characters.next();
                }
                _ => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    Err(format!("the quote is not closed in `{}`", excerpt(text)))
}

/// The beginning of a text, for a message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(name: &str, argument: &str) -> Action {
        Action { name: name.to_owned(), argument: Some(argument.to_owned()) }
    }

    #[test]
    fn splits_at_commas_outside_quotes() {
        let actions = parse("id:'200000', phase:2,block,msg:'a, b\\'s',setvar:tx.a=+1,  t:none").unwrap();
        assert_eq!(actions[0], action("id", "200000"));
        assert_eq!(actions[2], Action { name: "block".to_owned(), argument: None });
        assert_eq!(actions[3], action("msg", "a, b's"));
        assert_eq!(actions[4], action("setvar", "tx.a=+1"));
        assert_eq!(actions[5], action("t", "none"));
    }

    #[test]
    fn an_open_quote_is_an_error() {
        assert!(parse("id:1,msg:'never closed").is_err());
    }
}
