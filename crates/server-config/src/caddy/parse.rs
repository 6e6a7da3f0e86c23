//! Text to blocks and directives, imports and snippets in place (`caddyconfig/caddyfile/parse.go`).

use std::collections::HashMap;
use std::sync::Arc;

use super::lexer::{Token, tokens, with_environment};
use super::tree::Directive;
use crate::source::{FileTree, Place, Source, Sources, Warning};

/// Blocks in blocks beyond this are skipped.
const MAX_DEPTH: usize = 64;
/// Imports in imports beyond this are not followed.
const MAX_IMPORTS: usize = 32;
/// Words in all; more are a warning.
const MAX_TOKENS: usize = 500_000;
/// Bytes read in all.
const MAX_TOTAL_BYTES: usize = 64 << 20;
/// Warnings kept.
const MAX_WARNINGS: usize = 200;

/// What reading gives.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// Sites and the global options (without words), each with its block.
    pub(super) blocks: Vec<Directive>,
    pub(super) sources: Sources,
    pub(super) warnings: Vec<Warning>,
}

pub(super) fn parse(files: &FileTree, main: &str) -> Parsed {
    let mut reader =
        Reader { files, out: Parsed::default(), names: Vec::new(), snippets: HashMap::new(), count: 0 };
    let tokens = reader.read(main, None);
    let tokens = reader.expand(tokens, 0, true);
    reader.blocks(tokens);
    reader.out
}

struct Reader<'a> {
    files: &'a FileTree,
    out: Parsed,
    names: Vec<Arc<str>>,
    snippets: HashMap<String, Vec<Token>>,
    count: usize,
}

impl Reader<'_> {
    fn read(&mut self, path: &str, from: Option<Place>) -> Vec<Token> {
        let bytes = match self.files.read(path) {
            Ok(bytes) if self.out.sources.total_bytes() + bytes.len() > MAX_TOTAL_BYTES => {
                self.warn(from, format!("`{path}`: more than {} MB in all", MAX_TOTAL_BYTES >> 20));
                return Vec::new();
            }
            Ok(bytes) => bytes,
            Err(error) => {
                self.warn(from, format!("`{path}`: {error}"));
                return Vec::new();
            }
        };
        let name: Arc<str> = Arc::from(path);
        let file = self.names.len() as u32;
        self.names.push(name.clone());
        self.out.sources.add(Source { name: name.clone(), bytes: bytes.clone(), included_from: from });
        let start = Place { file: name.clone(), line: 1, column: 1 };
        if memchr::memchr(0, &bytes).is_some() {
            self.warn(Some(start), "the file is binary".to_owned());
            return Vec::new();
        }
        let (text, defaulted) = with_environment(&String::from_utf8_lossy(&bytes));
        for variable in defaulted {
            let text =
                format!("the environment variable `{variable}` is taken for unset: its default stands");
            self.warn(Some(start.clone()), text);
        }
        let (tokens, fault) = tokens(&text, file);
        if let Some((line, fault)) = fault {
            self.warn(Some(Place { file: name, line, column: 1 }), fault.to_owned());
        }
        tokens
    }

    /// The words with imports replaced by what they name; snippets are taken out where they are defined.
    fn expand(&mut self, tokens: Vec<Token>, depth: usize, at_top: bool) -> Vec<Token> {
        let mut out: Vec<Token> = Vec::new();
        let mut nesting = 0usize;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if self.count > MAX_TOKENS {
                self.warn(
                    Some(self.place(token)),
                    format!("more than {MAX_TOKENS} words; the rest is not read"),
                );
                break;
            }
            self.count += 1;
            let opens = tokens.get(at + 1).is_some_and(|next| next.text == "{");
            if at_top && nesting == 0 && token.first && opens && is_snippet(&token.text) {
                let end = closing(&tokens, at + 1);
                let name = token.text[1..token.text.len() - 1].to_owned();
                self.snippets.insert(name, tokens[(at + 2).min(end)..end].to_vec());
                at = end + 1;
                continue;
            }
            if token.first && token.text == "import" && !token.quoted {
                let end = tokens[at + 1..]
                    .iter()
                    .position(|next| next.first)
                    .map_or(tokens.len(), |end| at + 1 + end);
                // A brace behind the arguments belongs to the import (blocks are newer than 2.8).
                out.extend(self.import(token, &tokens[at + 1..end], depth));
                at = end;
                continue;
            }
            match token.text.as_str() {
                "{" => nesting += 1,
                "}" => nesting = nesting.saturating_sub(1),
                _ => {}
            }
            out.push(token.clone());
            at += 1;
        }
        out
    }

    fn import(&mut self, at: &Token, arguments: &[Token], depth: usize) -> Vec<Token> {
        let place = self.place(at);
        let Some(pattern) = arguments.first().map(|token| token.text.clone()) else {
            self.warn(Some(place), "`import` wants a name".to_owned());
            return Vec::new();
        };
        if depth >= MAX_IMPORTS {
            self.warn(
                Some(place),
                format!("`{pattern}`: imports nested deeper than {MAX_IMPORTS} are not followed"),
            );
            return Vec::new();
        }
        let mut tokens = match self.snippets.get(&pattern) {
            Some(tokens) => tokens.clone(),
            None => self.import_files(&pattern, &place),
        };
        for token in &mut tokens {
            for (number, argument) in arguments[1..].iter().enumerate() {
                for written in [format!("{{args.{number}}}"), format!("{{args[{number}]}}")] {
                    if token.text.contains(&written) {
                        token.text = token.text.replace(&written, &argument.text);
                    }
                }
            }
        }
        if let Some(first) = tokens.first_mut() {
            first.first = true;
        }
        self.expand(tokens, depth + 1, false)
    }

    fn import_files(&mut self, pattern: &str, place: &Place) -> Vec<Token> {
        let full = match (pattern.starts_with('/'), place.file.rsplit_once('/')) {
            (false, Some((directory, _))) => format!("{directory}/{pattern}"),
            _ => pattern.to_owned(),
        };
        let wild = full.contains(['*', '?', '[']);
        let paths = if wild { self.files.glob(&full) } else { vec![full.clone()] };
        if paths.is_empty() && !self.files.covers(&full) {
            self.warn(Some(place.clone()), format!("`{full}`: no such file was given"));
        }
        paths.iter().flat_map(|path| self.read(path, Some(place.clone()))).collect()
    }

    fn blocks(&mut self, tokens: Vec<Token>) {
        let mut at = 0;
        while at < tokens.len() {
            let mut keys: Vec<&Token> = Vec::new();
            let mut expects_another = false;
            while let Some(token) = tokens.get(at) {
                if token.text == "{" || (token.first && !keys.is_empty() && !expects_another) {
                    break;
                }
                expects_another = token.text.ends_with(',');
                keys.push(token);
                at += 1;
            }
            let start = keys.first().copied().or(tokens.get(at)).cloned();
            let Some(start) = start else { break };
            let words: Vec<Box<str>> = keys.iter().map(|key| key.text.trim_end_matches(',').into()).collect();
            let braces = tokens.get(at).is_some_and(|token| token.text == "{");
            at += usize::from(braces);
            let (children, end) = self.directives(&tokens, at, 0);
            at = end;
            if braces && tokens.get(at).is_none_or(|token| token.text != "}") {
                self.warn(Some(self.place(&start)), "the block is not closed".to_owned());
            }
            at += 1;
            let quoted = vec![false; words.len()].into();
            let (file, line, column) = (start.file, start.line, start.column);
            let block = Some(children.into());
            self.out.blocks.push(Directive { words: words.into(), quoted, block, file, line, column });
        }
    }

    /// Directives up to the brace that closes their block; its place is returned.
    fn directives(&mut self, tokens: &[Token], mut at: usize, depth: usize) -> (Vec<Directive>, usize) {
        let mut found = Vec::new();
        while let Some(token) = tokens.get(at).filter(|token| token.text != "}" || token.quoted) {
            let start = at;
            let mut words = vec![token];
            at += 1;
            while let Some(next) =
                tokens.get(at).filter(|next| !next.first && (next.text != "}" || next.quoted))
            {
                let opens = next.text == "{"
                    && !next.quoted
                    && tokens.get(at + 1).is_none_or(|after| after.first || after.text == "}");
                if opens {
                    break;
                }
                words.push(next);
                at += 1;
            }
            let mut block = None;
            if tokens.get(at).is_some_and(|next| next.text == "{" && !next.first) {
                if depth >= MAX_DEPTH {
                    self.warn(
                        Some(self.place(token)),
                        format!("blocks nested deeper than {MAX_DEPTH} are skipped"),
                    );
                    at = closing(tokens, at) + 1;
                } else {
                    let (children, end) = self.directives(tokens, at + 1, depth + 1);
                    if end >= tokens.len() {
                        self.warn(
                            Some(self.place(token)),
                            format!("the block of `{}` is not closed", token.text),
                        );
                    }
                    block = Some(children.into());
                    at = end + 1;
                }
            }
            found.push(Directive {
                words: words.iter().map(|word| word.text.as_str().into()).collect(),
                quoted: words.iter().map(|word| word.quoted).collect(),
                block,
                file: token.file,
                line: token.line,
                column: token.column,
            });
            debug_assert!(at > start);
        }
        (found, at)
    }

    fn place(&self, token: &Token) -> Place {
        let file = self.names.get(token.file as usize).cloned().unwrap_or_else(|| Arc::from(""));
        Place { file, line: token.line, column: token.column }
    }

    fn warn(&mut self, place: Option<Place>, text: String) {
        if self.out.warnings.len() < MAX_WARNINGS {
            self.out.warnings.push(Warning { place, text });
        }
    }
}

fn is_snippet(word: &str) -> bool {
    word.len() > 2 && word.starts_with('(') && word.ends_with(')')
}

/// The brace that closes the one at `open`; the end when there is none.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut nesting = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" if !token.quoted => nesting += 1,
            "}" if !token.quoted => {
                nesting -= 1;
                if nesting == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}
