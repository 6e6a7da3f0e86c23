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
    prevalence: Prevalence::VeryCommon,
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
            weight: Weight::Supports,
            seek: nothing_grants,
            because: "no section of the configuration grants the directory that the log names, and httpd refuses what none grants",
        },
        Indicator {
            weight: Weight::Supports,
            seek: closed_without_answer,
            because: "444 is nginx's own: a `return 444` of its configuration closes the connection without an answer",
        },
        Indicator {
            weight: Weight::Hints,
            seek: led_to_what_nothing_grants,
            because: "this leads to that directory, which has no section of its own",
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
    page: page!("server/access_rule"),
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

/// ngx_http_request.h, NGX_HTTP_CLOSE.
fn closed_without_answer(evidence: &Evidence) -> Option<Sighting> {
    (evidence.status()? == 444).then(|| evidence.status_line().map(Sighting::at)).flatten()
}

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_outright(evidence, &RULES).map(|denial| denial.sighting())
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_outright(evidence, &RULES)?.confirmed(evidence)
}

/// Apache httpd's message for `Require` rules (`mod_authz_core.c`) and for those of 2.2 (`mod_access_compat.c`).
const DENIED: &str = "client denied by server configuration: ";

/// The distributions' main file has `Require all denied` for `/`, so that a directory needs a section of its own. A section
/// by URL or by file name may cover any path.
pub(crate) fn nothing_grants(evidence: &Evidence) -> Option<Sighting> {
    let (path, line) = logged::lines(evidence).find_map(|line| {
        let text = evidence.sources.text(line.span);
        let path = text.split_once(DENIED)?.1.split(", referer").next()?.trim().to_owned();
        Some((path, line.span))
    })?;
    let of_apache: Vec<_> = evidence.settings.iter().filter(|setting| setting.product == "apache").collect();
    let may_cover = |block: &String| {
        let (kind, argument) = block.split_once(' ').unwrap_or((block, ""));
        let directory = argument.trim_matches('"').trim_end_matches('/');
        match kind.to_ascii_lowercase().as_str() {
            "directory" => {
                path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            "virtualhost" | "ifmodule" | "ifdefine" => false,
            _ => true,
        }
    };
    let grants = |setting: &&&model::Setting| {
        matches!(setting.name.as_str(), "require" | "allow" | "order" | "satisfy")
            && setting.context.iter().any(may_cover)
    };
    let none = !of_apache.is_empty() && !of_apache.iter().any(|setting| grants(&setting));
    none.then(|| Sighting::with(line, path))
}

fn led_to_what_nothing_grants(evidence: &Evidence) -> Option<Sighting> {
    let path = nothing_grants(evidence)?.detail?;
    let leads = |value: &str| {
        let target =
            value.split_whitespace().next_back().unwrap_or("").trim_matches('"').trim_end_matches('/');
        target.starts_with('/') && path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'))
    };
    ["alias", "scriptalias", "documentroot"]
        .iter()
        .find_map(|name| configuration::setting(evidence, name, leads))
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
