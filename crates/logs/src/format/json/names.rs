//! Which field a JSON or logfmt key names.
//!
//! Sources: Elastic Common Schema, OpenTelemetry semantic conventions, and the documents of Caddy, Traefik, Envoy,
//! HAProxy, Kong, APISIX, AWS (API Gateway, WAF, ALB), Cloudflare Logpush, pino, bunyan, winston, Serilog, lograge,
//! structlog, zap, logrus and python-json-logger.

use crate::format::nginx::header;
use crate::record::Field;

/// The path in lower case without `_` and `-`, joined by dots: `http.response.statuscode`.
pub(super) fn normalise(path: &[(usize, usize)], line: &[u8], name: &mut Vec<u8>) {
    name.clear();
    for (start, end) in path {
        if !name.is_empty() {
            name.push(b'.');
        }
        let key = line.get(*start..*end).unwrap_or_default();
        let key = key.get(..key.len().min(64)).unwrap_or_default();
        name.extend(
            key.iter().filter(|byte| !matches!(byte, b'_' | b'-' | b' ')).map(u8::to_ascii_lowercase),
        );
    }
}

/// The field for a normalised path.
pub(crate) fn field(path: &str) -> Option<Field> {
    if let Some(field) = whole(path) {
        return Some(field);
    }
    let (parent, last) = path.rsplit_once('.').unwrap_or(("", path));
    if parent.ends_with("headers") || parent.ends_with("header") {
        let response = parent.contains("resp") || parent.starts_with("res.");
        return header_name(last).filter(|field| !response || *field == Field::RequestId);
    }
    if ["requestheader", "downstreamrequestheader", "request"].contains(&parent)
        && header_name(last).is_some()
    {
        return header_name(last);
    }
    let wrapper = [
        "",
        "httprequest",
        "http",
        "req",
        "request",
        "access",
        "log",
        "fields",
        "data",
        "context",
        "payload",
    ];
    let known =
        wrapper.contains(&parent) || parent == "jsonpayload" || parent == "extra" || parent == "attributes";
    if known { single(last) } else { None }
}

/// Headers are written without `-` and `_` here.
fn header_name(name: &str) -> Option<Field> {
    let spelled = match name {
        "useragent" => "user_agent",
        "xforwardedfor" => "x_forwarded_for",
        "xrealip" => "x_real_ip",
        "cfconnectingip" => "cf_connecting_ip",
        "trueclientip" => "true_client_ip",
        "xrequestid" => "x_request_id",
        "xcorrelationid" => "x_correlation_id",
        "cfray" => "cf_ray",
        "xamzntraceid" => "x_amzn_trace_id",
        "xamznrequestid" => "x_amzn_requestid",
        "xb3traceid" => "x_b3_traceid",
        "contenttype" => "content_type",
        "xkongrequestid" => "x_kong_request_id",
        other => other,
    };
    header(spelled)
}

/// Paths whose parents matter.
fn whole(path: &str) -> Option<Field> {
    Some(match path {
        "http.response.statuscode"
        | "response.status"
        | "response.statuscode"
        | "res.statuscode"
        | "res.status"
        | "response.code"
        | "response.httpcode"
        | "httprequest.status"
        | "transaction.response.httpcode"
        | "transaction.response.status"
        | "attributes.http.response.statuscode"
        | "downstreamstatus" => Field::Status,
        "originstatus" | "originresponsestatus" => Field::UpstreamStatus,
        "request.clientip"
        | "request.remoteip"
        | "source.ip"
        | "client.ip"
        | "client.address"
        | "req.remoteaddress"
        | "req.ip"
        | "httprequest.clientip"
        | "httprequest.remoteip"
        | "clientaddr"
        | "clienthost"
        | "network.client.ip" => Field::Client,
        "request.remoteport" | "source.port" | "client.port" => Field::ClientPort,
        "request.uri"
        | "req.url"
        | "request.url"
        | "httprequest.uri"
        | "url.original"
        | "httprequest.requesturl"
        | "requestpath"
        | "http.target"
        | "http.url" => Field::Target,
        "request.requesturi" => Field::Target,
        "url.path" | "requesturlpath" => Field::Path,
        "url.query" | "httprequest.args" => Field::Query,
        "url.domain" | "request.host" | "server.address" | "requesthost" | "requestaddr" => Field::Host,
        "http.request.method"
        | "request.method"
        | "req.method"
        | "httprequest.httpmethod"
        | "httprequest.requestmethod" => Field::Method,
        "request.proto" | "httprequest.httpversion" | "http.version" => Field::Protocol,
        "useragent.original" | "httprequest.useragent" => Field::UserAgent,
        "http.request.referrer" => Field::Referer,
        "http.request.id" | "req.id" | "httprequest.requestid" | "request.id" => Field::RequestId,
        "trace.id" => Field::TraceId,
        "event.created" => Field::Time,
        "log.level" => Field::Level,
        "log.logger" => Field::Logger,
        "error.type" | "exception.type" | "err.type" => Field::Exception,
        "error.stacktrace" | "exception.stacktrace" | "err.stack" | "error.stack" => Field::Trace,
        "error.message" | "err.message" | "exception.message" => Field::Message,
        "http.response.body.bytes" | "response.size" => Field::Size,
        "request.size" | "httprequest.requestsize" => Field::RequestSize,
        "user.name" => Field::User,
        "service.name" => Field::Program,
        "host.name" | "host.hostname" => Field::Machine,
        "service.host" | "upstream.host" => Field::Upstream,
        "request.tls.servername" => Field::Server,
        _ => return None,
    })
}

/// Names that say it alone.
fn single(name: &str) -> Option<Field> {
    Some(match name {
        "status" | "statuscode" | "httpstatus" | "httpstatuscode" | "responsecode" | "responsestatus"
        | "respstatus" | "edgeresponsestatus" | "scstatus" | "elbstatuscode" | "httpresponsecode"
        | "respstatuscode" | "code" => Field::Status,
        "time" | "timestamp" | "ts" | "@timestamp" | "@t" | "datetime" | "starttime"
        | "edgestarttimestamp" | "date" | "timeiso8601" | "timelocal" | "eventtime" | "asctime"
        | "startutc" | "requesttimeepoch" | "accepttime" => Field::Time,
        "remoteaddr"
        | "clientip"
        | "remoteip"
        | "ip"
        | "remote"
        | "client"
        | "ipaddress"
        | "cip"
        | "clientaddress"
        | "downstreamremoteaddress"
        | "sourceip"
        | "srcip"
        | "peer"
        | "remotehost" => Field::Client,
        "clientport" | "remoteport" => Field::ClientPort,
        "xforwardedfor" | "forwardedfor" | "httpxforwardedfor" => Field::ForwardedFor,
        "method" | "requestmethod" | "httpmethod" | "clientrequestmethod" | "verb" | "csmethod" => {
            Field::Method
        }
        "uri" | "url" | "requesturi" | "target" | "requesttarget" | "clientrequesturi" | "requesturl"
        | "csuri" => Field::Target,
        "path" | "requestpath" | "clientrequestpath" | "resourcepath" | "csuristem" | "uripath" => {
            Field::Path
        }
        "query" | "querystring" | "args" | "csuriquery" => Field::Query,
        "request" | "requestline" => Field::Request,
        "protocol"
        | "proto"
        | "serverprotocol"
        | "httpversion"
        | "requestprotocol"
        | "clientrequestprotocol" => Field::Protocol,
        "scheme" | "requestscheme" => Field::Scheme,
        "host" | "httphost" | "authority" | "clientrequesthost" | "vhost" | "domainname" | "requesthost"
        | "cshost" => Field::Host,
        "bytessent"
        | "bodybytessent"
        | "size"
        | "bytes"
        | "responselength"
        | "edgeresponsebytes"
        | "downstreamcontentsize"
        | "contentlength"
        | "scbytes"
        | "responsesize"
        | "length" => Field::Size,
        "bytesreceived" | "requestlength" | "bytesread" | "requestsize" | "clientrequestbytes"
        | "requestcontentsize" => Field::RequestSize,
        "duration" | "requesttime" | "elapsed" | "latency" | "responsetime" | "durationms" | "took" => {
            Field::Duration
        }
        "referer" | "referrer" | "httpreferer" | "httpreferrer" | "clientrequestreferer" => Field::Referer,
        "useragent" | "agent" | "httpuseragent" | "clientrequestuseragent" | "ua" => Field::UserAgent,
        "origin" => Field::Origin,
        "user" | "remoteuser" | "username" | "userid" | "clientusername" => Field::User,
        "requestid" | "reqid" | "xrequestid" | "correlationid" | "rayid" | "uniqueid"
        | "extendedrequestid" | "xcorrelationid" | "xedgerequestid" | "requestuid" | "httpxrequestid" => {
            Field::RequestId
        }
        "traceid" | "traceparent" | "xb3traceid" | "xamzntraceid" | "@tr" | "xraytraceid" => Field::TraceId,
        "connectionid" => Field::ConnectionId,
        "upstream" | "upstreamaddr" | "upstreamhost" | "serviceaddr" | "serviceurl" => Field::Upstream,
        "upstreamstatus" => Field::UpstreamStatus,
        "upstreamresponsetime" | "upstreamservicetime" => Field::UpstreamTime,
        "upstreamcluster" | "servicename" | "backend" | "backendname" => Field::Backend,
        "routername" | "routename" | "frontend" | "frontendname" => Field::Frontend,
        "responseflags" | "terminationstate" => Field::Termination,
        "responsecodedetails" | "securityruledescription" | "edgeresultdetail" => Field::Detail,
        "level" | "severity" | "lvl" | "levelname" | "@l" | "loglevel" => Field::Level,
        "logger" | "loggername" | "category" | "sourcecontext" | "channel" => Field::Logger,
        "msg" | "message" | "@m" | "@mt" | "event" | "log" | "error" | "err" | "errormessage" => {
            Field::Message
        }
        "exception" | "exc" | "excinfo" | "@x" | "stack" | "stacktrace" | "traceback" => Field::Trace,
        "pid" | "processid" => Field::Pid,
        "hostname" => Field::Machine,
        "action" | "securityaction" => Field::Action,
        "securityruleid" | "terminatingruleid" => Field::RuleId,
        _ => return None,
    })
}
