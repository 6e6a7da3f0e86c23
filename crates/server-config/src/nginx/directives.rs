//! Which directives can decide a request, and which of those are not modelled.
//!
//! Names from <https://nginx.org/en/docs/dirindex.html>.

use super::Config;
use super::run::Run;
use super::tree::Directive;
use crate::request::Scheme;
use crate::source::{Place, Warning};
use crate::walk::Needs;

/// Directives that the simulator acts on.
const MODELLED: &[&str] = &[
    "alias",
    "allow",
    "auth_basic",
    "auth_basic_user_file",
    "auth_request",
    "auth_request_set",
    "autoindex",
    "break",
    "client_max_body_size",
    "default",
    "deny",
    "empty_gif",
    "error_page",
    "events",
    "fastcgi_param",
    "fastcgi_pass",
    "geo",
    "grpc_pass",
    "grpc_set_header",
    "gzip_static",
    "http",
    "if",
    "ignore_invalid_headers",
    "include",
    "index",
    "internal",
    "limit_conn",
    "limit_except",
    "limit_req",
    "listen",
    "location",
    "map",
    "memcached_pass",
    "merge_slashes",
    "mirror",
    "proxy_http_version",
    "proxy_method",
    "proxy_pass",
    "proxy_pass_request_body",
    "proxy_pass_request_headers",
    "proxy_set_header",
    "real_ip_header",
    "real_ip_recursive",
    "recursive_error_pages",
    "return",
    "rewrite",
    "root",
    "satisfy",
    "scgi_param",
    "scgi_pass",
    "server",
    "server_name",
    "set",
    "set_real_ip_from",
    "stub_status",
    "try_files",
    "underscores_in_headers",
    "upstream",
    "uwsgi_param",
    "uwsgi_pass",
    "valid_referers",
    "disable_symlinks",
    "dav_methods",
    "image_filter",
    "random_index",
    "flv",
    "mp4",
    "perl",
    "ssl_verify_client",
    "f4f",
    "hls",
];

/// Directives that change neither the status of an answer nor the rule that decides it.
const HARMLESS: &[&str] = &[
    "absolute_redirect",
    "access_log",
    "add_after_body",
    "add_before_body",
    "add_header",
    "add_trailer",
    "addition_types",
    "aio",
    "aio_write",
    "auth_delay",
    "autoindex_exact_size",
    "autoindex_format",
    "autoindex_localtime",
    "brotli",
    "brotli_static",
    "brotli_types",
    "chunked_transfer_encoding",
    "connection_pool_size",
    "create_full_put_path",
    "daemon",
    "dav_access",
    "debug_connection",
    "debug_points",
    "default_type",
    "directio",
    "directio_alignment",
    "env",
    "error_log",
    "etag",
    "expires",
    "geoip_city",
    "geoip_country",
    "geoip_org",
    "gunzip",
    "gunzip_buffers",
    "gzip",
    "if_modified_since",
    "js_import",
    "js_path",
    "js_set",
    "js_var",
    "large_client_header_buffers",
    "load_module",
    "lock_file",
    "log_format",
    "log_not_found",
    "log_subrequest",
    "lua_package_cpath",
    "lua_package_path",
    "lua_shared_dict",
    "master_process",
    "max_ranges",
    "min_delete_depth",
    "mirror_request_body",
    "more_clear_headers",
    "more_set_headers",
    "msie_padding",
    "msie_refresh",
    "output_buffers",
    "override_charset",
    "pcre_jit",
    "perl_modules",
    "perl_require",
    "perl_set",
    "pid",
    "port_in_redirect",
    "postpone_output",
    "quic_retry",
    "http2",
    "http3",
    "read_ahead",
    "request_id",
    "request_pool_size",
    "reset_timedout_connection",
    "resolver",
    "resolver_timeout",
    "rewrite_log",
    "secure_link",
    "secure_link_md5",
    "secure_link_secret",
    "send_lowat",
    "send_timeout",
    "sendfile",
    "sendfile_max_chunk",
    "server_name_in_redirect",
    "server_tokens",
    "slice",
    "source_charset",
    "split_clients",
    "ssi",
    "ssl",
    "status_zone",
    "sub_filter",
    "subrequest_output_buffer_size",
    "thread_pool",
    "timer_resolution",
    "charset",
    "types",
    "uninitialized_variable_warn",
    "use",
    "user",
    "userid",
    "vhost_traffic_status_zone",
    "worker_aio_requests",
    "worker_connections",
    "worker_cpu_affinity",
    "worker_priority",
    "worker_processes",
    "worker_shutdown_timeout",
    "working_directory",
    "accept_mutex",
    "multi_accept",
    "xml_entities",
    "xslt_last_modified",
    "xslt_param",
    "xslt_string_param",
    "xslt_stylesheet",
    "xslt_types",
    "charset_map",
    "server_names_hash_bucket_size",
    "server_names_hash_max_size",
    "postpone_gzipping",
    "tcp_nodelay",
    "tcp_nopush",
    "stream",
    "mail",
    "ssl_engine",
    "limit_rate",
    "limit_rate_after",
];

/// Families of such directives: settings of a module whose own switch is judged elsewhere.
const HARMLESS_FAMILIES: &[&str] = &[
    "ancient_browser",
    "charset_",
    "client_body_",
    "client_header_",
    "fastcgi_",
    "geoip",
    "grpc_",
    "gzip_",
    "http2_",
    "http3_",
    "image_filter_",
    "keepalive_",
    "limit_conn_",
    "limit_req_",
    "lingering_",
    "map_hash_",
    "memcached_",
    "modern_browser",
    "mp4_",
    "open_file_cache",
    "open_log_file_cache",
    "proxy_",
    "referer_hash_",
    "scgi_",
    "ssi_",
    "ssl_",
    "sub_filter_",
    "types_hash_",
    "userid_",
    "uwsgi_",
    "variables_hash_",
    "worker_rlimit_",
    "brotli_",
    "vhost_traffic_status_",
];

/// Blocks of `http` and the main context whose inside is no list of directives, or not about HTTP.
const TABLES: &[&str] = &[
    "map",
    "geo",
    "types",
    "split_clients",
    "charset_map",
    "upstream",
    "events",
    "stream",
    "mail",
    "geoip2",
];

fn is_known(name: &str) -> bool {
    MODELLED.contains(&name)
        || HARMLESS.contains(&name)
        || HARMLESS_FAMILIES.iter().any(|family| name.starts_with(family))
}

/// Warns of each directive that the simulator does not know; a request that meets one is *unknown*.
pub(super) fn warn_unknown(config: &mut Config) {
    let mut found = Vec::new();
    collect(&config.directives, &mut found);
    let warnings: Vec<Warning> = found
        .into_iter()
        .take(100)
        .map(|directive| Warning {
            place: Some(config.place(directive)),
            text: format!("`{}` is not modelled: requests that meet it are unknown", directive.name()),
        })
        .collect();
    config.warnings.extend(warnings);
}

fn collect<'a>(directives: &'a [Directive], found: &mut Vec<&'a Directive>) {
    for directive in directives {
        if !is_known(directive.name()) {
            found.push(directive);
        }
        if !TABLES.contains(&directive.name()) {
            collect(directive.children(), found);
        }
    }
}

type Stop = (Needs, Option<Place>);

impl<'a> Run<'a> {
    /// A directive around the request that may decide it in a way that is not modelled.
    pub(super) fn unmodelled(&mut self) -> Result<(), Stop> {
        let levels = self.scope.levels.clone();
        let unknown = levels.iter().flat_map(|level| level.directives).find(|d| !is_known(d.name()));
        match unknown {
            Some(directive) => self.unknown(directive, Needs(format!("what `{}` does", directive.text()))),
            None => Ok(()),
        }
    }

    /// A client certificate is asked for before all else (`ngx_http_process_request()`).
    pub(super) fn client_certificate(&mut self) -> Result<(), Stop> {
        let rule = self.server.one("ssl_verify_client").filter(|rule| rule.arg(0) == "on");
        match rule.filter(|_| self.request.scheme == Scheme::Https) {
            Some(rule) => self.unknown(rule, Needs("the client's certificate".to_owned())),
            None => Ok(()),
        }
    }

    /// The same for what only matters to files.
    pub(super) fn unmodelled_content(&mut self) -> Result<(), Stop> {
        for name in ["disable_symlinks", "image_filter"] {
            if let Some(rule) = self.scope.one(name).filter(|rule| rule.arg(0) != "off") {
                return self.unknown(rule, Needs(format!("what `{}` does with the file", rule.text())));
            }
        }
        let dav = self.scope.one("dav_methods");
        match dav.filter(|rule| rule.args().iter().any(|method| **method == *self.method)) {
            Some(rule) => self.unknown(rule, Needs(format!("what {} does to the file", self.method))),
            None => Ok(()),
        }
    }
}
