//! Who is calling.

pub mod client_certificate;
pub mod clock_skew;
pub mod credentials_invalid;
pub mod credentials_malformed;
pub mod credentials_missing;
pub mod request_signature;
pub mod session_expired;
pub mod token_audience;
pub mod token_expired;
pub mod token_issuer;
pub mod token_not_yet_valid;
pub mod token_signature;
pub mod token_type;
pub mod wrong_identity;
