//! A parent directory does not let the server's user pass
//!
//! ## Why the server refuses
//!
//! To open `/srv/shop/public/index.html` the kernel demands the search bit (`x`) on each directory of the path
//! for the user that the server runs as. Home directories are 0700 or 0750 on many systems, `/root` always is;
//! a container's user has other numbers than the host's; a bind mount keeps the host's owners.
//!
//! ## How to mend it
//!
//! - Find the directory: `namei -l /path/to/file`, then give the search bit to the server's group only: `chgrp
//!   www-data DIR && chmod g+x DIR`, or `setfacl -m u:www-data:x DIR`.
//! - Better: serve from `/srv` or `/var/www` rather than from a home directory.
//! - Containers: run as the owner's number (`user: "1000:1000"`), or change the owner in the image; `podman
//!   unshare chown`, `:U`.
//! - systemd: `ProtectHome=` hides home directories from the service whatever their mode.
//!
//! ## What not to do
//!
//! `chmod -R 777`, or running the server as root.
//!
//! ## References
//!
//! - path_resolution(7); namei(1); nginx, error log (13: Permission denied); Apache httpd, AH00035 and AH00132

use model::{
    Cause, Change, Evidence, Experiment, FileDenial, Indicator, Layer, Prevalence, Sighting, Weight,
};

use crate::causes::{answer, configuration, permissions};

/// `os.path-not-traversable`
pub static PATH_NOT_TRAVERSABLE: Cause = Cause {
    id: "os.path-not-traversable",
    layer: Layer::Os,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: refused_and_logged,
            because: "the system refused this path, and the walk to it ends here",
        },
        Indicator { weight: Weight::Supports, seek: refused, because: "the walk to the file ends here" },
        Indicator {
            weight: Weight::Weakens,
            seek: permissions::granted,
            because: "owners, modes and access lists let the server's account do this",
        },
        Indicator {
            weight: Weight::Supports,
            seek: permissions::closed_directory,
            because: "this directory has no search bit for others",
        },
        Indicator {
            weight: Weight::Hints,
            seek: permissions::undescribed,
            because: "`ls` found this name and could not describe it, as in a directory that may be read and not entered",
        },
        Indicator {
            weight: Weight::Hints,
            seek: sent_by_configuration,
            because: "by the configuration no rule refuses, and the server answers with this file",
        },
        Indicator {
            weight: Weight::Hints,
            seek: permissions::denied_by_kernel,
            because: "the log carries the system's error 13, EACCES",
        },
        Indicator {
            weight: Weight::Hints,
            seek: root_in_home,
            because: "the server's files lie in a home directory, which others may often not enter",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: permissions::open_to_the_end,
            because: "every directory of the path lets others pass",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a file that does not exist in the same folder is refused alike: the server cannot see what is there",
    }],
    roots: &[],
    fix: "give the server's user the search bit on the one directory that lacks it",
    opens: "the server's user can pass that directory, not list it",
    decided_by: "`namei -l` of the file that the error log names",
    page: page!("os/path_not_traversable"),
};

fn root_in_home(evidence: &Evidence) -> Option<Sighting> {
    let names = ["root", "documentroot", "alias", "wsgiscriptalias"];
    names.iter().flat_map(|name| evidence.settings(name)).find_map(|setting| {
        let home = ["/home/", "/root"].iter().any(|start| setting.value.contains(start));
        home.then(|| Sighting::with(setting.span, setting.value.clone()))
    })
}

fn refused_and_logged(evidence: &Evidence) -> Option<Sighting> {
    permissions::refused_and_logged(evidence, FileDenial::Search)
}

fn refused(evidence: &Evidence) -> Option<Sighting> {
    permissions::refused(evidence, FileDenial::Search)
}

fn sent_by_configuration(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    configuration::sends_a_file(evidence)
}
