//! What the search found, as evidence.

use isolation::{Conclusion, Finding, Group, Parts, Role, Search, Stop};
use model::{Evidence, Isolated};

/// Adds what was found. `minimal_curl` is the least copy as a command.
pub fn add(evidence: &mut Evidence, search: &Search, minimal_curl: &str) {
    let conclusion = search.conclusion();
    for note in search.parts().notes() {
        evidence.warn(None, format!("--isolate: {note}"));
    }
    if let Some(stop) = conclusion.stopped {
        evidence.warn(None, format!("--isolate: {}", stopped(stop)));
    }
    match found(search, &conclusion) {
        Ok((part, text, because)) => {
            evidence.isolated = Some(Isolated {
                part,
                text,
                because: because + &later(&conclusion),
                minimal_curl: minimal_curl.to_owned(),
                probability: conclusion.probability,
            });
        }
        Err(reason) => evidence.warn(None, format!("--isolate: {reason}{}", later(&conclusion))),
    }
}

/// Why a search ended early, and what to do.
#[must_use]
pub fn stopped(stop: Stop) -> &'static str {
    match stop {
        Stop::Budget => "the budget is spent; --max-requests N sends more",
        Stop::Accepted => "as many copies as allowed were not refused; --max-accepted N allows more",
        Stop::Interrupted => "interrupted; nothing more was sent",
        Stop::Throttled => "the server limits the rate; try again later, with --delay SECONDS",
        Stop::Banned => "a copy that had passed is refused now: the server has begun to refuse this client",
        Stop::Flapping => {
            "the same copy was refused and then not: the answers change by themselves (servers with other rules, a limit on the rate)"
        }
        Stop::NoAnswer => "the server gave no answers any more",
    }
}

/// Part, text and reason; or why there is no part.
fn found(search: &Search, conclusion: &Conclusion) -> Result<(String, String, String), String> {
    let parts = search.parts();
    match &conclusion.finding {
        Finding::Parts(groups) => Ok((
            join(groups.iter().map(|group| labels(parts, group)), " or "),
            join(groups.iter().map(|group| texts(parts, group)), " or "),
            because(groups, conclusion, search),
        )),
        Finding::Size(size) => Ok((
            "size".to_owned(),
            size.end.to_string(),
            format!(
                "neutral bodies of up to {} bytes are not refused, and one of {} bytes is ({} copies)",
                size.start,
                size.end,
                search.sent()
            ),
        )),
        Finding::Missing(candidate) => {
            let candidate = &search.candidates()[*candidate];
            let because =
                format!("a neutral copy is refused, and is not when this is added ({} copies)", search.sent());
            Ok((candidate.label.clone(), candidate.lines.join(" · "), because))
        }
        Finding::Identity => Ok((
            "credentials".to_owned(),
            String::new(),
            "it depends on who asks: without the credentials the answer is another, and with them the request is \
             refused whatever its values are"
                .to_owned(),
        )),
        Finding::Elsewhere => Ok((
            "none".to_owned(),
            String::new(),
            format!(
                "no value is refused: with all of them neutral the request is refused in the same way ({} copies). The \
                 cause is the method, the path, the client's address, or something that is missing",
                search.sent()
            ),
        )),
        Finding::Nothing(Some(part)) => Err(format!(
            "not found; the likeliest part so far is {} ({:.0} %)",
            parts.list()[*part].label,
            100.0 * conclusion.probability
        )),
        Finding::Nothing(None) => Err("not found".to_owned()),
    }
}

fn because(groups: &[Group], conclusion: &Conclusion, search: &Search) -> String {
    let together = groups.iter().any(|group| group.pieces.len() > 1);
    let who = |group: &Group| {
        group.pieces.iter().all(|piece| search.parts().list()[piece.part].role == Role::Credential)
    };
    let what = match (groups.len(), together) {
        (1, _) if groups.iter().all(who) => {
            "with this credential the request is refused whatever the rest is, and without it the answer is another: it \
             depends on who asks, unless the credential itself holds what is refused"
        }
        (1, false) => "the request is refused with this part alone, everything else neutral",
        (1, true) => {
            "the request is refused with these parts together, everything else neutral, and not without any of them"
        }
        _ => "the request is refused with either of these alone, everything else neutral",
    };
    let guard = match (conclusion.guarded, search.accepted()) {
        (true, 0) => "; the application rejected every copy that was not refused",
        _ => "",
    };
    format!("{what}; with all neutral it is not refused ({} copies{guard})", search.sent())
}

/// Another refusal that was met on the way.
fn later(conclusion: &Conclusion) -> String {
    conclusion.later.map_or_else(String::new, |status| {
        format!(". Copies that this check let through met another refusal, {status} with another page: a second check")
    })
}

fn labels(parts: &Parts, group: &Group) -> String {
    join(group.pieces.iter().map(|piece| parts.list()[piece.part].label.clone()), " + ")
}

fn texts(parts: &Parts, group: &Group) -> String {
    join(group.pieces.iter().map(|piece| piece.text(parts)), " + ")
}

fn join(words: impl Iterator<Item = String>, with: &str) -> String {
    words.collect::<Vec<_>>().join(with)
}
