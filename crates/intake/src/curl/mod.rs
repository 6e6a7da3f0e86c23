//! `curl` command lines: what curl 7.88.1 would send over HTTP/1.1, byte for byte.
//!
//! Sources: the manual page of curl 7.88.1 and what that program sends, observed with a recording server.

mod address;
mod apply;
mod arguments;
mod auth;
mod aws;
mod config_file;
mod cookies;
mod data;
mod form;
mod glob;
mod ipv4;
mod lines;
mod multipart;
mod netrc;
mod operation;
mod options;
mod proxy;
mod punycode;
mod request;
mod route;
pub mod shell;
mod variable;

use std::io;

use model::Transfer;
use thiserror::Error;

pub(crate) use data::percent_encode;
use operation::Operation;

/// A command line, read.
#[derive(Clone, Debug)]
pub struct Command {
    /// The transfers it makes, in order.
    pub transfers: Vec<Transfer>,
    /// Options that would change the request or the connection and cannot be honoured, by name.
    pub unsupported: Vec<String>,
    /// Options without bearing on the request: output, retries, other protocols.
    pub ignored: Vec<String>,
    /// What curl would warn of.
    pub warnings: Vec<String>,
}

/// Why a command line cannot be read. curl refuses it as well, or needs what is not here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// No such option.
    #[error("option {0} is unknown to curl")]
    Unknown(String),
    /// The start of several options.
    #[error("option {0} is ambiguous: it is the start of several names")]
    Ambiguous(String),
    /// An option at the end that needs a value.
    #[error("option {0} needs a value")]
    ValueMissing(String),
    /// A value that curl does not take either.
    #[error("{0}")]
    Value(String),
    /// A file that the command line names.
    #[error("cannot read {0}: {1}")]
    File(String, String),
    /// A URL that cannot be asked.
    #[error("URL {0:?}: {1}")]
    Url(String, String),
    /// No URL at all.
    #[error("no URL is given")]
    NoUrl,
    /// Options that exclude each other.
    #[error("these exclude each other: {0}")]
    Conflict(&'static str),
    /// An error within a config file.
    #[error("config file {0}: {1}")]
    InConfig(String, Box<Error>),
}

/// What a command line takes from around it.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Reads a file; `-` is standard input.
    pub files: &'a dyn Fn(&str) -> io::Result<Vec<u8>>,
    /// Looks up a variable of the environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// Gives the 16 random characters of a multipart boundary.
    pub boundary: &'a dyn Fn() -> String,
    /// The time, in seconds since 1970: for cookies that expire and signatures.
    pub now: i64,
}

impl Surroundings<'_> {
    /// Reads a file, or says which one cannot be read.
    fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        (self.files)(name).map_err(|error| Error::File(name.to_owned(), error.to_string()))
    }
}

/// Reads the arguments behind the word `curl`, with the environment, clock and chance of this process.
///
/// # Errors
/// The arguments are none that curl takes, or a file cannot be read.
pub fn parse(args: &[String], files: &dyn Fn(&str) -> io::Result<Vec<u8>>) -> Result<Command, Error> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let environment = |name: &str| std::env::var(name).ok();
    let surroundings = Surroundings {
        files,
        environment: &environment,
        boundary: &chance,
        now: i64::try_from(now.as_secs()).unwrap_or(0),
    };
    parse_in(args, &surroundings)
}

/// Reads the arguments behind the word `curl` in given surroundings.
///
/// # Errors
/// As [`parse`].
pub fn parse_in(args: &[String], surroundings: &Surroundings<'_>) -> Result<Command, Error> {
    let mut arguments = arguments::Arguments::read(args, surroundings)?;
    let mut command = Command {
        transfers: Vec::new(),
        unsupported: Vec::new(),
        ignored: std::mem::take(&mut arguments.ignored),
        warnings: Vec::new(),
    };
    let operations = std::mem::take(&mut arguments.operations);
    if operations.iter().all(|operation| operation.urls.is_empty()) {
        return Err(Error::NoUrl);
    }
    for operation in operations.iter().filter(|operation| !operation.urls.is_empty()) {
        request::transfers(operation, surroundings, &mut command)?;
    }
    for name in arguments.unsupported {
        arguments::note(&mut command.unsupported, &name);
    }
    Ok(command)
}

/// 16 hexadecimal characters from the hash seeds that the standard library draws from the system.
fn chance() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
