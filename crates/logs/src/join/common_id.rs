//! The configuration lines that give every layer one request id, and make it stand in every log.

use crate::format::Kind;

/// What to add to a product's configuration so that it takes over the id of the server before it, makes one where there
/// is none, passes it on in `X-Request-ID`, and logs it.
pub fn common_id(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        // https://nginx.org/en/docs/http/ngx_http_core_module.html#var_request_id; the error log cannot print it.
        Kind::NginxAccess | Kind::NginxError | Kind::Combined => {
            "map $http_x_request_id $common_id { default $http_x_request_id; \"\" $request_id; }\n\
             log_format with_id '$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" $common_id';\n\
             access_log /var/log/nginx/access.log with_id;\n\
             proxy_set_header X-Request-ID $common_id;\n\
             add_header X-Request-ID $common_id always;"
        }
        // https://httpd.apache.org/docs/2.4/mod/mod_unique_id.html, mod_headers.html#requestheader (setifempty: 2.4.7),
        // core.html#errorlogformat
        Kind::ApacheAccess | Kind::ApacheError => {
            "LoadModule unique_id_module modules/mod_unique_id.so\n\
             RequestHeader setifempty X-Request-ID \"expr=%{reqenv:UNIQUE_ID}\"\n\
             LogFormat \"%h %l %u %t \\\"%r\\\" %>s %b \\\"%{Referer}i\\\" \\\"%{User-Agent}i\\\" %{X-Request-ID}i %{UNIQUE_ID}e\" with_id\n\
             CustomLog ${APACHE_LOG_DIR}/access.log with_id\n\
             ErrorLogFormat \"[%t] [%-m:%l] [pid %P:tid %T] [client %a] [%{X-Request-ID}i] %E: %M\""
        }
        // https://docs.haproxy.org/3.0/configuration.html#unique-id-format, 8.2.6
        Kind::Haproxy => {
            "unique-id-format %[uuid()]\n\
             http-request set-header X-Request-ID %[unique-id] unless { req.hdr(X-Request-ID) -m found }\n\
             http-request set-var(txn.common_id) req.hdr(X-Request-ID)\n\
             log-format \"%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r %[var(txn.common_id)] %[last_rule_file]:%[last_rule_line]\""
        }
        // https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-request-id
        Kind::Envoy => {
            "generate_request_id: true\n\
             preserve_external_request_id: true\n\
             always_set_request_id_in_response: true\n\
             # in the access log's format: %REQ(X-REQUEST-ID)% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"
        }
        // https://caddyserver.com/docs/caddyfile/directives/log_append, concepts#placeholders
        Kind::Caddy => {
            "@without_id not header X-Request-ID *\n\
             request_header @without_id X-Request-ID {http.request.uuid}\n\
             header X-Request-ID {http.request.header.X-Request-ID}"
        }
        // https://doc.traefik.io/traefik/observability/access-logs/#limiting-the-fieldsincluding-headers
        Kind::Traefik => {
            "accessLog:\n  format: json\n  fields:\n    headers:\n      names:\n        X-Request-Id: keep\n        Traceparent: keep"
        }
        // http://www.squid-cache.org/Doc/config/logformat/
        Kind::Squid => {
            "logformat with_id %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %un %Sh/%<a %mt %{X-Request-ID}>h\n\
             access_log daemon:/var/log/squid/access.log with_id"
        }
        // https://developer.konghq.com/plugins/correlation-id/
        Kind::Kong => {
            "plugins:\n- name: correlation-id\n  config: { header_name: X-Request-ID, generator: uuid, echo_downstream: true }"
        }
        // https://apisix.apache.org/docs/apisix/plugins/request-id/
        Kind::Apisix => "plugins:\n  request-id: { header_name: X-Request-Id, include_in_response: true }",
        // https://docs.gunicorn.org/en/stable/settings.html#access-log-format
        Kind::Python => {
            "gunicorn --access-logformat '%(h)s %(l)s %(u)s %(t)s \"%(r)s\" %(s)s %(b)s \"%(f)s\" \"%(a)s\" %({x-request-id}i)s'"
        }
        // https://guides.rubyonrails.org/configuring.html#config-log-tags
        Kind::Rails => "config.log_tags = [:request_id]",
        // https://github.com/expressjs/morgan#req-header
        Kind::Node => {
            "app.use(morgan(':remote-addr - :remote-user [:date[clf]] \":method :url HTTP/:http-version\" :status :res[content-length] \":referrer\" \":user-agent\" :req[x-request-id]'))"
        }
        // https://logback.qos.ch/manual/mdc.html
        Kind::Java => {
            "MDC.put(\"request_id\", request.getHeader(\"X-Request-ID\"));  // in a servlet filter, with %X{request_id} in the pattern"
        }
        // https://laravel.com/docs/logging#contextual-information
        Kind::Laravel => "Log::withContext(['request_id' => $request->header('X-Request-ID')]);",
        _ => return None,
    })
}
