//! `ErrorDocument`: a page of this server keeps the status, a URL of another makes it a redirect
//! (`ap_die_r()` in `modules/http/http_request.c`).

use super::run::{End, Run};
use super::tree::Directive;
use crate::source::Place;
use crate::walk::{Answer, Outcome, Verdict};

impl<'a> Run<'a> {
    pub(super) fn error_document(&mut self, status: u16, place: Option<Place>) -> Outcome {
        if let Some(outcome) = self.body_left(status) {
            return outcome;
        }
        let outcome = |status| Outcome::new(Answer::Status(status), place.clone());
        if status < 400 {
            return outcome(status);
        }
        let Some(rule) = self.document_for(status) else { return outcome(status) };
        if is_url(rule.arg(1)) && status != 401 {
            let because = format!("instead of {status} the client is sent to `{}`", rule.arg(1));
            self.step("error-document", Some(rule), Verdict::Hit, because);
            return outcome(302);
        }
        let because = format!("the answer to {status} is `{}`; the status stays", rule.arg(1));
        self.step("error-document", Some(rule), Verdict::Hit, because);
        outcome(status)
    }

    /// Before any other answer is sent, the rest of the body is read, and may be too large
    /// (`ap_finalize_request_protocol()`), unless the status ends the connection (`ap_status_drops_connection()`).
    fn body_left(&mut self, status: u16) -> Option<Outcome> {
        if matches!(status, 400 | 408 | 411 | 413 | 414 | 500 | 501 | 503) {
            return None;
        }
        match self.body_limit() {
            Err(End::Status(..)) if self.is_page_here(status) => None,
            Err(End::Status(limit, place)) => Some(Outcome::new(Answer::Status(limit), place)),
            _ => None,
        }
    }

    /// A page of this server reads the body itself, and the first status stays; one that is refused in turn reads nothing.
    fn is_page_here(&self, status: u16) -> bool {
        let page = self.document_for(status).map(|rule| rule.arg(1).to_owned());
        let Some(page) = page.filter(|page| page.starts_with('/')) else { return false };
        self.serves(&page)
    }

    /// The last one for the status in the innermost section that has one.
    fn document_for(&self, status: u16) -> Option<&'a Directive> {
        let code = status.to_string();
        let of_layer = |layer: &std::rc::Rc<super::layers::Layer<'a>>| {
            layer.named("ErrorDocument").filter(|rule| rule.arg(0) == code).last()
        };
        let rule = self.scope.layers.iter().rev().find_map(of_layer)?;
        (!rule.arg(1).eq_ignore_ascii_case("default")).then_some(rule)
    }
}

/// `ap_is_url()`: a scheme of letters, digits, `+`, `-`, `.` before a colon.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    !scheme.is_empty()
        && rest.starts_with("//")
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}
