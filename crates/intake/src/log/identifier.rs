//! Identifiers of a request that its answer or the request itself carries.

use model::Evidence;

/// Whether an identifier that the answer or the request carries stands in the line.
pub(super) fn shared(evidence: &Evidence, line: &[u8]) -> bool {
    let fields = evidence.response().into_iter().flat_map(|response| &response.message.fields.0);
    let sent = evidence.request().into_iter().flat_map(|request| &request.message.fields.0);
    fields.chain(sent).any(|field| {
        let name = field.name.to_ascii_lowercase();
        let identifies = name.ends_with("request-id")
            || name.ends_with("correlation-id")
            || name.ends_with("trace-id")
            || matches!(name.as_str(), "cf-ray" | "traceparent" | "x-amz-cf-id");
        let value = field.value.split('-').max_by_key(|part| part.len()).filter(|_| name == "traceparent");
        let value = value.unwrap_or(&field.value);
        identifies && value.len() >= 8 && memchr::memmem::find(line, value.as_bytes()).is_some()
    })
}
