//! Opens files: plain ones for reading in parts, compressed ones and streams in one go.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

/// Bytes read at once. Small enough that what was read is still in the second-level cache when it is searched.
pub(super) const BLOCK: usize = 256 * 1024;

/// Reads from files begin at multiples of this, where possible.
pub(super) const PAGE: u64 = 4096;

/// An opened log.
pub(super) enum Input {
    /// Parts of it can be read at the same time.
    Plain { file: File, length: u64 },
    /// It can only be read from the beginning.
    Stream(Box<dyn Read + Send>),
}

/// Counts the stored bytes that a decompressor has taken.
struct Counted<R> {
    inner: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Opens a file by what it holds, whatever its name is; `taken` counts stored bytes of compressed ones.
pub(super) fn open(path: &Path, taken: &Arc<AtomicU64>) -> io::Result<Input> {
    let mut file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "this is a folder; name the files in it"));
    }
    if !meta.is_file() {
        return Ok(Input::Stream(Box::new(file)));
    }
    let mut magic = [0; 4];
    let count = file.read(&mut magic)?;
    io::Seek::seek(&mut file, io::SeekFrom::Start(0))?;
    let counted = |file| Counted { inner: file, taken: Arc::clone(taken) };
    match &magic[..count] {
        [0x1f, 0x8b, ..] => Ok(Input::Stream(gzip(Box::new(counted(file))))),
        #[cfg(feature = "zstd")]
        [0x28, 0xb5, 0x2f, 0xfd] => Ok(Input::Stream(Box::new(zstd::Decoder::new(counted(file))?))),
        #[cfg(not(feature = "zstd"))]
        [0x28, 0xb5, 0x2f, 0xfd] => Err(io::Error::other("zstd is not built in; decompress it first")),
        [b'B', b'Z', b'h', _] => Err(io::Error::other("bzip2 is not read; decompress it first")),
        [0xfd, b'7', b'z', b'X'] => Err(io::Error::other("xz is not read; decompress it first")),
        _ => Ok(Input::Plain { file, length: meta.len() }),
    }
}

/// All members of a gzip file, which `cat a.gz b.gz` and some log rotations make.
fn gzip(file: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(64 * 1024, file)))
}

/// Fills a buffer as far as the stream goes.
pub(super) fn fill(stream: &mut dyn Read, buffer: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

/// Reads a part of a file in blocks, from wherever it begins.
pub(super) struct Part<'f> {
    pub(super) file: &'f File,
    pub(super) at: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.at)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(self.file, buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}
