//! Walks a JSON text without building a tree: every scalar with its path and place.

/// Deeper nesting than any logger writes.
const DEPTH: usize = 64;

/// A scalar of the text.
pub(crate) struct Scalar<'p> {
    /// The keys that lead here, as places in the text; array items have the key of their array.
    pub(crate) path: &'p [(usize, usize)],
    pub(crate) kind: Kind,
    /// Place of the value; for a text without its quotation marks.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// How many array items began before this one, counted over the whole text: tells items apart.
    pub(crate) item: u32,
}

/// The kinds of scalars.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Bool,
    Null,
}

/// Calls `visit` for every scalar; false when the text is no single JSON value.
pub(crate) fn walk(text: &[u8], visit: &mut dyn FnMut(&Scalar<'_>)) -> bool {
    let mut walker = Walker { text, at: 0, path: Vec::with_capacity(8), item: 0, visit };
    walker.value(0).is_some() && {
        walker.blanks();
        walker.at == text.len()
    }
}

struct Walker<'t, 'v> {
    text: &'t [u8],
    at: usize,
    path: Vec<(usize, usize)>,
    item: u32,
    visit: &'v mut dyn FnMut(&Scalar<'_>),
}

impl Walker<'_, '_> {
    fn blanks(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<u8> {
        self.blanks();
        let byte = *self.text.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        match self.next()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => {
                let (start, end) = self.string()?;
                self.visit(Kind::Text, start, end);
                Some(())
            }
            first => self.bare(first),
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.blanks();
        if self.text.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Some(());
        }
        loop {
            if self.next()? != b'"' {
                return None;
            }
            let key = self.string()?;
            if self.next()? != b':' {
                return None;
            }
            self.path.push(key);
            self.value(depth + 1)?;
            self.path.pop();
            match self.next()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.blanks();
        if self.text.get(self.at) == Some(&b']') {
            self.at += 1;
            return Some(());
        }
        loop {
            self.item += 1;
            self.value(depth + 1)?;
            match self.next()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    /// The inside of a string whose opening mark was read.
    fn string(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        loop {
            let found = memchr::memchr2(b'"', b'\\', self.text.get(self.at..)?)?;
            self.at += found + 1;
            if self.text[self.at - 1] == b'"' {
                return Some((start, self.at - 1));
            }
            self.at += 1;
        }
    }

    fn bare(&mut self, first: u8) -> Option<()> {
        let start = self.at - 1;
        let length = self.text[self.at..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-'))
            .count();
        self.at += length;
        let kind = match (first, &self.text[start..self.at]) {
            (_, b"null") => Kind::Null,
            (_, b"true" | b"false") => Kind::Bool,
            (b'0'..=b'9' | b'-', _) => Kind::Number,
            _ => return None,
        };
        self.visit(kind, start, self.at);
        Some(())
    }

    fn visit(&mut self, kind: Kind, start: usize, end: usize) {
        (self.visit)(&Scalar { path: &self.path, kind, start, end, item: self.item });
    }
}
