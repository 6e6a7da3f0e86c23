//! The file's mode or access list does not let the server's user read it
//!
//! ## Why the server refuses
//!
//! Every directory of the path can be passed, and the file itself is closed to the server's user: mode 0600 of
//! an upload or a copied file, another owner, an access list whose mask takes the right away, an unreadable
//! `.htaccess` (Apache refuses the whole folder then).
//!
//! ## How to mend it
//!
//! - `ls -l FILE`, `getfacl FILE`; then `chgrp www-data FILE && chmod g+r FILE`, or `setfacl -m u:www-data:r
//!   FILE`.
//! - Set what creates such files: `umask 027` and a default access list (`setfacl -d`), `install -m 0640`,
//!   `rsync --chmod=F640`, PHP `umask`, Django `FILE_UPLOAD_PERMISSIONS` (large uploads come from temporary
//!   files with 0600).
//! - Apache: `.htaccess` must be readable for the server, or `AllowOverride None`.
//! - Files on network drives: the export's `root_squash` and identity mapping.
//!
//! ## What not to do
//!
//! `chmod 777`; a web server that runs as the files' owner may also change them.
//!
//! ## References
//!
//! - access(2), acl(5); nginx, error log (13: Permission denied); Apache httpd, AH00529 and AH00132; Django,
//!   FILE_UPLOAD_PERMISSIONS

use model::{
    Cause, Change, Evidence, Experiment, FileDenial, Indicator, Layer, Prevalence, Sighting, Weight,
};

use crate::causes::{answer, configuration, permissions};

/// `os.file-not-readable`
pub static FILE_NOT_READABLE: Cause = Cause {
    id: "os.file-not-readable",
    layer: Layer::Os,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Weakens,
            seek: permissions::only_root_writes,
            because: "everybody may read what the listing shows",
        },
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
            seek: permissions::closed_file,
            because: "the file has no read bit for others, and every directory above lets them pass",
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
            weight: Weight::Weakens,
            seek: permissions::closed_directory,
            because: "a directory above the file is closed already",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::NotFound,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a file that does not exist beside it is not found, so the folder can be seen and the file is refused",
    }],
    roots: &[],
    fix: "give the server's user the right to read this file",
    opens: "this one file to the server, and through it to whoever may ask for it",
    decided_by: "`ls -l` and `getfacl` of the file that the error log names",
    page: page!("os/file_not_readable"),
};

fn refused_and_logged(evidence: &Evidence) -> Option<Sighting> {
    permissions::refused_and_logged(evidence, FileDenial::Read)
}

fn refused(evidence: &Evidence) -> Option<Sighting> {
    permissions::refused(evidence, FileDenial::Read)
}

fn sent_by_configuration(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    configuration::sends_a_file(evidence)
}
