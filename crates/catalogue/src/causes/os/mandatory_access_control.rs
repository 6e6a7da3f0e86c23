//! SELinux, AppArmor or seccomp refused, although owners and modes would allow it
//!
//! ## Why the server refuses
//!
//! Mandatory access control has rules for programs, whatever their user: nginx or httpd may read files of the
//! type `httpd_sys_content_t` only, may not connect to other ports, may not write to folders that are not
//! labelled for it. Moved files keep the label of their old place. To the server it looks like an ordinary
//! *permission denied*.
//!
//! ## How to mend it
//!
//! - Ask the audit log: `ausearch -m AVC -ts recent`, `journalctl -k | grep -i apparmor`; `ls -Z` shows labels.
//! - SELinux: `restorecon -Rv /srv/shop`; for another folder `semanage fcontext -a -t httpd_sys_content_t
//!   "/srv/shop(/.*)?"` first (`httpd_sys_rw_content_t` where it writes). Booleans:
//!   `httpd_can_network_connect`, `httpd_enable_homedirs`.
//! - AppArmor: add the path to `/etc/apparmor.d/local/...` and reload with `apparmor_parser -r`.
//! - Containers on SELinux: `:z` or `:Z` on the volume.
//!
//! ## What not to do
//!
//! `setenforce 0`, `aa-disable`, `--privileged`, `audit2allow` without reading what it allows.
//!
//! ## References
//!
//! - httpd_selinux(8); apparmor.d(5); Red Hat, SELinux, troubleshooting

use model::{Cause, Evidence, FileDenial, Indicator, Layer, Prevalence, Sighting, SourceKind, Weight};

use crate::causes::permissions;

/// `os.mandatory-access-control`
pub static MANDATORY_ACCESS_CONTROL: Cause = Cause {
    id: "os.mandatory-access-control",
    layer: Layer::Os,
    prevalence: Prevalence::Rare,
    indicators: &[
        Indicator {
            weight: Weight::Proves,
            seek: refused_and_logged,
            because: "the audit log has the denial",
        },
        Indicator {
            weight: Weight::Excludes,
            seek: only_permissive,
            because: "SELinux noted this and let it pass: `permissive=1`",
        },
        Indicator {
            weight: Weight::Supports,
            seek: granted_and_refused,
            because: "owners, modes and access lists let the server's account do this, and the system refused it all the same",
        },
        Indicator {
            weight: Weight::Supports,
            seek: foreign_label,
            because: "the file's SELinux type is one that web servers may not read",
        },
        Indicator {
            weight: Weight::Supports,
            seek: permissions::undescribed_where_labelled,
            because: "`ls` could not describe this name, while SELinux labels those beside it",
        },
        Indicator {
            weight: Weight::Hints,
            seek: denied_though_open,
            because: "the log carries EACCES, although modes let others pass and read",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: permissions::closed_directory,
            because: "ordinary modes refuse already",
        },
    ],
    experiments: &[],
    roots: &[],
    fix: "label the files for the web server, or allow the one access in the profile",
    opens: "these files to the web server's domain",
    decided_by: "the audit log from the second of the refusal (`ausearch -m AVC`, `journalctl -k`)",
    page: page!("os/mandatory_access_control"),
};

/// Types of home directories, temporary files and the administrator's folder in a listing with `-Z`.
fn foreign_label(evidence: &Evidence) -> Option<Sighting> {
    const TYPES: [&str; 6] =
        ["user_home_t", "admin_home_t", "user_home_dir_t", "tmp_t", "user_tmp_t", "default_t"];
    let listings = evidence.sources.iter().filter(|(_, source)| source.kind == SourceKind::System);
    listings.into_iter().find_map(|(id, _)| {
        let whole = evidence.sources.whole(id);
        let text = evidence.sources.text(whole);
        let (at, kind) =
            TYPES.iter().find_map(|kind| text.find(&format!(":object_r:{kind}:")).map(|at| (at, *kind)))?;
        Some(Sighting::with(whole.part(at, at + ":object_r:".len() + kind.len()), kind))
    })
}

fn denied_though_open(evidence: &Evidence) -> Option<Sighting> {
    permissions::open_to_the_end(evidence)?;
    permissions::denied_by_kernel(evidence)
}

fn refused_and_logged(evidence: &Evidence) -> Option<Sighting> {
    let check = evidence
        .files
        .iter()
        .find(|check| check.denial == Some(FileDenial::Policy) && check.logged.is_some())?;
    Some(Sighting::with(check.logged?, check.refusing()?.because.clone()))
}

/// Denials of a permissive domain or machine, and no others.
fn only_permissive(evidence: &Evidence) -> Option<Sighting> {
    let text = |line: &model::LogLine| evidence.sources.text(line.span);
    let denials: Vec<&model::LogLine> =
        evidence.log_lines.iter().filter(|line| text(line).contains("avc:  denied")).collect();
    let noted = |line: &&model::LogLine| text(line).contains("permissive=1");
    let first = denials.first().filter(|_| denials.iter().all(noted))?;
    Some(Sighting::at(first.span))
}

fn granted_and_refused(evidence: &Evidence) -> Option<Sighting> {
    permissions::granted(evidence)?;
    permissions::denied_by_kernel(evidence)
}
