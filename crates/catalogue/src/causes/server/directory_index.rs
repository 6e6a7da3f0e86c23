//! The URL names a directory that has no index file, and the server does not list directories
//!
//! ## Why the server refuses
//!
//! A path that ends in `/` names a directory. The server looks for an index file in it (`index` in nginx,
//! `DirectoryIndex` in Apache). If there is none, it may list the directory; where listing is off, which is the
//! default of nginx and the wise choice anywhere, it answers 403 and logs that the listing is forbidden.
//!
//! ## How to mend it
//!
//! Put an index file into the directory, or name the file in the URL. For an application behind the server,
//! send the path to it (`try_files $uri /index.php`, `proxy_pass`): the directory was never meant to be served.
//!
//! ## What not to do
//!
//! Turning `autoindex on` or `Options +Indexes` shows every file name to strangers.
//!
//! ## References
//!
//! - nginx, ngx_http_index_module and ngx_http_autoindex_module
//! - Apache httpd, mod_dir and mod_autoindex (AH01276)

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Subject, Weight};

use crate::causes::configuration;

/// `server.directory-index`
pub static DIRECTORY_INDEX: Cause = Cause {
    id: "server.directory-index",
    layer: Layer::WebServer,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Supports,
            seek: rule_refuses,
            because: "by the configuration, the path leads to a directory that has no index file and may not be listed",
        },
        Indicator {
            weight: Weight::Hints,
            seek: path_of_a_directory,
            because: "a path that ends in `/` names a directory",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: listing_is_on,
            because: "listing is on, so the directory would have been shown",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::trial::Answer::NotFound,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "only the directory itself is refused, a path that does not exist is not found",
    }],
    roots: &[],
    fix: "add an index file to the directory, or name the file in the URL",
    opens: "the content of that one index file",
    decided_by: "the web server's error log, which names the directory",
    page: page!("server/directory_index"),
};

fn rule_refuses(evidence: &Evidence) -> Option<Sighting> {
    configuration::refused_for(evidence, Subject::Directory)
}

fn path_of_a_directory(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url;
    (url.value.path.ends_with('/') && url.value.path.len() > 1).then(|| Sighting::at(url.span))
}

fn listing_is_on(evidence: &Evidence) -> Option<Sighting> {
    evidence
        .settings("autoindex")
        .find(|setting| setting.value == "on")
        .map(|setting| Sighting::at(setting.span))
}
