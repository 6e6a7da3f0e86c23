//! Requests that no server refused: none was reached, or this side went no further.

use model::{Failure, FailureKind, Phase, TlsFault, Transcript};

/// Why nothing refused the request, and what to look at, if that is so.
pub(crate) fn explain(transcript: &Transcript) -> Option<String> {
    let answered = transcript.hops.iter().any(|hop| hop.response.is_some());
    let failure = transcript.failure.as_ref().filter(|_| !answered)?;
    let (what, next) = match failure.kind {
        _ if failure.phase <= Phase::Connect => ("no server was reached", unconnected(failure)),
        FailureKind::Tls(fault) => ("the request was not sent", untrusted(fault)?),
        FailureKind::NotHttp => {
            ("no HTTP server answers there", "look whether the port is the right one, and http or https")
        }
        _ => return None,
    };
    Some(format!("{what}, so nothing refused the request: {}; {next}", failure.words))
}

/// What to look at where no connection was made.
fn unconnected(failure: &Failure) -> &'static str {
    match failure.kind {
        FailureKind::Refused => {
            "look whether the server runs and listens on that port, and whether a firewall rejects"
        }
        FailureKind::TimedOut | FailureKind::Unreachable => {
            "look at the address, the route and firewalls that drop"
        }
        _ if failure.phase == Phase::Resolve => "look whether the name is spelt right and resolves here",
        _ => "look at the command",
    }
}

/// What to do where this side ended the TLS session; nothing where the server did, for that is a refusal.
fn untrusted(fault: TlsFault) -> Option<&'static str> {
    Some(match fault {
        TlsFault::Expired | TlsFault::NotYetValid => {
            "look at the clock here and at the server's certificate; `-k` asks without checking it"
        }
        TlsFault::UnknownIssuer => {
            "name the authority's certificate with `--cacert`, or ask without checking it with `-k`; within a company, a \
             device that opens TLS may have made it, and a bare container has no authorities (`ca-certificates`)"
        }
        TlsFault::WrongName => {
            "use a name that the certificate holds (`--connect-to` leads it to this address), or `-k`"
        }
        TlsFault::BadCertificate => "look at the server's certificate; `-k` asks without checking it",
        TlsFault::NotTls => "use http, or the port that speaks TLS",
        TlsFault::NothingInCommon
        | TlsFault::ClientCertificateMissing
        | TlsFault::ClientCertificateRejected
        | TlsFault::Alert
        | TlsFault::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: FailureKind, phase: Phase) -> Option<String> {
        let failure = Failure { kind, phase, words: "words".into() };
        explain(&Transcript { failure: Some(failure), ..Transcript::default() })
    }

    #[test]
    fn what_this_side_ends_is_no_refusal_and_what_the_server_ends_is_one() {
        for fault in [TlsFault::UnknownIssuer, TlsFault::Expired, TlsFault::WrongName, TlsFault::NotTls] {
            assert!(told(FailureKind::Tls(fault), Phase::Tls).is_some(), "{fault:?}");
        }
        for fault in
            [TlsFault::ClientCertificateMissing, TlsFault::ClientCertificateRejected, TlsFault::Alert]
        {
            assert_eq!(told(FailureKind::Tls(fault), Phase::Tls), None, "{fault:?}");
        }
        assert!(told(FailureKind::TimedOut, Phase::Connect).is_some());
        assert_eq!(told(FailureKind::Reset, Phase::Send), None);
    }
}
