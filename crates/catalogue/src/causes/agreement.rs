//! Witnesses that agree with a simulated refusal. A simulation alone is at most probable: the configuration given may not
//! be the one that is loaded. A log line of that server about this request, or an answer in its own words, settles it.

use model::{Evidence, LogLine, Response, Sighting, Simulation, Step};

use super::logged;

/// Words by which a server says that one of its own rules refused.
struct Words {
    /// The product, as simulations name it.
    server: &'static str,
    /// The directives that make it say so; empty for all.
    rules: &'static [&'static str],
    /// The words.
    text: &'static str,
}

/// Messages of logs. Sources: nginx `ngx_http_access_module.c`; Apache httpd `mod_authz_core.c` (AH01630),
/// `mod_access_compat.c` (AH01797), `core.c` (AH00588); Squid, access.log result codes.
static LOGGED: &[Words] = &[
    Words { server: "nginx", rules: &["deny"], text: "access forbidden by rule" },
    Words {
        server: "nginx",
        rules: &["client_max_body_size"],
        text: "client intended to send too large body",
    },
    Words {
        server: "Apache httpd",
        rules: &["require", "<require", "deny", "order", "allow", "<limit"],
        text: "client denied by server configuration",
    },
    Words { server: "Squid", rules: &["http_access"], text: "TCP_DENIED/403" },
    Words { server: "Envoy", rules: &[], text: "rbac_access_denied_matched_policy" },
];

/// Bodies of answers that no application writes: nginx `ngx_http_special_response.c`, HAProxy `http_err_msgs`, Squid
/// `errors/templates`, Envoy `rbac_filter.cc`.
static SERVED: &[Words] = &[
    Words { server: "nginx", rules: &["deny", "return", "client_max_body_size"], text: "<hr><center>nginx" },
    Words {
        server: "HAProxy",
        rules: &["http-request deny"],
        text: "Request forbidden by administrative rules.",
    },
    Words { server: "Envoy", rules: &[], text: "RBAC: access denied" },
];

/// Pages that a server writes for every refusal of its own, whichever rule made it: the same, and Apache's
/// `modules/http/http_protocol.c`, `ap_send_error_response()`.
static OWN_PAGES: &[(&str, &str)] = &[
    ("nginx", "<hr><center>nginx"),
    ("HAProxy", "Request forbidden by administrative rules."),
    ("Envoy", "RBAC: access denied"),
    ("Apache httpd", "You don't have permission to access this resource."),
];

/// Where the answer or a log line shows that this server wrote the refusal itself, and no other one.
pub(crate) fn wrote_itself(evidence: &Evidence, simulation: &Simulation) -> Option<Sighting> {
    let others = evidence.simulations.iter().filter(|other| other.server == simulation.server);
    if others.count() != 1 {
        return None;
    }
    let detail = format!("{} wrote the refusal itself", simulation.server);
    if let Some(line) = logged::lines(evidence).find(|line| ended_by_haproxy(simulation, line)) {
        return Some(Sighting::with(line.span, detail));
    }
    let response = evidence.response()?;
    let body = response.message.body.as_ref();
    let text = response.message.body_text();
    let page = OWN_PAGES.iter().any(|(server, page)| *server == simulation.server && text.contains(page));
    let span = body.filter(|_| page).map_or(response.message.start_line, |body| body.span);
    (page || is_bare_of_caddy(simulation, response)).then(|| Sighting::with(span, detail))
}

/// Caddy writes no page for a refusal of its own, and so no type; from a next hop it takes `Server` beside its own
/// (`modules/caddyhttp/staticresp.go`, `server.go`).
fn is_bare_of_caddy(simulation: &Simulation, response: &Response) -> bool {
    let fields = &response.message.fields;
    let servers: Vec<&str> = fields.all("server").map(|field| field.value.as_str()).collect();
    simulation.server == "Caddy"
        && servers == ["Caddy"]
        && response.message.body_text().is_empty()
        && !fields.has("via")
        && !fields.has("content-type")
}

/// `P`: the proxy ended the session itself; `R`: while it looked at the request (HAProxy's manual, section 8.5).
fn ended_by_haproxy(simulation: &Simulation, line: &LogLine) -> bool {
    simulation.server == "HAProxy" && line.field("termination").is_some_and(|state| state.starts_with("PR"))
}

/// A line of a server's log about the request that says that one of its rules refused.
pub(crate) fn rule_logged(evidence: &Evidence) -> Option<Sighting> {
    logged::lines(evidence).find_map(|line| {
        let text = evidence.sources.text(line.span);
        LOGGED.iter().any(|words| text.contains(words.text)).then(|| Sighting::at(line.span))
    })
}

/// What agrees with the simulated refusal, in words.
pub(crate) fn witness(evidence: &Evidence, simulation: &Simulation, step: &Step) -> Option<String> {
    said_in_log(evidence, simulation, step).or_else(|| said_in_answer(evidence, simulation, step))
}

fn fits(words: &Words, simulation: &Simulation, step: &Step) -> bool {
    let rule = step.rule.to_ascii_lowercase();
    words.server == simulation.server
        && (words.rules.is_empty() || words.rules.iter().any(|start| rule.starts_with(start)))
}

fn said_in_log(evidence: &Evidence, simulation: &Simulation, step: &Step) -> Option<String> {
    logged::lines(evidence).find_map(|line| {
        let text = evidence.sources.text(line.span);
        let said = LOGGED.iter().any(|words| fits(words, simulation, step) && text.contains(words.text));
        let ended = step.rule.starts_with("http-request deny") && ended_by_haproxy(simulation, line);
        let quote = evidence.sources.quote(line.span);
        (said || ended).then(|| format!("the log agrees ({}:{})", quote.document, quote.line))
    })
}

/// Whether an answer is the text that its rule is written with: `respond "Access denied" 403`, `return 403 "no entry"`.
fn given_by(rule: &str, body: &str) -> bool {
    let body = body.trim();
    let mut parts = rule.split('"');
    // Every second part stands between quotes.
    let quoted = std::iter::from_fn(|| parts.by_ref().nth(1));
    let text = |text: &str| text.len() >= TELLING && text.trim() == body;
    quoted.into_iter().any(text)
}

/// A shorter text may be another's too.
const TELLING: usize = 6;

/// The page says which product wrote it, not which rule: every rule before the deciding one must be known.
fn said_in_answer(evidence: &Evidence, simulation: &Simulation, step: &Step) -> Option<String> {
    let response = evidence.response().filter(|response| simulation.status == Some(response.status.value))?;
    let one_server =
        evidence.simulations.iter().filter(|other| other.server == simulation.server).count() == 1;
    let body = response.message.body_text();
    let said = SERVED.iter().any(|words| fits(words, simulation, step) && body.contains(words.text));
    let bare = is_bare_of_caddy(simulation, response)
        && ["respond", "error"].iter().any(|name| step.rule.starts_with(name));
    if !one_server || !simulation.is_certain() {
        return None;
    }
    if said || bare {
        return Some(format!("{} wrote the answer itself", simulation.server));
    }
    given_by(&step.rule, &body).then(|| "the answer is the text that the rule gives".to_owned())
}
