//! `error_page`: where a refusal leads (`ngx_http_special_response_handler()` in `ngx_http_special_response.c`).

use super::run::{Flow, Run};
use super::tree::Directive;
use crate::source::Place;
use crate::walk::{Answer, Needs, Outcome, Verdict};

/// What becomes of a refusal.
pub(super) enum Page<'a> {
    /// No page: the status goes to the client.
    None(Outcome),
    /// On with the page.
    Flow(Flow<'a>),
}

impl<'a> Run<'a> {
    pub(super) fn error_page(
        &mut self,
        status: u16,
        place: Option<Place>,
    ) -> Result<Page<'a>, (Needs, Option<Place>)> {
        if self.page_used {
            return Ok(Page::None(Outcome::new(Answer::Status(shown(status)), place)));
        }
        let pages = self.scope.inherited(&["error_page"]);
        if !pages.is_empty() && !self.scope.is_on("recursive_error_pages", "off") {
            self.page_used = true;
        }
        let code = status.to_string();
        let Some(page) = pages.into_iter().find(|page| has_code(page, &code)) else {
            return Ok(Page::None(Outcome::new(Answer::Status(shown(status)), place)));
        };
        self.step("error-page", Some(page), Verdict::Hit, format!("it is for status {status}"));
        self.body_discarded = self.body_discarded || status == 413;
        self.kept = match overwrite(page) {
            None => Some((shown(status), place.clone())),
            Some(0) => None,
            Some(other) => Some((other, place.clone())),
        };
        let uri = page.args().last().map_or("", |uri| uri);
        let uri = self.expand(uri).map_err(|needs| (needs, Some(self.config.place(page))))?;
        if uri.starts_with('/') {
            if self.method != "HEAD" {
                self.method = "GET".to_owned();
            }
            let (path, args) = uri.split_once('?').unwrap_or((&uri, ""));
            return Ok(Page::Flow(Flow::Redirect(path.to_owned(), args.to_owned(), page)));
        }
        if uri.starts_with('@') {
            return Ok(Page::Flow(Flow::Named(uri, page)));
        }
        let redirect =
            overwrite(page).filter(|code| matches!(code, 301 | 302 | 303 | 307 | 308)).unwrap_or(302);
        Ok(Page::None(Outcome::new(Answer::Status(redirect), place)))
    }

    /// `client_max_body_size`, checked when a location is found (`ngx_http_core_find_config_phase()`).
    pub(super) fn body_size(&mut self) -> Result<Option<Flow<'a>>, Needs> {
        let is_chunked =
            self.headers.iter().any(|header| header.name.eq_ignore_ascii_case("transfer-encoding"));
        if self.body_discarded || self.request.body_length == 0 || is_chunked {
            return Ok(None);
        }
        let directive = self.scope.one("client_max_body_size");
        let limit = match directive {
            None => 1 << 20,
            Some(directive) => {
                size(directive.arg(0)).ok_or_else(|| Needs(format!("the size `{}`", directive.arg(0))))?
            }
        };
        if limit == 0 || self.request.body_length <= limit {
            return Ok(None);
        }
        let because = format!("the body has {} bytes, and {limit} are allowed", self.request.body_length);
        self.step("location", directive, Verdict::Hit, because);
        self.body_discarded = true;
        Ok(Some(Flow::Refuse(413, directive.map(|directive| self.config.place(directive)))))
    }
}

/// 494 to 497 are shown as 400.
fn shown(status: u16) -> u16 {
    if (494..=497).contains(&status) { 400 } else { status }
}

/// The codes are all arguments but the last and an `=` one.
fn has_code(page: &Directive, code: &str) -> bool {
    let codes = page.args().split_last().map_or(&[][..], |(_, codes)| codes);
    codes.iter().any(|word| **word == *code)
}

/// `=` is 0: the page's own status; `=CODE` that code; `None` the status of the refusal.
fn overwrite(page: &Directive) -> Option<u16> {
    let codes = page.args().split_last().map_or(&[][..], |(_, codes)| codes);
    let code = codes.last()?.strip_prefix('=')?;
    if code.is_empty() { Some(0) } else { code.parse().ok() }
}

/// A size with `k`, `m` or `g`.
pub(super) fn size(text: &str) -> Option<u64> {
    let (digits, factor) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 1 << 10),
        b'm' | b'M' => (&text[..text.len() - 1], 1 << 20),
        b'g' | b'G' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}
