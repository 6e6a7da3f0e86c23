//! What went wrong, in the model's words.

use std::io;

use model::{ClientCertificate, Failure, FailureKind, Phase};
use tokio_rustls::rustls;

use crate::tls;

/// A failure of this kind, in this phase.
pub(crate) fn failure(kind: FailureKind, phase: Phase, words: impl Into<String>) -> Failure {
    Failure { kind, phase, words: words.into() }
}

/// The operating system's error on a connection, or that of the TLS session on it.
pub(crate) fn from_io(error: &io::Error, phase: Phase) -> Failure {
    // After the handshake, an alert about certificates is about ours: TLS 1.3 refuses it only then.
    from_session(error, ClientCertificate::Shown, phase)
}

/// The same, where it is known whether the server asked for a client certificate.
pub(crate) fn from_session(error: &io::Error, client: ClientCertificate, phase: Phase) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(inner) => {
            let fault = tls::fault(inner, client);
            failure(FailureKind::Tls(fault), phase, format!("{} ({inner})", tls::describe(fault)))
        }
        None => from_system(error, phase),
    }
}

fn from_system(error: &io::Error, phase: Phase) -> Failure {
    use io::ErrorKind as Kind;
    let (kind, what) = match error.kind() {
        Kind::ConnectionRefused | Kind::NotFound | Kind::PermissionDenied => {
            (FailureKind::Refused, "the connection was refused")
        }
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => {
            (FailureKind::Reset, "the connection was reset")
        }
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::AddrNotAvailable => {
            (FailureKind::Unreachable, "the address cannot be reached")
        }
        Kind::TimedOut => (FailureKind::TimedOut, "the time allowed was over"),
        _ => (FailureKind::Closed, "the connection was closed"),
    };
    failure(kind, phase, format!("{what} while {} ({error})", phase.doing()))
}
