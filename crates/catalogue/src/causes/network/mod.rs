//! Something between the client and the named server answered.

pub mod filter;
pub mod forward_proxy;
pub mod wrong_server;
