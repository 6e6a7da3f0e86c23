//! What the findings of a cause are worth beside what all the words resemble.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as expected")]

use inference::{Numbers, Observed, probabilities};
use model::Weight;

/// The probabilities of two causes of which this was found, among all others of which nothing was.
fn said(one: (&[Weight], f64, bool), other: (&[Weight], f64, bool)) -> (f64, f64) {
    let mut observed: Vec<Observed> =
        catalogue::CATALOGUE.causes.iter().map(|cause| Observed::nothing(cause)).collect();
    let places = ["csrf.token-missing", "authz.permission-missing"]
        .map(|id| observed.iter().position(|one| one.cause.id == id).unwrap());
    for (place, (weights, likeness, shown)) in places.into_iter().zip([one, other]) {
        let found = observed.get_mut(place).unwrap();
        found.weights = weights.to_vec();
        found.likeness = likeness;
        found.shown = shown;
    }
    let shares = probabilities(&observed, &Numbers::FITTED);
    assert!(shares.iter().sum::<f64>() <= 0.99 + 1e-9);
    (*shares.get(places[0]).unwrap(), *shares.get(places[1]).unwrap())
}

const NOTHING: (&[Weight], f64, bool) = (&[], 0.0, false);

#[test]
fn a_text_is_trusted_less_where_the_words_resemble_another_cause() {
    let (alike, _) = said((&[Weight::Supports], 0.95, false), NOTHING);
    let (unlike, other) = said((&[Weight::Supports], 0.0, false), (&[], 0.95, false));
    assert!(alike > 0.85, "{alike}");
    assert!(unlike < alike - 0.2 && other > 0.1, "{unlike} {other}");
}

#[test]
fn a_proof_stays_one_whatever_the_words_resemble() {
    let (proven, _) = said((&[Weight::Proves], 0.0, false), (&[], 0.99, false));
    assert!(proven > 0.9, "{proven}");
}

#[test]
fn no_words_make_doubtful_what_an_experiment_or_a_walk_shows() {
    let (shown, _) = said((&[Weight::Supports], 0.0, true), (&[], 0.99, false));
    let (said_only, _) = said((&[Weight::Supports], 0.0, false), (&[], 0.99, false));
    assert!(shown > 0.9 && shown > said_only, "{shown} {said_only}");
}

#[test]
fn what_is_excluded_has_no_share() {
    let (excluded, rest) =
        said((&[Weight::Excludes, Weight::Proves], 0.9, false), (&[Weight::Hints], 0.1, false));
    assert!(excluded == 0.0 && rest > 0.0, "{excluded} {rest}");
}

#[test]
fn further_hints_add_less_than_the_first() {
    let (one, _) = said((&[Weight::Hints], 0.0, false), (&[Weight::Supports], 0.0, false));
    let (two, _) = said((&[Weight::Hints, Weight::Hints], 0.0, false), (&[Weight::Supports], 0.0, false));
    assert!(one < two && two < 0.5, "{one} {two}");
}
