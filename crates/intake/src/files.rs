//! Files that the request needs: the system's refusals in logs, held against listings of the machine.
//!
//! Listings come as documents (`namei -l`, `ls -lZ`, `getfacl`, `stat`, `id`, `ps`), or from a disk that the program
//! described in the same form ([`questions`] says what to describe).

mod account;
mod errno;
mod policy;

use model::{Evidence, FileCheck, FileDenial, Fix, SourceId, SourceKind, Span, Step, StepVerdict};
use server_config::os::{Access, Account, Denial, Facts, Judgement, Seen};
use server_config::walk::Verdict;

use errno::Refused;

/// Paths that are looked at; a log of one refusal names one or two.
const PATHS: usize = 32;

/// Below this a log line is not surely about the refused request.
const ABOUT: f64 = 0.9;

/// What to describe of a machine for a diagnosis: the paths that the system refused, and the server's account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Paths, in the order in which they were found.
    pub paths: Vec<String>,
    /// The names of accounts that a server may run as.
    pub accounts: Vec<String>,
}

/// What to describe of the machine.
#[must_use]
pub fn questions(evidence: &Evidence) -> Questions {
    let facts = facts(evidence);
    let accounts = account::candidates(evidence, &facts);
    let mut names: Vec<String> = accounts.into_iter().map(|candidate| candidate.account.name).collect();
    names.dedup();
    Questions {
        paths: wanted(evidence, &facts).into_iter().map(|wanted| wanted.path).collect(),
        accounts: names,
    }
}

/// Judges every path that a document names, and every denial by a policy. Judging again replaces what was judged before.
pub(crate) fn judge(evidence: &mut Evidence) {
    let facts = facts(evidence);
    let mut files: Vec<FileCheck> = policy::denials(evidence, &facts);
    for wanted in wanted(evidence, &facts) {
        let candidates = account::candidates(evidence, &facts);
        let candidate = account::for_line(evidence, &candidates, wanted.logged);
        files.extend(policy::sandbox(evidence, &wanted));
        files.extend(check(evidence, &facts, &wanted, candidate));
    }
    evidence.files = files;
}

/// A path that a document names, and what was wanted of it.
pub(crate) struct Wanted {
    path: String,
    access: Access,
    /// The line about this request that says so.
    logged: Option<Span>,
}

/// All documents that describe the machine.
fn facts(evidence: &Evidence) -> Facts {
    let mut facts = Facts::default();
    for (number, (_, source)) in (0..).zip(evidence.sources.iter()) {
        if source.kind == SourceKind::System {
            facts.read(number, &String::from_utf8_lossy(&source.bytes));
        }
    }
    facts
}

/// The paths of the system's refusals in logs, else the file that a simulated server answers with, else those that listings
/// were made for.
fn wanted(evidence: &Evidence, facts: &Facts) -> Vec<Wanted> {
    let mut found: Vec<Wanted> = Vec::new();
    for line in &evidence.log_lines {
        let text = evidence.sources.text(line.span);
        let Some(Refused { path, access, .. }) = errno::refused(&text) else { continue };
        let access = access.unwrap_or(if writes(evidence) { Access::Write } else { Access::Read });
        let logged = Some(line.span).filter(|_| line.about_request >= ABOUT);
        match found.iter_mut().find(|known| known.path == path && known.access == access) {
            Some(known) => known.logged = known.logged.or(logged),
            None => found.push(Wanted { path, access, logged }),
        }
        if found.len() >= PATHS {
            break;
        }
    }
    if found.is_empty() && evidence.status().is_some_and(|status| status >= 400) {
        let sent = evidence.simulations.iter().filter_map(|simulation| simulation.sends.clone());
        found.extend(sent.map(|path| Wanted { path, access: Access::Read, logged: None }));
    }
    if found.is_empty() {
        let asked = facts.asked().iter().take(PATHS);
        found.extend(asked.map(|path| Wanted {
            access: usual(evidence, facts, path),
            path: path.clone(),
            logged: None,
        }));
    }
    found
}

/// Whether the request brings something that is to be stored.
fn writes(evidence: &Evidence) -> bool {
    let stores = |request: &model::Request| {
        matches!(request.method.value.as_str(), "PUT" | "MKCOL" | "DELETE" | "MOVE" | "COPY")
    };
    evidence.request().is_some_and(|request| {
        stores(request)
            || (request.is_unsafe()
                && (request.message.body.is_some() || request.message.fields.has("content-length")))
    })
}

/// What a request like this one usually wants of a path that was listed without a word of why.
fn usual(evidence: &Evidence, facts: &Facts, path: &str) -> Access {
    use server_config::os::Kind;
    let is_directory = facts.node(path).is_some_and(|node| node.kind == Kind::Directory);
    let is_script = [".cgi", ".pl", ".fcgi", ".sh"].iter().any(|end| path.ends_with(end));
    match (is_directory && writes(evidence), is_script) {
        (true, _) => Access::Write,
        (_, true) => Access::Execute,
        _ => Access::Read,
    }
}

/// The walk to one path.
fn check(
    evidence: &Evidence,
    facts: &Facts,
    wanted: &Wanted,
    candidate: Option<&account::Candidate>,
) -> Option<FileCheck> {
    if facts.is_empty() {
        return None;
    }
    // Without a name: neither owner nor superuser, in groups that are not known.
    let nobody = Account::default();
    let account = candidate.map_or(&nobody, |candidate| &candidate.account);
    let judgement = facts.judge(&wanted.path, account, wanted.access);
    if judgement.components.is_empty() {
        return None;
    }
    let denial = judgement.denial.map(denial);
    let named = candidate.filter(|candidate| candidate.is_certain);
    let fixes = candidate.map_or_else(Vec::new, |_| fixes(&judgement));
    Some(FileCheck {
        path: wanted.path.clone(),
        account: named.map(|candidate| (candidate.account.name.clone(), candidate.span)),
        steps: steps(evidence, &judgement),
        denial,
        logged: wanted.logged,
        fixes,
    })
}

fn denial(denial: Denial) -> FileDenial {
    match denial {
        Denial::Search | Denial::Link => FileDenial::Search,
        Denial::Read => FileDenial::Read,
        Denial::Write | Denial::ReadOnly => FileDenial::Write,
        Denial::Execute | Denial::Interpreter | Denial::NoInterpreter | Denial::NoExec => FileDenial::Execute,
    }
}

fn steps(evidence: &Evidence, judgement: &Judgement) -> Vec<Step> {
    let step = |component: &server_config::os::Component| Step {
        phase: "file system".to_owned(),
        rule: component.node.path.clone(),
        span: component.node.seen.and_then(|seen| span(evidence, seen)),
        verdict: match component.verdict {
            Verdict::Hit => StepVerdict::Deny,
            Verdict::Miss => StepVerdict::Pass,
            Verdict::Unknown(_) => StepVerdict::Unknown,
        },
        because: component.because.clone(),
    };
    judgement.components.iter().map(step).collect()
}

fn fixes(judgement: &Judgement) -> Vec<Fix> {
    let fix = |remedy: &server_config::os::Remedy| Fix {
        text: format!("run as root: {}", remedy.command),
        patch: None,
        opens: remedy.opens.clone(),
    };
    judgement.remedies.iter().map(fix).collect()
}

/// The place of a fact: documents are numbered as the sources are.
fn span(evidence: &Evidence, seen: Seen) -> Option<Span> {
    let (id, _): (SourceId, _) = evidence.sources.iter().nth(seen.document as usize)?;
    Some(evidence.sources.whole(id).part(seen.start, seen.end))
}
