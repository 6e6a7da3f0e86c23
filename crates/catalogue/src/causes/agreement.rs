//! Witnesses that agree with a simulated refusal. A simulation alone is at most probable: the configuration given may not
//! be the one that is loaded. A log line of that server about this request, or an answer in its own words, settles it.

use model::{Evidence, Simulation, Step};

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
        // HAProxy: `P` means that the proxy ended the session itself, `R` while it looked at the request.
        let ended = simulation.server == "HAProxy"
            && step.rule.starts_with("http-request deny")
            && line.field("termination").is_some_and(|state| state.starts_with("PR"));
        let quote = evidence.sources.quote(line.span);
        (said || ended).then(|| format!("the log agrees ({}:{})", quote.document, quote.line))
    })
}

/// The page says which product wrote it, not which rule: every rule before the deciding one must be known.
fn said_in_answer(evidence: &Evidence, simulation: &Simulation, step: &Step) -> Option<String> {
    let response = evidence.response().filter(|response| simulation.status == Some(response.status.value))?;
    let one_server =
        evidence.simulations.iter().filter(|other| other.server == simulation.server).count() == 1;
    let body = response.message.body_text();
    let said = SERVED.iter().any(|words| fits(words, simulation, step) && body.contains(words.text));
    (said && one_server && simulation.is_certain())
        .then(|| format!("{} wrote the answer itself", simulation.server))
}
