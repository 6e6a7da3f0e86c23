//! The command line. Help, completions and the manual page are made from these definitions.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::commands;

const EXAMPLES: &str = "\
Examples:
  Paste \"Copy as cURL\" of the refused request behind why403; it is sent once:
    why403 curl 'https://shop.example/orders' -H 'Origin: https://shop.example' --data-raw 'a=1'
  With the server's side at hand:
    why403 --log /var/log/nginx/error.log --config /etc/nginx/nginx.conf curl ...
  Find the part of the request that is refused, by sending changed copies of it, one at a time:
    why403 --isolate curl 'https://shop.example/orders' -H 'Content-Type: application/json' -d @order.json
    why403 --isolate --exact --rules /usr/share/modsecurity-crs curl ...
  From documents alone, nothing is sent:
    why403 inspect shop.har
    curl -i https://shop.example/orders -d a=1 | why403 inspect -
  For programs and CI:
    why403 --format json inspect request.curl response.http error.log
  What the servers' own rules do with it, hop by hop:
    why403 simulate haproxy.cfg sites-enabled/shop.conf curl https://shop.example/orders -d a=1

Exit status: 0 explained, 1 not explained or not refused, 2 bad input or could not run";

/// Why was this HTTP request refused? Names the layer and the rule, quotes the evidence, and shows the smallest fix.
#[derive(Debug, Parser)]
#[command(name = "why403", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send this request once, as curl would, and explain the refusal
    #[command(
        disable_help_flag = true,
        after_help = "Takes all options of curl. Options of why403 stand before `curl`.\n\nExamples:\n  why403 curl 'https://shop.example/orders' -H 'Origin: https://shop.example' --data-raw 'a=1'\n  why403 --no-probe curl -L -u bob https://shop.example/orders -T order.json\n  echo '{\"item\": 42}' | why403 --log /var/log/nginx/error.log curl https://shop.example/orders --json @-"
    )]
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
    /// Explain from documents alone; nothing is sent
    ///
    /// HAR, curl command lines with their output, requests and responses, `.http` files, the page or error value alone, `curl -v`
    /// and `--trace` output, code copied as fetch or PowerShell, collections of Postman and Insomnia, items of Burp, logs,
    /// configuration, a browser's console message or copied panel, another client's error message: each recognised by its
    /// content.
    #[command(
        after_help = "Examples:\n  why403 inspect shop.har\n  why403 inspect request.curl response.http error.log\n  curl -i https://shop.example/orders -d a=1 | why403 inspect -\n  why403 --entry 12 --format html inspect shop.har > report.html"
    )]
    Inspect {
        /// Files to read, or folders of such; `-` is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        options: Options,
    },
    /// Which rules of a WAF a request trips, and on what text; nothing is sent
    #[command(
        after_help = "Example:\n  why403 waf --rules /usr/share/modsecurity-crs curl https://shop.example/reviews -d 'text=1 or 1=1'\n\nExit status: 0 refused, 1 passed, 2 bad input or could not run"
    )]
    Waf(commands::waf::Arguments),
    /// Find and group all refusals in logs of any size, with their causes
    Logs(commands::logs::Arguments),
    /// What these servers' configurations do with a request, rule by rule; nothing is sent
    Simulate(commands::simulate::Arguments),
    /// Rules of configurations that cannot do what they seem to, for CI; nothing is sent
    Check(commands::check::Arguments),
    /// List all causes of refusals that are told apart
    #[command(after_help = "Examples:\n  why403 causes\n  why403 causes --format json")]
    Causes {
        /// How to list them
        #[arg(long, value_enum, default_value_t = ListFormat::Terminal)]
        format: ListFormat,
    },
    /// Show the page of a cause, or of a product as `emitter:ID`
    #[command(
        after_help = "Examples:\n  why403 explain csrf.origin-mismatch\n  why403 explain emitter:nginx\n  why403 explain --book ./book"
    )]
    Explain {
        /// `csrf.origin-mismatch`, `emitter:nginx`, or `emitters` for a list
        #[arg(required_unless_present = "book")]
        id: Option<String>,
        /// Write all pages as Markdown into this folder, which must not exist or be empty
        #[arg(long, value_name = "DIR", conflicts_with = "id")]
        book: Option<PathBuf>,
    },
    /// Start a refusing server on loopback, ask it, and show the diagnosis
    #[command(after_help = "Examples:\n  why403 demo\n  why403 --format markdown demo")]
    Demo,
    /// Print completions for a shell
    #[command(
        after_help = "Examples:\n  why403 completions bash > ~/.local/share/bash-completion/completions/why403\n  why403 completions zsh > \"${fpath[1]}/_why403\""
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  why403 man | man -l -")]
    Man,
}

/// Options of a diagnosis.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Options {
    /// A log to read as evidence; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Vec<PathBuf>,
    /// A server's configuration to read as evidence; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Rules of a WAF to hold against the request: a folder or a configuration [default: those that --config includes]
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Option<PathBuf>,
    /// The server's file tree (`/` on the server itself): owners, modes and access lists of the files that its log names
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// The address that the request comes from, as the first server sees it
    #[arg(long, value_name = "ADDR")]
    pub(crate) client: Option<IpAddr>,
    /// The entry of a HAR to explain, counted from 1, instead of the refused one that is picked
    #[arg(long, value_name = "N", value_parser = parse_entry)]
    pub(crate) entry: Option<usize>,
    /// Send nothing besides the request itself
    #[arg(long)]
    pub(crate) no_probe: bool,
    #[command(flatten)]
    pub(crate) isolation: commands::isolate::Arguments,
    /// Most requests to send in all [default: 8, with --isolate 30]
    #[arg(long, value_name = "N")]
    pub(crate) max_requests: Option<usize>,
    /// How to print the verdict [default: terminal]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Save the documents, masked, as a case in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
    /// When to use colours [default: auto]
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) color: Option<When>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Terminal,
    Json,
    Sarif,
    Html,
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    Terminal,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    Auto,
    Always,
    Never,
}

impl Options {
    /// These options, with those given behind the command added; there, the last one said wins.
    pub(crate) fn merged(&self, later: Options) -> Options {
        Options {
            log: [self.log.clone(), later.log].concat(),
            config: [self.config.clone(), later.config].concat(),
            rules: later.rules.or_else(|| self.rules.clone()),
            root: later.root.or_else(|| self.root.clone()),
            client: later.client.or(self.client),
            entry: later.entry.or(self.entry),
            no_probe: self.no_probe || later.no_probe,
            isolation: self.isolation.clone().merged(&later.isolation),
            max_requests: later.max_requests.or(self.max_requests),
            format: later.format.or(self.format),
            save: later.save.or_else(|| self.save.clone()),
            color: later.color.or(self.color),
        }
    }
}

fn parse_entry(text: &str) -> Result<usize, String> {
    let entry = text.parse().ok().filter(|&entry| entry > 0);
    entry.ok_or_else(|| "expected a number from 1".to_owned())
}

impl From<Format> for report::Format {
    fn from(format: Format) -> Self {
        match format {
            Format::Terminal => report::Format::Terminal,
            Format::Json => report::Format::Json,
            Format::Sarif => report::Format::Sarif,
            Format::Html => report::Format::Html,
            Format::Markdown => report::Format::Markdown,
        }
    }
}
