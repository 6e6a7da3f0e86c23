//! Trust in the server's certificate, and a note of every certificate that was shown, trusted or not.

use std::sync::{Arc, Mutex, PoisonError};

use model::ClientCertificate;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{ResolvesClientCert, WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::certificate;

/// What a handshake showed.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The chain, the server's own certificate first.
    pub(crate) chain: Mutex<Vec<CertificateDer<'static>>>,
    /// Whether the server asked for a certificate of ours.
    pub(crate) client: Mutex<ClientCertificate>,
}

/// Whom to trust.
#[derive(Debug)]
pub(crate) enum Trust {
    /// Any certificate (`-k`).
    Anyone,
    /// Chains that end in a trusted root; `None` where there is no root at all.
    Roots(Option<Arc<WebPkiServerVerifier>>, Vec<CertificateDer<'static>>),
}

/// Checks the server's certificate and keeps it.
#[derive(Debug)]
pub(crate) struct Verifier {
    pub(crate) trust: Trust,
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) seen: Arc<Seen>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(own).chain(others).map(|der| der.clone().into_owned()).collect();
        *self.seen.chain.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        match &self.trust {
            Trust::Anyone => Ok(ServerCertVerified::assertion()),
            Trust::Roots(_, roots) if roots.iter().any(|root| root.as_ref() == own.as_ref()) => {
                verify_pinned(own, name, now)
            }
            Trust::Roots(None, _) => Err(CertificateError::UnknownIssuer.into()),
            Trust::Roots(Some(verifier), _) => verifier.verify_server_cert(own, others, name, stapled, now),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A certificate that is itself among the trusted roots, as with `--cacert` and a self-signed one. OpenSSL, and so curl,
/// accepts it; the path builder of webpki does not, so its name and dates are checked here.
fn verify_pinned(
    own: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
    let decoded = certificate::decode(own).ok_or(CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < decoded.not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > decoded.not_after {
        return Err(CertificateError::Expired.into());
    }
    Ok(ServerCertVerified::assertion())
}

/// Hands out the client certificate, and notes that it was asked for.
#[derive(Debug)]
pub(crate) struct ClientIdentity {
    pub(crate) key: Option<Arc<CertifiedKey>>,
    pub(crate) seen: Arc<Seen>,
}

impl ResolvesClientCert for ClientIdentity {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let state = match self.key {
            Some(_) => ClientCertificate::Shown,
            None => ClientCertificate::AskedAndMissing,
        };
        *self.seen.client.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}
