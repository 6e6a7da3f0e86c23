//! Lines that do not fit in memory wait in a file of the temporary folder. It holds no text but the values that groups are
//! made of, has no name any more where the system allows that, and is gone with the program.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use logs::group::Names;
use logs::{Place, Traits};

use super::attribute::Attributions;
use super::refusals::{Line, Log, Part};

/// A file of lines, written and then read.
pub(super) struct Spill {
    file: BufWriter<File>,
    /// How many lines it holds.
    pub(super) lines: u64,
    record: Vec<u8>,
    /// Where the file must be removed from in the end.
    path: Option<PathBuf>,
}

/// Bytes that are written, and read, at once.
const BUFFER: usize = 8 * 1024;

impl Spill {
    /// An empty one.
    ///
    /// # Errors
    /// Where the temporary folder cannot be written to.
    pub(super) fn new() -> io::Result<Spill> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("why403-logs-{}-{number}", std::process::id()));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let path = if cfg!(unix) && std::fs::remove_file(&path).is_ok() { None } else { Some(path) };
        Ok(Spill { file: BufWriter::with_capacity(BUFFER, file), lines: 0, record: Vec::new(), path })
    }

    /// Appends a line of a log.
    ///
    /// # Errors
    /// Where the file cannot be written, such as on a full disk.
    pub(super) fn push(
        &mut self,
        log: Log,
        line: &Line,
        names: &Names,
        attributions: &Attributions,
    ) -> io::Result<()> {
        let record = &mut self.record;
        record.clear();
        record.extend_from_slice(&(log.0 as u64).to_le_bytes());
        record.push(u8::from(log.1) | u8::from(line.zoned) << 1 | u8::from(line.denied) << 2);
        record.push(line.part as u8);
        line.traits.store(record);
        record.extend_from_slice(&line.file.to_le_bytes());
        for number in [line.place.line, line.place.offset, line.place.length] {
            record.extend_from_slice(&number.to_le_bytes());
        }
        record.extend_from_slice(&attributions.number(line.attribution).to_le_bytes());
        for value in line.values.iter().map(|number| names.get(*number)) {
            let length = value.map_or(u32::MAX, |text| text.len() as u32);
            record.extend_from_slice(&length.to_le_bytes());
            record.extend_from_slice(value.unwrap_or_default().as_bytes());
        }
        let whole = std::mem::take(record);
        let pushed = self.push_raw(&whole);
        self.record = whole;
        pushed
    }

    /// Appends a record of another file.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub(super) fn push_raw(&mut self, record: &[u8]) -> io::Result<()> {
        self.file.write_all(&(record.len() as u32).to_le_bytes())?;
        self.file.write_all(record)?;
        self.lines += 1;
        Ok(())
    }

    /// Shows every record in the order in which they were written.
    ///
    /// # Errors
    /// Where the file cannot be read or written.
    pub(super) fn each(&mut self, see: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.file.flush()?;
        let file = self.file.get_mut();
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BufReader::with_capacity(BUFFER, &*file);
        let mut record = Vec::new();
        for _ in 0..self.lines {
            let mut length = [0; 4];
            reader.read_exact(&mut length)?;
            record.resize(u32::from_le_bytes(length) as usize, 0);
            reader.read_exact(&mut record)?;
            see(&record)?;
        }
        file.seek(SeekFrom::End(0))?;
        Ok(())
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Nobody can be told; the folder is for what is temporary.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The log of a record, and what of it is compared.
pub(super) fn traits(record: &[u8]) -> Option<(Log, Traits)> {
    let mut rest = record;
    let (log, _, _) = head(&mut rest)?;
    Some((log, Traits::restore(&mut rest)?))
}

/// The line of a record; its values get numbers among `names`.
pub(super) fn line(record: &[u8], names: &mut Names, attributions: &Attributions) -> Option<(Log, Line)> {
    let mut rest = record;
    let (log, flags, part) = head(&mut rest)?;
    let traits = Traits::restore(&mut rest)?;
    let file = number32(&mut rest)?;
    let place = Place { line: number(&mut rest)?, offset: number(&mut rest)?, length: number(&mut rest)? };
    let attribution = attributions.get(number32(&mut rest)?)?;
    let mut values = Vec::new();
    while !rest.is_empty() {
        let text = match number32(&mut rest)? {
            u32::MAX => None,
            length => {
                let (text, behind) = rest.split_at_checked(length as usize)?;
                rest = behind;
                Some(std::str::from_utf8(text).ok()?)
            }
        };
        values.push(names.number(text));
    }
    let (zoned, denied, values) = (flags & 2 != 0, flags & 4 != 0, values.into_boxed_slice());
    Some((log, Line { traits, file, place, zoned, part, denied, attribution, values }))
}

fn head(rest: &mut &[u8]) -> Option<(Log, u8, Part)> {
    let set = usize::try_from(number(rest)?).ok()?;
    let ([flags, part], behind) = rest.split_first_chunk()?;
    *rest = behind;
    let part = [Part::Context, Part::Words, Part::Status].into_iter().find(|own| *own as u8 == *part)?;
    Some(((set, flags & 1 != 0), *flags, part))
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let (bytes, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u64::from_le_bytes(*bytes))
}

fn number32(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u32::from_le_bytes(*bytes))
}
