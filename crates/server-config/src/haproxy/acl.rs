//! ACLs, named and in braces, and the conditions made of them (`src/acl.c` in HAProxy).

use super::expression::{Call, Expression};
use super::matching::Method;
use super::patterns;
use super::run::Run;
use super::sample::Stop;
use super::tree::{Line, State, quote};
use crate::pattern::Case;

/// Whether a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown(Stop),
}

/// A condition's truth and the reason.
pub(super) struct Judged {
    pub(super) truth: Truth,
    pub(super) because: String,
}

/// The ACLs that every proxy has (`default_acl_list`).
pub(super) const PREDEFINED: &[(&str, &[&str])] = &[
    ("TRUE", &["always_true"]),
    ("FALSE", &["always_false"]),
    ("LOCALHOST", &["src", "127.0.0.1/8", "::1"]),
    ("HTTP", &["req.proto_http"]),
    ("HTTP_1.0", &["req.ver", "1.0"]),
    ("HTTP_1.1", &["req.ver", "1.1"]),
    ("HTTP_2.0", &["req.ver", "2.0"]),
    ("HTTP_3.0", &["req.ver", "3.0"]),
    ("METH_CONNECT", &["method", "CONNECT"]),
    ("METH_DELETE", &["method", "DELETE"]),
    ("METH_GET", &["method", "GET", "HEAD"]),
    ("METH_HEAD", &["method", "HEAD"]),
    ("METH_OPTIONS", &["method", "OPTIONS"]),
    ("METH_POST", &["method", "POST"]),
    ("METH_PUT", &["method", "PUT"]),
    ("METH_TRACE", &["method", "TRACE"]),
    ("HTTP_URL_ABS", &["url_reg", "^[^/:]*://"]),
    ("HTTP_URL_SLASH", &["url_beg", "/"]),
    ("HTTP_URL_STAR", &["url", "*"]),
    ("HTTP_CONTENT", &["req.hdr_val(content-length)", "gt", "0"]),
    ("REQ_CONTENT", &["req.len", "gt", "0"]),
    ("WAIT_END", &["wait_end"]),
];

/// The words from `if` or `unless` on, wherever they stand in a line.
pub(super) fn condition_of(words: &[Box<str>]) -> Option<(&str, &[Box<str>])> {
    let at = words.iter().position(|word| matches!(&**word, "if" | "unless"))?;
    Some((&words[at], &words[at + 1..]))
}

impl<'a> Run<'a> {
    /// The condition of a rule; without one it holds.
    pub(super) fn condition(&mut self, rule: &'a Line) -> Judged {
        if let State::Unsure(needs) = &rule.state {
            let stop = Stop::Needs(needs.to_string());
            return Judged { truth: Truth::Unknown(stop), because: format!("it depends on {needs}") };
        }
        let Some((policy, terms)) = condition_of(&rule.words) else {
            return Judged { truth: Truth::Yes, because: "it has no condition".to_owned() };
        };
        let mut judged = self.any_suite(terms);
        if policy == "unless" {
            judged.truth = not(judged.truth);
        }
        judged
    }

    /// Suites of terms, joined by `or` and `||`; the terms of a suite must all hold.
    fn any_suite(&mut self, terms: &'a [Box<str>]) -> Judged {
        let mut unsure: Option<Stop> = None;
        let mut reasons = Vec::new();
        for suite in suites(terms) {
            let judged = self.suite(&suite);
            match judged.truth {
                Truth::Yes => return judged,
                Truth::No => {}
                Truth::Unknown(stop) => unsure = Some(stop),
            }
            reasons.push(judged.because);
        }
        let truth = unsure.map_or(Truth::No, Truth::Unknown);
        Judged { truth, because: reasons.join("; ") }
    }

    fn suite(&mut self, terms: &[Term<'a>]) -> Judged {
        let mut unsure: Option<Judged> = None;
        let mut held = Vec::new();
        for term in terms {
            let truth = self.term(term);
            match if term.negated { not(truth) } else { truth } {
                Truth::Yes => held.push(term.text()),
                Truth::No => {
                    return Judged { truth: Truth::No, because: format!("`{}` does not hold", term.text()) };
                }
                Truth::Unknown(stop) => {
                    let because = format!("`{}` depends on {}", term.text(), stop.needs());
                    unsure.get_or_insert(Judged { truth: Truth::Unknown(stop), because });
                }
            }
        }
        unsure.unwrap_or_else(|| Judged { truth: Truth::Yes, because: format!("`{}` holds", held.join(" ")) })
    }

    fn term(&mut self, term: &Term<'a>) -> Truth {
        if let Some(words) = term.anonymous {
            return self.test(words);
        }
        let rules = self.acl_lines(term.name);
        if rules.is_empty() {
            let predefined = PREDEFINED.iter().find(|(name, _)| *name == term.name);
            let Some((_, words)) = predefined else {
                return Truth::Unknown(Stop::Needs(format!("the ACL `{}`, which is not defined", term.name)));
            };
            let words: Vec<Box<str>> = words.iter().map(|word| Box::from(*word)).collect();
            return self.test(&words);
        }
        let mut unsure = None;
        for rule in rules {
            let truth = match &rule.state {
                State::Unsure(needs) => Truth::Unknown(Stop::Needs(needs.to_string())),
                _ => self.test(rule.words.get(2..).unwrap_or(&[])),
            };
            match truth {
                Truth::Yes => return Truth::Yes,
                Truth::No => {}
                Truth::Unknown(stop) => unsure = Some(stop),
            }
        }
        unsure.map_or(Truth::No, Truth::Unknown)
    }

    /// One ACL expression: `fetch,converters flags patterns`.
    fn test(&mut self, words: &[Box<str>]) -> Truth {
        let test = match Test::parse(self, words) {
            Ok(test) => test,
            Err(stop) => return Truth::Unknown(stop),
        };
        let mut unsure = None;
        for sample in self.samples(&test.expression, true) {
            let found = sample.and_then(|sample| {
                let method = test.method.unwrap_or_else(|| Method::of(&sample));
                method.find(&sample, &test.patterns, test.case).map(|found| found.is_some())
            });
            match found {
                Ok(true) => return Truth::Yes,
                Ok(false) => {}
                Err(stop) => unsure = Some(stop),
            }
        }
        unsure.map_or(Truth::No, Truth::Unknown)
    }
}

/// A term of a condition.
pub(super) struct Term<'a> {
    negated: bool,
    /// The name of an ACL; `{` for one without.
    pub(super) name: &'a str,
    pub(super) anonymous: Option<&'a [Box<str>]>,
}

impl Term<'_> {
    /// The term as it may stand in a configuration.
    pub(super) fn quoted(&self) -> String {
        let sign = if self.negated { "!" } else { "" };
        match self.anonymous {
            Some(words) => {
                let words: Vec<String> = words.iter().map(|word| quote(word, false)).collect();
                format!("{sign}{{ {} }}", words.join(" "))
            }
            None => format!("{sign}{}", self.name),
        }
    }

    fn text(&self) -> String {
        let sign = if self.negated { "!" } else { "" };
        match self.anonymous {
            Some(words) => format!("{sign}{{ {} }}", words.join(" ")),
            None => format!("{sign}{}", self.name),
        }
    }
}

/// The suites of terms in a condition, in order.
pub(super) fn suites(words: &[Box<str>]) -> Vec<Vec<Term<'_>>> {
    let mut suites = vec![Vec::new()];
    let mut negated = false;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let name = word.trim_start_matches('!');
        negated ^= (word.len() - name.len()) % 2 == 1;
        if name.is_empty() {
            continue;
        }
        if name.eq_ignore_ascii_case("or") || name == "||" {
            suites.push(Vec::new());
            negated = false;
            continue;
        }
        let mut anonymous = None;
        if name == "{" {
            let end = words[at..].iter().position(|word| &**word == "}").map_or(words.len(), |end| at + end);
            anonymous = Some(&words[at..end]);
            at = (end + 1).min(words.len());
        }
        if let Some(suite) = suites.last_mut() {
            suite.push(Term { negated, name, anonymous });
        }
        negated = false;
    }
    suites.retain(|suite| !suite.is_empty());
    suites
}

/// What an ACL expression asks.
struct Test {
    expression: Expression,
    /// `None`: as the type of the value implies.
    method: Option<Method>,
    case: Case,
    patterns: Vec<String>,
}

impl Test {
    fn parse(run: &Run<'_>, words: &[Box<str>]) -> Result<Self, Stop> {
        let unread = || Stop::Needs(format!("the ACL expression `{}`", words.join(" ")));
        let mut expression = Expression::whole(words.first().map_or("", |word| word)).ok_or_else(unread)?;
        let mut method = None;
        if let Some((fetch, named)) = acl_keyword(&expression.fetch.name) {
            // A converter takes the keyword's own method away.
            method = named.filter(|_| expression.converters.is_empty());
            expression.fetch = Call { name: fetch, arguments: expression.fetch.arguments };
        }
        let mut test = Self { expression, method, case: Case::Sensitive, patterns: Vec::new() };
        let mut rest = words.get(1..).unwrap_or(&[]).iter().map(|word| &**word).peekable();
        while let Some(flag) = rest.next_if(|word| word.starts_with('-')) {
            match flag {
                "-i" => test.case = Case::Insensitive,
                "-n" => {}
                "-m" => test.method = Some(rest.next().and_then(Method::parse).ok_or_else(unread)?),
                "-f" => test.patterns.extend(patterns::list_file(run.files, rest.next().unwrap_or(""))?),
                "-u" => drop(rest.next()),
                "--" => break,
                _ => return Err(unread()),
            }
        }
        let rest: Vec<&str> = rest.collect();
        test.patterns.extend(patterns::ranges(&rest, test.is_numeric()));
        Ok(test)
    }

    /// Whether `gt`, `le` and the like are operators among the patterns.
    fn is_numeric(&self) -> bool {
        match self.method {
            Some(method) => matches!(method, Method::Int | Method::Len),
            None => self.expression.is_number(),
        }
    }
}

/// A keyword that only ACLs have: its fetch, and its method (`src/http_acl.c`).
fn acl_keyword(name: &str) -> Option<(String, Option<Method>)> {
    let (fetch, suffix) = match name {
        "hdr" => return Some(("req.hdr".to_owned(), Some(Method::Str))),
        "cook" => return Some(("req.cook".to_owned(), Some(Method::Str))),
        name => name.rsplit_once('_')?,
    };
    let fetch = match fetch {
        "base" | "path" | "url" | "urlp" => fetch,
        "hdr" => "req.hdr",
        "cook" => "req.cook",
        _ => return None,
    };
    let method =
        Method::parse(suffix).filter(|method| !matches!(method, Method::Found | Method::Ip | Method::Int))?;
    Some((fetch.to_owned(), Some(method)))
}

fn not(truth: Truth) -> Truth {
    match truth {
        Truth::Yes => Truth::No,
        Truth::No => Truth::Yes,
        unknown => unknown,
    }
}
