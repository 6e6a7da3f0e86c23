//! Turns `emitters/*.toml` into static tables, so that nothing is parsed when the program starts.
//!
//! A mistake in a file stops the build with the file, the signature and what is wrong.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use toml::{Table, Value};

#[path = "build/likeness.rs"]
mod likeness;
#[path = "build/pages.rs"]
mod pages;

const LAYERS: [(&str, &str); 10] = [
    ("client", "Client"),
    ("network", "Network"),
    ("edge", "Edge"),
    ("waf", "Waf"),
    ("gateway", "Gateway"),
    ("web-server", "WebServer"),
    ("application", "Application"),
    ("identity", "Identity"),
    ("data", "Data"),
    ("os", "Os"),
];

const FAMILIES: [(&str, &str); 10] = [
    ("web-server", "WebServer"),
    ("gateway", "Gateway"),
    ("edge", "Edge"),
    ("waf", "Waf"),
    ("framework", "Framework"),
    ("application", "Application"),
    ("client-side", "ClientSide"),
    ("client", "Client"),
    ("operating-system", "OperatingSystem"),
    ("unnamed", "Unnamed"),
];

const WEIGHTS: [(&str, &str); 5] = [
    ("proves", "Proves"),
    ("supports", "Supports"),
    ("hints", "Hints"),
    ("weakens", "Weakens"),
    ("excludes", "Excludes"),
];

const EMITTER_KEYS: [&str; 7] = ["name", "layer", "family", "about", "checks", "reference", "signature"];

const SIGNATURE_KEYS: [&str; 24] = [
    "id",
    "in",
    "text",
    "or",
    "pattern",
    "also",
    "proof_needs",
    "status",
    "proves",
    "supports",
    "hints",
    "weakens",
    "excludes",
    "meaning",
    "fix",
    "opens",
    "check",
    "presence",
    "source",
    "example",
    "captures",
    "not",
    "neighbour",
    "exchange",
];

fn main() {
    println!("cargo:rerun-if-changed=emitters");
    let mut files: Vec<_> = fs::read_dir("emitters")
        .expect("the folder emitters is part of the crate")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut learner = likeness::Learner::new();
    let mut tables = String::new();
    for file in &files {
        println!("cargo:rerun-if-changed={}", file.display());
        let text = fs::read_to_string(file).expect("a readable file");
        let table: Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let emitter = Emitter { id: stem(file), table: &table };
        emitter.write(&mut tables);
        emitter.signatures().for_each(|signature| learner.signature(signature));
    }
    let out = env::var("OUT_DIR").expect("set by cargo");
    let rust = format!("pub(crate) static EMITTERS: &[Emitter] = &[\n{tables}];\n");
    fs::write(Path::new(&out).join("emitters.rs"), rust).expect("a writable OUT_DIR");
    pages::write(Path::new(&out));
    learner.write(&Path::new(&out).join("likeness.bin"));
}

fn stem(file: &Path) -> String {
    file.file_stem().expect("a file name").to_string_lossy().into_owned()
}

struct Emitter<'a> {
    id: String,
    table: &'a Table,
}

impl Emitter<'_> {
    fn write(&self, out: &mut String) {
        self.allow_only(self.table, &EMITTER_KEYS, "the file");
        let name = self.text(self.table, "name", "the file");
        let layer = self.word(self.table, "layer", &LAYERS);
        let family = self.word(self.table, "family", &FAMILIES);
        let about = self.text(self.table, "about", "the file");
        let checks = self.list(self.table, "checks");
        let reference = match self.table.get("reference").and_then(Value::as_table) {
            Some(table) => format!(
                "Some(({:?}, {:?}))",
                self.text(table, "header", "reference"),
                self.text(table, "where", "reference")
            ),
            None => "None".to_owned(),
        };
        let _ = writeln!(
            out,
            "Emitter {{ id: {:?}, name: {name:?}, layer: Layer::{layer}, family: Family::{family}, about: {:?}, checks: &{checks:?}, reference: {reference}, signatures: &[",
            self.id,
            about.trim(),
        );
        self.signatures().for_each(|signature| self.write_signature(signature, &checks, out));
        out.push_str("] },\n");
    }

    fn signatures(&self) -> impl Iterator<Item = &Table> {
        let signatures = self.table.get("signature").and_then(Value::as_array);
        signatures
            .into_iter()
            .flatten()
            .map(|signature| signature.as_table().unwrap_or_else(|| self.fail("signature", "is not a table")))
    }

    fn write_signature(&self, table: &Table, checks: &[String], out: &mut String) {
        let id = self.text(table, "id", "a signature");
        self.allow_only(table, &SIGNATURE_KEYS, &id);
        let causes = self.causes(table);
        let presence = table.get("presence").and_then(Value::as_bool).unwrap_or(false);
        if causes.is_empty() && !presence {
            self.fail(&id, "names no cause and is not `presence = true`");
        }
        let check = optional(table, "check");
        if !check.is_empty() && !checks.contains(&check) {
            self.fail(&id, "names a check that is not in `checks`");
        }
        let statuses: Vec<i64> = table
            .get("status")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_integer)
            .collect();
        let conditions = |key: &str| -> String {
            let all: Vec<String> =
                self.list(table, key).iter().map(|text| self.condition(&id, text)).collect();
            all.join(", ")
        };
        let (also, proof_needs) = (conditions("also"), conditions("proof_needs"));
        let texts: Vec<String> = std::iter::once(optional(table, "text"))
            .chain(self.list(table, "or"))
            .map(|text| fold(&text))
            .filter(|text| !text.is_empty())
            .collect();
        let _ = writeln!(
            out,
            "Signature {{ id: {id:?}, place: {}, texts: &{texts:?}, pattern: {:?}, also: &[{also}], proof_needs: &[{proof_needs}], statuses: &{statuses:?}, causes: &[{}], meaning: {:?}, fix: {:?}, opens: {:?}, check: {check:?}, presence: {presence}, source: {:?} }},",
            self.place(&id, &self.text(table, "in", &id)),
            optional(table, "pattern"),
            causes.join(", "),
            optional(table, "meaning"),
            optional(table, "fix"),
            optional(table, "opens"),
            self.text(table, "source", &id),
        );
    }

    /// The causes that a signature names, with what it means for each. Who says that a token is missing has not read one,
    /// whether one was sent or not: that hints at the other cause, too.
    fn causes(&self, table: &Table) -> Vec<String> {
        let named = |(key, weight): &(&str, &str)| {
            let weight = (*weight).to_owned();
            self.list(table, key).into_iter().map(move |cause| (cause, weight.clone()))
        };
        let mut causes: Vec<(String, String)> = WEIGHTS.iter().flat_map(named).collect();
        let missing = |(cause, weight): &(String, String)| {
            cause == "csrf.token-missing" && matches!(weight.as_str(), "Proves" | "Supports")
        };
        let unread = "csrf.token-not-read";
        if causes.iter().any(missing) && !causes.iter().any(|(cause, _)| cause == unread) {
            causes.push((unread.to_owned(), "Hints".to_owned()));
        }
        causes.iter().map(|(cause, weight)| format!("({cause:?}, Weight::{weight})")).collect()
    }

    fn place(&self, id: &str, word: &str) -> String {
        match word.split_once(' ') {
            Some(("header", name)) => format!("Place::Header({:?})", name.to_ascii_lowercase()),
            Some(("request-header", name)) => {
                format!("Place::RequestHeader({:?})", name.to_ascii_lowercase())
            }
            _ => match word {
                "body" => "Place::Body".to_owned(),
                "set-cookie" => "Place::SetCookie".to_owned(),
                "log" => "Place::Log".to_owned(),
                "body or log" => "Place::BodyOrLog".to_owned(),
                "client" => "Place::ClientMessage".to_owned(),
                _ => self.fail(id, &format!("`in = {word:?}` is no place")),
            },
        }
    }

    /// `whole body`, `header NAME[: TEXT]`, `no header NAME`, `body TEXT`, `no body TEXT`, `method POST`, `request-header NAME[: TEXT]`,
    /// `no request-header NAME`, `request body without token`, `named NAME`, `host NAME`, `path TEXT`, `log TEXT`, `line FIELD: VALUE`, `credential dropped`.
    fn condition(&self, id: &str, text: &str) -> String {
        let named = |rest: &str, kind: &str| {
            let (name, value) = rest.split_once(':').unwrap_or((rest, ""));
            format!(
                "model::Condition::{kind}({:?}, {:?})",
                name.trim().to_ascii_lowercase(),
                value.trim().to_ascii_lowercase()
            )
        };
        if text == "credential dropped" {
            return "model::Condition::CredentialDropped".to_owned();
        }
        if text == "whole body" {
            return "model::Condition::WholeBody".to_owned();
        }
        if text == "request body without token" {
            return "model::Condition::BodyWithoutToken".to_owned();
        }
        if let Some(name) = text.strip_prefix("no header ") {
            return format!("model::Condition::NoHeader({:?})", name.to_ascii_lowercase());
        }
        if let Some(name) = text.strip_prefix("no request-header ") {
            return format!("model::Condition::NoRequestHeader({:?})", name.to_ascii_lowercase());
        }
        if let Some(rest) = text.strip_prefix("no body ") {
            return format!("model::Condition::NoBody({:?})", fold(rest));
        }
        match text.split_once(' ') {
            Some(("header", rest)) => named(rest, "Header"),
            Some(("request-header", rest)) => named(rest, "RequestHeader"),
            Some(("body", rest)) => format!("model::Condition::Body({:?})", fold(rest)),
            Some(("method", rest)) => format!("model::Condition::Method({rest:?})"),
            Some(("named", rest)) => format!("model::Condition::Named({:?})", fold(rest)),
            Some(("host", rest)) => format!("model::Condition::Host({rest:?})"),
            Some(("path", rest)) => format!("model::Condition::Path({rest:?})"),
            Some(("line", rest)) => named(rest, "LineField"),
            Some(("log", rest)) => format!("model::Condition::Log({rest:?})"),
            _ => self.fail(id, &format!("`also = {text:?}` is no condition")),
        }
    }

    fn text(&self, table: &Table, key: &str, at: &str) -> String {
        match table.get(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => text.clone(),
            _ => self.fail(at, &format!("lacks the text `{key}`")),
        }
    }

    fn word(&self, table: &Table, key: &str, words: &[(&str, &'static str)]) -> &'static str {
        let text = self.text(table, key, "the file");
        let found = words.iter().find(|(word, _)| *word == text);
        found.unwrap_or_else(|| self.fail("the file", &format!("`{key} = {text:?}` is not a known word"))).1
    }

    fn list(&self, table: &Table, key: &str) -> Vec<String> {
        let Some(value) = table.get(key) else { return Vec::new() };
        let Some(items) = value.as_array() else { self.fail(key, "is not a list") };
        items
            .iter()
            .map(|item| {
                item.as_str().unwrap_or_else(|| self.fail(key, "holds something else than texts")).to_owned()
            })
            .collect()
    }

    fn allow_only(&self, table: &Table, keys: &[&str], at: &str) {
        if let Some(key) = table.keys().find(|key| !keys.contains(&key.as_str())) {
            self.fail(at, &format!("has the unknown key `{key}`"));
        }
    }

    fn fail(&self, at: &str, what: &str) -> ! {
        panic!("emitters/{}.toml: {at}: {what}", self.id)
    }
}

fn optional(table: &Table, key: &str) -> String {
    table.get(key).and_then(Value::as_str).unwrap_or("").trim().to_owned()
}

/// Lower case, runs of blanks as one: as `recognise::fold` does with the evidence.
fn fold(text: &str) -> String {
    text.to_ascii_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
