//! Between the search for the refused part (the engine `isolation`) and the words of this workspace: requests, answers,
//! what the evidence says beforehand, and what was found.

mod finding;
mod missing;
mod prior;

use std::time::Duration;

use isolation::{Answer, Page, Request};
use model::{HeaderLine, Redirects, Transcript, Transfer, TransferBody};

use crate::coding;

pub use finding::{add, stopped};
pub use missing::{candidates, with_token};
pub use prior::suspicion;

/// The request as the engine takes it apart.
#[must_use]
pub fn request(transfer: &Transfer) -> Request {
    Request {
        origin: transfer.url.origin(),
        method: transfer.method.clone(),
        target: transfer.target.clone(),
        lines: transfer.fields.iter().map(|line| line.line().to_owned()).collect(),
        body: transfer.body.bytes().to_vec(),
    }
}

/// A copy, ready to be sent: to the same host, in the same way, without following redirects.
#[must_use]
pub fn transfer(copy: &Request, refused: &Transfer) -> Transfer {
    let mut transfer = refused.clone();
    let known = |line: &String| refused.fields.iter().find(|own| own.line() == line).cloned();
    transfer.fields =
        copy.lines.iter().filter_map(|line| known(line).or_else(|| HeaderLine::verbatim(line))).collect();
    transfer.target.clone_from(&copy.target);
    if refused.target.ends_with(&refused.url.target()) {
        transfer.url.query = copy.target.split_once('?').map(|(_, query)| query.to_owned());
    }
    transfer.body = match &refused.body {
        TransferBody::Empty => TransferBody::Empty,
        TransferBody::Bytes(_) => TransferBody::Bytes(copy.body.clone()),
        TransferBody::Chunked(_) => TransferBody::Chunked(copy.body.clone()),
    };
    transfer.redirects = Redirects::default();
    transfer.cookie_jar = None;
    transfer
}

/// What came back, as the engine compares it.
#[must_use]
pub fn answer(transcript: &Transcript) -> Answer {
    let Some(response) = transcript.last().and_then(|hop| hop.response.as_ref()) else {
        return Answer { status: None, page: Page::default(), retry_after: None };
    };
    let head = String::from_utf8_lossy(&response.head);
    let field = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let body = coding::decode(field("content-encoding").unwrap_or("identity"), &response.body);
    let page = Page::of(
        field("content-type").unwrap_or(""),
        field("location"),
        body.as_deref().unwrap_or(&response.body),
    );
    let retry_after = field("retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs);
    Answer { status: Some(response.status), page, retry_after }
}
