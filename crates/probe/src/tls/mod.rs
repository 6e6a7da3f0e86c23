//! TLS: whom to trust, what to show, and what the handshake agreed on.

mod certificate;
mod fault;
mod verify;

pub(crate) use fault::{describe, fault};

use std::fmt::Display;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use model::{ClientCertificate, Failure, FailureKind, Phase, TlsOptions, TlsSession};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};

use self::verify::{ClientIdentity, Seen, Trust, Verifier};
use crate::connection::Stream;
use crate::failure::{failure, from_session};
use crate::recorder::Recorder;

/// A TLS session.
pub(crate) struct Secured {
    /// The stream inside it.
    pub(crate) stream: Box<dyn Stream>,
    /// The protocol chosen by ALPN.
    pub(crate) alpn: Option<String>,
}

/// Agrees on a TLS session; records what was seen, also if there is none in the end.
pub(crate) async fn handshake(
    stream: Box<dyn Stream>,
    options: &TlsOptions,
    host: &str,
    offered: &[&[u8]],
    recorder: &Recorder,
) -> Result<Secured, Failure> {
    let seen = Arc::new(Seen::default());
    let mut config = configure(options, &seen)?;
    config.alpn_protocols = offered.iter().map(|protocol| protocol.to_vec()).collect();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| {
        let words = format!("`{host}` cannot be a server name in TLS ({error})");
        failure(FailureKind::Unsupported, Phase::Tls, words)
    })?;
    let server_name = matches!(name, ServerName::DnsName(_)).then(|| host.to_owned());
    let outcome = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let session = session(outcome.as_ref().ok().map(|stream| stream.get_ref().1), server_name, &seen);
    let (client, alpn) = (session.client_certificate, session.alpn.clone());
    recorder.hop(|hop| hop.connection.tls = Some(session));
    match outcome {
        Ok(stream) => Ok(Secured { stream: Box::new(stream), alpn }),
        Err(error) => Err(from_session(&error, client, Phase::Tls)),
    }
}

fn session(agreed: Option<&ClientConnection>, server_name: Option<String>, seen: &Seen) -> TlsSession {
    let chain = seen.chain.lock().unwrap_or_else(PoisonError::into_inner);
    let client: ClientCertificate = *seen.client.lock().unwrap_or_else(PoisonError::into_inner);
    let version = agreed.and_then(|agreed| agreed.protocol_version()).and_then(|version| version.as_str());
    let alpn = agreed.and_then(|agreed| agreed.alpn_protocol());
    TlsSession {
        version: version.map(|version| version.replace('_', ".")),
        alpn: alpn.map(|alpn| String::from_utf8_lossy(alpn).into_owned()),
        server_name,
        certificates: chain.iter().take(16).filter_map(|der| certificate::decode(der)).collect(),
        client_certificate: client,
    }
}

fn configure(options: &TlsOptions, seen: &Arc<Seen>) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(ring::default_provider());
    let versions = versions(options);
    let trust = if options.insecure { Trust::Anyone } else { roots(options, &provider)? };
    let identity = ClientIdentity { key: client_key(options, &provider)?, seen: seen.clone() };
    let verifier = Verifier { trust, provider: provider.clone(), seen: seen.clone() };
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&versions);
    let builder = builder.map_err(|error| {
        let words = format!("TLS 1.2 and 1.3 are spoken here, no other version ({error})");
        failure(FailureKind::Unsupported, Phase::Prepare, words)
    })?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(builder.with_client_cert_resolver(Arc::new(identity)))
}

fn versions(options: &TlsOptions) -> Vec<&'static SupportedProtocolVersion> {
    let (lowest, highest) = (options.min_version.unwrap_or(12), options.max_version.unwrap_or(13));
    let allowed = |version: u8| lowest <= version && version <= highest;
    [(12, &TLS12), (13, &TLS13)].into_iter().filter(|(v, _)| allowed(*v)).map(|(_, v)| v).collect()
}

fn roots(options: &TlsOptions, provider: &Arc<CryptoProvider>) -> Result<Trust, Failure> {
    let mut certificates = Vec::new();
    match (&options.ca_file, &options.ca_path) {
        (None, None) => certificates = rustls_native_certs::load_native_certs().certs,
        (file, folder) => {
            if let Some(file) = file {
                certificates.extend(read_certificates(file)?);
            }
            if let Some(folder) = folder {
                let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
                // Such a folder holds other files too, such as lists of revoked certificates.
                for file in entries.flatten() {
                    certificates.extend(read_certificates(file.path()).unwrap_or_default());
                }
            }
        }
    }
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates.iter().cloned());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone()).build();
    Ok(Trust::Roots(verifier.ok(), certificates))
}

fn client_key(options: &TlsOptions, provider: &CryptoProvider) -> Result<Option<Arc<CertifiedKey>>, Failure> {
    let Some(file) = &options.certificate else { return Ok(None) };
    let chain = read_certificates(file)?;
    let key_file = options.key.as_ref().unwrap_or(file);
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| unreadable(key_file, &error))?;
    let key = CertifiedKey::from_der(chain, key, provider).map_err(|error| unreadable(key_file, &error))?;
    Ok(Some(Arc::new(key)))
}

fn read_certificates(file: impl AsRef<Path>) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let file = file.as_ref();
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    certificates.map_err(|error| unreadable(&file.display().to_string(), &error))
}

fn unreadable(file: &str, error: &dyn Display) -> Failure {
    let words =
        format!("`{file}` cannot be used ({error}); certificates and keys are read as PEM without password");
    failure(FailureKind::File, Phase::Prepare, words)
}
