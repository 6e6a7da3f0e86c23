//! Reads an entry again by its place.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::input::{self, Input, Part};
use crate::read::LONGEST;
use crate::record::Place;

/// The text of an entry that a scan found: straight from its place in a plain file, by reading up to it in a packed one.
pub fn entry(path: &Path, place: Place) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let length = place.length.min(LONGEST as u64);
    match input::open(path, &Arc::default())? {
        Input::Plain { file, .. } => {
            Part { file: &file, at: place.offset }.take(length).read_to_end(&mut text)?;
        }
        Input::Stream(mut stream) => {
            io::copy(&mut stream.by_ref().take(place.offset), &mut io::sink())?;
            stream.take(length).read_to_end(&mut text)?;
        }
    }
    Ok(text)
}
