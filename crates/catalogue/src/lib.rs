//! What why403 knows: the closed list of causes, one file each under `causes/`, and the emitters, one TOML file each
//! under `emitters/`.

pub mod causes;
pub mod cors;
pub mod emitters;
mod recognise;

pub use causes::CAUSES;
pub use recognise::{Recogniser, recognise};

/// Everything that inference needs to know about the field.
pub static CATALOGUE: model::Catalogue = model::Catalogue { causes: CAUSES, recognise };
