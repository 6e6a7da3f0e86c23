//! The variables of the response: phases 3 and 4.

use super::names::Variable;
use super::store::Store;
use crate::Response;

/// Fills in the status line and the header fields.
pub(crate) fn fill_head(store: &mut Store, response: &Response<'_>) {
    store.set_computed(Variable::ResponseStatus, response.status.to_string().as_bytes());
    store.set_computed(Variable::ResponseProtocol, response.version);
    for (name, value) in response.headers {
        let mark = store.arena.mark();
        store.arena.extend_computed(name);
        let key = store.arena.since(mark);
        let mark = store.arena.mark();
        store.arena.extend_computed(value);
        let text = store.arena.since(mark);
        store.add(Variable::ResponseHeaders, key, text);
        store.add(Variable::ResponseHeadersNames, key, key);
    }
    store.set_computed(Variable::ResponseContentType, content_type(response));
    store.set_computed(Variable::ResponseContentLength, response.body.len().to_string().as_bytes());
}

/// Fills in the body where its type is one that `SecResponseBodyMimeType` names; `limit` cuts it.
pub(crate) fn fill_body(store: &mut Store, response: &Response<'_>, types: &[String], limit: usize) {
    let media = content_type(response);
    let media = media.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if types.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(media)) {
        store.set_computed(Variable::ResponseBody, &response.body[..response.body.len().min(limit)]);
    }
}

fn content_type<'a>(response: &Response<'a>) -> &'a [u8] {
    let named = |header: &&(&[u8], &[u8])| header.0.eq_ignore_ascii_case(b"content-type");
    response.headers.iter().find(named).map_or(b"", |header| header.1)
}
