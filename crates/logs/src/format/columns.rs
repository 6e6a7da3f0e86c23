//! Formats with fixed columns: Squid, Envoy, AWS load balancers, and those that name their columns in `#Fields:`.

use super::nginx::header;
use super::template::{Builder, Shape, Slot, Template};
use crate::record::Field;
use crate::text::Encoding;

/// Squid's native format: <https://wiki.squid-cache.org/Features/LogFormat#squid-native-accesslog-format>
pub(crate) const SQUID: &str = "{time} {duration} {client} {termination}/{status} {size} {method} {target} {user} {}/{upstream} {content-type}";

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>; AWS appends.
pub(crate) const ALB: &str = "{} {time} {server} {client-endpoint} {upstream} {} {upstream-time} {} {status} \
    {upstream-status} {request-size} {size} \"{request}\" \"{agent}\" {} {} {} \"{trace-id}\" \"{host}\" \"{}\" {} {} \
    \"{action}\" \"{}\" \"{detail}\"";

/// <https://doc.traefik.io/traefik/observability/access-logs/#format>: request count, router, server and duration follow.
pub(crate) const TRAEFIK: &str = "{client} - {user} [{time}] \"{request}\" {status} {size} \"{referer}\" \"{agent}\" {number} \"{frontend}\" \"{upstream}\" {number}ms";

/// The Common Log Format of Amazon API Gateway, with the request's id behind it.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>
pub(crate) const API_GATEWAY: &str = "{client} {} {user} [{time}] \"{request}\" {status} {size} {request-id}";

/// Rack's common logger: the Common Log Format and the time taken, in seconds. Before Rack 1.6 the date has no zone.
/// <https://github.com/rack/rack/blob/main/lib/rack/common_logger.rb>
pub(crate) const RACK: &str = "{client} - {user} [{time}] \"{request}\" {status} {size} {duration}";

/// The order of columns of an IIS site as installed, for excerpts without the header.
pub(crate) const IIS: &str = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
    cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken";

/// <https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string>
/// and Istio's, from its `pilot/pkg/model/telemetry_logging.go`.
pub(crate) const ENVOY: &[&str] = &[
    r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%"#,
    r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%""#,
];

/// Compiles a layout of `{name}`s.
pub(crate) fn layout(definition: &str) -> Option<Template> {
    let mut builder = Builder::default();
    let mut rest = definition;
    while let Some(open) = rest.find('{') {
        let close = open + rest[open..].find('}')?;
        builder.text(&rest.as_bytes()[..open]).slot(named(&rest[open + 1..close]));
        rest = &rest[close + 1..];
    }
    builder.text(rest.as_bytes());
    builder.build()
}

fn named(name: &str) -> Slot {
    let field = match name {
        "time" => Field::Time,
        "client" => Field::Client,
        "number" => return Slot::other().shaped(Shape::Number),
        "frontend" => Field::Frontend,
        "referer" => Field::Referer,
        "request-id" => return Slot::of(Field::RequestId).shaped(Shape::Identifier),
        "client-endpoint" => return Slot::of(Field::Client).shaped(Shape::Endpoint),
        "termination" => return Slot::of(Field::Termination).shaped(Shape::Word),
        "duration" => return Slot::of(Field::Duration).shaped(Shape::Number),
        "status" => Field::Status,
        "upstream-status" => return Slot::of(Field::UpstreamStatus).shaped(Shape::Status),
        "size" => Field::Size,
        "request-size" => Field::RequestSize,
        "method" => Field::Method,
        "target" => Field::Target,
        "user" => Field::User,
        "upstream" => Field::Upstream,
        "upstream-time" => return Slot::of(Field::UpstreamTime).shaped(Shape::Number),
        "content-type" => Field::ContentType,
        "server" => Field::Server,
        "request" => Field::Request,
        "agent" => Field::UserAgent,
        "trace-id" => Field::TraceId,
        "host" => Field::Host,
        "action" => Field::Action,
        "detail" => Field::Detail,
        _ => return Slot::other(),
    };
    Slot::of(field)
}

/// Compiles Envoy's format string.
pub(crate) fn envoy(definition: &str) -> Option<Template> {
    let mut builder = Builder::default();
    let mut rest = definition.trim();
    while let Some(open) = rest.find('%') {
        builder.text(&rest.as_bytes()[..open]);
        let close = open + 1 + rest[open + 1..].find('%')?;
        if close == open + 1 {
            builder.text(b"%");
        } else {
            builder.slot(operator(&rest[open + 1..close]));
        }
        rest = &rest[close + 1..];
    }
    builder.text(rest.as_bytes());
    builder.build()
}

fn operator(text: &str) -> Slot {
    let (name, argument) = text.split_once('(').unwrap_or((text, ""));
    let argument = argument.split(')').next().unwrap_or_default();
    let field = match name {
        "START_TIME" => Field::Time,
        "PROTOCOL" => Field::Protocol,
        "RESPONSE_CODE" => Field::Status,
        "RESPONSE_FLAGS" | "RESPONSE_FLAGS_LONG" => Field::Termination,
        "RESPONSE_CODE_DETAILS" => Field::Detail,
        "BYTES_RECEIVED" => Field::RequestSize,
        "BYTES_SENT" => Field::Size,
        "DURATION" => Field::Duration,
        "UPSTREAM_HOST" => Field::Upstream,
        "UPSTREAM_CLUSTER" | "UPSTREAM_CLUSTER_RAW" => Field::Backend,
        "DOWNSTREAM_REMOTE_ADDRESS" => return Slot::of(Field::Client).shaped(Shape::Endpoint),
        "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" | "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT" => {
            Field::Client
        }
        "ROUTE_NAME" => Field::Frontend,
        "STREAM_ID" => Field::RequestId,
        "TRACE_ID" => Field::TraceId,
        "REQ" => match argument.rsplit('?').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            ":method" => Field::Method,
            ":path" => Field::Target,
            ":scheme" => Field::Scheme,
            name => match header(name) {
                Some(field) => field,
                None => return Slot::other(),
            },
        },
        "RESP" if argument.eq_ignore_ascii_case("x-envoy-upstream-service-time") => Field::UpstreamTime,
        _ => return Slot::other(),
    };
    Slot::of(field).encoded(Encoding::Plain)
}

/// Compiles the names of a `#Fields:` line: W3C extended format, IIS, CloudFront (which separates with tabs).
/// <https://www.w3.org/TR/WD-logfile>, <https://learn.microsoft.com/windows/win32/http/w3c-logging>
pub(crate) fn w3c(names: &str, separator: u8) -> Option<Template> {
    let mut builder = Builder::default();
    for (index, name) in names.split_whitespace().enumerate() {
        if index > 0 {
            builder.text(&[separator]);
        }
        builder.slot(w3c_slot(name));
    }
    builder.build()
}

fn w3c_slot(name: &str) -> Slot {
    let field = match name {
        "date" => Field::Date,
        "time" => Field::TimeOfDay,
        "timestamp" => Field::Time,
        "c-ip" => Field::Client,
        "c-port" => Field::ClientPort,
        "cs-method" => Field::Method,
        "cs-uri-stem" => Field::Path,
        "cs-uri-query" => Field::Query,
        "cs-uri" => Field::Target,
        "cs-username" => Field::User,
        "cs-host" | "cs(Host)" | "x-host-header" => Field::Host,
        "s-port" => Field::ServerPort,
        "s-sitename" | "s-computername" => Field::Server,
        "cs-version" | "cs-protocol-version" => Field::Protocol,
        "cs-protocol" => Field::Scheme,
        "sc-status" => Field::Status,
        "sc-substatus" => return Slot::of(Field::SubStatus).shaped(Shape::Number),
        "sc-bytes" => Field::Size,
        "cs-bytes" => Field::RequestSize,
        "time-taken" => return Slot::of(Field::Duration).shaped(Shape::Number),
        "x-edge-request-id" => Field::RequestId,
        "x-edge-result-type" => Field::Termination,
        "x-edge-detailed-result-type" => Field::Detail,
        "x-forwarded-for" => Field::ForwardedFor,
        "s-reason" => Field::Detail,
        "s-queuename" => Field::Backend,
        "cs(User-Agent)" => return Slot::of(Field::UserAgent).encoded(Encoding::Plus),
        "cs(Referer)" => return Slot::of(Field::Referer).encoded(Encoding::Plus),
        _ => match name.strip_prefix("cs(").and_then(|rest| rest.strip_suffix(')')).and_then(header) {
            Some(field) => field,
            None => return Slot::other(),
        },
    };
    Slot::of(field).encoded(Encoding::Percent)
}
