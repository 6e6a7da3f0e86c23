//! The server wants a client certificate, and none, an expired one, or one it does not trust was shown
//!
//! ## Why the server refuses
//!
//! With mutual TLS the server asks for a certificate during the handshake. Strict servers end the handshake;
//! lenient ones let it pass and answer 400 or 403 to requests without a verified certificate. The certificate
//! may be missing, expired, issued by another authority, without the purpose *client authentication*, or not
//! passed on where a load balancer ends TLS.
//!
//! ## How to mend it
//!
//! - Show it: `curl --cert client.pem --key client.key`; browsers need it in their key store, with its private
//!   key.
//! - Check it: `openssl verify -CAfile ca.pem client.pem`, `openssl x509 -noout -enddate -purpose`. Send
//!   intermediates along.
//! - nginx: `ssl_client_certificate` names the authority, `ssl_verify_client on`, `ssl_verify_depth` for
//!   intermediates. Apache: `SSLCACertificateFile`, `SSLVerifyClient`, `SSLVerifyDepth`. IIS: *SSL settings*
//!   (403.7, 403.16, 403.17).
//! - Behind a load balancer, pass the certificate on in the header that the application reads, and let nobody
//!   else set that header.
//!
//! ## What not to do
//!
//! `ssl_verify_client optional_no_ca` or `SSLVerifyClient optional_no_ca` without a check of one's own;
//! trusting a header that clients can set.
//!
//! ## References
//!
//! - RFC 8446, section 4.4.2; RFC 9440 (Client-Cert header)
//! - nginx, ngx_http_ssl_module; Apache httpd, mod_ssl; IIS, substatus codes of 403

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Subject, Weight};

use crate::causes::{configuration, open_rules};

/// `auth.client-certificate`
pub static CLIENT_CERTIFICATE: Cause = Cause {
    id: "auth.client-certificate",
    layer: Layer::Gateway,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the configuration this rule refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the configuration, the server refuses this request for its client certificate",
        },
        open_rules::when_refused(|evidence| {
            open_rules::refused_by_itself(evidence, Subject::Certificate, &[])
        }),
        open_rules::when_written(|evidence| {
            open_rules::written_by_itself(evidence, Subject::Certificate, &[])
        }),
        open_rules::when_open(|evidence| open_rules::left_open(evidence, Subject::Certificate, &[])),
        Indicator {
            weight: Weight::Hints,
            seek: condition_on_certificate,
            because: "the rule that refuses stands behind a condition on the certificate",
        },
        Indicator {
            weight: Weight::Hints,
            seek: verification_on,
            because: "the server's configuration asks for client certificates",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: plain_http,
            because: "the request went over plain http, where no certificate can be shown",
        },
    ],
    experiments: &[
        Experiment {
            change: Change::GetImpossiblePath,
            predicts: model::Answer::SameRefusal,
            if_so: Weight::Hints,
            if_not: Weight::Weakens,
            because: "a path that cannot exist is refused alike, as when the connection is what is judged",
        },
        Experiment {
            change: Change::Get,
            predicts: model::Answer::SameRefusal,
            if_so: Weight::Hints,
            if_not: Weight::Weakens,
            because: "GET is refused alike: the connection is judged, not what is asked on it",
        },
    ],
    roots: &[],
    fix: "show a client certificate that the server's authority issued and that is within its time",
    opens: "what the holder of this certificate is allowed to do",
    decided_by: "the server's error log, or the handshake (`curl -v`, `openssl s_client`)",
    page: page!("auth/client_certificate"),
};

const DIRECTIVES: [&str; 4] = ["ssl_verify_client", "sslverifyclient", "sslrequire", "client_auth"];

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Certificate)
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Certificate)
}

fn condition_on_certificate(evidence: &Evidence) -> Option<Sighting> {
    configuration::hangs_on(evidence, Subject::Certificate)
}

fn verification_on(evidence: &Evidence) -> Option<Sighting> {
    let asks = |value: &str| !matches!(value.trim_matches(';').trim(), "off" | "none" | "");
    DIRECTIVES.iter().find_map(|name| configuration::setting(evidence, name, asks))
}

fn plain_http(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url;
    // Log lines and servers behind a load balancer show http where the client spoke https.
    let measured = evidence.refused.peer.is_some() && evidence.refused.timing.tls.is_none();
    (!url.value.is_secure() && measured).then(|| Sighting::at(url.span))
}
