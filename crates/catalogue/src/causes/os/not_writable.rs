//! A directory for uploads, temporary files or data cannot be written by the server's user
//!
//! ## Why the server refuses
//!
//! Bodies that do not fit into memory go to a temporary directory (`client_body_temp_path`), uploads to a
//! folder, sessions and caches to files. If the server's user may not write there, or the file system is
//! mounted read-only or full, large requests fail while small ones work. The status is 500, 403 or whatever the
//! application makes of the error.
//!
//! ## How to mend it
//!
//! - Find the path in the error log; `namei -l PATH`, `df PATH`, `findmnt -T PATH`.
//! - `chown www-data DIR && chmod 750 DIR` for the one directory. nginx under another user than packaged:
//!   `client_body_temp_path` of its own.
//! - PHP: `upload_tmp_dir`, `open_basedir`, `session.save_path`. WebDAV: owner of the folder and of
//!   `DavLockDB`.
//! - Containers: a volume for the path, with the container's user as owner; `read_only: true` needs a `tmpfs`.
//!   systemd: `ReadWritePaths=`.
//!
//! ## What not to do
//!
//! `chmod 777`, least of all on folders from which scripts can be run.
//!
//! ## References
//!
//! - open(2) (EACCES, EROFS, ENOSPC); nginx, client_body_temp_path; PHP, upload_tmp_dir; systemd.exec(5)

use model::{
    Cause, Change, Evidence, Experiment, FileDenial, Indicator, Layer, Prevalence, Sighting, Weight,
};

use crate::causes::{logged, permissions};

/// `os.not-writable`
pub static NOT_WRITABLE: Cause = Cause {
    id: "os.not-writable",
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
            seek: read_only,
            because: "the log carries the system's error for a read-only file system, EROFS",
        },
        Indicator {
            weight: Weight::Hints,
            seek: permissions::only_root_writes,
            because: "everybody may read what the listing shows, and only root may write there",
        },
        Indicator {
            weight: Weight::Hints,
            seek: denied_while_writing,
            because: "the log carries the system's error 13, EACCES, and the request brings something to be stored",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: nothing_to_write,
            because: "the request brings nothing that would have to be stored",
        },
    ],
    experiments: &[Experiment {
        change: Change::Get,
        predicts: model::Answer::Lifted,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "without a body the same target is not refused",
    }],
    roots: &[],
    fix: "let the server's user write to the one directory that the log names",
    opens: "that directory to the server's user",
    decided_by: "the error log, which names the path, and `namei -l` of it",
    page: page!("os/not_writable"),
};

fn brings_something(evidence: &Evidence) -> bool {
    evidence.request().is_some_and(|request| {
        request.is_unsafe()
            && (request.message.body.is_some() || request.message.fields.has("content-length"))
    })
}

/// errno 30 on Linux and the BSDs.
fn read_only(evidence: &Evidence) -> Option<Sighting> {
    logged::field(evidence, "errno", |number| number == "30")
}

fn denied_while_writing(evidence: &Evidence) -> Option<Sighting> {
    brings_something(evidence).then(|| permissions::denied_by_kernel(evidence)).flatten()
}

fn nothing_to_write(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let reading = matches!(request.method.value.as_str(), "GET" | "HEAD" | "OPTIONS");
    reading.then(|| Sighting::with(request.method.span, request.method.value.clone()))
}

fn refused_and_logged(evidence: &Evidence) -> Option<Sighting> {
    permissions::refused_and_logged(evidence, FileDenial::Write)
}

fn refused(evidence: &Evidence) -> Option<Sighting> {
    permissions::refused(evidence, FileDenial::Write)
}
