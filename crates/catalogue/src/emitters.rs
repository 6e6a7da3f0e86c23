//! The emitters: static tables made from `emitters/*.toml` when the crate is built.

use model::{Emitter, Family, Layer, Place, Signature, Weight};

include!(concat!(env!("OUT_DIR"), "/emitters.rs"));

/// All emitters, by id.
#[must_use]
pub fn all() -> &'static [Emitter] {
    EMITTERS
}

/// The emitter of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Emitter> {
    EMITTERS.iter().find(|emitter| emitter.id == id)
}
