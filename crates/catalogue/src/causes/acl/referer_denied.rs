//! A hotlink or referer rule refused the request
//!
//! ## Why the server refuses
//!
//! To keep other sites from embedding pictures and files, servers compare `Referer` with a list of their own
//! names. A request from another site, from a bookmark (no `Referer`), or from one's own new domain that nobody
//! listed, is refused. The same kind of rule protects login forms against other sites, crudely.
//!
//! ## How to mend it
//!
//! - nginx: `valid_referers none blocked server_names *.shop.example;` — `none` admits requests without the
//!   field, `blocked` those that a firewall masked.
//! - Apache: `SetEnvIf Referer "^https://shop\.example/" local` and `Require env local`, or the `RewriteCond
//!   %{HTTP_REFERER}` of the rule.
//! - CDNs and hosts: add the domain in *hotlink protection*.
//! - Client: send the request from the site's own page.
//!
//! ## What not to do
//!
//! Relying on `Referer` to protect anything of worth: whoever wants can send any.
//!
//! ## References
//!
//! - nginx, ngx_http_referer_module; Apache httpd, mod_setenvif; RFC 9110, section 10.1.3

use model::{
    Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Root, Sighting, Subject, Weight,
};

use crate::causes::{answer, configuration, isolated};

/// `acl.referer-denied`
pub static REFERER_DENIED: Cause = Cause {
    id: "acl.referer-denied",
    layer: Layer::WebServer,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the configuration this rule refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: isolated_header,
            because: "the request is refused for this header alone",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_on_referer,
            because: "by the configuration, the rule that refuses this request looks at its Referer",
        },
        Indicator {
            weight: Weight::Hints,
            seek: list_of_sites,
            because: "the rule that refuses stands behind a condition on the Referer",
        },
        Indicator {
            weight: Weight::Hints,
            seek: list_configured,
            because: "the configuration compares Referer with a list",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: other_file_refused,
            because: "the Referer is the site's own",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetWithoutOrigin,
        predicts: model::Answer::Lifted,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "without Referer the same target is not refused",
    }],
    roots: &[Root {
        cause: "gateway.header-stripped",
        seek: stripped,
        because: "a proxy does not pass Referer on",
    }],
    fix: "add the site that links here to the list of valid referers",
    opens: "the files to pages of that one site",
    decided_by: "the web server's configuration for this path",
    page: page!("acl/referer_denied"),
};

fn rule_on_referer(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Referer)
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Referer)
}

fn list_of_sites(evidence: &Evidence) -> Option<Sighting> {
    configuration::hangs_on(evidence, Subject::Referer)
}

fn list_configured(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    configuration::any_setting(evidence, &["valid_referers"]).or_else(|| {
        configuration::setting(evidence, "rewritecond", |value| {
            value.to_ascii_uppercase().contains("HTTP_REFERER")
        })
    })
}

fn other_file_refused(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let referer = request.message.fields.get("referer")?;
    let own = model::Url::parse(&referer.value)?.host == request.url.value.host;
    own.then(|| Sighting::with(referer.span, referer.value.clone()))
}

fn stripped(evidence: &Evidence) -> Option<Sighting> {
    configuration::dropped(evidence, "referer")
}

fn isolated_header(evidence: &Evidence) -> Option<Sighting> {
    isolated::header(evidence, "referer")
}
