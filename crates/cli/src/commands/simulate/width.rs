//! The fixes of a refusal, and how many of the refused requests in the user's own logs each would let through.

use std::path::PathBuf;

use anyhow::{Result, bail};
use intake::simulation::Given;
use logs::record::{Field, Record};
use logs::{Collect, Depth};
use server_config::chain::{Hop, Server};
use server_config::{Fix, Header, Request, Width};

/// A fix, with its width where logs are given.
pub(super) type Measured = (Fix, Option<Width>);

/// Refused requests that are simulated; the last ones of a log tell most.
const MOST: usize = 20_000;

/// The fixes of the server that refuses, with their width where logs are given, and warnings.
pub(super) fn fixes(given: &Given, hops: &[Hop], logs: &[PathBuf]) -> Result<(Vec<Measured>, Vec<String>)> {
    let Some(hop) = hops.last().filter(|hop| hop.walk.refuses()) else { return Ok((Vec::new(), Vec::new())) };
    let server = &given.servers[hop.server];
    let fixes = server.configuration.fixes(&hop.request, &server.files);
    if logs.is_empty() || fixes.is_empty() {
        return Ok((fixes.into_iter().map(|fix| (fix, None)).collect(), Vec::new()));
    }
    let (requests, warnings) = requests(logs, &hop.request)?;
    let measured = fixes.into_iter().map(|fix| {
        let width = width(server, &fix, &requests);
        (fix, width)
    });
    Ok((measured.collect(), warnings))
}

fn width(server: &Server, fix: &Fix, requests: &[Request]) -> Option<Width> {
    let (fixed, files) = server.configuration.with_fix(fix, &server.files)?;
    let before = |request: &Request| server.configuration.simulate(request, &server.files);
    Some(Width::measure(requests, before, |request| fixed.simulate(request, &files)))
}

/// The refused requests of the logs, as this server receives them.
fn requests(logs: &[PathBuf], like: &Request) -> Result<(Vec<Request>, Vec<String>)> {
    let statuses = vec![401, 403, 404, 405, 413, 429, 444];
    let options =
        logs::Options { statuses, words: Vec::new(), depth: Depth::Refusals, ..logs::Options::default() };
    let scan = logs::scan(logs, &options, Collect::up_to(MOST), &|_| {});
    if scan.files.iter().all(|file| file.format.is_none()) {
        let path = scan.files.first().map_or_else(String::new, |file| file.path.display().to_string());
        bail!("{path} is no log of a known format");
    }
    let mut warnings: Vec<String> = scan.files.iter().flat_map(|file| file.warnings.clone()).collect();
    if scan.sink.left_out > 0 {
        warnings.push(format!("{} more refused requests of the logs were not simulated", scan.sink.left_out));
    }
    Ok((scan.sink.records.iter().filter_map(|(_, record)| request(record, like)).collect(), warnings))
}

/// The request of one entry: what the log does not tell is taken from the request that is asked about.
fn request(record: &Record<'_>, like: &Request) -> Option<Request> {
    let (method, target) = (record.method()?, record.target()?);
    let mut request = like.clone();
    request.method = method.into_owned();
    request.target = if target.starts_with('/') { target.into_owned() } else { format!("/{target}") };
    request.client = record.client().and_then(|client| client.parse().ok());
    request.body_length = 0;
    request.headers.retain(|header| header.name.eq_ignore_ascii_case("host"));
    for (name, field) in [("User-Agent", Field::UserAgent), ("Referer", Field::Referer)] {
        let value = record.get(field).filter(|value| value != "-");
        request.headers.extend(value.map(|value| Header::new(name, &value)));
    }
    if let Some(host) = record.get(Field::Host) {
        request.headers.retain(|header| !header.name.eq_ignore_ascii_case("host"));
        request.headers.push(Header::new("Host", &host));
    }
    Some(request)
}
