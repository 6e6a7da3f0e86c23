//! The closed list of causes. The folder is the first word of the id, the file the second: `server.directory-index`
//! is `server/directory_index.rs`. The modules beside the folders hold the questions that several causes put to the
//! evidence.

/// The page of a cause, which the build script takes from its module's comment.
macro_rules! page {
    ($path:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/pages/", $path))
    };
}

pub mod acl;
pub mod app;
pub mod auth;
pub mod authz;
pub mod cors;
pub mod csrf;
pub mod gateway;
pub mod network;
pub mod os;
pub mod quota;
pub mod rate;
pub mod request;
pub mod server;
pub mod waf;

mod addresses;
mod agreement;
mod allowance;
mod answer;
pub(crate) mod anti_forgery;
mod authorization;
mod body_length;
mod body_type;
mod configuration;
mod cross_origin;
mod every_request;
mod firewall;
mod grants;
mod isolated;
mod logged;
mod open_rules;
mod origin;
mod permissions;
mod readers;
mod redirects;
mod signatures;
mod tokens;
mod written;

use model::Cause;

pub(crate) use configuration::credential_dropped;

/// All causes, in the order of the closed list.
pub static CAUSES: &[&Cause] = &[
    &request::wrong_target::WRONG_TARGET,
    &request::lost_in_redirect::LOST_IN_REDIRECT,
    &request::not_sent::NOT_SENT,
    &request::header_required::HEADER_REQUIRED,
    &cors::preflight_refused::PREFLIGHT_REFUSED,
    &cors::origin_not_allowed::ORIGIN_NOT_ALLOWED,
    &cors::method_not_allowed::METHOD_NOT_ALLOWED,
    &cors::header_not_allowed::HEADER_NOT_ALLOWED,
    &cors::credentials_wildcard::CREDENTIALS_WILDCARD,
    &csrf::origin_mismatch::ORIGIN_MISMATCH,
    &csrf::referer_missing::REFERER_MISSING,
    &csrf::cookie_missing::COOKIE_MISSING,
    &csrf::token_missing::TOKEN_MISSING,
    &csrf::token_not_read::TOKEN_NOT_READ,
    &csrf::token_invalid::TOKEN_INVALID,
    &csrf::token_stale::TOKEN_STALE,
    &csrf::header_missing::HEADER_MISSING,
    &auth::credentials_missing::CREDENTIALS_MISSING,
    &auth::credentials_malformed::CREDENTIALS_MALFORMED,
    &auth::credentials_invalid::CREDENTIALS_INVALID,
    &auth::wrong_identity::WRONG_IDENTITY,
    &auth::token_expired::TOKEN_EXPIRED,
    &auth::token_not_yet_valid::TOKEN_NOT_YET_VALID,
    &auth::token_audience::TOKEN_AUDIENCE,
    &auth::token_issuer::TOKEN_ISSUER,
    &auth::token_signature::TOKEN_SIGNATURE,
    &auth::token_type::TOKEN_TYPE,
    &auth::request_signature::REQUEST_SIGNATURE,
    &auth::clock_skew::CLOCK_SKEW,
    &auth::session_expired::SESSION_EXPIRED,
    &auth::client_certificate::CLIENT_CERTIFICATE,
    &authz::scope_missing::SCOPE_MISSING,
    &authz::role_missing::ROLE_MISSING,
    &authz::permission_missing::PERMISSION_MISSING,
    &authz::explicit_deny::EXPLICIT_DENY,
    &authz::resource_policy::RESOURCE_POLICY,
    &authz::not_owner::NOT_OWNER,
    &authz::row_security::ROW_SECURITY,
    &authz::stale_grant::STALE_GRANT,
    &acl::ip_denied::IP_DENIED,
    &acl::ip_behind_proxy::IP_BEHIND_PROXY,
    &acl::geo_denied::GEO_DENIED,
    &acl::user_agent_denied::USER_AGENT_DENIED,
    &acl::referer_denied::REFERER_DENIED,
    &acl::host_denied::HOST_DENIED,
    &rate::limited::LIMITED,
    &rate::banned::BANNED,
    &quota::exhausted::EXHAUSTED,
    &quota::not_enabled::NOT_ENABLED,
    &waf::rule::RULE,
    &waf::content_type::CONTENT_TYPE,
    &waf::body_size::BODY_SIZE,
    &waf::method::METHOD,
    &waf::protocol::PROTOCOL,
    &waf::bot_challenge::BOT_CHALLENGE,
    &waf::response_rule::RESPONSE_RULE,
    &gateway::no_route::NO_ROUTE,
    &gateway::method_not_allowed::METHOD_NOT_ALLOWED,
    &gateway::header_stripped::HEADER_STRIPPED,
    &gateway::header_rewritten::HEADER_REWRITTEN,
    &gateway::external_auth::EXTERNAL_AUTH,
    &gateway::upstream_tls::UPSTREAM_TLS,
    &gateway::status_rewritten::STATUS_REWRITTEN,
    &server::access_rule::ACCESS_RULE,
    &server::method_rule::METHOD_RULE,
    &server::auth_request::AUTH_REQUEST,
    &server::directory_index::DIRECTORY_INDEX,
    &server::body_size::BODY_SIZE,
    &os::path_not_traversable::PATH_NOT_TRAVERSABLE,
    &os::file_not_readable::FILE_NOT_READABLE,
    &os::not_executable::NOT_EXECUTABLE,
    &os::not_writable::NOT_WRITABLE,
    &os::mandatory_access_control::MANDATORY_ACCESS_CONTROL,
    &network::forward_proxy::FORWARD_PROXY,
    &network::filter::FILTER,
    &network::wrong_server::WRONG_SERVER,
    &app::policy::POLICY,
    &app::state::STATE,
    &app::conflict::CONFLICT,
];
