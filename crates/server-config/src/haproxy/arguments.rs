//! Arguments in parentheses, as `make_arg_list()` in HAProxy's `src/arg.c` reads them.

/// `(a,'b,c',d)...`: the arguments, and what stands behind the parenthesis. Without one there are none.
/// `None` when the parenthesis is not closed.
pub(super) fn list(text: &str) -> Option<(Vec<String>, &str)> {
    let Some(inner) = text.strip_prefix('(') else { return Some((Vec::new(), text)) };
    let mut arguments = vec![String::new()];
    let mut quote: Option<char> = None;
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let current = arguments.last_mut()?;
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            ('"' | '\'', Some(open)) if open == c => quote = None,
            ('\\', None | Some('"')) => {
                let escaped = chars.peek().map(|(_, next)| *next);
                match escaped {
                    Some(next @ ('\\' | ' ' | '"' | '\'')) => current.push(next),
                    Some('r') => current.push('\r'),
                    Some('n') => current.push('\n'),
                    Some('t') => current.push('\t'),
                    _ => {
                        current.push('\\');
                        continue;
                    }
                }
                chars.next();
            }
            (',', None) => arguments.push(String::new()),
            (')', None) => return Some((arguments, &inner[at + 1..])),
            (c, _) => current.push(c),
        }
    }
    None
}
