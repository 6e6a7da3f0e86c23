//! What follows from the refused exchange: the server's clock, credentials, relevance of log lines, secrets.

use model::{Credential, CredentialKind, Evidence, Fact, Request};

use crate::{csrf, date, envelope, files, log, secret, signature, token};

/// Reads what the refused exchange says of itself. Reading again replaces what was read before.
pub(crate) fn read(evidence: &mut Evidence) {
    evidence.server_time = evidence
        .response_header("date")
        .and_then(|(value, span)| Some(Fact::new(date::seconds(value)?, span)));
    evidence.refused.declared = envelope::failure(evidence);
    evidence.credentials = evidence.request().map(credentials).unwrap_or_default();
    log::judge(evidence);
    files::judge(evidence);
    secret::mark(evidence);
}

/// The credentials that a request carries, in the order of its fields.
fn credentials(request: &Request) -> Vec<Credential> {
    let mut found = Vec::new();
    for field in &request.message.fields.0 {
        let kind = token::of_field(&field.name, &field.value).map(|kind| match kind {
            CredentialKind::Signature(_) => {
                signature::of_request(request).map_or(kind, |s| CredentialKind::Signature(Box::new(s)))
            }
            other => other,
        });
        found.extend(kind.map(|kind| Credential { kind, carrier: field.name.clone(), span: field.span }));
    }
    for (name, value, span) in request.cookies() {
        let kind = token::of_cookie(name, value);
        found.extend(kind.map(|kind| Credential { kind, carrier: name.to_owned(), span }));
    }
    for (name, value) in request.url.value.parameters() {
        let kind = token::of_parameter(name, value);
        let span = request.url.span;
        found.extend(kind.map(|kind| Credential { kind, carrier: name.to_owned(), span }));
    }
    if let Some(signature) = signature::of_url(request) {
        let kind = CredentialKind::Signature(Box::new(signature));
        found.push(Credential { kind, carrier: "query".into(), span: request.url.span });
    }
    found.extend(csrf::tokens(request));
    found
}
