//! Why there is no TLS session.

use model::{ClientCertificate, TlsFault};
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

/// The fault behind an error of the TLS library.
pub(crate) fn fault(error: &Error, client: ClientCertificate) -> TlsFault {
    match error {
        Error::InvalidCertificate(error) => certificate_fault(error),
        Error::AlertReceived(alert) => alert_fault(*alert, client),
        Error::PeerIncompatible(_) => TlsFault::NothingInCommon,
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => TlsFault::NotTls,
        _ => TlsFault::Other,
    }
}

fn certificate_fault(error: &CertificateError) -> TlsFault {
    use CertificateError as E;
    match error {
        E::Expired | E::ExpiredContext { .. } => TlsFault::Expired,
        E::NotValidYet | E::NotValidYetContext { .. } => TlsFault::NotYetValid,
        E::UnknownIssuer => TlsFault::UnknownIssuer,
        E::NotValidForName | E::NotValidForNameContext { .. } => TlsFault::WrongName,
        // A root that serves as the server's own certificate and is trusted by nobody: self-signed.
        E::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => TlsFault::UnknownIssuer,
        _ => TlsFault::BadCertificate,
    }
}

fn alert_fault(alert: AlertDescription, client: ClientCertificate) -> TlsFault {
    use AlertDescription as A;
    match alert {
        A::CertificateRequired => TlsFault::ClientCertificateMissing,
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA
        | A::AccessDenied
        | A::DecryptError
        | A::HandshakeFailure => match client {
            ClientCertificate::Shown => TlsFault::ClientCertificateRejected,
            ClientCertificate::AskedAndMissing => TlsFault::ClientCertificateMissing,
            ClientCertificate::NotAsked if alert == A::HandshakeFailure => TlsFault::NothingInCommon,
            ClientCertificate::NotAsked => TlsFault::Alert,
        },
        A::ProtocolVersion | A::InsufficientSecurity => TlsFault::NothingInCommon,
        _ => TlsFault::Alert,
    }
}

/// What this fault is in a sentence.
pub(crate) fn describe(fault: TlsFault) -> &'static str {
    match fault {
        TlsFault::Expired => "the server's certificate has expired",
        TlsFault::NotYetValid => "the server's certificate is not valid yet",
        TlsFault::UnknownIssuer => "no trusted root stands behind the server's certificate",
        TlsFault::WrongName => "the server's certificate is for other names",
        TlsFault::BadCertificate => "the server's certificate cannot be used",
        TlsFault::ClientCertificateMissing => "the server wants a client certificate and got none",
        TlsFault::ClientCertificateRejected => "the server did not accept the client certificate",
        TlsFault::NothingInCommon => "client and server have no TLS version or cipher in common",
        TlsFault::NotTls => "what answers there does not speak TLS",
        TlsFault::Alert => "the server ended the TLS session with an alert",
        TlsFault::Other => "the TLS session failed",
    }
}
