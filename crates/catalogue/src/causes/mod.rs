//! The closed list of causes. The folder is the first word of the id, the file the second: `server.directory-index`
//! is `server/directory_index.rs`. The modules beside the folders hold the questions that several causes put to the
//! evidence.

pub mod cors;
pub mod csrf;
pub mod request;
pub mod server;

mod allowance;
mod answer;
mod anti_forgery;
mod authorization;
mod configuration;
mod cross_origin;
mod logged;
mod origin;
mod tokens;

use model::Cause;

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
    &server::directory_index::DIRECTORY_INDEX,
];
