//! Rules that a simulation leaves open and that could be the ones that refused.

use model::{Evidence, OpenRule, Setting, Step, StepVerdict};

use super::subject::subjects;

/// The open steps that can refuse with the observed status.
pub(super) fn rules(evidence: &Evidence, steps: &[Step]) -> Vec<OpenRule> {
    let mut found: Vec<OpenRule> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let known = found.iter().any(|rule| steps[rule.step].rule == step.rule);
        if step.verdict == StepVerdict::Unknown && !known && can_refuse(evidence, &step.rule) {
            let looks_at = subjects(&step.rule, &step.because, &[]);
            found.push(OpenRule { step: number, looks_at });
        }
    }
    found
}

/// Directives that refuse by themselves, where what they ask for is not given.
const REFUSING: [&str; 26] = [
    "deny",
    "allow",
    "auth_request",
    "auth_jwt",
    "forward_auth",
    "http-request deny",
    "http-request tarpit",
    "http-request reject",
    "http-request lua.auth-intercept",
    "http-request lua.auth-request",
    "tcp-request connection reject",
    "tcp-request content reject",
    "http_access",
    "respond",
    "error",
    "abort",
    "require",
    "order",
    "ext_authz",
    "envoy.filters.http.ext_authz",
    "envoy.filters.http.rbac",
    "envoy.filters.http.local_ratelimit",
    "envoy.filters.http.ratelimit",
    "forwardauth",
    "ipallowlist",
    "ratelimit",
];

/// Limits whose refusal has a status of its own, and the directive that sets it (`ngx_http_limit_req_module.c`,
/// `ngx_http_limit_conn_module.c`: 503 by default).
const LIMITS: [(&str, &str); 2] = [("limit_req", "limit_req_status"), ("limit_conn", "limit_conn_status")];

fn can_refuse(evidence: &Evidence, rule: &str) -> bool {
    let observed = evidence.status();
    let lower = rule.to_ascii_lowercase();
    if let Some((_, status)) = LIMITS.iter().find(|(name, _)| starts_with_word(&lower, name)) {
        let set = evidence.settings(status).filter_map(|setting| number(&setting.value)).last();
        return observed.is_none_or(|observed| observed == set.unwrap_or(503));
    }
    if starts_with_word(&lower, "if") || starts_with_word(&lower, "<if") {
        return evidence.settings.iter().any(|setting| refuses_within(setting, rule, observed));
    }
    if starts_with_word(&lower, "rewriterule") {
        let flags = lower.rsplit_once('[').map_or("", |(_, flags)| flags.trim_end_matches(']'));
        return flags.split(',').any(|flag| matches!(flag.trim(), "f" | "forbidden"))
            && observed.is_none_or(|observed| observed == 403);
    }
    let refuses = REFUSING.iter().any(|name| starts_with_word(&lower, name));
    refuses && own_status(&lower).zip(observed).is_none_or(|(own, observed)| own == observed)
}

/// A directive of the block that a condition opens, which refuses with the observed status.
fn refuses_within(setting: &Setting, condition: &str, observed: Option<u16>) -> bool {
    let inside = setting.context.last().is_some_and(|block| block == condition.trim_matches(['<', '>']));
    let refuses = match setting.name.as_str() {
        "return" => number(&setting.value).is_some_and(|status| (400..600).contains(&status)),
        "deny" | "require" => true,
        _ => false,
    };
    let fits = number(&setting.value).zip(observed).is_none_or(|(own, observed)| own == observed);
    inside && refuses && fits
}

/// A status that a rule names as its answer: `respond 403`, `deny_status 429`, `error "x" 404`.
fn own_status(rule: &str) -> Option<u16> {
    let mut words = rule.split_whitespace().filter_map(|word| word.parse().ok());
    words.rfind(|status| (400..600).contains(status))
}

fn number(text: &str) -> Option<u16> {
    text.split([' ', ';']).next()?.parse().ok()
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let rest = text.strip_prefix(word);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-'))
}

#[cfg(test)]
mod tests {
    use model::{SourceKind, Subject};

    use super::*;

    fn open(answer: &str, configuration: &str, rule: &str) -> Option<Vec<Subject>> {
        let mut evidence = crate::read(vec![crate::Document {
            name: "answer.http".into(),
            bytes: answer.as_bytes().to_vec(),
        }]);
        let id = evidence.sources.add("shop.conf", SourceKind::Config, configuration);
        crate::config::read(&mut evidence, id);
        let because = "it would have to be known".to_owned();
        let verdict = StepVerdict::Unknown;
        let step = Step { phase: "access".into(), rule: rule.into(), span: None, verdict, because };
        rules(&evidence, &[step.clone(), step]).pop().map(|rule| rule.looks_at)
    }

    const FORBIDDEN: &str = "HTTP/1.1 403 Forbidden\r\n\r\n";

    #[test]
    fn a_step_that_can_refuse_so_is_left_open() {
        let by = |rule: &str| open(FORBIDDEN, "", rule);
        assert_eq!(by("auth_request /check"), Some(vec![Subject::Credentials]));
        let counted = by("http-request deny if { sc_http_req_rate(0) gt 5 }");
        assert_eq!(counted, Some(vec![Subject::Rate]));
        assert_eq!(by("forward_auth 127.0.0.1:9000"), Some(vec![Subject::Credentials]));
        assert_eq!(by("http-request deny if { hdr(x-a) -f /etc/list }"), Some(vec![Subject::Field]));
        assert_eq!(by("http-request deny deny_status 429 if { src_conn_cur gt 9 }"), None);
        assert_eq!(by("http-request set-header X-A b if { src_conn_cur gt 9 }"), None);
        assert_eq!(by("limit_req zone=one"), None);
        assert_eq!(by("RewriteRule ^/a - [F,L]"), Some(vec![]));
        assert_eq!(by("RewriteRule ^/a /b [L]"), None);
    }

    #[test]
    fn a_condition_counts_by_what_its_block_does() {
        let rule = "if ($ssl_client_verify != SUCCESS)";
        let of = |inside: &str| open(FORBIDDEN, &format!("{rule} {{\n    {inside};\n}}\n"), rule);
        assert_eq!(of("return 403"), Some(vec![Subject::Certificate]));
        assert_eq!(of("return 302 /login"), None);
        assert_eq!(of("set $a b"), None);
    }

    #[test]
    fn a_limit_refuses_with_the_status_that_is_set_for_it() {
        let rule = "limit_req zone=one";
        let with = |text: &str| open("HTTP/1.1 429 Too Many Requests\r\n\r\n", text, rule);
        assert_eq!(with("limit_req_status 429;\n"), Some(vec![Subject::Rate]));
        assert_eq!(with(""), None);
    }
}
