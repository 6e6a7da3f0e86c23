//! Functions and tests of expressions.

use std::net::IpAddr;

use super::addresses::Network;
use super::run::Run;
use crate::request::Value;
use crate::source::Entry;
use crate::walk::Needs;

/// `name(argument)` and `%{name:argument}`.
pub(super) fn call(name: &str, argument: &str, run: &Run<'_>) -> Result<String, Needs> {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "req" | "http" | "req_novary" => match run.header(argument) {
            Some(Value::Known(value)) => Ok(value.clone()),
            Some(Value::Unknown(needs)) => Err(needs.clone()),
            None => Ok(String::new()),
        },
        "reqenv" | "env" => Ok(variable_or_environment(argument, run)),
        "osenv" => Ok(run.config.known.variables.get(argument).cloned().unwrap_or_default()),
        "note" => Ok(String::new()),
        "tolower" => Ok(argument.to_ascii_lowercase()),
        "toupper" => Ok(argument.to_ascii_uppercase()),
        _ => Err(Needs(format!("the value of `{name}({argument})`"))),
    }
}

fn variable_or_environment(name: &str, run: &Run<'_>) -> String {
    let own = run.env.get(name).map(str::to_owned);
    own.or_else(|| run.config.known.variables.get(name).cloned()).unwrap_or_default()
}

/// `-ipmatch`: whether an address is in a network.
pub(super) fn in_network(address: &str, network: &str) -> Result<bool, Needs> {
    let Some(network) = Network::parse(network) else {
        return Err(Needs(format!("the meaning of the network `{network}`")));
    };
    Ok(address.parse::<IpAddr>().is_ok_and(|address| network.contains(address)))
}

/// `-f`, `-d`, `-e`, `-s`, `-L`, `-h`, `-x`.
pub(super) fn file_test(operator: char, path: &str, run: &Run<'_>) -> Result<bool, Needs> {
    if path.is_empty() {
        return Ok(false);
    }
    if matches!(operator, 'L' | 'h') {
        return Ok(run.files.link(path).is_some());
    }
    let entry = run.files.entry(path);
    if entry == Entry::Unknown {
        return Err(super::sections::whether_exists(path));
    }
    match operator {
        'f' => Ok(entry == Entry::File),
        'd' => Ok(entry == Entry::Directory),
        'e' => Ok(entry != Entry::Absent),
        's' if entry != Entry::File => Ok(false),
        's' => Ok(run.files.read(path).map_or(true, |bytes| !bytes.is_empty())),
        _ => Err(Needs(format!("whether `{path}` may be executed"))),
    }
}
