//! Body, field or argument count is over a limit of the firewall
//!
//! ## Why the server refuses
//!
//! Firewalls look at bodies up to a limit and refuse, or pass unseen, what is larger: ModSecurity's
//! `SecRequestBodyLimit` (128 MiB and 128 KiB without files by default), CRS limits on the number and length of
//! arguments (920300s), 8 to 64 KiB with AWS WAF, 128 KiB with Azure's. Uploads, long texts, and Base64
//! pictures in JSON meet them.
//!
//! ## How to mend it
//!
//! - ModSecurity: raise `SecRequestBodyNoFilesLimit` or `SecRequestBodyLimit` for the one location; send files
//!   as multipart parts, which count under the larger limit. `SecRequestBodyLimitAction ProcessPartial` looks
//!   at the first part only.
//! - CRS: `tx.max_num_args`, `tx.arg_length`, `tx.total_arg_length`, `tx.max_file_size` (rules 900300 to
//!   900350).
//! - AWS WAF: `SizeRestrictions_BODY` to count for the path of uploads; Azure: *max request body size*, *file
//!   upload limit*.
//! - Client: send less at a time; upload to object storage by a signed URL.
//!
//! ## What not to do
//!
//! No limit at all: large bodies exhaust the firewall's memory. Body inspection off for the whole site.
//!
//! ## References
//!
//! - ModSecurity reference manual, SecRequestBodyLimit and SecRequestBodyNoFilesLimit; AWS WAF, handling
//!   oversize components; OWASP CRS, crs-setup.conf

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, body_length, firewall};

/// `waf.body-size`
pub static BODY_SIZE: Cause = Cause {
    id: "waf.body-size",
    layer: Layer::Waf,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: over_configured_limit,
            because: "the body is longer than the firewall's configured limit",
        },
        Indicator {
            weight: Weight::Supports,
            seek: rule_on_size,
            because: "the rules given refuse this request for its size",
        },
        Indicator {
            weight: Weight::Supports,
            seek: body_length::isolated,
            because: "the same request is accepted when its body is shorter",
        },
        Indicator {
            weight: Weight::Hints,
            seek: long,
            because: "the body is longer than a common inspection limit of firewalls, 128 KiB",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: body_length::short,
            because: "the body, as far as it is shown, is shorter than any limit in use",
        },
    ],
    experiments: &[firewall::BODYLESS_PASSES],
    roots: &[],
    fix: "raise the firewall's limit for this one path, or send less at a time",
    opens: "larger bodies on that path, which cost the firewall memory and time",
    decided_by: "the firewall's log, which names the limit",
    page: page!("waf/body_size"),
};

fn over_configured_limit(evidence: &Evidence) -> Option<Sighting> {
    let multipart = evidence.request()?.message.media_type().as_deref() == Some("multipart/form-data");
    let names: &[&str] = if multipart {
        &["secrequestbodylimit"]
    } else {
        &["secrequestbodynofileslimit", "secrequestbodylimit"]
    };
    body_length::over(evidence, names)
}

fn rule_on_size(evidence: &Evidence) -> Option<Sighting> {
    firewall::matched(evidence, firewall::Subject::Size)
}

fn long(evidence: &Evidence) -> Option<Sighting> {
    let (size, span) = answer::request_size(evidence)?;
    (size > 128 * 1024).then(|| Sighting::with(span, format!("{size} bytes")))
}
