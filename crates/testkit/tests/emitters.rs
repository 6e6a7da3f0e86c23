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
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue/emitters");
    let mut faults = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        let table: Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        for signature in table.get("signature").and_then(Value::as_array).into_iter().flatten() {
            let signature = signature.as_table().unwrap();
            count += 1;
            check(&id, signature, &mut faults);
        }
    }
    println!("{count} signatures checked");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn check(emitter: &str, signature: &Table, faults: &mut Vec<String>) {
    let id = signature["id"].as_str().unwrap();
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
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue/emitters");
    let mut faults = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        let table: Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        for signature in table.get("signature").and_then(Value::as_array).into_iter().flatten() {
            let signature = signature.as_table().unwrap();
            let (evidence, verdict) = testkit::diagnose(example(signature));
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
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
