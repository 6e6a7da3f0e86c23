//! Every signature finds its own example, with its captures, and not its neighbour's text.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where something is not as expected"
)]

use std::fs;
use std::path::Path;

use intake::Document;
use model::{Evidence, Recognition};
use toml::{Table, Value};

/// The documents in which an example stands where the signature looks for it.
fn documents(signature: &Table, example: &str) -> Vec<Document> {
    let document = |name: &str, text: String| Document { name: name.to_owned(), bytes: text.into_bytes() };
    let status = signature
        .get("status")
        .and_then(Value::as_array)
        .and_then(|statuses| statuses[0].as_integer())
        .unwrap_or(403);
    let place = signature["in"].as_str().unwrap();
    match place.split_once(' ') {
        Some(("header", name)) => {
            vec![document("response.http", format!("HTTP/1.1 {status} X\r\n{name}: {example}\r\n\r\n"))]
        }
        Some(("request-header", name)) => {
            vec![document(
                "request.http",
                format!("POST / HTTP/1.1\r\nHost: a.example\r\n{name}: {example}\r\n\r\n"),
            )]
        }
        _ => match place {
            "set-cookie" => vec![document(
                "response.http",
                format!("HTTP/1.1 {status} X\r\nSet-Cookie: {example}=1\r\n\r\n"),
            )],
            "log" => vec![document("server.log", format!("{example}\n"))],
            "client" => vec![document("console.txt", format!("{example}\n"))],
            _ => vec![document("response.http", format!("HTTP/1.1 {status} X\r\n\r\n{example}"))],
        },
    }
}

fn found(evidence: &Evidence, emitter: &str, signature: &str) -> Option<Recognition> {
    let all = catalogue::recognise(evidence);
    all.into_iter().find(|found| found.emitter.id == emitter && found.signature.id == signature)
}

/// The example as its own documents: a whole `exchange`, or the `example` at the signature's place.
fn example(signature: &Table) -> Vec<Document> {
    match signature.get("exchange").and_then(Value::as_str) {
        Some(exchange) => exchange
            .split("\n---\n")
            .enumerate()
            .map(|(number, part)| Document {
                name: format!("{number}.http"),
                bytes: part.trim_start().replace('\n', "\r\n").into_bytes(),
            })
            .collect(),
        None => documents(signature, signature.get("example").and_then(Value::as_str).unwrap_or("")),
    }
}

#[test]
fn every_signature_finds_its_example_and_not_its_neighbours() {
    let mut faults = Vec::new();
    let mut count = 0;
    let all = signatures();
    for (id, signature) in &all {
        count += 1;
        check(id, signature, &mut faults);
        if let Some(name) = signature.get("neighbour").and_then(Value::as_str) {
            check_neighbour(id, signature, name, &all, &mut faults);
        }
    }
    println!("{count} signatures checked");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Each signature of each emitter's file.
fn signatures() -> Vec<(String, Table)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue/emitters");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        let table: Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        let signatures = table.get("signature").and_then(Value::as_array).into_iter().flatten();
        all.extend(signatures.map(|signature| (id.clone(), signature.as_table().unwrap().clone())));
    }
    all
}

/// A text that is alike, of another emitter (`EMITTER/SIGNATURE`), is not taken for this one's.
fn check_neighbour(
    emitter: &str,
    signature: &Table,
    name: &str,
    all: &[(String, Table)],
    faults: &mut Vec<String>,
) {
    let id = signature["id"].as_str().unwrap();
    let other = name.split_once('/').and_then(|(neighbour, theirs)| {
        let mut of_neighbour = all.iter().filter(|(owner, _)| owner == neighbour && owner != emitter);
        of_neighbour.find(|(_, other)| other["id"].as_str() == Some(theirs))
    });
    let Some((_, other)) = other else {
        faults.push(format!("{emitter}/{id}: there is no neighbour {name}"));
        return;
    };
    let text = match other.get("example").and_then(Value::as_str) {
        Some(text) if !signature.contains_key("exchange") => documents(signature, text),
        _ => example(other),
    };
    if found(&intake::read(text), emitter, id).is_some() {
        faults.push(format!("{emitter}/{id}: also finds the text of {name}"));
    }
}

/// What an emitter is taken for is only known where it is told from its neighbours.
#[test]
fn every_emitter_has_an_example_with_a_source_and_a_negative_one() {
    let mut told = std::collections::BTreeMap::<String, (bool, bool)>::new();
    for (id, signature) in signatures() {
        let entry = told.entry(id).or_default();
        let shown = signature.contains_key("example") || signature.contains_key("exchange");
        entry.0 |= shown && signature.contains_key("source");
        entry.1 |= signature.contains_key("not") || signature.contains_key("neighbour");
    }
    let lacking: Vec<_> = told.iter().filter(|(_, (example, negative))| !(*example && *negative)).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// A cause that stands in two lists of one signature.
fn named_twice(signature: &Table) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    let lists = ["proves", "supports", "hints", "weakens", "excludes"];
    let causes = lists.iter().filter_map(|list| signature.get(*list)?.as_array()).flatten();
    let mut named = causes.filter_map(Value::as_str);
    named.find(|cause| !seen.insert((*cause).to_owned())).map(str::to_owned)
}

fn check(emitter: &str, signature: &Table, faults: &mut Vec<String>) {
    let id = signature["id"].as_str().unwrap();
    if let Some(cause) = named_twice(signature) {
        faults.push(format!("{emitter}/{id}: {cause} has two weights, of which only the first counts"));
    }
    if !signature.contains_key("example") && !signature.contains_key("exchange") {
        faults.push(format!("{emitter}/{id}: has no example"));
        return;
    }
    match found(&intake::read(example(signature)), emitter, id) {
        None => faults.push(format!("{emitter}/{id}: does not find its example")),
        Some(found) => {
            for (name, value) in signature.get("captures").and_then(Value::as_table).into_iter().flatten() {
                let captured = found
                    .captures
                    .iter()
                    .find(|(capture, _)| capture == name)
                    .map(|(_, value)| value.as_str());
                if captured != value.as_str() {
                    faults.push(format!("{emitter}/{id}: {name} is {captured:?}, not {value}"));
                }
            }
        }
    }
    if let Some(neighbour) = signature.get("not").and_then(Value::as_str)
        && found(&intake::read(documents(signature, neighbour)), emitter, id).is_some()
    {
        faults.push(format!("{emitter}/{id}: also finds {neighbour:?}"));
    }
}

#[test]
fn every_cause_that_a_signature_names_exists() {
    for emitter in catalogue::emitters::all() {
        for signature in emitter.signatures {
            for (cause, _) in signature.causes {
                let known = catalogue::CAUSES.iter().any(|known| known.id == *cause);
                assert!(known, "{}/{} names {cause}", emitter.id, signature.id);
            }
        }
    }
}

/// Words are shared: what one product's sentence leaves open must not be proven by another's signature.
#[test]
fn no_example_proves_more_than_its_own_signature() {
    let mut faults = Vec::new();
    for (id, signature) in signatures() {
        let (evidence, verdict) = testkit::diagnose(example(&signature));
        let Some(first) = verdict.hypotheses.first() else { continue };
        if first.confidence != model::Confidence::Proven {
            continue;
        }
        let proofs = catalogue::recognise(&evidence).into_iter().filter(|found| {
            found.signature.causes.contains(&(first.cause.id, model::Weight::Proves)) && found.proof
        });
        let provers: Vec<_> = proofs.map(|found| (found.emitter.id, found.signature.id)).collect();
        if !provers.is_empty() && provers.iter().all(|(emitter, _)| *emitter != id) {
            faults.push(format!("{id}/{}: {} is proven by {provers:?}", signature["id"], first.cause.id));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_number_alone_proves_nothing_where_nothing_names_the_product() {
    let of_digits =
        |text: &str| (3..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    for (emitter, signature) in signatures() {
        let list = |key: &str| -> Vec<String> {
            let items = signature.get(key).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let texts = [
            list("or"),
            signature.get("text").and_then(Value::as_str).map(str::to_owned).into_iter().collect(),
        ]
        .concat();
        let number = texts.iter().any(|text| of_digits(text)) && signature.get("status").is_none();
        let conditions = [list("also"), list("proof_needs")].concat();
        let named = conditions.iter().any(|condition| condition.starts_with("named "));
        let id = signature["id"].as_str().unwrap();
        assert!(
            !number || named || list("proves").is_empty(),
            "{emitter}/{id} proves by a number that any product may use"
        );
    }
}
