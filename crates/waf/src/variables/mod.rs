//! What rules look at: the variables of SecLang and their values in one transaction.

pub(crate) mod arena;
pub(crate) mod byte_set;
pub(crate) mod cookies;
pub(crate) mod names;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod select;
pub(crate) mod store;
