//! `why403 logs FILE...`: every refusal in logs of any size, grouped, with its cause.

mod arguments;
mod attribute;
mod changes;
mod explain;
mod files;
mod filter;
mod follow;
mod key;
mod output;
mod progress;
mod refusals;
mod requests;
mod slices;
mod spill;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use logs::Scan;

use crate::args::Options;
use crate::{EXPLAINED, UNEXPLAINED};
pub(crate) use arguments::Arguments;
use arguments::LogsFormat;
use refusals::{Refusals, Settings};
use requests::Requests;

/// Reads the logs, groups their refusals, prints. Exit status 0 if there are refusals, 1 if there are none.
///
/// # Errors
/// Arguments that cannot be understood, and files of which none can be read.
pub(crate) fn run(options: &Options, arguments: &Arguments) -> Result<u8> {
    let started = Instant::now();
    let format = arguments.format(options)?;
    let settings = Arc::new(Settings::new(arguments, format)?);
    let paths = files::expand(&arguments.files)?;
    let scan = scan(options, arguments, &settings, &paths)?;
    if scan.files.iter().all(|file| file.format.is_none() && !file.warnings.is_empty()) {
        let first = &scan.files[0];
        bail!("{}: {}", first.path.display(), first.warnings[0]);
    }
    let few = format == LogsFormat::Terminal && arguments.explain.is_none();
    let most = arguments.top.unwrap_or(if few { output::SHOWN } else { usize::MAX });
    let mut requests = Requests::of(scan, &settings, most.max(arguments.explain.unwrap_or(0)))?;
    requests.events = changes::read(&arguments.changes)?;
    if let Some(number) = arguments.explain {
        return explain::run(options, arguments, &mut requests, number, started);
    }
    output::write(options, format, &mut requests)?;
    if arguments.follow {
        return follow::run(&settings, &requests, format);
    }
    Ok(if requests.refused > 0 { EXPLAINED } else { UNEXPLAINED })
}

/// Reads all files, and standard input where `-` is named.
fn scan(
    options: &Options,
    arguments: &Arguments,
    settings: &Arc<Settings>,
    paths: &[std::path::PathBuf],
) -> Result<Scan<Refusals>> {
    let reading = arguments.reading(options)?;
    let (streams, named): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| path.as_os_str() == "-");
    let sink = Refusals::new(Arc::clone(settings), files::sets(&named));
    let bar = progress::Progress::start();
    let mut scan = logs::scan(&named, &reading, sink, &|now| bar.show(now));
    if !streams.is_empty() {
        let sink = scan.sink.beyond(named.len());
        let mut stream = logs::scan_stream(Box::new(std::io::stdin()), &reading, sink);
        scan.files.append(&mut stream.files);
        scan.sink = stream.sink;
    }
    bar.end();
    scan.files.first().context("no file is named")?;
    Ok(scan)
}

/// The formats that `--format` of this command knows, from the general option where the own one is missing.
fn general(options: &Options) -> Result<LogsFormat> {
    use crate::args::Format;
    Ok(match options.format {
        None | Some(Format::Terminal) => LogsFormat::Terminal,
        Some(Format::Json) => LogsFormat::Json,
        Some(Format::Html) => LogsFormat::Html,
        Some(Format::Sarif | Format::Markdown) => {
            bail!("groups of refusals are written as terminal, json, csv or html")
        }
    })
}
