//! Refused for what the message contains.

pub mod body_size;
pub mod bot_challenge;
pub mod content_type;
pub mod method;
pub mod protocol;
pub mod response_rule;
pub mod rule;
