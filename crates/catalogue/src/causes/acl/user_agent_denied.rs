//! The `User-Agent` is refused: a library's default, a bot's, or none
//!
//! ## Why the server refuses
//!
//! Sites refuse the default names of HTTP libraries (`Python-urllib`, `Go-http-client`, `curl`, `Java/`),
//! because scanners use them, and requests without any. Some APIs ask for a name with contact data instead and
//! refuse what looks like a browser. The rule looks at one header; everything else may be right.
//!
//! ## How to mend it
//!
//! - Client: send a name that says who one is, with version and contact: `shop-sync/1.2
//!   (+https://shop.example/bot)`.
//! - Owner: allow the client by its key, address or path: Cloudflare *Browser Integrity Check* off for the
//!   API's path; nginx `map $http_user_agent`; CRS rules 913100 and 913101 by `SecRuleUpdateTargetById` or an
//!   exception for the path; Wordfence and others: allow list.
//!
//! ## What not to do
//!
//! Pretending to be a browser against the rules of a service that is not one's own; switching the bot
//! protection off for the whole site.
//!
//! ## References
//!
//! - RFC 9110, section 10.1.5; Cloudflare, Browser Integrity Check; OWASP CRS, 913 (scanner detection)

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Subject, Weight};

use crate::causes::{configuration, every_request, isolated, written};

/// `acl.user-agent-denied`
pub static USER_AGENT_DENIED: Cause = Cause {
    id: "acl.user-agent-denied",
    layer: Layer::Edge,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the configuration this rule refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_on_user_agent,
            because: "by the configuration, the rule that refuses this request looks at its User-Agent",
        },
        Indicator {
            weight: Weight::Supports,
            seek: isolated_header,
            because: "the request is refused for its User-Agent, and accepted with another",
        },
        Indicator {
            weight: Weight::Supports,
            seek: waf_names_it,
            because: "a firewall rule matches in the User-Agent",
        },
        Indicator {
            weight: Weight::Hints,
            seek: list_of_names,
            because: "the rule that refuses stands behind a condition on the User-Agent",
        },
        Indicator {
            weight: Weight::Hints,
            seek: library_default,
            because: "the User-Agent is a library's default, which many sites refuse",
        },
        Indicator {
            weight: Weight::Hints,
            seek: another_name_tried,
            because: "the command line gives itself another program's User-Agent and asks for nothing else: it tries the name",
        },
        Indicator {
            weight: Weight::Supports,
            seek: list_of_bad_bots,
            because: "the configuration includes the lists of nginx-ultimate-bad-bot-blocker, which answer 444 to User-Agents and referers on them",
        },
        Indicator { weight: Weight::Weakens, seek: browser, because: "the User-Agent is a browser's" },
    ],
    experiments: &[
        Experiment {
            change: Change::GetWithNeutralUserAgent,
            predicts: model::Answer::Lifted,
            if_so: Weight::Supports,
            if_not: Weight::Weakens,
            because: "with a browser's User-Agent the same target is not refused",
        },
        // Lists of names mostly stand before the whole site, as lists of addresses do, and look at every method.
        every_request::ANY_PATH_REFUSED,
        every_request::GET_REFUSED,
    ],
    roots: &[],
    fix: "send a User-Agent that names program and contact, and have the owner allow it",
    opens: "the site to whoever uses that name: it is no proof of who one is",
    decided_by: "the log of the layer that refused, which names rule and header",
    page: page!("acl/user_agent_denied"),
};

/// Names that HTTP libraries and tools send if nobody sets another.
const LIBRARIES: [&str; 20] = [
    "python-urllib",
    "python-requests",
    "python/",
    "python-httpx",
    "aiohttp",
    "go-http-client",
    "java/",
    "okhttp",
    "apache-httpclient",
    "libwww-perl",
    "curl/",
    "wget/",
    "axios/",
    "node-fetch",
    "undici",
    "guzzlehttp",
    "ruby",
    "faraday",
    "httpie/",
    "scrapy",
];

fn library_default(evidence: &Evidence) -> Option<Sighting> {
    if evidence.status().is_some_and(names_another_check) {
        return None;
    }
    let (value, span) = evidence.request_header("user-agent")?;
    let folded = value.to_ascii_lowercase();
    // A command line that names no agent says nothing of it: the program adds its own.
    let written =
        evidence.sources.bytes(span).windows(value.len().max(1)).any(|text| text == value.as_bytes());
    if folded.starts_with("curl/") && !written {
        return None;
    }
    let named = folded.trim().is_empty() || LIBRARIES.iter().any(|name| folded.starts_with(name));
    named.then(|| Sighting::with(span, if value.is_empty() { "empty" } else { value }))
}

/// A command line of curl that sets the User-Agent of another program, and no other field: somebody looks whether it is the
/// name that is refused.
fn another_name_tried(evidence: &Evidence) -> Option<Sighting> {
    library_default(evidence)?;
    let (value, _) = evidence.request_header("user-agent")?;
    let other = !value.is_empty() && !value.to_ascii_lowercase().starts_with("curl/");
    if !other || !evidence.credentials.is_empty() {
        return None;
    }
    written::by_hand(evidence).find_map(|(whole, text)| {
        let by_curl = |line: &&str| {
            line.trim_start_matches(['$', ' ', '#']).starts_with("curl ") && line.contains(value)
        };
        let line = text.lines().find(by_curl)?;
        let at = text.find(line)? + line.find(value)?;
        Some(Sighting::with(whole.part(at, at + value.len()), value))
    })
}

/// The files that its installer writes (mitchellkrogza/nginx-ultimate-bad-bot-blocker, bots.d).
const BAD_BOTS: &str = "bots.d/blockbots.conf";

fn list_of_bad_bots(evidence: &Evidence) -> Option<Sighting> {
    if evidence.status().is_some_and(|status| !matches!(status, 403 | 444)) {
        return None;
    }
    written::by_hand(evidence).find_map(|(whole, text)| {
        let at = text.find(BAD_BOTS)?;
        Some(Sighting::with(whole.part(at, at + BAD_BOTS.len()), BAD_BOTS))
    })
}

/// Statuses that say themselves what was wrong: credentials, the target, its methods, the body.
fn names_another_check(status: u16) -> bool {
    matches!(status, 401 | 404 | 405 | 407 | 411 | 413..=415 | 419 | 422 | 501)
}

fn browser(evidence: &Evidence) -> Option<Sighting> {
    let (value, span) = evidence.request_header("user-agent")?;
    value.starts_with("Mozilla/").then(|| Sighting::at(span))
}

fn rule_on_user_agent(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::UserAgent)
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::UserAgent)
}

fn list_of_names(evidence: &Evidence) -> Option<Sighting> {
    configuration::hangs_on(evidence, Subject::UserAgent)
}

fn isolated_header(evidence: &Evidence) -> Option<Sighting> {
    isolated::header(evidence, "user-agent")
}

fn waf_names_it(evidence: &Evidence) -> Option<Sighting> {
    let found = evidence
        .waf_matches
        .iter()
        .find(|found| found.score > 0 && found.variable.eq_ignore_ascii_case("request_headers:user-agent"))?;
    let span = found.span.or(found.rule_span).or_else(|| evidence.request_line())?;
    Some(Sighting::with(span, format!("rule {}", found.rule)))
}
