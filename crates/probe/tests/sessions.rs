//! TLS sessions and HTTP/2: what was agreed on, the certificates that were shown, and why there is no session.
#![allow(clippy::unwrap_used, reason = "a failure is the test's")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use model::{ClientCertificate, FailureKind, TlsFault, Transcript, Transfer};
use probe::{Limits, send};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use recording_server::{form, transfer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A self-signed certificate for this name, with these years of validity.
fn certificate(name: &str, years: (i32, i32)) -> (rcgen::Certificate, KeyPair) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap(), key)
}

/// A server with this certificate, which may want a client certificate too. It refuses what it understands.
fn server(certificate: &rcgen::Certificate, key: &KeyPair, alpn: &[u8], wants_client: bool) -> SocketAddr {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = if wants_client {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = vec![alpn.to_vec()];
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    thread::spawn(move || runtime.block_on(accept(listener, TlsAcceptor::from(Arc::new(config)))));
    address
}

async fn accept(listener: std::net::TcpListener, acceptor: TlsAcceptor) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = acceptor.accept(stream).await else { continue };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            refuse_http2(stream).await;
            continue;
        }
        let mut buffer = [0; 65536];
        let _ = stream.read(&mut buffer).await;
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno").await;
        let _ = stream.shutdown().await;
    }
}

/// Answers with what it received: method, authority, path, and the names of the fields.
async fn refuse_http2(stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((mut request, mut respond))) = connection.accept().await {
        let names: Vec<&str> = request.headers().keys().map(|name| name.as_str()).collect();
        let mut text = format!("{} {} {}", request.method(), request.uri(), names.join(","));
        let mut length = 0;
        tokio::select! {
            () = async { while let Some(Ok(data)) = request.body_mut().data().await {
                length += data.len();
                let _ = request.body_mut().flow_control().release_capacity(data.len());
            } } => {}
            _ = std::future::poll_fn(|context| connection.poll_closed(context)) => {}
        }
        text += &format!(" {length}");
        let answer = http::Response::builder().status(403).header("server", "test").body(()).unwrap();
        let mut body = respond.send_response(answer, false).unwrap();
        body.send_data(Bytes::from(text), true).unwrap();
    }
}

fn ask(mut transfer: Transfer, change: impl FnOnce(&mut Transfer)) -> Transcript {
    change(&mut transfer);
    send(&transfer, &Limits { whole: std::time::Duration::from_secs(5), ..Limits::default() })
}

fn fault(transcript: &Transcript) -> TlsFault {
    match transcript.failure.as_ref().map(|failure| failure.kind) {
        Some(FailureKind::Tls(fault)) => fault,
        other => panic!("{other:?} is no TLS fault"),
    }
}

fn to(address: SocketAddr) -> Transfer {
    transfer("GET", &format!("https://localhost:{}/", address.port()))
}

#[test]
fn a_session_and_its_certificate_are_described() {
    let (certificate, key) = certificate("localhost", (2020, 2040));
    let address = server(&certificate, &key, b"http/1.1", false);
    let transcript = ask(to(address), |transfer| transfer.tls.insecure = true);
    assert_eq!(transcript.status(), Some(403), "{:?}", transcript.failure);
    let tls = transcript.hops[0].connection.tls.as_ref().unwrap();
    assert_eq!(tls.version.as_deref(), Some("TLSv1.3"));
    assert_eq!(tls.alpn.as_deref(), Some("http/1.1"));
    assert_eq!(tls.server_name.as_deref(), Some("localhost"));
    assert_eq!(tls.certificates[0].names, ["localhost"]);
    assert_eq!(tls.certificates[0].not_before, 1_577_836_800);
    assert!(transcript.hops[0].timing.tls.is_some());
}

#[test]
fn each_fault_of_a_certificate_has_its_name() {
    for (name, years, trusted, expected) in [
        ("localhost", (2020, 2040), false, TlsFault::UnknownIssuer),
        ("localhost", (2020, 2021), true, TlsFault::Expired),
        ("localhost", (2039, 2040), true, TlsFault::NotYetValid),
        ("other.example", (2020, 2040), true, TlsFault::WrongName),
    ] {
        let (certificate, key) = certificate(name, years);
        let address = server(&certificate, &key, b"http/1.1", false);
        let file = std::env::temp_dir().join(format!("why403-{}.pem", address.port()));
        std::fs::write(&file, certificate.pem()).unwrap();
        let transcript = ask(to(address), |transfer| {
            transfer.tls.ca_file = trusted.then(|| file.display().to_string());
        });
        std::fs::remove_file(&file).unwrap();
        assert_eq!(fault(&transcript), expected, "{:?}", transcript.failure);
        let tls = transcript.hops[0].connection.tls.as_ref().unwrap();
        assert_eq!(tls.certificates[0].names, [name], "the chain is shown although it is not trusted");
    }
}

#[test]
fn a_self_signed_certificate_is_trusted_where_it_was_given() {
    let (certificate, key) = certificate("localhost", (2020, 2040));
    let address = server(&certificate, &key, b"http/1.1", false);
    let file = std::env::temp_dir().join(format!("why403-own-{}.pem", address.port()));
    std::fs::write(&file, certificate.pem()).unwrap();
    let transcript = ask(to(address), |transfer| transfer.tls.ca_file = Some(file.display().to_string()));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(transcript.status(), Some(403), "{:?}", transcript.failure);
}

#[test]
fn a_client_certificate_that_is_missing_is_told() {
    let (certificate, key) = certificate("localhost", (2020, 2040));
    let address = server(&certificate, &key, b"http/1.1", true);
    let transcript = ask(to(address), |transfer| transfer.tls.insecure = true);
    assert_eq!(fault(&transcript), TlsFault::ClientCertificateMissing);
    let tls = transcript.hops[0].connection.tls.as_ref().unwrap();
    assert_eq!(tls.client_certificate, ClientCertificate::AskedAndMissing);
}

#[test]
fn http2_carries_the_same_request() {
    let (certificate, key) = certificate("localhost", (2020, 2040));
    let address = server(&certificate, &key, b"h2", false);
    let body = vec![b'a'; 300_000];
    let url = format!("https://localhost:{}/a?b=c", address.port());
    let transcript = ask(form(&url, &body), |transfer| transfer.tls.insecure = true);
    assert_eq!(transcript.status(), Some(403), "{:?}", transcript.failure);
    let hop = &transcript.hops[0];
    let answer = hop.response.as_ref().unwrap();
    assert_eq!(hop.version, "HTTP/2");
    assert!(hop.request.head.starts_with(b"POST /a?b=c HTTP/2\r\nHost: localhost:"));
    assert!(answer.head.starts_with(b"HTTP/2 403\r\nserver: test\r\n"));
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(text, format!("POST {url} user-agent,accept,content-length,content-type 300000"));
    assert!(!answer.cut);
}
