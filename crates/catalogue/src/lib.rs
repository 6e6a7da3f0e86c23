//! What why403 knows: the closed list of causes, one file each under `causes/`, and the emitters, one TOML file each
//! under `emitters/`; and what the words of refusals resemble, learned from both and from `sentences/`.

pub mod causes;
pub mod cors;
pub mod emitters;
mod likeness;
mod recognise;

pub use causes::CAUSES;
pub use recognise::{Recogniser, recognise};

/// Everything that inference needs to know about the field.
pub static CATALOGUE: model::Catalogue =
    model::Catalogue { causes: CAUSES, recognise, alike: likeness::alike };
