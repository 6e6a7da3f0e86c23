//! What why403 knows: the closed list of causes, one file each under `causes/`, and the emitters, one TOML file each
//! under `emitters/`.

pub mod causes;

pub use causes::CAUSES;
