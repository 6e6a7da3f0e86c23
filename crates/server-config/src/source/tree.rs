//! The file tree that a configuration is read from: a disk, a copy of one, or files in memory.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::glob;

/// No configuration file is read beyond this size; real ones are a thousand times smaller.
pub const MAX_FILE_BYTES: u64 = 32 << 20;

/// Symbolic links followed for one path, as Linux does (`path_resolution(7)`).
const MAX_LINKS: u32 = 40;

/// A server's files, seen under the paths that the server uses.
#[derive(Debug, Clone)]
pub struct FileTree {
    kind: Kind,
    /// Files put over the tree: what a fix would make of them.
    over: BTreeMap<String, Arc<[u8]>>,
}

#[derive(Debug, Clone)]
enum Kind {
    Disk { root: PathBuf, coverage: Coverage },
    Memory { files: BTreeMap<String, Arc<[u8]>>, coverage: Coverage },
}

/// Whether a file that is not in the tree is known to be absent from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// The tree is the server's: what is not in it does not exist.
    Whole,
    /// The tree is a part, as a pasted dump is: what is not in it is unknown.
    Part,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Neither: a socket, a device, a pipe.
    Special,
    /// Nothing.
    Absent,
    /// The tree cannot tell: it is a part, or we may not look.
    Unknown,
}

/// A symbolic link, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Link and target have the same owner.
    SameOwner,
    /// They have different owners, or there is no target.
    OtherOwner,
    /// The owners cannot be seen.
    Unseen,
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("there is no such file")]
    Absent,
    /// The file was not among those given.
    #[error("the file was not given")]
    NotGiven,
    /// It is a directory, a pipe or a device.
    #[error("it is no regular file")]
    NotRegular,
    /// The operating system refused.
    #[error("it cannot be read: {0}")]
    Refused(String),
    /// The file is larger than [`MAX_FILE_BYTES`].
    #[error("it is larger than {} MB", MAX_FILE_BYTES >> 20)]
    TooLarge,
}

impl FileTree {
    /// This machine's own files.
    pub fn live() -> Self {
        Self::rooted("/")
    }

    /// This machine's files, where nobody said that the server runs here: a configuration may be a copy of another
    /// machine's. What is missing below a directory that any machine has is then unknown.
    pub fn perhaps_live() -> Self {
        let kind = Kind::Disk { root: PathBuf::from("/"), coverage: Coverage::Part };
        Self { kind, over: BTreeMap::new() }
    }

    /// A copy of a server's files below a directory; links are followed inside it and never lead out.
    pub fn rooted(root: impl Into<PathBuf>) -> Self {
        let kind = Kind::Disk { root: root.into(), coverage: Coverage::Whole };
        Self { kind, over: BTreeMap::new() }
    }

    /// Files in memory: tests, pasted documents and dumps.
    pub fn in_memory<P: Into<String>, B: Into<Vec<u8>>>(
        coverage: Coverage,
        files: impl IntoIterator<Item = (P, B)>,
    ) -> Self {
        let files = files
            .into_iter()
            .map(|(path, bytes)| (normalise(&path.into()), Arc::from(bytes.into())))
            .collect();
        Self { kind: Kind::Memory { files, coverage }, over: BTreeMap::new() }
    }

    /// The same tree with another text in one file: to try a change without making it.
    #[must_use]
    pub fn with_file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.over.insert(normalise(path), Arc::from(bytes.into()));
        self
    }

    /// The bytes of a file.
    pub fn read(&self, path: &str) -> Result<Arc<[u8]>, ReadError> {
        if let Some(bytes) = self.over.get(&normalise(path)) {
            return Ok(bytes.clone());
        }
        match &self.kind {
            Kind::Disk { root, .. } => match resolve(root, path).and_then(|path| read_disk(&path)) {
                Err(ReadError::Absent) if !self.covers(path) => Err(ReadError::NotGiven),
                read => read,
            },
            Kind::Memory { files, coverage } => match files.get(&normalise(path)) {
                Some(bytes) if bytes.len() as u64 > MAX_FILE_BYTES => Err(ReadError::TooLarge),
                Some(bytes) => Ok(bytes.clone()),
                None if *coverage == Coverage::Whole => Err(ReadError::Absent),
                None => Err(ReadError::NotGiven),
            },
        }
    }

    /// What is at a path, links followed.
    pub fn entry(&self, path: &str) -> Entry {
        match &self.kind {
            Kind::Disk { root, .. } => match entry_on_disk(root, path) {
                Entry::Absent if !self.covers(path) => Entry::Unknown,
                entry => entry,
            },
            Kind::Memory { files, coverage } => {
                let path = normalise(path);
                if files.contains_key(&path) && !path.ends_with('/') {
                    return Entry::File;
                }
                let below = if path.ends_with('/') { path } else { format!("{path}/") };
                match files.range(below.clone()..).next() {
                    Some((first, _)) if first.starts_with(&below) => Entry::Directory,
                    _ if *coverage == Coverage::Whole => Entry::Absent,
                    _ => Entry::Unknown,
                }
            }
        }
    }

    /// The symbolic link at a path; `None` for anything else. Files in memory are no links.
    pub fn link(&self, path: &str) -> Option<Link> {
        let Kind::Disk { root, .. } = &self.kind else { return None };
        let path = path.trim_end_matches('/');
        let (directory, name) = path.rsplit_once('/')?;
        let here = resolve(root, if directory.is_empty() { "/" } else { directory }).ok()?.join(name);
        let own = fs::symlink_metadata(&here).ok().filter(fs::Metadata::is_symlink)?;
        let target = resolve(root, path).and_then(|target| fs::metadata(target).map_err(read_error));
        Some(match target {
            Ok(target) if target.uid() == own.uid() => Link::SameOwner,
            Ok(_) | Err(ReadError::Absent) => Link::OtherOwner,
            Err(_) => Link::Unseen,
        })
    }

    /// The names in a directory, sorted by bytes; empty when there is none or it may not be listed.
    pub fn list(&self, directory: &str) -> Vec<String> {
        let mut names: Vec<String> = match &self.kind {
            Kind::Disk { root, .. } => {
                let entries = resolve(root, directory).ok().and_then(|path| fs::read_dir(path).ok());
                let entries = entries.into_iter().flatten().flatten();
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
            }
            Kind::Memory { files, .. } => {
                let directory = normalise(directory);
                let below = format!("{}/", directory.trim_end_matches('/'));
                let inside = files.range(below.clone()..).take_while(|(path, _)| path.starts_with(&below));
                let first = |path: &str| path[below.len()..].split('/').next().map(str::to_owned);
                inside.filter_map(|(path, _)| first(path)).filter(|name| !name.is_empty()).collect()
            }
        };
        names.sort();
        names.dedup();
        names
    }

    /// The paths that a shell pattern names, sorted; a pattern without wildcards names itself if it exists.
    pub fn glob(&self, pattern: &str) -> Vec<String> {
        glob::expand(pattern, &|directory| self.list(directory), &|path| {
            !matches!(self.entry(path), Entry::Absent | Entry::Unknown)
        })
    }

    /// Whether what is not in the tree at a path, or at what a pattern names, is known to be absent from the server.
    pub fn covers(&self, path: &str) -> bool {
        match &self.kind {
            Kind::Disk { coverage, .. } => *coverage == Coverage::Whole || !is_elsewhere(path),
            Kind::Memory { coverage, .. } => *coverage == Coverage::Whole,
        }
    }

    /// The place on this machine's disk of a path of the server, links followed; `None` for files in memory.
    pub fn on_disk(&self, path: &str) -> Option<PathBuf> {
        match &self.kind {
            Kind::Disk { root, .. } => resolve(root, path).ok(),
            Kind::Memory { .. } => None,
        }
    }
}

/// Directories that any machine has (Filesystem Hierarchy Standard 3.0): that they are here says nothing of a server's files.
const COMMON: [&str; 22] = [
    "/",
    "/data",
    "/etc",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/run",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/lib",
    "/usr/local",
    "/usr/local/share",
    "/usr/share",
    "/var",
    "/var/lib",
    "/var/log",
    "/var/run",
    "/var/tmp",
    "/var/www",
];

/// Whether a path that is not here would begin to be missing at a directory that any machine has.
fn is_elsewhere(path: &str) -> bool {
    let mut above = Path::new(path).ancestors().skip(1);
    let nearest = above.find(|directory| directory.is_dir());
    nearest.is_none_or(|directory| COMMON.iter().any(|common| Path::new(common) == directory))
}

fn read_disk(path: &Path) -> Result<Arc<[u8]>, ReadError> {
    let metadata = fs::metadata(path).map_err(read_error)?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular);
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge);
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(read_error)?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(read_error)?;
    if bytes.len() as u64 > MAX_FILE_BYTES { Err(ReadError::TooLarge) } else { Ok(bytes.into()) }
}

fn entry_on_disk(root: &Path, path: &str) -> Entry {
    let found = resolve(root, path).and_then(|real| fs::metadata(real).map_err(read_error));
    match found {
        Ok(metadata) if metadata.is_dir() => Entry::Directory,
        // A trailing slash asks for a directory (ENOTDIR otherwise).
        Ok(_) if path.ends_with('/') => Entry::Absent,
        Ok(metadata) if metadata.is_file() => Entry::File,
        Ok(_) => Entry::Special,
        Err(ReadError::Absent) => Entry::Absent,
        Err(_) => Entry::Unknown,
    }
}

fn read_error(error: std::io::Error) -> ReadError {
    use std::io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    match error.kind() {
        NotFound | NotADirectory | InvalidFilename => ReadError::Absent,
        _ => ReadError::Refused(error.to_string()),
    }
}

/// Follows a path inside a root, so that absolute links stay in the copy as they do under chroot(2).
fn resolve(root: &Path, path: &str) -> Result<PathBuf, ReadError> {
    if root == Path::new("/") {
        return Ok(PathBuf::from(path));
    }
    let mut pending: Vec<PathBuf> = vec![PathBuf::from(path)];
    let mut inside: Vec<std::ffi::OsString> = Vec::new();
    let mut links = 0;
    while let Some(path) = pending.pop() {
        let mut components = path.components();
        let Some(first) = components.next() else { continue };
        let rest = components.as_path().to_path_buf();
        if !rest.as_os_str().is_empty() {
            pending.push(rest);
        }
        match first {
            Component::RootDir => inside.clear(),
            Component::ParentDir => drop(inside.pop()),
            Component::Normal(name) => {
                let here: PathBuf = root.join(inside.iter().collect::<PathBuf>()).join(name);
                match fs::symlink_metadata(&here) {
                    Ok(metadata) if metadata.is_symlink() => {
                        links += 1;
                        if links > MAX_LINKS {
                            return Err(ReadError::Refused("too many symbolic links".to_owned()));
                        }
                        pending.push(fs::read_link(&here).map_err(read_error)?);
                    }
                    Ok(_) => inside.push(name.to_owned()),
                    Err(error) => return Err(read_error(error)),
                }
            }
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Ok(root.join(inside.iter().collect::<PathBuf>()))
}

/// One spelling for each path in memory: no `.`, `..` or double slashes; a trailing slash stays.
fn normalise(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let leading = if path.starts_with('/') { "/" } else { "" };
    let trailing = if path.ends_with('/') && !parts.is_empty() { "/" } else { "" };
    format!("{leading}{}{trailing}", parts.join("/"))
}
