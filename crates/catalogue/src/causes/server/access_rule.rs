//! An access rule of the web server's configuration refuses this request
//!
//! ## Why the server refuses
//!
//! The configuration says so: `deny`, `return 403`, `Require`, `http-request deny`, `respond 403`. Often the
//! rule was meant for something else: a location that matches more than intended, a rule against hidden files
//! or `xmlrpc.php`, an alias without a grant (Apache 2.4 refuses what nobody granted), old `Order`/`Deny` lines
//! beside new ones.
//!
//! ## How to mend it
//!
//! - Read the rule where it stands, and narrow it to what it was meant for: a more exact `location`,
//!   `<Location>` or ACL for this path.
//! - Apache 2.4: a `<Directory>` with `Require all granted` for the one folder that is meant to be served;
//!   replace `Order`, `Allow` and `Deny` (mod_access_compat) everywhere or nowhere.
//! - nginx: exact (`=`) and `^~` locations win over regular expressions; `satisfy any` joins `allow` and
//!   `auth_basic`. The order of `allow` and `deny` counts.
//! - HAProxy: the first matching `http-request` rule decides; an ACL of several lines is their *or*.
//! - `nginx -T`, `apachectl -S` and `-t -D DUMP_INCLUDES` show what is truly loaded.
//!
//! ## What not to do
//!
//! `Require all granted` on `/`, `allow all` on the server, removing the rule against hidden files.
//!
//! ## References
//!
//! - nginx, ngx_http_access_module and location; Apache httpd, Require and upgrading from 2.2; HAProxy,
//!   http-request deny

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{configuration, logged, open_rules};

/// `server.access-rule`
pub static ACCESS_RULE: Cause = Cause {
    id: "server.access-rule",
    layer: Layer::WebServer,
    prevalence: Prevalence::Common,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the configuration this rule refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the configuration, this rule refuses the request",
        },
        Indicator {
            weight: Weight::Hints,
            seek: hidden_or_guarded_file,
            because: "the path is of a kind that configurations commonly refuse",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: configuration::passed_on,
            because: "by the configuration, the server passes the request on",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: configuration::sends_a_file,
            because: "by the configuration no rule refuses, and the server answers with a file",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: open_rules::none_is_plain,
            because: "by the configuration no access rule refuses, and of the rules left open none is one",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: logged::refused_upstream,
            because: "the log shows that the service behind this server answered with this status itself",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "narrow the rule so that it no longer covers this request",
    opens: "this path and method to whoever the rule kept out",
    decided_by: "the web server's error log from the second of the refusal, or its whole configuration",
    source: include_str!("access_rule.rs"),
};

/// Directives that refuse. What they look at tells the causes apart: an address, a method, a User-Agent.
const RULES: [&str; 13] = [
    "deny",
    "return",
    "require",
    "order",
    "allow",
    "http-request deny",
    "http_access",
    "respond",
    "abort",
    "error",
    "rewriterule",
    "redirect",
    "block",
];

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_outright(evidence, &RULES).map(|denial| denial.sighting())
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_outright(evidence, &RULES)?.confirmed(evidence)
}

fn hidden_or_guarded_file(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url;
    let path = url.value.path.as_str();
    let well_known = path.starts_with("/.well-known/");
    let hidden = path.split('/').any(|segment| segment.len() > 1 && segment.starts_with('.')) && !well_known;
    let guarded = ["/xmlrpc.php", "/server-status", "/wp-config.php", ".bak", ".sql", ".ini", "~"]
        .iter()
        .any(|end| path.ends_with(end));
    (hidden || guarded).then(|| Sighting::with(url.span, path))
}
