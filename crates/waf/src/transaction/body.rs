//! The body: limits, processors and the variables that come of them.

use super::Transaction;
use crate::body::{BodyError, Processor, json, multipart, urlencoded, xml};
use crate::rules::{EngineMode, LimitAction};
use crate::variables::arena::Tracing;
use crate::variables::names::Variable;
use crate::variables::request::{decode_path, position};
use crate::variables::store::Store;
use crate::{Like, Part};

impl Transaction<'_> {
    /// Reads the body between the phases 1 and 2.
    pub(super) fn read_body(&mut self) {
        if self.rules.like == Like::ModSecurity2 {
            multipart::Flags::default().publish(&mut self.store);
            decode_path(&mut self.store);
        }
        let announced = ["content-length", "transfer-encoding"];
        let mut body = self.request.body;
        let has_body = !body.is_empty() || announced.iter().any(|name| self.request.header(name).is_some());
        if self.controls.access && has_body {
            let limit = self.rules.config.request_body_limit;
            if body.len() > limit {
                // Observed with mod_security2 2.9.7: it logs the limit, and goes on with the part below it.
                if self.refuses_over_limit() && self.rules.like != Like::ModSecurity2 {
                    let status = if self.rules.like == Like::ModSecurity3 { 403 } else { 413 };
                    return self.server_refusal(status, "the body is larger than SecRequestBodyLimit");
                }
                self.store.set_computed(Variable::InboundDataError, b"1");
                body = &body[..limit];
            }
            self.process(body);
        }
        let length = if self.controls.access { body.len() } else { 0 };
        self.store.set_computed(Variable::RequestBodyLength, length.to_string().as_bytes());
        self.sizes();
    }

    fn refuses_over_limit(&self) -> bool {
        self.engine == EngineMode::On && self.rules.config.request_body_limit_action == LimitAction::Reject
    }

    fn server_refusal(&mut self, status: u16, reason: &str) {
        self.tripped = true;
        self.verdict.would_block = true;
        self.verdict.status = Some(status);
        self.verdict.server_refusal = Some(reason.to_owned());
        self.verdict.blocked = self.engine == EngineMode::On;
    }

    fn process(&mut self, body: &[u8]) {
        let config = &self.rules.config;
        let like = self.rules.like;
        let start = position(self.request, Part::Body);
        let processor = self.controls.processor;
        self.store.set_computed(Variable::ReqbodyProcessor, processor.map_or("", Processor::name).as_bytes());
        let counts_whole = match processor {
            Some(Processor::Multipart) => false,
            Some(_) => true,
            None => like == Like::ModSecurity2 && self.controls.force,
        };
        if counts_whole
            && body.len() >= config.no_files_limit
            && !self.fails_before(config.no_files_limit, body)
        {
            return self.over_no_files_limit();
        }
        let result = match processor {
            None => Ok(()),
            Some(Processor::Urlencoded) => {
                let invalid = urlencoded::arguments(&mut self.store, body, start, Variable::ArgsPost, config);
                if invalid {
                    self.store.set_computed(Variable::UrlencodedError, b"1");
                }
                Ok(())
            }
            Some(Processor::Json) => json::read(&mut self.store, body, start, config, like),
            Some(Processor::Xml) => xml::read(&mut self.store, body, start),
            Some(Processor::Multipart) => {
                let content_type = self.request.header("content-type");
                let outcome = multipart::read(&mut self.store, body, start, content_type, config, like);
                if outcome.length_without_files >= config.no_files_limit {
                    return self.over_no_files_limit();
                }
                outcome.result
            }
        };
        let failed = result.is_err();
        if let Err(error) = result {
            self.body_error(&error);
        }
        self.raw_body(body, start, failed);
    }

    /// mod_security2 parses while it reads, and stops counting at the first error: an error before the limit comes first.
    fn fails_before(&self, limit: usize, body: &[u8]) -> bool {
        let mut apart = Store::new(Tracing::Off, limit);
        let start = &body[..limit];
        let result = match self.controls.processor {
            _ if self.rules.like != Like::ModSecurity2 => Ok(()),
            Some(Processor::Json) => json::read(&mut apart, start, 0, &self.rules.config, self.rules.like),
            Some(Processor::Xml) => xml::read(&mut apart, start, 0),
            _ => Ok(()),
        };
        matches!(result, Err(BodyError::Malformed(_)))
    }

    /// mod_security2 refuses by itself; the others leave it to rule 200002.
    fn over_no_files_limit(&mut self) {
        if self.rules.like == Like::ModSecurity2 && self.refuses_over_limit() {
            return self
                .server_refusal(413, "the body without files is larger than SecRequestBodyNoFilesLimit");
        }
        let message = "Request body excluding files is bigger than the maximum expected.";
        self.body_error(&BodyError::Malformed(message.to_owned()));
    }

    fn body_error(&mut self, error: &BodyError) {
        let at_the_end = matches!(error, BodyError::CutShort(_));
        if at_the_end && self.rules.like == Like::ModSecurity2 && self.engine == EngineMode::On {
            return self.server_refusal(500, error.message());
        }
        for variable in [Variable::ReqbodyError, Variable::ReqbodyProcessorError] {
            self.store.set_computed(variable, b"1");
        }
        for variable in [Variable::ReqbodyErrorMsg, Variable::ReqbodyProcessorErrorMsg] {
            self.store.set_computed(variable, error.message().as_bytes());
        }
    }

    fn raw_body(&mut self, body: &[u8], start: usize, failed: bool) {
        let processor = self.controls.processor;
        let visible = match self.rules.like {
            Like::ModSecurity3 => !body.is_empty(),
            Like::ModSecurity2 | Like::Coraza => {
                processor == Some(Processor::Urlencoded)
                    || (self.controls.force && (processor.is_none() || failed))
            }
        };
        if visible {
            let mark = self.store.arena.mark();
            self.store.arena.extend(body, start);
            self.store.set(Variable::RequestBody, self.store.arena.since(mark));
        }
    }

    fn sizes(&mut self) {
        let entries = self.store.entries_of(Variable::Args).iter().map(|id| self.store.entry(*id));
        let sum: usize =
            entries.map(|entry| entry.key.length as usize + self.store.bytes(entry.content).len()).sum();
        self.store.set_computed(Variable::ArgsCombinedSize, sum.to_string().as_bytes());
        if self.store.entries_of(Variable::FilesCombinedSize).is_empty() {
            self.store.set_computed(Variable::FilesCombinedSize, b"0");
        }
    }
}
