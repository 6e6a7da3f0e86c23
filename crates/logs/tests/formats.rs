//! Every example under `tests/formats` is recognised and read as it says.
//!
//! A file holds examples: the log between `<<<` and `>>>`, then the kind on its own line, then fields as
//! `Name: value`, with `Rule.id` and so on for rules and `time` for the time understood. `!Name` says that the field
//! must be missing. Comments begin with `#` outside the log and name the source.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use logs::{Field, Record};

struct Example {
    place: String,
    text: String,
    kind: String,
    fields: Vec<(String, String)>,
}

#[test]
fn examples_are_recognised_and_read() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for example in examples() {
        count += 1;
        if let Err(why) = check(&example) {
            wrong.push(format!("{}: {why}\n{}", example.place, example.text));
        }
    }
    assert!(count > 20, "only {count} examples found");
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn check(example: &Example) -> Result<(), String> {
    let text = example.text.as_bytes();
    let format = logs::recognise(text).ok_or("not recognised")?;
    let records: Vec<_> = logs::read(text, &format).flatten().collect();
    let record = records.last().ok_or("no record")?;
    let kind = record.kind.map(|kind| format!("{kind:?}")).unwrap_or_default();
    if kind != example.kind {
        return Err(format!("kind {kind}, not {}\n{}", example.kind, dump(record)));
    }
    for (name, expected) in &example.fields {
        let found = value(record, name);
        let as_expected =
            if name.starts_with('!') { found.is_none() } else { found.as_deref() == Some(expected.as_str()) };
        if !as_expected {
            return Err(format!("{name} is {found:?}, not {expected:?}\n{}", dump(record)));
        }
    }
    Ok(())
}

fn dump(record: &Record<'_>) -> String {
    let text = record.quote();
    record
        .fields()
        .map(|(field, span)| format!("    {field:?}: {}\n", text.get(span).unwrap_or("?")))
        .collect()
}

fn value(record: &Record<'_>, name: &str) -> Option<String> {
    let name = name.trim_start_matches('!');
    if name == "time" {
        return record.time().map(|time| time.to_string());
    }
    if name == "target" {
        return record.target().map(Into::into);
    }
    if name == "path" {
        return record.path().map(Into::into);
    }
    if name == "ids" {
        return Some(record.ids().collect::<Vec<_>>().join(" "));
    }
    if let Some(part) = name.strip_prefix("Rule.") {
        let rules = record.rules();
        let rule = rules.iter().find(|rule| !rule.is_bookkeeping()).or(rules.first())?;
        return match part {
            "id" => rule.id.clone(),
            "file" => rule.file.clone(),
            "line" => rule.line.map(|line| line.to_string()),
            "message" => rule.message.clone(),
            "data" => rule.data.clone(),
            "variable" => rule.variable.clone(),
            "value" => rule.value.clone(),
            "operator" => rule.operator.clone(),
            "severity" => rule.severity.clone(),
            "action" => rule.action.clone(),
            "count" => Some(rules.len().to_string()),
            _ => None,
        };
    }
    let field =
        FIELDS.iter().find(|field| format!("{field:?}") == name).unwrap_or_else(|| panic!("no field {name}"));
    record.get(*field).map(Into::into)
}

const FIELDS: &[Field] = &[
    Field::Client,
    Field::ClientPort,
    Field::ForwardedFor,
    Field::User,
    Field::Request,
    Field::Method,
    Field::Target,
    Field::Path,
    Field::Query,
    Field::Protocol,
    Field::Scheme,
    Field::Host,
    Field::Server,
    Field::Status,
    Field::SubStatus,
    Field::Size,
    Field::RequestSize,
    Field::Duration,
    Field::Referer,
    Field::Origin,
    Field::UserAgent,
    Field::ContentType,
    Field::RequestId,
    Field::TraceId,
    Field::ConnectionId,
    Field::Upstream,
    Field::UpstreamStatus,
    Field::UpstreamTime,
    Field::Frontend,
    Field::Backend,
    Field::Termination,
    Field::Detail,
    Field::Level,
    Field::Logger,
    Field::Module,
    Field::Code,
    Field::Message,
    Field::Errno,
    Field::Pid,
    Field::Tid,
    Field::Exception,
    Field::Trace,
    Field::File,
    Field::Line,
    Field::Action,
    Field::RuleId,
    Field::RuleFile,
    Field::RuleLine,
    Field::Machine,
    Field::Program,
    Field::RequestBody,
    Field::RequestHeader,
    Field::ServerPort,
];

fn examples() -> Vec<Example> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().flat_map(|file| parse(file)).collect()
}

fn parse(file: &std::path::Path) -> Vec<Example> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut examples: Vec<Example> = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        match line {
            "<<<" => {
                inside = true;
                let place = format!("{}:{}", file.file_name().unwrap().to_string_lossy(), number + 1);
                examples.push(Example {
                    place,
                    text: String::new(),
                    kind: String::new(),
                    fields: Vec::new(),
                });
            }
            ">>>" => inside = false,
            _ if inside => {
                let example = examples.last_mut().unwrap();
                example.text += line;
                example.text.push('\n');
            }
            _ if line.is_empty() || line.starts_with('#') => {}
            _ => {
                let example =
                    examples.last_mut().unwrap_or_else(|| panic!("{}: no example yet", file.display()));
                match line.split_once(": ") {
                    Some((name, value)) => example.fields.push((name.into(), value.into())),
                    None if line.starts_with('!') => example.fields.push((line.into(), String::new())),
                    None => example.kind = line.into(),
                }
            }
        }
    }
    examples
}
