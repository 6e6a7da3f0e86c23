//! What the indicators of the causes say of small documents: each is shown one that it must see and one that it must not.

mod anti_forgery;
mod configuration;
mod credentials;
mod cross_origin;
mod documents;
mod files;
mod hostile;
mod isolated;
mod limits;
mod open_rules;
mod readers;
mod redirects;
