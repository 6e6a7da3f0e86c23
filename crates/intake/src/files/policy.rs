//! What refuses beside the modes: SELinux and AppArmor in logs and labels, the service manager's sandbox in unit files.

use model::{Evidence, FileCheck, FileDenial, Fix, SourceKind, Span, Step, StepVerdict};
use server_config::os::{Access, Facts, Remedy, apparmor, selinux, systemd};

use super::{ABOUT, Wanted, span};

/// Denials kept; an audit log repeats itself.
const DENIALS: usize = 16;

/// The denials of logs and of pasted output of `ausearch`, and labels that are foreign to a web server.
pub(super) fn denials(evidence: &Evidence, facts: &Facts) -> Vec<FileCheck> {
    let mut found: Vec<FileCheck> = Vec::new();
    for line in &evidence.log_lines {
        let text = evidence.sources.text(line.span);
        let is_about = line.about_request >= ABOUT;
        found.extend(
            selinux_denial(&text, line.span, is_about)
                .or_else(|| apparmor_denial(&text, line.span, is_about)),
        );
        if found.len() >= DENIALS {
            break;
        }
    }
    if found.is_empty() {
        found.extend(foreign_label(evidence, facts));
    }
    found
}

fn selinux_denial(line: &str, span: Span, is_about: bool) -> Option<FileCheck> {
    let denial = selinux::avc(line).filter(|denial| !denial.permissive)?;
    let what = denial.name.clone().unwrap_or_else(|| denial.target.clone());
    let because = format!(
        "SELinux lets the domain {} not {} a {} of the type {}",
        denial.source,
        denial.permissions.join(", "),
        denial.class,
        denial.target
    );
    Some(by_policy("SELinux", what, because, span, is_about, selinux::remedies(&denial)))
}

fn apparmor_denial(line: &str, span: Span, is_about: bool) -> Option<FileCheck> {
    let denial = apparmor::denial(line)?;
    let what = denial.name.clone().unwrap_or_else(|| denial.profile.clone());
    let because =
        format!("the AppArmor profile {} does not allow `{}` on {what}", denial.profile, denial.denied);
    Some(by_policy("AppArmor", what, because, span, is_about, apparmor::remedies(&denial)))
}

/// The first listed file whose type web servers may not read.
fn foreign_label(evidence: &Evidence, facts: &Facts) -> Option<FileCheck> {
    let label = facts.labels().iter().rev().find_map(|label| {
        let kind = label.context.split(':').nth(2)?;
        selinux::is_foreign(kind).then_some((label, kind))
    });
    let (label, kind) = label?;
    let is_directory =
        facts.node(&label.path).is_some_and(|node| node.kind == server_config::os::Kind::Directory);
    let denial = selinux::Avc {
        permissions: vec!["read".to_owned()],
        name: Some(label.path.clone()),
        source: "httpd_t".to_owned(),
        target: kind.to_owned(),
        class: if is_directory { "dir" } else { "file" }.to_owned(),
        ..selinux::Avc::default()
    };
    let because = format!("web servers may not read files of the type {kind}");
    let at = span(evidence, label.seen)?;
    Some(by_policy("SELinux", label.path.clone(), because, at, false, selinux::remedies(&denial)))
}

fn by_policy(
    phase: &str,
    path: String,
    because: String,
    span: Span,
    is_about: bool,
    remedies: Vec<Remedy>,
) -> FileCheck {
    let step = Step {
        phase: phase.to_owned(),
        rule: path.clone(),
        span: Some(span),
        verdict: StepVerdict::Deny,
        because,
    };
    FileCheck {
        path,
        account: None,
        steps: vec![step],
        denial: Some(FileDenial::Policy),
        logged: Some(span).filter(|_| is_about),
        fixes: remedies.into_iter().map(fix).collect(),
    }
}

fn fix(remedy: Remedy) -> Fix {
    let text = match remedy.command.starts_with("mount ") {
        true => remedy.command,
        false => format!("run as root: {}", remedy.command),
    };
    Fix { text, patch: None, opens: remedy.opens }
}

/// What the unit files among the documents close of a path.
pub(super) fn sandbox(evidence: &Evidence, wanted: &Wanted) -> Option<FileCheck> {
    let mut unit = systemd::Unit::default();
    for (number, (_, source)) in (0..).zip(evidence.sources.iter()) {
        let is_text = matches!(source.kind, SourceKind::Config | SourceKind::System | SourceKind::Text);
        if is_text && memchr::memmem::find(&source.bytes, b"[Service]").is_some() {
            unit.read(number, &String::from_utf8_lossy(&source.bytes));
        }
    }
    let closure = unit.closes(&wanted.path, wanted.access)?;
    let step = Step {
        phase: "systemd".to_owned(),
        rule: closure.setting.name.clone(),
        span: span(evidence, closure.setting.seen),
        verdict: StepVerdict::Deny,
        because: closure.because,
    };
    let denial = match wanted.access {
        Access::Write => FileDenial::Write,
        Access::Execute => FileDenial::Execute,
        Access::Read | Access::Search => FileDenial::Search,
    };
    let text = format!(
        "add `{}` below `[Service]` with `systemctl edit` for the unit, and restart it",
        closure.drop_in
    );
    Some(FileCheck {
        path: wanted.path.clone(),
        account: None,
        steps: vec![step],
        denial: Some(denial),
        logged: wanted.logged,
        fixes: vec![Fix { text, patch: None, opens: closure.opens }],
    })
}
