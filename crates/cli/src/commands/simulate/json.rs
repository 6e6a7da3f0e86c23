//! The walk as one JSON object, version 1. Fields are added, never renamed.

use serde_json::{Value, json};
use server_config::chain::Hop;
use server_config::walk::{Forwarded, HowChanged, Loser, Verdict};
use server_config::{Answer, Header, Place, Step};

use super::{End, Report};

pub(super) fn write(report: &Report) -> String {
    let decided_by = report.decided_by().filter(|_| report.end() != End::Unknown);
    let last = report.hops.last();
    let conditions: Vec<Value> = last.map_or_else(Vec::new, |hop| {
        let conditions = hop.walk.outcome.conditions.iter();
        conditions.map(|found| placed(report, Some(&found.place), &found.text)).collect()
    });
    let fixes: Vec<Value> = report
        .fixes
        .iter()
        .map(|(fix, width)| {
            let patch: String = fix.patches.iter().map(|patch| patch.diff.as_str()).collect();
            let lines: Vec<String> = patch.split('\n').map(|line| report.safe(line)).collect();
            json!({
                "text": report.safe(&fix.text), "opens": report.safe(&fix.opens),
                "patch": Some(lines.join("\n")).filter(|patch| !patch.is_empty()),
                "width": width.as_ref().map(|width| json!({
                    "refused": width.refused, "let_through": width.let_through, "unknown": width.unknown,
                    "kinds": width.kinds, "clients": width.clients.map(|clients| clients.to_string()),
                    "text": report.safe(&width.to_string()),
                })),
            })
        })
        .collect();
    let object = json!({
        "why403": 1,
        "outcome": match report.end() {
            End::Refused => "refused",
            End::Passed => "passed",
            End::Unknown => "unknown",
        },
        "status": report.status(),
        "decided_by": decided_by.map(|(place, line)| placed(report, Some(place), &line)),
        "conditions": conditions,
        "hops": report.hops.iter().map(|hop| self::hop(report, hop)).collect::<Vec<_>>(),
        "fixes": fixes,
        "unknown": report.unknown(),
        "warnings": report.warnings.iter().map(|warning| report.safe(warning)).collect::<Vec<_>>(),
    });
    format!("{object:#}\n")
}

fn hop(report: &Report, hop: &Hop) -> Value {
    let server = &report.given.servers[hop.server];
    let belief = &hop.walk.client;
    json!({
        "server": server.configuration.product().to_string(),
        "document": report.safe(&report.given.names[hop.server]),
        "client": {
            "connection": hop.request.client, "believed": belief.address,
            "from": intake::simulation::believed_from(belief),
            "rule": belief.place.as_ref().map(|place| placed(report, Some(place), &report.line(hop, place))),
        },
        "steps": hop.walk.steps.iter().map(|step| self::step(report, step)).collect::<Vec<_>>(),
        "answer": answer(report, &hop.walk.outcome.answer),
        "forwards": match &hop.walk.outcome.answer {
            Answer::Upstream(forwarded) => forwards(report, forwarded),
            _ => Value::Null,
        },
        "assuming": hop.assuming.iter().chain(&hop.walk.outcome.assuming).map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn step(report: &Report, step: &Step) -> Value {
    let (verdict, needs) = match &step.verdict {
        Verdict::Hit => ("hit", None),
        Verdict::Miss => ("miss", None),
        Verdict::Unknown(needs) => ("unknown", Some(needs.to_string())),
    };
    let mut object = placed(report, step.place.as_ref(), &step.text);
    object["phase"] = step.phase.into();
    object["verdict"] = verdict.into();
    object["needs"] = needs.into();
    object["because"] = report.safe(&step.because).into();
    object["losers"] = step.losers.iter().map(|loser| self::loser(report, loser)).collect();
    object
}

fn loser(report: &Report, loser: &Loser) -> Value {
    let mut object = placed(report, loser.place.as_ref(), &loser.text);
    object["because"] = report.safe(&loser.because).into();
    object
}

fn placed(report: &Report, place: Option<&Place>, text: &str) -> Value {
    json!({
        "document": place.map(|place| report.safe(&place.file)),
        "line": place.map(|place| place.line),
        "text": report.safe(text),
    })
}

fn answer(report: &Report, answer: &Answer) -> Value {
    match answer {
        Answer::Status(status) => json!({"status": status}),
        Answer::File(path) => json!({"file": report.safe(path)}),
        Answer::Upstream(forwarded) => json!({"upstream": report.safe(&forwarded.destination)}),
        Answer::Closed => json!({"closed": true}),
        Answer::Unknown(needs) => json!({"needs": report.safe(&needs.to_string())}),
    }
}

fn forwards(report: &Report, forwarded: &Forwarded) -> Value {
    let changes = forwarded.changes.iter().map(|change| {
        let mut object = placed(report, change.place.as_ref(), &change.name);
        object["how"] = match change.how {
            HowChanged::Added => "added",
            HowChanged::Rewritten => "rewritten",
            HowChanged::Dropped => "dropped",
        }
        .into();
        object["because"] = report.safe(&change.because).into();
        object
    });
    let field = |header: &Header| json!({"name": header.name, "value": header.value.known().map(|value| report.safe(value))});
    json!({
        "to": report.safe(&forwarded.destination), "method": forwarded.method,
        "target": forwarded.target.known().map(|target| report.safe(target)),
        "headers": forwarded.headers.iter().map(field).collect::<Vec<_>>(),
        "changes": changes.collect::<Vec<_>>(),
    })
}
