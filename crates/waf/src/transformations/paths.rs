//! Paths: `normalizePath` and `normalizePathWin`.

use crate::variables::arena::Rewrite;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Separators {
    Slash,
    SlashAndBackslash,
}

pub(super) fn normalize(text: &mut Rewrite<'_>) {
    run(text, Separators::Slash);
}

pub(super) fn normalize_windows(text: &mut Rewrite<'_>) {
    run(text, Separators::SlashAndBackslash);
}

/// Follows mod_security2's walk: it looks at the byte before a separator and decides about the segment that ends there.
fn run(text: &mut Rewrite<'_>, separators: Separators) {
    let Some(end) = text.len().checked_sub(1) else { return };
    let byte = |text: &Rewrite<'_>, index: usize| {
        let byte = text.at(index);
        if byte == b'\\' && separators == Separators::SlashAndBackslash { b'/' } else { byte }
    };
    let relative = byte(text, 0) != b'/';
    let trailing = byte(text, end) == b'/';
    let mut hit_root = false;
    let mut source = 0;
    while source <= end {
        let last = source == end;
        let current = byte(text, source);
        if last || byte(text, source + 1) == b'/' {
            match segment_end(text, current, last, relative, &mut hit_root) {
                Step::Copy => {}
                Step::Skip => source += 1,
                Step::Stop => break,
            }
        }
        // Behind the end the terminator would be copied; there is nothing to copy.
        if source > end {
            break;
        }
        if byte(text, source) == b'/' {
            while source < end && byte(text, source + 1) == b'/' {
                source += 1;
            }
            if relative && text.written() == 0 {
                source += 1;
                continue;
            }
        }
        text.put(byte(text, source), source..source + 1);
        source += 1;
        if last {
            break;
        }
    }
    if !trailing && text.written() > 0 && text.output(text.written() - 1) == b'/' {
        text.shorten(text.written() - 1);
    }
}

enum Step {
    Copy,
    Skip,
    Stop,
}

/// Decides at the end of a segment whether it is `.`, `..` or a name.
fn segment_end(text: &mut Rewrite<'_>, current: u8, last: bool, relative: bool, hit_root: &mut bool) -> Step {
    let written = text.written();
    let skip = if last { Step::Stop } else { Step::Skip };
    if current == b'/' && !last {
        return Step::Copy;
    }
    if current != b'.' {
        if written > 0 {
            *hit_root = false;
        }
        return Step::Copy;
    }
    let before = written.checked_sub(1).map(|index| text.output(index));
    match before {
        Some(b'.') => {
            if relative && (*hit_root || written <= 2) {
                *hit_root = true;
                return Step::Copy;
            }
            back_to_parent(text, last, relative, hit_root);
            skip
        }
        None => skip,
        Some(b'/') => {
            if !last {
                text.shorten(written - 1);
            }
            skip
        }
        Some(_) => Step::Copy,
    }
}

/// Takes back `..` and the segment before it, but nothing above the root.
fn back_to_parent(text: &mut Rewrite<'_>, last: bool, relative: bool, hit_root: &mut bool) {
    let mut length = text.written().saturating_sub(3);
    while length > 0 && text.output(length) != b'/' {
        length -= 1;
    }
    if length == 0 {
        *hit_root = true;
        length = usize::from(!relative && last);
    }
    text.shorten(length);
}
