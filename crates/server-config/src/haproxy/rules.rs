//! `tcp-request`, `http-request` and `redirect` rules, in order, up to the first that decides.

use super::acl::Truth;
use super::keywords;
use super::proxy::Proxy;
use super::run::{Decision, Run, Stage};
use super::sample::Stop;
use super::tree::Line;
use crate::walk::{Answer, Verdict};

/// What a rule leads to.
pub(super) enum Next {
    /// The next rule.
    Rule,
    /// The end of this list of rules.
    EndOfList,
    /// The end of the request.
    Answer(Answer),
}

impl<'a> Run<'a> {
    /// `tcp-request LEVEL` rules. Those of `content` run again with the backend's.
    pub(super) fn tcp_rules(&mut self, proxy: Proxy<'a>, level: &'static str) -> Stage {
        let phase = match level {
            "connection" => "tcp-request connection",
            "session" => "tcp-request session",
            _ => "tcp-request content",
        };
        for (line, inherited) in proxy.rules("tcp-request") {
            if line.word(1) != level {
                continue;
            }
            self.enter(proxy, inherited);
            match self.rule(phase, line, 2)? {
                Next::Rule => {}
                Next::EndOfList => break,
                Next::Answer(answer) => return Ok(self.decided(answer, line)),
            }
        }
        Ok(None)
    }

    /// `http-request` rules, `stats`, `redirect` (`http_process_req_common()`).
    pub(super) fn http_rules(&mut self, proxy: Proxy<'a>) -> Stage {
        if let Some(line) = proxy.section.active().find(|line| keywords::REMOVED.contains(&line.word(0))) {
            return self.unknown(
                "http-request",
                line,
                &Stop::Needs(format!("`{}`, which is not modelled", line.word(0))),
            );
        }
        for (line, inherited) in proxy.rules("http-request") {
            self.enter(proxy, inherited);
            match self.rule("http-request", line, 1)? {
                Next::Rule => {}
                Next::EndOfList => break,
                Next::Answer(answer) => return Ok(self.decided(answer, line)),
            }
        }
        self.enter(proxy, false);
        for stage in [Self::restricted_names, Self::stats] {
            if let Some(decision) = stage(self, proxy)? {
                return Ok(Some(decision));
            }
        }
        for line in proxy.own("redirect") {
            if let Next::Answer(answer) = self.rule("redirect", line, 0)? {
                return Ok(self.decided(answer, line));
            }
        }
        Ok(None)
    }

    /// From here on the ACLs of the proxy, or of its `defaults`, are meant.
    fn enter(&mut self, proxy: Proxy<'a>, inherited: bool) {
        self.scope = if inherited { proxy.defaults.unwrap_or(proxy.section) } else { proxy.section };
    }

    fn decided(&mut self, answer: Answer, line: &Line) -> Decision {
        Some((answer, Some(self.config.place(line))))
    }

    /// One rule; its action is word number `at`.
    fn rule(&mut self, phase: &'static str, line: &'a Line, at: usize) -> Stage<Next> {
        let judged = self.condition(line);
        match judged.truth {
            Truth::Yes => {
                self.step(phase, Some(line), Verdict::Hit, judged.because);
                match self.act(line, at) {
                    Ok(next) => Ok(next),
                    Err(stop) => self.unknown(phase, line, &stop),
                }
            }
            Truth::No => {
                self.step(phase, Some(line), Verdict::Miss, judged.because);
                Ok(Next::Rule)
            }
            Truth::Unknown(stop) => self.unsure(phase, line, at, stop),
        }
    }

    /// A rule whose condition cannot be told. Below its limits a rule on counters does not apply, as a rule.
    fn unsure(&mut self, phase: &'static str, line: &'a Line, at: usize, stop: Stop) -> Stage<Next> {
        let decides = self.decides(line, at);
        if matches!(stop, Stop::Counter(_)) && self.misses_below_limits(line) {
            let needs = stop.needs();
            let because = format!("{needs} would have to be known; it is taken to be within the limit");
            self.step(phase, Some(line), Verdict::Unknown(needs.clone()), because);
            if decides {
                self.assuming.push(needs);
            } else {
                self.blur(line, at, &stop);
            }
            return Ok(Next::Rule);
        }
        if decides {
            return self.unknown(phase, line, &stop);
        }
        let needs = stop.needs();
        let because = format!("{needs} would have to be known; what it changes is unknown from here on");
        self.step(phase, Some(line), Verdict::Unknown(needs), because);
        self.blur(line, at, &stop);
        Ok(Next::Rule)
    }

    /// Whether the condition does not hold while all counters are low.
    pub(super) fn misses_below_limits(&mut self, line: &'a Line) -> bool {
        self.counters_low = true;
        let judged = self.condition(line);
        self.counters_low = false;
        judged.truth == Truth::No
    }
}
