//! nginx's access log: any `log_format`.
//! <https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format>

use super::template::{Builder, Shape, Slot, Template};
use crate::record::Field;
use crate::text::Encoding;

/// The format that nginx uses when none is named.
pub(crate) const COMBINED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;

/// Formats seen everywhere, the most specific first.
pub(crate) const KNOWN: &[(&str, &str)] = &[
    // The `main` of nginx.org's packages.
    (
        "main",
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for""#,
    ),
    // https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/
    (
        "ingress-nginx",
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"#,
    ),
    // The same before version 0.22, with the address of the PROXY protocol first.
    (
        "ingress-nginx (old)",
        r#"$remote_addr - [$proxy_add_x_forwarded_for] - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"#,
    ),
    // APISIX, conf/config-default.yaml `access_log_format`.
    (
        "APISIX",
        r#"$remote_addr - $remote_user [$time_local] $http_host "$request" $status $body_bytes_sent $request_time "$http_referer" "$http_user_agent" $upstream_addr $upstream_status $upstream_response_time "$upstream_scheme://$upstream_host$upstream_uri""#,
    ),
    // Kong since 3.? : `kong_combined` ends with the request id; older ones are `combined`.
    (
        "Kong",
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" kong_request_id: "$kong_request_id""#,
    ),
    ("combined", COMBINED),
];

/// Compiles a definition: the bare string, or the whole directive `log_format name escape=json '...' '...';`.
pub(crate) fn compile(definition: &str) -> Option<Template> {
    let (text, escape) = unwrap_directive(definition);
    let encoding = match escape {
        Some("json") => Encoding::Json,
        Some("none") => Encoding::Plain,
        _ => Encoding::Backslash,
    };
    let mut builder = Builder::default();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let dollar = memchr::memchr(b'$', &bytes[at..]).map_or(bytes.len(), |found| at + found);
        builder.text(&bytes[at..dollar]);
        let Some(name) = variable(&text[dollar..]) else {
            builder.text(bytes.get(dollar..dollar + 1).unwrap_or_default());
            at = dollar + 1;
            continue;
        };
        at = dollar + 1 + name.len() + if bytes.get(dollar + 1) == Some(&b'{') { 2 } else { 0 };
        builder.slot(slot(name).encoded(encoding));
    }
    builder.build()
}

/// The name behind `$` or within `${}`; `None` when there is none.
fn variable(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let inner = rest.strip_prefix('{').unwrap_or(rest);
    let length = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (length > 0).then(|| &inner[..length])
}

/// The text of a directive, its quoted parts joined, and its `escape=` parameter.
fn unwrap_directive(definition: &str) -> (String, Option<&str>) {
    let trimmed = definition.trim();
    let Some(rest) = trimmed.strip_prefix("log_format").filter(|rest| rest.starts_with(char::is_whitespace))
    else {
        return (trimmed.to_owned(), None);
    };
    let rest = rest.trim_start();
    let rest = rest.find(char::is_whitespace).map_or("", |end| rest[end..].trim_start());
    let (escape, mut rest) = match rest.strip_prefix("escape=") {
        Some(tail) => {
            let end = tail.find(char::is_whitespace).unwrap_or(tail.len());
            (Some(&tail[..end]), &tail[end..])
        }
        None => (None, rest),
    };
    let mut text = String::new();
    loop {
        rest = rest.trim_start();
        match rest.chars().next() {
            Some(quote @ ('\'' | '"')) => rest = quoted(&rest[1..], quote, &mut text),
            Some(';') | None => return (text, escape),
            Some(_) => {
                let end =
                    rest.find(|letter: char| letter.is_whitespace() || letter == ';').unwrap_or(rest.len());
                text.push_str(&rest[..end]);
                rest = &rest[end..];
            }
        }
    }
}

/// Appends a quoted string's inside; returns what follows it.
fn quoted<'t>(inside: &'t str, quote: char, text: &mut String) -> &'t str {
    let mut letters = inside.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, escaped)) => text.push(escaped),
                None => return "",
            },
            _ if letter == quote => return &inside[at + 1..],
            _ => text.push(letter),
        }
    }
    ""
}

/// What a variable holds. <https://nginx.org/en/docs/varindex.html>
fn slot(name: &str) -> Slot {
    let field = match name {
        "time_local" | "time_iso8601" | "msec" => Field::Time,
        "remote_addr" | "the_real_ip" | "realip_remote_addr" => Field::Client,
        "proxy_add_x_forwarded_for" => Field::ForwardedFor,
        "remote_port" => Field::ClientPort,
        "remote_user" => Field::User,
        "request" => Field::Request,
        "request_method" => Field::Method,
        "request_uri" => Field::Target,
        "uri" | "document_uri" => Field::Path,
        "args" | "query_string" => Field::Query,
        "server_protocol" => Field::Protocol,
        "scheme" => Field::Scheme,
        "host" => Field::Host,
        "server_name" => Field::Server,
        "server_port" => Field::ServerPort,
        "status" => Field::Status,
        "body_bytes_sent" => Field::Size,
        "request_length" => Field::RequestSize,
        "request_time" => Field::Duration,
        "request_id" | "req_id" | "kong_request_id" | "apisix_request_id" => Field::RequestId,
        "connection" => Field::ConnectionId,
        "upstream_addr" => Field::Upstream,
        "upstream_status" => Field::UpstreamStatus,
        "upstream_response_time" => Field::UpstreamTime,
        "proxy_upstream_name" => Field::Backend,
        "pid" => Field::Pid,
        "hostname" => Field::Machine,
        "request_body" => Field::RequestBody,
        "content_type" => Field::ContentType,
        "otel_trace_id" | "opentelemetry_trace_id" => Field::TraceId,
        "request_time_msec" | "upstream_header_time" | "upstream_connect_time" | "bytes_sent" => {
            return Slot::other().shaped(Shape::Number);
        }
        _ => match name.strip_prefix("http_").or_else(|| name.strip_prefix("sent_http_")).and_then(header) {
            Some(field) => field,
            None => return Slot::other(),
        },
    };
    Slot::of(field)
}

/// The field for a header that is logged, by its name in lower case; `-` and `_` count the same.
pub(crate) fn header(name: &str) -> Option<Field> {
    Some(match name.to_ascii_lowercase().replace('-', "_").as_str() {
        "referer" => Field::Referer,
        "user_agent" => Field::UserAgent,
        "host" | ":authority" => Field::Host,
        "origin" => Field::Origin,
        "content_type" => Field::ContentType,
        "x_forwarded_for" | "cf_connecting_ip" | "true_client_ip" | "x_real_ip" | "forwarded" => {
            Field::ForwardedFor
        }
        "x_request_id" | "x_correlation_id" | "request_id" | "cf_ray" | "x_amz_cf_id" | "x_unique_id"
        | "x_amzn_requestid" | "x_kong_request_id" => Field::RequestId,
        "traceparent" | "x_b3_traceid" | "x_amzn_trace_id" | "x_cloud_trace_context" | "uber_trace_id" => {
            Field::TraceId
        }
        _ => return None,
    })
}
