//! A script cannot be executed: no execute bit, no interpreter, or no permission for CGI in that folder
//!
//! ## Why the server refuses
//!
//! A CGI program is started by the kernel: it needs the execute bit, a first line with an interpreter that
//! exists, and a file system that is not mounted `noexec`. The server must allow it as well: `Options +ExecCGI`
//! with `AddHandler`, or `ScriptAlias`. suEXEC and php-fpm (`security.limit_extensions`) have rules of their
//! own.
//!
//! ## How to mend it
//!
//! - `chmod 750 script.cgi` with the server's group; check `#!` for a path that exists and for Windows line
//!   ends (`\r`).
//! - Apache: `ScriptAlias`, or `Options +ExecCGI` and `AddHandler cgi-script .cgi` for that one folder; enable
//!   `mod_cgid`.
//! - php-fpm: the extension in `security.limit_extensions`. suEXEC: owner, group and folder as its log
//!   (`suexec.log`) asks.
//! - `mount | grep noexec`.
//!
//! ## What not to do
//!
//! `chmod 777`, `Options All` on the whole site, `security.limit_extensions =` empty: uploaded files could then
//! be run.
//!
//! ## References
//!
//! - execve(2); Apache httpd, CGI how-to, AH01215 and AH02809 (Options ExecCGI is off), suEXEC; PHP-FPM,
//!   security.limit_extensions

use model::{
    Cause, Change, Evidence, Experiment, FileDenial, Indicator, Layer, Prevalence, Sighting, Subject, Weight,
};

use crate::causes::{configuration, permissions};

/// `os.not-executable`
pub static NOT_EXECUTABLE: Cause = Cause {
    id: "os.not-executable",
    layer: Layer::Os,
    prevalence: Prevalence::Rare,
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
            seek: script_without_bit,
            because: "the script has no execute bit",
        },
        Indicator {
            weight: Weight::Supports,
            seek: execution_off,
            because: "the configuration does not allow CGI in that folder",
        },
        Indicator {
            weight: Weight::Hints,
            seek: script_asked,
            because: "the path names a script that the server itself would have to start",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::NotFound,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a script that does not exist beside it is not found, so only this one is refused",
    }],
    roots: &[],
    fix: "give the script its execute bit and the folder its permission for CGI",
    opens: "this one script can be run by whoever may ask for it",
    decided_by: "the web server's error log, and `ls -l` of the script",
    page: page!("os/not_executable"),
};

fn is_script(path: &str) -> bool {
    let ends = [".cgi", ".pl", ".py", ".sh", ".rb", ".fcgi"].iter().any(|end| path.ends_with(end));
    ends || path.contains("/cgi-bin/")
}

fn script_asked(evidence: &Evidence) -> Option<Sighting> {
    let url = &evidence.request()?.url;
    is_script(&url.value.path).then(|| Sighting::with(url.span, url.value.path.clone()))
}

fn script_without_bit(evidence: &Evidence) -> Option<Sighting> {
    script_asked(evidence)?;
    let path = &evidence.request()?.url.value.path;
    let name = path.rsplit('/').next()?;
    let entries = permissions::entries(evidence);
    let script =
        entries.iter().find(|entry| entry.kind == '-' && entry.name.rsplit('/').next() == Some(name))?;
    (!script.mode.contains(['x', 's'])).then(|| Sighting::with(script.span, script.mode.clone()))
}

fn execution_off(evidence: &Evidence) -> Option<Sighting> {
    script_asked(evidence)?;
    let off = |value: &str| {
        let folded = value.to_ascii_lowercase();
        folded.contains("-execcgi") || folded.trim() == "none"
    };
    configuration::setting(evidence, "options", off)
        .or_else(|| configuration::refused_for(evidence, Subject::Program))
}

fn refused_and_logged(evidence: &Evidence) -> Option<Sighting> {
    permissions::refused_and_logged(evidence, FileDenial::Execute)
}

fn refused(evidence: &Evidence) -> Option<Sighting> {
    permissions::refused(evidence, FileDenial::Execute)
}
