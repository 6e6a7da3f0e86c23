//! How much one transfer may take: nothing that a server sends or withholds goes beyond these.

use std::time::Duration;

/// The limits of one transfer. The defaults suit a person who waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time for the whole transfer, redirects included. A shorter `--max-time` of the request wins.
    pub whole: Duration,
    /// Time to resolve, connect and agree on TLS, for each hop. A `--connect-timeout` of the request wins.
    pub connect: Duration,
    /// Time to wait for `100 Continue` before the body is sent all the same; curl waits as long (`--expect100-timeout`).
    pub expect: Duration,
    /// Bytes of an answer's header, interim answers and trailers included.
    pub header: usize,
    /// Bytes of a body that are kept.
    pub body_kept: usize,
    /// Bytes of a body that are read at all; then the connection is closed.
    pub body_read: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            whole: Duration::from_secs(60),
            connect: Duration::from_secs(20),
            expect: Duration::from_secs(1),
            header: 256 * 1024,
            body_kept: 4 * 1024 * 1024,
            body_read: 16 * 1024 * 1024,
        }
    }
}
