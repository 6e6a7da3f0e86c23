//! `why403 check CONFIG...`: rules that cannot do what they seem to, for CI. Nothing is sent.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Result, bail};
use intake::simulation::Given;
use serde_json::{Value, json};
use server_config::{Finding, Place, Warning, chain};

use crate::args::{Format, Options};
use crate::configurations::{self, Origin};
use crate::output;

const EXAMPLES: &str = "\
Examples:
    why403 check /etc/nginx/nginx.conf
    why403 check --format sarif nginx.conf haproxy.cfg > why403.sarif
    why403 check --root ./image /etc/apache2/apache2.conf

Exit status: 0 nothing found, 1 findings, 2 bad input";

/// Nothing was found.
const CLEAN: u8 = 0;
/// Something was.
const FINDINGS: u8 = 1;

/// What `why403 check` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Configurations: main files, folders, `nginx -T` dumps; several servers are also checked as a chain
    #[arg(value_name = "CONFIG")]
    configurations: Vec<PathBuf>,
    #[command(flatten)]
    origin: Origin,
    /// How to print the findings [default: terminal]
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Checks each configuration, and all of them as a chain.
///
/// # Errors
/// Configurations that cannot be read.
pub(crate) fn run(options: &Options, arguments: &Arguments) -> Result<u8> {
    let named: Vec<PathBuf> = arguments.configurations.iter().chain(&options.config).cloned().collect();
    let given = configurations::read(&arguments.origin, &named)?;
    let mut findings: Vec<Finding> =
        given.servers.iter().flat_map(|server| server.configuration.check()).collect();
    if given.servers.len() > 1 {
        findings.extend(chain::check(&given.servers));
    }
    match arguments.format.or(options.format).unwrap_or(Format::Terminal) {
        Format::Terminal => output::print(&as_text(&given, &findings))?,
        Format::Json => output::print(&as_json(&given, &findings))?,
        Format::Sarif => output::print(&as_sarif(&findings))?,
        _ => bail!("`check` prints `--format terminal`, `json` or `sarif`"),
    }
    Ok(if findings.is_empty() { CLEAN } else { FINDINGS })
}

fn warnings(given: &Given) -> impl Iterator<Item = &Warning> {
    given.servers.iter().flat_map(|server| server.configuration.warnings())
}

fn as_text(given: &Given, findings: &[Finding]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for finding in findings {
        let Finding { check, place, because, other, .. } = finding;
        let rule = report::neutral(&finding.text);
        let _ = writeln!(text, "{place}:{}: {check}: `{rule}`: {}", place.column, report::neutral(because));
        if let Some(other) = other {
            let _ = writeln!(text, "    see {other}");
        }
    }
    for warning in warnings(given) {
        let _ = writeln!(text, "warning: {}", report::neutral(&warning.to_string()));
    }
    let documents = if given.names.len() == 1 { "configuration" } else { "configurations" };
    let findings_word = if findings.len() == 1 { "finding" } else { "findings" };
    let _ = writeln!(text, "{} {documents}, {} {findings_word}", given.names.len(), findings.len());
    text
}

fn as_json(given: &Given, findings: &[Finding]) -> String {
    let place = |place: &Place| json!({"document": *place.file, "line": place.line, "column": place.column});
    let finding = |finding: &Finding| {
        let mut object = place(&finding.place);
        object["check"] = finding.check.into();
        object["text"] = report::neutral(&finding.text).into();
        object["because"] = report::neutral(&finding.because).into();
        object["other"] = finding.other.as_ref().map(place).into();
        object
    };
    let warnings = warnings(given).map(|warning| report::neutral(&warning.to_string()));
    let object = json!({
        "why403": 1,
        "outcome": if findings.is_empty() { "clean" } else { "findings" },
        "configurations": given.names,
        "findings": findings.iter().map(finding).collect::<Vec<Value>>(),
        "warnings": warnings.collect::<Vec<String>>(),
    });
    format!("{object:#}\n")
}

/// SARIF 2.1.0: one rule a check, one result a finding.
fn as_sarif(findings: &[Finding]) -> String {
    let mut checks: Vec<&Finding> = Vec::new();
    for finding in findings {
        if !checks.iter().any(|known| known.check == finding.check) {
            checks.push(finding);
        }
    }
    let rules = checks.iter().map(|finding| {
        json!({"id": finding.check, "name": finding.check, "shortDescription": {"text": finding.title()}})
    });
    let results = findings.iter().map(|finding| {
        let index = checks.iter().position(|known| known.check == finding.check);
        let text = format!("`{}`: {}", report::neutral(&finding.text), report::neutral(&finding.because));
        json!({
            "ruleId": finding.check, "ruleIndex": index, "level": "warning", "message": {"text": text},
            "locations": [location(&finding.place)],
            "relatedLocations": finding.other.iter().map(location).collect::<Vec<Value>>(),
        })
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "why403", "version": env!("CARGO_PKG_VERSION"), "rules": rules.collect::<Vec<Value>>(),
            }},
            "results": results.collect::<Vec<Value>>(),
        }],
    });
    format!("{log:#}\n")
}

fn location(place: &Place) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": report::uri(&place.file)},
        "region": {"startLine": place.line.max(1), "startColumn": place.column.max(1)},
    }})
}
