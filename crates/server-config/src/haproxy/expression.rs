//! Sample expressions: `fetch(arguments),converter(arguments),...` (`sample_parse_expr()` in `src/sample.c`).

use super::arguments;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression {
    pub(super) fetch: Call,
    pub(super) converters: Vec<Call>,
}

/// A fetch or a converter with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
}

/// Converters of one expression; more are a fault.
const MAX_CONVERTERS: usize = 100;

impl Expression {
    /// Reads an expression; the rest of the text stands behind it. `None` when it cannot be read.
    pub(super) fn parse(text: &str) -> Option<(Self, &str)> {
        let (fetch, mut rest) = Call::parse(text)?;
        let mut converters = Vec::new();
        while let Some(after) = rest.strip_prefix(',') {
            let after = after.trim_start_matches(',');
            if after.is_empty() || converters.len() >= MAX_CONVERTERS {
                rest = after;
                break;
            }
            let (converter, after) = Call::parse(after)?;
            converters.push(converter);
            rest = after;
        }
        Some((Self { fetch, converters }, rest))
    }

    /// Reads a word that holds an expression and nothing else.
    pub(super) fn whole(text: &str) -> Option<Self> {
        Self::parse(text).filter(|(_, rest)| rest.is_empty()).map(|(expression, _)| expression)
    }
}

impl Expression {
    /// Whether its values are numbers: `gt` and the like are then operators (`smp_expr_output_type()`).
    pub(super) fn is_number(&self) -> bool {
        match self.converters.last() {
            Some(last) => {
                let name = last.name.as_str();
                NUMBER_CONVERTERS.contains(&name) || name.starts_with("table_") || name.ends_with("_int")
            }
            None => {
                let name = self.fetch.name.as_str();
                let ends = ["_cnt", "_val", "_port", "_rate", "_len", "_size", "_cur", "_conn"];
                NUMBER_FETCHES.contains(&name)
                    || ends.iter().any(|end| name.ends_with(end))
                    || name.contains("_gp")
            }
        }
    }
}

const NUMBER_CONVERTERS: &[&str] = &[
    "length",
    "strcmp",
    "add",
    "sub",
    "mul",
    "div",
    "mod",
    "neg",
    "and",
    "or",
    "xor",
    "cpl",
    "hex2i",
    "crc32",
    "crc32c",
    "djb2",
    "sdbm",
    "wt6",
    "xxh32",
    "xxh64",
    "xxh3",
    "map_int",
    "jwt_verify",
    "bytes_in",
];
const NUMBER_FETCHES: &[&str] = &[
    "int",
    "date",
    "date_us",
    "rand",
    "nbsrv",
    "nbproc",
    "proc",
    "thread",
    "queue",
    "avg_queue",
    "connslots",
    "req.len",
    "res.len",
    "so_id",
    "fe_id",
    "be_id",
    "status",
    "base32",
    "url32",
    "http_major",
    "fc_http_major",
    "src_kbytes_in",
    "src_kbytes_out",
    "sc_kbytes_in",
    "sc_kbytes_out",
    "ssl_c_err",
    "ssl_c_verify",
    "ssl_fc_use_keysize",
];

impl Call {
    fn parse(text: &str) -> Option<(Self, &str)> {
        // `is_idchar()` of HAProxy, and the `+` of `base32+src`.
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.+".contains(c);
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let (arguments, rest) = arguments::list(rest)?;
        (!name.is_empty()).then(|| (Self { name: name.to_owned(), arguments }, rest))
    }

    /// An argument by its number from 0; empty when there is none.
    pub(super) fn argument(&self, index: usize) -> &str {
        self.arguments.get(index).map_or("", String::as_str)
    }

    /// The call as it is written.
    pub(super) fn text(&self) -> String {
        if self.arguments.is_empty() {
            self.name.clone()
        } else {
            format!("{}({})", self.name, self.arguments.join(","))
        }
    }
}
