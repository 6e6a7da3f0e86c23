//! `why403 waf --rules DIR curl ...`: which rules a request trips, and on what text. Nothing is sent.

mod attacks;
mod json;
mod text;

use std::io::{self, IsTerminal, Write as _};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use model::Evidence;
use waf::{Edit, Exclusion, Like, RuleSet, Verdict, Width};

use attacks::Logged;

use crate::args::{Format, Options};
use crate::rules::{self, Engine};
use crate::{EXPLAINED, UNEXPLAINED, diagnosis, output};

/// Where the distribution's package puts its rules.
const PACKAGED: &str = "/usr/share/modsecurity-crs";

/// Arguments of `why403 waf`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A rule set's folder (a checkout of the Core Rule Set, the distribution's package), or a configuration with one
    /// [default: those of --config, else /usr/share/modsecurity-crs]
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// The paranoia level, instead of the one the configuration sets
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=4))]
    paranoia: Option<u8>,
    /// The engine whose behaviour is followed [default: the one that the documents show, else modsecurity2]
    #[arg(long, value_enum)]
    like: Option<Engine>,
    /// Measure how wide the exclusion is: the tests of a Core Rule Set checkout, or a file with one attack a line
    #[arg(long, value_name = "PATH")]
    attacks: Option<PathBuf>,
    /// How to print [default: terminal]
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(subcommand)]
    subject: Subject,
}

/// The request to look at.
#[derive(Debug, Subcommand)]
enum Subject {
    /// The request that this command line would send
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
    /// The refused request of these documents: HAR, curl command lines, raw requests, `curl -v` output
    Inspect {
        /// Files to read; `-` is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// What the rules say of one request, and what would let it pass.
struct Finding<'a> {
    rules: &'a RuleSet,
    verdict: Verdict,
    edit: Option<Edit>,
    exclusion: Option<Exclusion>,
    width: Option<Width>,
    logged: Option<Logged>,
    /// The request as it goes on the wire, which places count in.
    wire: Vec<u8>,
    mask: report::Mask,
}

/// Runs the rules over the request. Exit status 0 if they refuse it, 1 if they let it pass.
///
/// # Errors
/// Rules, command line or documents that cannot be read.
pub(crate) fn run(options: &Options, arguments: &Arguments) -> Result<u8> {
    let evidence = evidence(options, &arguments.subject)?;
    let Some(request) = intake::firewall::request(&evidence) else {
        bail!("the documents show no request; give a HAR, a curl command line or a raw request");
    };
    let like =
        arguments.like.map(Like::from).or_else(|| intake::firewall::like(&evidence)).unwrap_or_default();
    let loading = waf::Options { like, paranoia: arguments.paranoia, ..waf::Options::default() };
    let given = arguments.rules.as_ref().or(options.rules.as_ref());
    let rules = match given {
        Some(path) => rules::load(path, &loading)?,
        None => match rules::in_configurations(&options.config, &loading) {
            Some(found) => found?,
            None => rules::load(PACKAGED.as_ref(), &loading).context("no --rules were given")?,
        },
    };
    let note = arguments.attacks.as_ref().map(|_| Note::show("reading attacks"));
    let attacks = arguments.attacks.as_deref().map(|path| attacks::read(path, &rules)).transpose();
    note.iter().for_each(Note::end);
    let attacks = attacks?;
    let finding = request.with(|seen| {
        let verdict = rules.inspect(seen);
        let exclusion = waf::exclusion(&rules, seen, &verdict);
        let measure = |exclusion| {
            let attacks = attacks.as_ref()?;
            let note = Note::show(&format!("putting {} attacks into that place", attacks.len()));
            let width = waf::width(&rules, seen, &verdict, exclusion, attacks);
            note.end();
            Some(width)
        };
        let has_log = !evidence.log_lines.is_empty();
        Finding {
            edit: waf::smallest_edit(&rules, seen, &verdict),
            width: exclusion.as_ref().and_then(measure),
            logged: exclusion
                .as_ref()
                .filter(|_| has_log)
                .map(|exclusion| attacks::logged(&evidence, &rules, &request, exclusion)),
            exclusion,
            wire: seen.to_bytes(),
            rules: &rules,
            verdict,
            mask: report::Mask::new(&evidence.secrets),
        }
    });
    match arguments.format.or(options.format) {
        Some(Format::Json) => output::print(&json::render(&finding))?,
        None | Some(Format::Terminal) => output::print(&text::render(&finding))?,
        Some(_) => bail!("`waf` prints `terminal` or `json`"),
    }
    Ok(if finding.verdict.blocked { EXPLAINED } else { UNEXPLAINED })
}

/// What takes a while, on standard error while a person looks on. Nobody can be told that standard error is gone.
struct Note(bool);

impl Note {
    fn show(what: &str) -> Note {
        let terminal = io::stderr().is_terminal();
        if terminal {
            let _ = write!(io::stderr(), "{what} ...");
        }
        Note(terminal)
    }

    fn end(&self) {
        if self.0 {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// The evidence that holds the request.
fn evidence(options: &Options, subject: &Subject) -> Result<Evidence> {
    match subject {
        Subject::Curl { args } => {
            let command = intake::curl::parse(args, &diagnosis::named_by_curl)
                .context("the curl command cannot be read")?;
            let Some(transfer) = command.transfers.first() else { bail!("the curl command names no URL") };
            let (logs, unread) = diagnosis::documents(&options.log)?;
            if let Some(error) = unread.into_iter().next() {
                return Err(error);
            }
            let mut evidence = intake::read(logs);
            intake::add_request(&mut evidence, transfer);
            Ok(evidence)
        }
        Subject::Inspect { files } => {
            let (documents, unread) = diagnosis::documents(files.iter().chain(&options.log))?;
            if let Some(error) = unread.into_iter().next() {
                return Err(error);
            }
            Ok(intake::read_with(documents, &crate::diagnosis::reading(options)))
        }
    }
}

impl Finding<'_> {
    /// A text for people: secrets masked, control characters neutralised.
    fn shown(&self, text: &str) -> String {
        report::neutral(&self.mask.apply(text))
    }

    /// A part of the request for people.
    fn part(&self, range: &std::ops::Range<usize>) -> String {
        let bytes = self.wire.get(range.clone()).unwrap_or_default();
        self.shown(&String::from_utf8_lossy(bytes))
    }
}
