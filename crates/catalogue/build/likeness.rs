//! Learns what words speak of: naive Bayes over the signatures' own texts, the causes' pages, and `sentences/*.txt`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

use crate::pages;

#[path = "../src/likeness/features.rs"]
#[expect(dead_code, reason = "where a feature stands matters to the search alone")]
mod features;

/// What a feature is held to have been seen with by chance, in texts: it keeps a word seen once from saying much.
const CHANCE: f64 = 1.5;

/// How much it counts that programs tell of one cause more often than of another: the search divides what the words say.
const OFTEN: f64 = 2.0;

/// How much a page of a cause counts, in sentences.
const PAGE: f64 = 2.0;

/// Stands for a cause in the sentences that tell of none; its number is the one behind the last cause's.
const NOTHING: &str = "nothing";

/// The texts that speak of each cause, as counted features.
pub(crate) struct Learner {
    causes: Vec<String>,
    /// For each cause how many texts speak of it.
    texts: Vec<f64>,
    /// For each feature in how many texts of each cause it stands.
    seen: HashMap<u32, Vec<f64>>,
}

impl Learner {
    /// Reads the causes' titles, their pages and the sentences.
    pub(crate) fn new() -> Learner {
        let list = fs::read_to_string("causes.txt").expect("the list of causes is part of the crate");
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        let causes: Vec<String> =
            lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
        let texts = vec![0.0; causes.len() + 1];
        let mut learner = Learner { causes, texts, seen: HashMap::new() };
        learner.pages();
        learner.causes.push(NOTHING.to_owned());
        learner.sentences();
        learner
    }

    fn pages(&mut self) {
        for cause in self.causes.clone() {
            let path = format!("src/causes/{}.rs", cause.replace('.', "/").replace('-', "_"));
            println!("cargo:rerun-if-changed={path}");
            let Ok(source) = fs::read_to_string(&path) else { panic!("{path} is the page of {cause}") };
            let page = pages::text(&source);
            let (page, _) = page.split_once("# References").unwrap_or((&page, ""));
            self.learn(page, &[cause], PAGE);
        }
    }

    fn sentences(&mut self) {
        println!("cargo:rerun-if-changed=sentences");
        let folder = fs::read_dir("sentences").expect("the folder sentences is part of the crate");
        let mut files: Vec<_> = folder.map(|entry| entry.expect("a readable folder").path()).collect();
        files.sort();
        for file in files {
            let text = fs::read_to_string(&file).expect("a readable file");
            let mut cause = None;
            for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
                match (line.strip_prefix("  "), &cause) {
                    (Some(sentence), Some(cause)) => self.learn(sentence, std::slice::from_ref(cause), 1.0),
                    _ => cause = Some(line.trim().to_owned()),
                }
            }
        }
    }

    /// Learns from a signature: its texts and its example, and what they mean.
    pub(crate) fn signature(&mut self, table: &Table) {
        let list = |key: &str| -> Vec<String> {
            let items = table.get(key).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or("");
        let causes = [list("proves"), list("supports")].concat();
        if causes.is_empty() {
            return;
        }
        let body = text("exchange").rsplit_once("\n\n").map_or("", |(_, body)| body);
        let said = format!("{}\n{}\n{}\n{body}", text("text"), list("or").join("\n"), text("example"));
        let share = 1.0 / causes.len() as f64;
        self.learn(&format!("{said}\n{}", text("meaning")), &causes, share);
    }

    fn learn(&mut self, text: &str, causes: &[String], share: f64) {
        let mut hashes: Vec<u32> = features::features(text).into_iter().map(|feature| feature.hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        for cause in causes {
            let Some(number) = self.causes.iter().position(|known| known == cause) else {
                panic!("{cause} is no cause of the list")
            };
            self.texts[number] += share;
            for &hash in &hashes {
                let counts = self.seen.entry(hash).or_insert_with(|| vec![0.0; self.texts.len()]);
                counts[number] += share;
            }
        }
    }

    /// Writes the table that the search reads: the number of features; their hashes, in order; where the weights of each
    /// [`features::BLOCK`]th begin; how many each feature has; the weights, pairs of a cause's number and a weight; last, for each
    /// cause how often it is told of.
    pub(crate) fn write(&self, path: &Path) {
        let all: f64 = self.texts.iter().sum();
        let fewest = self.texts.iter().copied().fold(f64::INFINITY, f64::min);
        let often = |texts: &f64| ((texts / fewest).ln() * OFTEN * features::STEPS).min(255.0) as u8;
        let mut hashes: Vec<u32> = self.seen.keys().copied().collect();
        hashes.sort_unstable();
        let (mut begins, mut counts, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (number, hash) in hashes.iter().enumerate() {
            if number % features::BLOCK == 0 {
                begins.extend((weights.len() as u32 / 2).to_le_bytes());
            }
            let before = weights.len();
            self.weigh(*hash, all, &mut weights);
            counts.push(((weights.len() - before) / 2) as u8);
        }
        let mut table = (hashes.len() as u32).to_le_bytes().to_vec();
        table.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
        table.extend(begins);
        table.extend(counts);
        table.extend(weights);
        table.extend(self.texts.iter().map(often));
        fs::write(path, table).expect("a writable OUT_DIR");
    }

    /// For which causes a feature speaks, and how much.
    fn weigh(&self, hash: u32, all: f64, weights: &mut Vec<u8>) {
        let counts = &self.seen[&hash];
        let share = counts.iter().sum::<f64>() / all;
        for (number, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let here = (count + CHANCE * share) / (self.texts[number] + CHANCE);
            // A word that another cause never had counts -1 there: the search adds only what is more.
            let weight = ((here / share).ln() + 1.0) * features::STEPS;
            if weight >= 1.0 {
                weights.extend([number as u8, weight.min(255.0) as u8]);
            }
        }
    }
}
