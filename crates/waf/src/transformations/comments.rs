//! Transformations of comments in SQL, C and HTML.

use crate::variables::arena::Rewrite;

fn starts(text: &Rewrite<'_>, index: usize, mark: &[u8]) -> bool {
    index + mark.len() <= text.len() && (0..mark.len()).all(|offset| text.at(index + offset) == mark[offset])
}

/// Every `/* ... */` becomes one space; an open comment too.
pub(super) fn replace(text: &mut Rewrite<'_>) {
    let mut index = 0;
    while index < text.len() {
        if !starts(text, index, b"/*") {
            text.keep(index);
            index += 1;
            continue;
        }
        let start = index;
        index += 2;
        while index < text.len() && !starts(text, index, b"*/") {
            index += 1;
        }
        index = (index + 2).min(text.len());
        text.put(b' ', start..index);
    }
}

/// The marks of comments go, what they enclose stays.
pub(super) fn remove_characters(text: &mut Rewrite<'_>) {
    const MARKS: [&[u8]; 6] = [b"/*", b"*/", b"<!--", b"-->", b"--", b"#"];
    let mut index = 0;
    while index < text.len() {
        match MARKS.iter().find(|mark| starts(text, index, mark)) {
            Some(mark) => index += mark.len(),
            None => {
                text.keep(index);
                index += 1;
            }
        }
    }
}

/// Comments go with what they enclose; `--` and `#` end the value. After a closed comment the next byte is copied
/// without a look at it, as mod_security2 does.
pub(super) fn remove(text: &mut Rewrite<'_>) {
    let mut index = 0;
    let mut inside = false;
    while index < text.len() {
        if inside {
            let closed = [b"*/".as_slice(), b"-->"].into_iter().find(|mark| starts(text, index, mark));
            let Some(mark) = closed else {
                index += 1;
                continue;
            };
            inside = false;
            index += mark.len();
            if index < text.len() {
                text.keep(index);
                index += 1;
            }
        } else if starts(text, index, b"/*") {
            inside = true;
            index += 2;
        } else if starts(text, index, b"<!--") {
            inside = true;
            index += 4;
        } else if starts(text, index, b"--") || text.at(index) == b'#' {
            break;
        } else {
            text.keep(index);
            index += 1;
        }
    }
    if inside {
        let end = text.len();
        text.put(b' ', end - 1..end);
    }
}
