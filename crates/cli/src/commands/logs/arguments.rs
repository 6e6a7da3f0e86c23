//! What stands behind `why403 logs`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use logs::Time;

use super::key::Key;
use crate::args::Options;

const EXAMPLES: &str = "\
Examples:
  Who is refused what, and why:
    why403 logs /var/log/nginx/access.log /var/log/nginx/error.log
  The last two hours of a rotated set, by cause and route:
    why403 logs --since 2h --group-by cause,route '/var/log/nginx/*.log*'
  The third group, one request of it in full:
    why403 logs --explain 3 access.log error.log modsec_audit.log
  For programs:
    journalctl -u app -o cat | why403 logs --format json -
    why403 logs --format parquet /var/log/nginx/*.log > refusals.parquet

A refusal is a request that was answered with 403 (or another status of --status) here or by the server behind, and an entry
without a status whose words refuse. Lines of one request in several logs count once.

Exit status: 0 refusals were found, 1 none, 2 bad input or could not run";

/// Arguments of `why403 logs`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Logs, plain or compressed; folders, patterns, and `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Leave out what happened before: `2h`, `7d`, or a date and time
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Only refusals with this value: `cause=csrf.token-missing`, `client!=192.0.2.1`, `route~^/api/`; all must hold
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    pub(crate) filters: Vec<String>,
    /// What makes a group
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FIELDS", default_values_t = Key::DEFAULT)]
    pub(crate) group_by: Vec<Key>,
    /// Only the largest groups [default: 20 in a terminal, else all]
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// The statuses that count as refusals
    #[arg(long, value_delimiter = ',', value_name = "CODES", default_value = "403", value_parser = clap::value_parser!(u16).range(100..=999))]
    pub(crate) status: Vec<u16>,
    /// Explain one request of the group with this number in full
    #[arg(long, value_name = "N")]
    pub(crate) explain: Option<usize>,
    /// Name the change nearest before a new kind of refusal: a folder with configuration files, dpkg's or apt's history, a git
    /// repository; may be given several times
    #[arg(long, value_name = "DIR")]
    pub(crate) changes: Vec<PathBuf>,
    /// Go on with what is added to the files, a line for each new refusal, until stopped
    #[arg(long, conflicts_with = "explain")]
    pub(crate) follow: bool,
    /// The format of the access logs: nginx's `log_format`, Apache's `LogFormat` or HAProxy's `log-format`, the directive or its text
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
    /// A server's configuration that defines log formats; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// How to print the groups [default: terminal]
    #[arg(long, value_enum)]
    pub(crate) format: Option<LogsFormat>,
}

/// The formats that groups can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogsFormat {
    Terminal,
    Json,
    Csv,
    /// One row for each refused request, for query engines
    Parquet,
    /// A page with plots
    Html,
}

/// From when on logs are read, in microseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since {
    pub(super) micros: i64,
    /// The same by the clock on the wall, for logs that do not say their zone.
    local: i64,
}

impl Since {
    /// Whether something happened before; `known` when its zone is known.
    pub(super) fn is_after(self, micros: Option<i64>, known: bool) -> bool {
        micros.is_some_and(|micros| micros < if known { self.micros } else { self.local })
    }
}

impl Arguments {
    /// The format asked for, here or before the command.
    pub(super) fn format(&self, options: &Options) -> Result<LogsFormat> {
        self.format.map_or_else(|| super::general(options), Ok)
    }

    /// From when on logs are read.
    pub(super) fn since(&self) -> Result<Option<Since>> {
        let Some(text) = &self.since else { return Ok(None) };
        let time = since(text)?;
        let moment =
            |micros: i64| Timestamp::from_microsecond(micros).with_context(|| format!("--since {text}"));
        let own = TimeZone::system();
        Ok(Some(if time.zone == logs::Zone::Known {
            let local = own.to_offset(moment(time.micros)?).seconds();
            Since { micros: time.micros, local: time.micros + i64::from(local) * 1_000_000 }
        } else {
            let civil = moment(time.micros)?.to_zoned(TimeZone::UTC).datetime();
            let micros = own.to_timestamp(civil).with_context(|| format!("--since {text}"))?.as_microsecond();
            Since { micros, local: time.micros }
        }))
    }

    /// How the engine is to read the files.
    pub(super) fn reading(&self, options: &Options) -> Result<logs::Options> {
        let mut candidates = Vec::new();
        for path in self.config.iter().chain(&options.config) {
            let text = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            candidates.extend(logs::format::definitions(&String::from_utf8_lossy(&text)));
        }
        candidates.extend(self.log_format.as_deref().map(log_format).transpose()?);
        let since = self.since()?.map(|since| Time {
            micros: since.micros,
            zone: logs::Zone::Known,
            step: 1_000_000,
        });
        Ok(logs::Options { statuses: self.status.clone(), since, candidates, ..logs::Options::default() })
    }
}

/// A definition, of the server whose variables it uses.
fn log_format(text: &str) -> Result<logs::Format> {
    let compiled = if text.contains('$') {
        logs::Format::from_nginx_log_format(text)
    } else if text.contains("%h") || text.contains("%>s") || text.contains("%r") && text.contains("%a") {
        logs::Format::from_apache_log_format(text)
    } else if text.contains("%REQ(") || text.contains("%RESPONSE_CODE%") {
        logs::Format::from_envoy_log_format(text)
    } else {
        logs::Format::from_haproxy_log_format(text)
    };
    compiled.context("--log-format")
}

/// A moment, or how long ago it was.
fn since(text: &str) -> Result<Time> {
    if let Some(time) = logs::time::parse(text.as_bytes()) {
        return Ok(time);
    }
    if text.len() == 10
        && let Some(time) = logs::time::parse(format!("{text}T00:00:00").as_bytes())
    {
        return Ok(time);
    }
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => bail!("--since: expected `2h`, `7d` or a date and time, found `{}`", report::neutral(text)),
    };
    let number: i64 = number
        .parse()
        .ok()
        .filter(|number| (0..100_000_000).contains(number))
        .with_context(|| format!("--since: `{}` is no number", report::neutral(number)))?;
    let now = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros() as i64);
    Ok(Time { micros: now - number * seconds * 1_000_000, zone: logs::Zone::Known, step: 1_000_000 })
}
