//! The cases again, with the wording of other versions and languages in a third of them.
//!
//! Which case gets which wording follows from its name, so that every run measures the same. The report is printed
//! (`cargo test -p why403-testkit --test wordings -- --nocapture`); what must not happen is a wrong proof.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops where something is not as expected"
)]

use std::fs;
use std::path::Path;

use testkit::{Case, Scored};
use toml::{Table, Value};

/// Texts that say the same.
fn wordings() -> Vec<Vec<String>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("wordings.toml");
    let table: Table = fs::read_to_string(file).unwrap().parse().unwrap();
    let groups = table["wording"].as_array().unwrap().iter();
    let texts = |group: &Value| {
        let texts = group["texts"].as_array().unwrap().iter();
        texts.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    groups.map(texts).collect()
}

/// FNV-1a: the same number for a name on every machine.
fn number(name: &str) -> usize {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        as usize
}

/// The case with another wording in its documents, if it holds one that is known.
fn reworded(case: &Case, groups: &[Vec<String>]) -> Option<Case> {
    let mut changed = false;
    let mut documents = Vec::new();
    for (name, bytes) in &case.documents {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        for texts in groups {
            let Some(at) = texts.iter().position(|known| text.contains(known.as_str())) else { continue };
            let step = 1 + number(&case.name) % (texts.len() - 1);
            text = text.replace(texts[at].as_str(), &texts[(at + step) % texts.len()]);
            changed = true;
        }
        documents.push((name.clone(), text.into_bytes()));
    }
    changed.then(|| Case {
        name: case.name.clone(),
        cause: case.cause.clone(),
        accept: case.accept.clone(),
        root: case.root.clone(),
        soft: case.soft,
        blind: case.blind,
        undecidable: case.undecidable.clone(),
        public: case.public,
        documents,
    })
}

#[test]
fn other_versions_and_languages_are_not_wrongly_proven() {
    let groups = wordings();
    assert!(groups.iter().all(|texts| texts.len() > 1), "a wording without another is none");
    let cases: Vec<Case> = Case::all().unwrap().into_iter().filter(|case| !case.soft).collect();
    let changeable: Vec<Case> = cases.iter().filter_map(|case| reworded(case, &groups)).collect();
    let third = |case: &Case| number(&case.name).is_multiple_of(3);
    let whole: Vec<Scored> = cases
        .iter()
        .map(|case| match reworded(case, &groups).filter(third) {
            Some(other) => Scored::new(&other),
            None => Scored::new(case),
        })
        .collect();
    let every: Vec<Scored> = changeable.iter().map(Scored::new).collect();
    report("all cases, a third of the known wordings replaced", &whole);
    report("only the cases with a known wording, all replaced", &every);
    let wrong = whole.iter().chain(&every).filter(|scored| scored.wrongly_proven());
    let wrong: Vec<String> = wrong.map(Scored::line).collect();
    assert!(wrong.is_empty(), "wrongly proven: {wrong:#?}");
}

fn report(title: &str, scored: &[Scored]) {
    let share = |count: usize| 100.0 * count as f64 / scored.len().max(1) as f64;
    let first = scored.iter().filter(|scored| scored.rank == Some(1)).count();
    let third = scored.iter().filter(|scored| scored.rank.is_some_and(|rank| rank <= 3)).count();
    println!("{title}: {}", scored.len());
    println!("  true cause first {:.1} %, among the first three {:.1} %", share(first), share(third));
    for scored in scored.iter().filter(|scored| scored.rank != Some(1)).take(12) {
        println!("  {}", scored.line());
    }
}
