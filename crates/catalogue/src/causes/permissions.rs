//! What listings of the machine (`namei -l`, `ls -l`) and system error numbers in logs say about files.

use model::{Evidence, FileCheck, FileDenial, Sighting, SourceKind, Span};

use super::logged;

/// One line of a listing.
#[derive(Debug)]
pub(crate) struct Entry {
    /// `d`, `-`, `l`.
    pub(crate) kind: char,
    /// The nine permission characters.
    pub(crate) mode: String,
    /// The user it belongs to.
    pub(crate) owner: String,
    /// The name as it is listed.
    pub(crate) name: String,
    /// The line.
    pub(crate) span: Span,
}

/// The component at which the walk to a file ends for the server's account, where the system's own refusal of that very
/// file stands in the log of this request.
pub(crate) fn refused_and_logged(evidence: &Evidence, denial: FileDenial) -> Option<Sighting> {
    let known = |check: &&FileCheck| check.logged.is_some() && (check.account.is_some() || is_sandbox(check));
    component(evidence, denial, known)
}

/// The component at which the walk to a file ends for the server's account.
pub(crate) fn refused(evidence: &Evidence, denial: FileDenial) -> Option<Sighting> {
    component(evidence, denial, |_| true)
}

fn component(
    evidence: &Evidence,
    denial: FileDenial,
    holds: impl Fn(&&FileCheck) -> bool,
) -> Option<Sighting> {
    let refusing = evidence.files.iter().filter(|check| check.denial == Some(denial)).filter(holds);
    refusing.into_iter().find_map(|check| {
        let step = check.refusing()?;
        let account = check.account.as_ref().map_or(String::new(), |(name, _)| format!(" for `{name}`"));
        let detail = format!("{}{account}: {}", step.rule, step.because);
        Some(Sighting::with(step.span.or(check.logged)?, detail))
    })
}

/// The service manager's setting refuses whatever the account.
fn is_sandbox(check: &FileCheck) -> bool {
    check.refusing().is_some_and(|step| step.phase == "systemd")
}

/// A walk that ends well for the server's account, which is known: modes and access lists refuse nothing of this kind.
pub(crate) fn granted(evidence: &Evidence) -> Option<Sighting> {
    let settled = |check: &FileCheck| {
        let undecided = check.steps.iter().any(|step| step.verdict == model::StepVerdict::Unknown);
        check.denial.is_none() && check.account.is_some() && !undecided
    };
    let modes: Vec<&FileCheck> =
        evidence.files.iter().filter(|check| check.denial != Some(FileDenial::Policy)).collect();
    if modes.is_empty() || !modes.iter().all(|check| settled(check)) {
        return None;
    }
    let check = modes.first()?;
    let (name, _) = check.account.as_ref()?;
    let span = check.steps.last()?.span.or(check.logged)?;
    Some(Sighting::with(span, format!("{} for `{name}`", check.path)))
}

/// The entries of all listings, in order. Both `namei -l` (`drwx------ root root home`) and `ls -l` begin with the mode.
pub(crate) fn entries(evidence: &Evidence) -> Vec<Entry> {
    let listings = evidence.sources.iter().filter(|(_, source)| source.kind == SourceKind::System);
    listings.flat_map(|(id, _)| read(evidence, evidence.sources.whole(id))).collect()
}

fn read(evidence: &Evidence, whole: Span) -> Vec<Entry> {
    let text = evidence.sources.text(whole);
    let mut entries = Vec::new();
    for (shown, span) in lines(&text, whole) {
        let shown =
            shown.split_once(' ').filter(|(first, _)| is_blocks(first)).map_or(shown, |(_, rest)| rest);
        let mut words = shown.split_whitespace();
        let Some(mode) = words.next().filter(|word| is_mode(word)) else { continue };
        let number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
        let owner = words.clone().find(|word| !number(word)).unwrap_or("").to_owned();
        let Some(name) = words.next_back() else { continue };
        entries.push(Entry {
            kind: mode.chars().next().unwrap_or('-'),
            mode: mode.chars().skip(1).take(9).collect(),
            owner,
            name: name.to_owned(),
            span,
        });
    }
    entries
}

/// The lines of a document without the blanks around them, and where they stand.
fn lines(text: &str, whole: Span) -> impl Iterator<Item = (&str, Span)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        let shown = line.trim();
        (shown, whole.part(start, start + shown.len()))
    })
}

/// A name that `ls -l` found in a directory and could not describe: `-????????? ? ? ? ? ? a.html`. Whoever listed it may read
/// the directory and not enter it, or a policy keeps them from the file.
pub(crate) fn undescribed(evidence: &Evidence) -> Option<Sighting> {
    let mut listings = evidence.sources.iter().filter(|(_, source)| source.kind == SourceKind::System);
    listings.find_map(|(id, _)| {
        let whole = evidence.sources.whole(id);
        let text = evidence.sources.text(whole);
        let (shown, span) = lines(&text, whole).find(|(line, _)| {
            let mut words = line.split_whitespace();
            words.next().is_some_and(|mode| mode.ends_with("?????????")) && words.next() == Some("?")
        })?;
        let name = shown.split_whitespace().next_back().filter(|name| !matches!(*name, "." | ".."));
        Some(Sighting::with(span, name.unwrap_or("the whole directory")))
    })
}

/// The same among names that carry a security context: `drwxr-xr-x.` (`ls`, GNU coreutils: a dot stands for a context
/// and no other access method).
pub(crate) fn undescribed_where_labelled(evidence: &Evidence) -> Option<Sighting> {
    let labelled = |entry: Entry| {
        let line = evidence.sources.text(entry.span);
        line.split_whitespace().next().is_some_and(|mode| mode.ends_with('.'))
    };
    entries(evidence).into_iter().any(labelled).then(|| undescribed(evidence)).flatten()
}

/// The size in blocks that `ls -s` puts before the mode.
fn is_blocks(word: &str) -> bool {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    rest.len() < word.len() && matches!(rest, "" | "K" | "M")
}

/// A listed directory that everybody may enter and read, that only root may write, and that holds no file: what is refused
/// there can be nothing but writing.
pub(crate) fn only_root_writes(evidence: &Evidence) -> Option<Sighting> {
    if is_judged(evidence) {
        return None;
    }
    let entries = entries(evidence);
    let roots = |entry: &Entry| entry.kind == 'd' && entry.owner == "root" && entry.mode == "rwxr-xr-x";
    let named = entries.iter().find(|entry| !matches!(entry.name.as_str(), "." | ".." | "/"))?;
    entries.iter().all(roots).then(|| Sighting::with(named.span, named.name.clone()))
}

/// `drwxr-x---`, with or without a mark for access lists or labels behind it.
fn is_mode(word: &str) -> bool {
    let (kind, bits) = (word.bytes().next(), word.bytes().skip(1));
    kind.is_some_and(|kind| b"d-lbcps".contains(&kind))
        && (10..=11).contains(&word.len())
        && bits.take(9).all(|bit| b"rwxsStT-".contains(&bit))
}

/// A directory that does not let others pass. The server's user may still be its owner or in its group, which a listing
/// alone does not tell.
pub(crate) fn closed_directory(evidence: &Evidence) -> Option<Sighting> {
    if is_judged(evidence) {
        return None;
    }
    let closed =
        entries(evidence).into_iter().find(|entry| entry.kind == 'd' && !entry.mode.ends_with(['x', 't']))?;
    Some(Sighting::with(closed.span, closed.name))
}

/// A file that others may not read, below directories that let them pass.
pub(crate) fn closed_file(evidence: &Evidence) -> Option<Sighting> {
    if is_judged(evidence) || closed_directory(evidence).is_some() {
        return None;
    }
    let readable = |mode: &str| mode.as_bytes().get(6) == Some(&b'r');
    let closed = entries(evidence).into_iter().find(|entry| entry.kind == '-' && !readable(&entry.mode))?;
    Some(Sighting::with(closed.span, closed.name))
}

/// Whether the walk was judged for the server's own account, which tells more than the bits for others.
fn is_judged(evidence: &Evidence) -> bool {
    let decided = |check: &FileCheck| check.denial.is_some() || check.account.is_some();
    evidence.files.iter().any(|check| check.denial != Some(FileDenial::Policy) && decided(check))
}

/// A listing in which every directory lets others pass and every file lets them read.
pub(crate) fn open_to_the_end(evidence: &Evidence) -> Option<Sighting> {
    let last = entries(evidence).pop().filter(|_| !is_judged(evidence))?;
    let open = closed_directory(evidence).is_none() && closed_file(evidence).is_none();
    open.then(|| Sighting::at(last.span))
}

/// A log line about the request with errno 13, EACCES.
pub(crate) fn denied_by_kernel(evidence: &Evidence) -> Option<Sighting> {
    logged::field(evidence, "errno", |number| number == "13")
}
