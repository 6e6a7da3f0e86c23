//! A header that the product demands is missing: a tenant, a namespace, an API version
//!
//! ## Why the server refuses
//!
//! Some products demand a header of their own with each request and refuse without it: a tenant
//! (`X-Scope-OrgID`, `X-Vault-Namespace`, `X-Tenant-Id`), a version (`X-GitHub-Api-Version`,
//! `anthropic-version`), an identification (`User-Agent` with contact data), a subscription or project
//! (`X-Goog-User-Project`). It is no proof against forgery; it tells the server for whom, or in which dialect,
//! the request is made.
//!
//! ## How to mend it
//!
//! - Send the header with each request, best where the client is made once: `default_headers`, an interceptor,
//!   a profile.
//! - Vault Enterprise: `X-Vault-Namespace` or `VAULT_NAMESPACE`. Loki, Mimir, Tempo: `X-Scope-OrgID`. Google
//!   APIs with user credentials: `X-Goog-User-Project` or a quota project (`gcloud auth application-default
//!   set-quota-project`).
//! - Behind a proxy, check that it passes the header on: nginx drops names with underscores
//!   (`underscores_in_headers`).
//!
//! ## What not to do
//!
//! Setting the header for everybody in the proxy: each caller is then the same tenant.
//!
//! ## References
//!
//! - The product's API documentation, section on common headers
//! - nginx, ngx_http_core_module, underscores_in_headers

use model::{Cause, Evidence, Indicator, Layer, Prevalence, Relation, Root, Sighting, Weight};

use crate::causes::{anti_forgery, isolated};

/// `request.header-required`
pub static HEADER_REQUIRED: Cause = Cause {
    id: "request.header-required",
    layer: Layer::Application,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: isolated_missing,
            because: "a neutral copy of the request is refused, and passes when this is added",
        },
        Indicator {
            weight: Weight::Supports,
            seek: success_had_header,
            because: "an earlier request to the same path carried a header that this one lacks, and was not refused",
        },
        Indicator {
            weight: Weight::Hints,
            seek: answer_varies,
            because: "the answer varies by a header that the request lacks",
        },
    ],
    experiments: &[],
    roots: &[Root {
        cause: "gateway.header-stripped",
        seek: underscore_name,
        because: "the header's name holds an underscore, which nginx and others drop",
    }],
    fix: "send the header that the product demands",
    opens: "nothing: the header names a tenant or version, the rights stay as they are",
    decided_by: "the product's API documentation, section on headers",
    page: page!("request/header_required"),
};

/// The standard fields whose absence the product would not complain about as its own.
fn is_own(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let product = name.starts_with("x-") || name.ends_with("-version") || name.ends_with("-namespace");
    product
        && !name.starts_with("x-forwarded")
        && !anti_forgery::is_header(&name)
        && name != "x-requested-with"
}

fn success_had_header(evidence: &Evidence) -> Option<Sighting> {
    let own = &evidence.request()?.message.fields;
    evidence.related(Relation::EarlierSuccess).find_map(|exchange| {
        let fields = &exchange.request.as_ref()?.message.fields.0;
        let lost = fields.iter().find(|field| is_own(&field.name) && !own.has(&field.name))?;
        Some(Sighting::with(lost.span, lost.name.clone()))
    })
}

fn answer_varies(evidence: &Evidence) -> Option<Sighting> {
    let (vary, span) = evidence.response_header("vary")?;
    let own = &evidence.request()?.message.fields;
    let lacking = vary.split(',').map(str::trim).find(|name| is_own(name) && !own.has(name))?;
    Some(Sighting::with(span, lacking))
}

fn underscore_name(evidence: &Evidence) -> Option<Sighting> {
    let fields = &evidence.request()?.message.fields.0;
    let field = fields.iter().find(|field| field.name.contains('_'))?;
    Some(Sighting::with(field.span, field.name.clone()))
}

fn isolated_missing(evidence: &Evidence) -> Option<Sighting> {
    isolated::missing(evidence, is_own)
}
