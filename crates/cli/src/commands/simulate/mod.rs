//! `why403 simulate CONFIG... curl ...`: what these servers do with this request, rule by rule. Nothing is sent.

mod json;
mod request;
mod text;
mod width;

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use intake::simulation::Given;
use server_config::chain::{self, Hop};
use server_config::{Answer, Request};

use crate::args::{Format, Options};
use crate::configurations::{self, Origin};
use crate::{EXPLAINED, UNEXPLAINED, output};

const EXAMPLES: &str = "\
Examples:
    why403 simulate /etc/nginx/nginx.conf curl https://shop.example/api/orders -d a=1
    why403 simulate haproxy.cfg sites-enabled/shop.conf --client 192.0.2.7 curl -X DELETE http://shop.example/a
    why403 simulate --here --log /var/log/nginx/access.log curl https://shop.example/api/orders -d a=1

Exit status: 0 refused, and the rule is known; 1 not refused, or it cannot be told; 2 bad input";

/// What `why403 simulate` takes.
#[derive(Debug, clap::Args)]
#[command(subcommand_precedence_over_arg = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Configurations: main files, folders, `nginx -T` dumps; `-` is standard input. Several servers are walked hop by hop
    #[arg(value_name = "CONFIG")]
    configurations: Vec<PathBuf>,
    #[command(flatten)]
    origin: Origin,
    /// The address that the request comes from, as the first server sees it
    #[arg(long, value_name = "ADDR")]
    client: Option<IpAddr>,
    /// A log of this server: how many of its refused requests each fix would let through; may be given several times
    #[arg(long, value_name = "FILE")]
    log: Vec<PathBuf>,
    /// How to print the walk [default: terminal]
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(subcommand)]
    request: Asked,
}

/// The request, as a command line.
#[derive(Debug, Subcommand)]
enum Asked {
    /// The request, as a curl command line
    #[command(disable_help_flag = true)]
    Curl {
        /// What stands behind `curl` on the command line
        #[arg(
            trailing_var_arg = true,
            allow_hyphen_values = true,
            required = true,
            value_name = "CURL-ARGS"
        )]
        args: Vec<String>,
    },
}

/// All that is printed.
struct Report {
    given: Given,
    hops: Vec<Hop>,
    fixes: Vec<width::Measured>,
    warnings: Vec<String>,
    mask: report::Mask,
}

/// What comes of the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Refused,
    Passed,
    Unknown,
}

/// Walks the request through the servers, and prints the walk.
///
/// # Errors
/// Configurations, logs or a command line that cannot be read.
pub(crate) fn run(options: &Options, arguments: &Arguments) -> Result<u8> {
    let Asked::Curl { args } = &arguments.request;
    let client = arguments.client.or(options.client);
    let asked = request::read(args, client)?;
    let named: Vec<PathBuf> = arguments.configurations.iter().chain(&options.config).cloned().collect();
    let given = configurations::read(&arguments.origin, &named)?;
    let hops = chain::walk(&given.servers, &asked.request);
    let logs: Vec<PathBuf> = arguments.log.iter().chain(&options.log).cloned().collect();
    let (fixes, mut warnings) = width::fixes(&given, &hops, &logs)?;
    warnings.splice(0..0, asked.warnings);
    warnings.extend(not_walked(&given, &hops, &asked.request));
    let report = Report { given, hops, fixes, warnings, mask: report::Mask::new(&asked.secrets) };
    match arguments.format.or(options.format).unwrap_or(Format::Terminal) {
        Format::Json => output::print(&json::write(&report))?,
        Format::Terminal => output::print(&text::write(&report))?,
        _ => anyhow::bail!("`simulate` prints `--format terminal` or `json`"),
    }
    let decided = report.end() == End::Refused && report.decided_by().is_some();
    Ok(if decided { EXPLAINED } else { UNEXPLAINED })
}

/// The servers that are configured for the request's port as well: only one of them can have it.
fn not_walked(given: &Given, hops: &[Hop], request: &Request) -> Vec<String> {
    let mut found = Vec::new();
    for (number, server) in given.servers.iter().enumerate() {
        let listens = server.configuration.listeners().iter().any(|own| own.is_reached_by(request));
        if listens && !hops.iter().any(|hop| hop.server == number) {
            let (product, name) = (server.configuration.product(), &given.names[number]);
            let port = request.port();
            found.push(format!(
                "{product} ({name}) is configured for port {port} as well, and was not walked: name the configuration of \
                 the server that runs"
            ));
        }
    }
    found
}

impl Report {
    fn end(&self) -> End {
        let Some(hop) = self.hops.last() else { return End::Unknown };
        match &hop.walk.outcome.answer {
            _ if hop.walk.refuses() => End::Refused,
            Answer::Unknown(_) => End::Unknown,
            _ => End::Passed,
        }
    }

    /// The status of a refusal or another answer that the servers make themselves.
    fn status(&self) -> Option<u16> {
        match self.hops.last()?.walk.outcome.answer {
            Answer::Status(status) => Some(status),
            Answer::File(_) => Some(200),
            Answer::Upstream(_) | Answer::Closed | Answer::Unknown(_) => None,
        }
    }

    /// The place of the rule that decides, with its line.
    fn decided_by(&self) -> Option<(&server_config::Place, String)> {
        let hop = self.hops.last()?;
        let place = hop.walk.outcome.decided_by.as_ref()?;
        Some((place, self.line(hop, place)))
    }

    fn line(&self, hop: &Hop, place: &server_config::Place) -> String {
        let sources = self.given.servers[hop.server].configuration.sources();
        sources.line(place).unwrap_or_default().trim().to_owned()
    }

    /// What would have to be known, over all hops.
    fn unknown(&self) -> Vec<String> {
        let mut needs: Vec<String> = Vec::new();
        for hop in &self.hops {
            let answer = match &hop.walk.outcome.answer {
                Answer::Unknown(needs) => Some(needs.to_string()),
                _ => None,
            };
            let assumed = hop.assuming.iter().chain(&hop.walk.outcome.assuming).map(ToString::to_string);
            for need in answer.into_iter().chain(assumed) {
                if !needs.contains(&need) {
                    needs.push(need);
                }
            }
        }
        needs
    }

    /// Text of the request or the configuration, made safe to print.
    fn safe(&self, text: &str) -> String {
        report::neutral(&self.mask.apply(text))
    }
}
