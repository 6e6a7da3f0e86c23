//! The join of three logs of the same requests.

use std::path::PathBuf;

use logs::{Field, Format, Options, Record, Sink, Traits};

use crate::generator::WITH_IDS;

/// Keeps what the join compares, and whether the line says why.
#[derive(Default)]
struct Told(Vec<(Traits, bool)>);

impl Sink for Told {
    fn part(&self) -> Told {
        Told::default()
    }

    fn refusal(&mut self, record: &Record<'_>) {
        let rule = || record.rules().iter().any(|rule| !rule.is_bookkeeping() && rule.id.is_some());
        let told = || record.get(Field::Message).is_some_and(|said| said.contains("forbidden by rule"));
        self.0.push((Traits::of(record), told() || rule()));
    }

    fn append(&mut self, mut part: Told, _lines: u64) {
        self.0.append(&mut part.0);
    }
}

/// The refused requests of which another log says why: as many as there are, when the join is right.
pub(crate) fn join(files: &[PathBuf]) -> u64 {
    // The access log's format is known, as from the server's configuration.
    let candidates = Format::from_nginx_log_format(WITH_IDS).into_iter().collect();
    let options = Options { threads: 1, candidates, ..Options::default() };
    let mut told: Vec<Vec<bool>> = Vec::new();
    let mut traits: Vec<Vec<Traits>> = Vec::new();
    for file in files {
        let found = logs::scan(std::slice::from_ref(file), &options, Told::default(), &|_| {});
        let (own, whether) = found.sink.0.into_iter().unzip();
        traits.push(own);
        told.push(whether);
    }
    let whole = |story: &&logs::Story| {
        story.lines.len() == 2
            && story.lines.iter().filter(|(file, _)| *file == 0).count() == 1
            && story.lines.iter().any(|(file, line)| told[*file][*line])
    };
    logs::join_traits(&traits).stories.iter().filter(whole).count() as u64
}
