//! The country or network that the request comes from is refused
//!
//! ## Why the server refuses
//!
//! The edge looks the address up in a table of countries and networks (ASN) and refuses some: by law (451 would
//! be the honest status), by contract, or to keep hosting networks, VPNs and anonymising services out. Tables
//! have mistakes, and a VPN's or cloud's exit may stand in another country than its user.
//!
//! ## How to mend it
//!
//! - Owner: allow the country or the one network in the rule: Cloudflare WAF custom rule (`ip.src.country`,
//!   `ip.src.asnum`), CloudFront geographic restrictions, AWS WAF geo match, nginx `geoip2`, Apache
//!   mod_maxminddb, HAProxy `map_ip`.
//! - Owner: if the table is wrong, report it to its maker (MaxMind, IP2Location); meanwhile allow the one
//!   address.
//! - Client: leave the VPN, or come from a network that the service's terms allow; servers in data centres
//!   often need an agreement.
//!
//! ## What not to do
//!
//! Opening all countries for one client; hiding one's origin from a service that has to keep a country out.
//!
//! ## References
//!
//! - RFC 7725 (451); Amazon CloudFront, restrict geographic distribution; Cloudflare, custom rules

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Subject, Weight};

use crate::causes::{addresses, answer, configuration, every_request};

/// `acl.geo-denied`
pub static GEO_DENIED: Cause = Cause {
    id: "acl.geo-denied",
    layer: Layer::Edge,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: status_451,
            because: "451 says that the resource is kept back for legal reasons, mostly by country",
        },
        Indicator {
            weight: Weight::Proves,
            seek: rule_refused,
            because: "by the configuration this rule refuses the request, and a second witness agrees",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the configuration, a rule on country or network refuses this request",
        },
        Indicator {
            weight: Weight::Hints,
            seek: country_looked_at,
            because: "the answer or configuration names a country, so somebody looks it up",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: addresses::accepted_before,
            because: "another request of the same client was accepted on the same path",
        },
    ],
    experiments: &[every_request::ANY_PATH_REFUSED],
    roots: &[],
    fix: "allow this country or network in the rule, or come from one that is allowed",
    opens: "the service to everybody in that country or network",
    decided_by: "the edge's event log, which names the rule and the country it saw",
    page: page!("acl/geo_denied"),
};

fn status_451(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[451])
}

const DIRECTIVES: [&str; 6] =
    ["geo", "geoip_country", "geoip2", "geo_match", "maxminddbenable", "geoipenable"];

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Country)
}

fn rule_refused(evidence: &Evidence) -> Option<Sighting> {
    configuration::confirmed_for(evidence, Subject::Country)
}

fn country_looked_at(evidence: &Evidence) -> Option<Sighting> {
    let names = ["x-country-code", "x-country", "x-geo-country", "cf-ipcountry", "cloudfront-viewer-country"];
    let field = names.iter().find_map(|name| answer::field(evidence, name));
    field.or_else(|| configuration::any_setting(evidence, &DIRECTIVES[1..]))
}
