//! The CORS protocol by the algorithm of the Fetch standard: the *CORS check* of an answer and the checks of a
//! *CORS-preflight fetch* (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use model::{Change, Evidence, Exchange, Field, Relation, Request, Response, Span};

mod safelist;

pub use safelist::{is_safelisted_header, is_safelisted_method, unsafe_header_names};

/// What makes a browser keep an answer from the page, or the request from being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Which step of the algorithm objects.
    pub fault: Fault,
    /// What is asked for: the origin, the method, the header name, `true`.
    pub wanted: String,
    /// What the answer grants in the field concerned; `None` if it lacks the field.
    pub granted: Option<String>,
    /// The field concerned; the status line where it is absent.
    pub span: Span,
}

/// The steps of the algorithm that can object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The preflight's status is no *ok status* (200 to 299).
    PreflightStatus,
    /// `Access-Control-Allow-Origin` is absent or another origin.
    Origin,
    /// `Access-Control-Allow-Origin: *` for a request with credentials.
    Wildcard,
    /// `Access-Control-Allow-Credentials` is not `true` for a request with credentials.
    Credentials,
    /// `Access-Control-Allow-Methods` lacks the method.
    Method,
    /// `Access-Control-Allow-Headers` lacks a header.
    Header,
}

/// A cross-origin request, as far as CORS looks at it.
#[derive(Clone, Debug)]
pub struct CrossOrigin {
    /// The serialised origin of the page: `https://shop.example` or `null`.
    pub origin: String,
    /// The line of `Origin`.
    pub span: Span,
    /// Whether the request is made with credentials (cookies; the credentials mode is `include`).
    pub credentialed: bool,
    /// The method of the real request.
    pub method: String,
    /// The CORS-unsafe header names of the real request, in lower case.
    pub unsafe_headers: Vec<String>,
}

/// The refused request as a cross-origin one; `None` if it has no `Origin`, or its own site's, or navigates.
#[must_use]
pub fn cross_origin(evidence: &Evidence) -> Option<CrossOrigin> {
    let request = evidence.request()?;
    let fields = &request.message.fields;
    let origin = fields.get("origin")?;
    let navigates = fields.value("sec-fetch-mode").is_some_and(|mode| mode.eq_ignore_ascii_case("navigate"));
    if origin.value == request.url.value.origin() || navigates {
        return None;
    }
    let asked = |name| fields.value(name).map(str::to_owned);
    let method = asked("access-control-request-method").filter(|_| is_preflight(request));
    let asked_headers = asked("access-control-request-headers").filter(|_| is_preflight(request));
    Some(CrossOrigin {
        origin: origin.value.clone(),
        span: origin.span,
        credentialed: fields.has("cookie"),
        method: method.unwrap_or_else(|| request.method.value.clone()),
        unsafe_headers: match asked_headers {
            Some(list) => members(&list),
            None => unsafe_header_names(&fields.0),
        },
    })
}

/// Whether a request is a CORS-preflight request.
#[must_use]
pub fn is_preflight(request: &Request) -> bool {
    request.method.value == "OPTIONS"
        && request.message.fields.has("origin")
        && request.message.fields.has("access-control-request-method")
}

/// The preflight of the refused request that a browser made: a related exchange, or the refused one itself.
#[must_use]
pub fn preflight(evidence: &Evidence) -> Option<&Exchange> {
    let own = evidence.request().is_some_and(is_preflight).then_some(&evidence.refused);
    own.or_else(|| evidence.related(Relation::Preflight).next())
}

/// The preflight that was sent as an experiment.
#[must_use]
pub fn tried_preflight(evidence: &Evidence) -> Option<&Exchange> {
    let mut trials = evidence.trials.iter();
    trials.find(|trial| trial.change == Change::Preflight).map(|trial| &trial.exchange)
}

/// What objects to the request in the answer of its preflight, if anything.
#[must_use]
pub fn preflight_objection(asked: &CrossOrigin, response: &Response) -> Option<Objection> {
    // Fetch, "CORS-preflight fetch", step 7: a CORS check, and then an ok status. A status that is not ok refuses
    // whatever the fields say, so it is named first.
    if !(200..=299).contains(&response.status.value) {
        return Some(Objection {
            fault: Fault::PreflightStatus,
            wanted: "a status from 200 to 299".to_owned(),
            granted: Some(status_and_server(response)),
            span: response.message.start_line,
        });
    }
    check(asked, response)
        .or_else(|| method_objection(asked, response))
        .or_else(|| header_objection(asked, response))
}

/// The status, and the product that says it gave it: often one in front of the application.
fn status_and_server(response: &Response) -> String {
    let status = response.status.value;
    response
        .message
        .fields
        .value("server")
        .map_or_else(|| status.to_string(), |server| format!("{status} by {server}"))
}

/// The CORS check of an answer (Fetch, section 4.10).
#[must_use]
pub fn check(asked: &CrossOrigin, response: &Response) -> Option<Objection> {
    let allowed = combined(response, "access-control-allow-origin");
    let objection = |fault, wanted: &str, granted: &Option<(String, Span)>| {
        let span = granted.as_ref().map_or(response.message.start_line, |(_, span)| *span);
        let granted = granted.as_ref().map(|(value, _)| value.clone());
        Some(Objection { fault, wanted: wanted.to_owned(), granted, span })
    };
    let Some((value, _)) = &allowed else { return objection(Fault::Origin, &asked.origin, &allowed) };
    if value == "*" {
        return match asked.credentialed {
            true => objection(Fault::Wildcard, &asked.origin, &allowed),
            false => None,
        };
    }
    if *value != asked.origin {
        return objection(Fault::Origin, &asked.origin, &allowed);
    }
    let credentials = combined(response, "access-control-allow-credentials");
    let granted = credentials.as_ref().is_some_and(|(value, _)| value == "true");
    if asked.credentialed && !granted {
        return objection(Fault::Credentials, "true", &credentials);
    }
    None
}

fn method_objection(asked: &CrossOrigin, response: &Response) -> Option<Objection> {
    let (granted, span) = combined(response, "access-control-allow-methods")
        .map_or((None, response.message.start_line), |(value, span)| (Some(value), span));
    let list = granted.as_deref().unwrap_or("");
    // Methods are compared by case; `*` counts only without credentials.
    let listed = list.split(',').any(|method| method.trim() == asked.method);
    let wildcard = !asked.credentialed && list.split(',').any(|method| method.trim() == "*");
    if listed || wildcard || is_safelisted_method(&asked.method) {
        return None;
    }
    // Without the field and without unsafe headers, the preflight was for the method alone, and nothing grants it.
    Some(Objection { fault: Fault::Method, wanted: asked.method.clone(), granted, span })
}

fn header_objection(asked: &CrossOrigin, response: &Response) -> Option<Objection> {
    let (granted, span) = combined(response, "access-control-allow-headers")
        .map_or((None, response.message.start_line), |(value, span)| (Some(value), span));
    let names = members(granted.as_deref().unwrap_or(""));
    let wildcard = !asked.credentialed && names.iter().any(|name| name == "*");
    let missing = asked.unsafe_headers.iter().find(|name| {
        // `Authorization` is the CORS non-wildcard request-header name.
        let covered = wildcard && name.as_str() != "authorization";
        !covered && !names.contains(name)
    })?;
    Some(Objection { fault: Fault::Header, wanted: missing.clone(), granted, span })
}

/// The values of all fields of that name, joined as the standard's *get* does, with the place of the first.
fn combined(response: &Response, name: &str) -> Option<(String, Span)> {
    let fields: Vec<&Field> = response.message.fields.all(name).collect();
    let span = fields.first()?.span;
    Some((fields.iter().map(|field| field.value.as_str()).collect::<Vec<_>>().join(", "), span))
}

/// The names of a comma-separated list, in lower case.
fn members(list: &str) -> Vec<String> {
    let names = list.split(',').map(|name| name.trim().to_ascii_lowercase());
    names.filter(|name| !name.is_empty()).collect()
}
