//! For programs: one object. Fields are added, never renamed.

use anyhow::Result;
use logs::group::Group;
use serde_json::{Map, Value, json};

use super::Pieces;
use crate::commands::logs::key::Key;
use crate::commands::logs::requests::Requests;

/// Columns of a group's counts over time.
const BUCKETS: usize = 48;

/// Prints the groups as one JSON object, group by group: all of them at once would take much memory.
///
/// # Errors
/// Where standard output cannot be written.
pub(super) fn write(requests: &Requests) -> Result<()> {
    let files: Vec<Value> = requests
        .files
        .iter()
        .map(|file| {
            json!({
                "file": report::neutral(&file.path.display().to_string()),
                "log": file.format.as_ref().map(|format| format.kind().name()),
                "lines": file.lines, "bytes": file.bytes, "unreadable": file.unreadable,
            })
        })
        .collect();
    let causes: Vec<Value> = requests.causes.iter().map(|group| cause(requests, group)).collect();
    let begin = json!({
        "why403": 1, "causes": causes, "lines": requests.lines(), "refused": requests.refused, "unreadable": requests.unreadable(),
    });
    let end = json!({
        "others": requests.others,
        "from": requests.moment(requests.observed.map(|(from, _)| from)),
        "to": requests.moment(requests.observed.map(|(_, to)| to)),
        "joined": {
            "by_id": requests.join.by_id, "by_likeness": requests.join.by_likeness, "uncertain": requests.join.uncertain,
        },
        "common_id": requests.common_id().into_iter().map(|(product, lines)| json!({"product": product, "lines": lines})).collect::<Vec<_>>(),
        "files": files, "warnings": requests.warnings(),
    });
    let mut out = Pieces::default();
    out.add(&format!("{},\"groups\":[", begin.to_string().trim_end_matches('}')))?;
    for (at, group) in requests.groups.iter().enumerate() {
        out.add(if at > 0 { "," } else { "" })?;
        out.add(&object(requests, group).to_string())?;
    }
    out.add(&format!("],{}\n", end.to_string().trim_start_matches('{')))?;
    out.end()
}

/// A cause, whatever the groups are made of.
fn cause(requests: &Requests, group: &Group) -> Value {
    json!({
        "cause": requests.value(group, 0), "count": group.count, "share": requests.share(group),
        "first": requests.moment(group.first.micros), "last": requests.moment(group.last.micros),
        "new_since": requests.new_since(group),
    })
}

fn object(requests: &Requests, group: &Group) -> Value {
    let mut fields = Map::new();
    for key in Key::DEFAULT {
        fields.insert(key.name().into(), Value::Null);
    }
    for (at, key) in requests.settings.group_by.iter().enumerate() {
        fields.insert(key.name().into(), requests.value(group, at).map_or(Value::Null, Value::from));
    }
    let (document, line) = requests.place(group);
    let change = requests.change(group).map(|change| {
        let nearest = requests.cause_of(group, &change).map(|event| {
            json!({
                "at": requests.moment(Some(event.at)), "what": report::neutral(&event.what),
                "document": report::neutral(&event.document),
            })
        });
        json!({
            "at": requests.moment(Some(crate::commands::logs::changes::moment(group, &change))),
            "per_hour_before": change.before, "per_hour_after": change.after,
            "new": change.before == 0.0, "nearest": nearest,
        })
    });
    let buckets = requests.observed.map(|(from, to)| group.timeline.resampled(from, to, BUCKETS));
    let confidence = fields["cause"].as_str().and_then(|cause| requests.confidence.get(cause));
    let rest = json!({
        "confidence": confidence.map(|confidence| confidence.name()),
        "count": group.count, "share": requests.share(group),
        "first": requests.moment(group.first.micros), "last": requests.moment(group.last.micros),
        "buckets": buckets, "change": change, "example": {"document": document, "line": line},
    });
    if let Value::Object(rest) = rest {
        fields.extend(rest);
    }
    Value::Object(fields)
}
