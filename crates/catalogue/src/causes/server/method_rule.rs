//! A rule of the web server that limits methods applies
//!
//! ## Why the server refuses
//!
//! `limit_except`, `<Limit>` and `<LimitExcept>`, `if ($request_method ...)`, an ACL on the method: the server
//! itself lets some methods pass only, and refuses the others with 403 or 405 before the application sees them.
//! Defaults of packages for user folders and WebDAV contain such rules.
//!
//! ## How to mend it
//!
//! - nginx: name the method in `limit_except GET POST PUT { deny all; }` (GET includes HEAD), or move the
//!   application's path to a location of its own.
//! - Apache: `<LimitExcept GET POST PUT OPTIONS>`, or `Require method`; look into `conf-enabled/` and
//!   `userdir.conf`.
//! - HAProxy: the `acl ... method` of the `http-request deny` rule. IIS: *request filtering*, HTTP verbs, and
//!   the WebDAV module, which takes PUT and DELETE.
//! - Answer 405 with `Allow` rather than 403, so that clients know.
//!
//! ## What not to do
//!
//! Removing the limit for the whole server; `X-HTTP-Method-Override` to get past one's own rule.
//!
//! ## References
//!
//! - nginx, limit_except; Apache httpd, Limit, LimitExcept and Require method; IIS, request filtering

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Subject, Weight};

use crate::causes::{answer, configuration, redirects};

/// `server.method-rule`
pub static METHOD_RULE: Cause = Cause {
    id: "server.method-rule",
    layer: Layer::WebServer,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the configuration this rule refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the configuration, a rule on methods refuses this one",
        },
        Indicator {
            weight: Weight::Supports,
            seek: answer::method_not_allowed,
            because: "the target's `Allow` lacks the method",
        },
        Indicator {
            weight: Weight::Hints,
            seek: rule_on_methods,
            because: "the rule that refuses stands behind a condition on methods",
        },
        Indicator {
            weight: Weight::Hints,
            seek: configured,
            because: "the configuration limits methods somewhere",
        },
        Indicator {
            weight: Weight::Hints,
            seek: seldom_allowed,
            because: "rules on methods usually let GET, HEAD, POST and OPTIONS pass, and this is another",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: redirects::method_met_by_rule,
            because: "a redirect made this method out of another: the rule refuses what nobody asked for",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: configuration::passed_on,
            because: "by the configuration, the server passes the request on",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: answer::earlier_success_same_method,
            because: "the same method was accepted earlier on this path",
        },
    ],
    experiments: &[
        Experiment {
            change: Change::Get,
            predicts: model::Answer::Lifted,
            if_so: Weight::Hints,
            if_not: Weight::Weakens,
            because: "GET on the same target is not refused",
        },
        Experiment {
            change: Change::Head,
            predicts: model::Answer::Lifted,
            if_so: Weight::Hints,
            if_not: Weight::Weakens,
            because: "HEAD on the same target is not refused",
        },
    ],
    roots: &[],
    fix: "name the method in the rule, for this path",
    opens: "that method on this path; the application then decides",
    decided_by: "the web server's configuration for this path, or its error log",
    page: page!("server/method_rule"),
};

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Method)
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Method)
}

fn rule_on_methods(evidence: &Evidence) -> Option<Sighting> {
    configuration::hangs_on(evidence, Subject::Method)
}

fn seldom_allowed(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403, 405, 501])?;
    let method = &evidence.request()?.method;
    let usual = matches!(method.value.as_str(), "GET" | "HEAD" | "POST" | "OPTIONS");
    (!usual).then(|| Sighting::with(method.span, method.value.clone()))
}

fn configured(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403, 405])?;
    let names = ["limit_except", "limitexcept", "<limitexcept", "<limit", "allowmethods"];
    let block = |setting: &&model::Setting| {
        setting
            .context
            .iter()
            .any(|context| names.iter().any(|name| context.to_ascii_lowercase().starts_with(name)))
    };
    let inside = evidence.settings.iter().find(block).map(|setting| Sighting::at(setting.span));
    configuration::any_setting(evidence, &names).or(inside)
}
