//! Fetches: what an expression reads from the request (`src/http_fetch.c`, `src/tcp_sample.c` in HAProxy).

use std::net::IpAddr;

use super::expression::{Call, Expression};
use super::proxy::Mode;
use super::run::Run;
use super::sample::{Sample, Samples, Stop, leading_number};
use crate::request::{Scheme, Version};

impl Run<'_> {
    /// The values of an expression: all of a header's in an ACL, its last one elsewhere.
    pub(super) fn samples(&mut self, expression: &Expression, iterate: bool) -> Samples {
        let mut samples = self.fetch(&expression.fetch, iterate);
        for converter in &expression.converters {
            let convert = |sample: Result<Sample, Stop>| match sample {
                Ok(sample) => self.convert(sample, converter).transpose(),
                Err(stop) => Some(Err(stop)),
            };
            samples = samples.into_iter().filter_map(convert).collect();
        }
        samples
    }

    /// The single value of an expression; `None` when there is none.
    pub(super) fn sample(&mut self, expression: &Expression) -> Result<Option<Sample>, Stop> {
        self.samples(expression, false).pop().transpose()
    }

    fn fetch(&mut self, call: &Call, iterate: bool) -> Samples {
        let name = call.name.as_str();
        if is_counter(name) && self.counters_low {
            return Sample::Number(0).known();
        }
        if is_counter(name) {
            return vec![Err(Stop::Counter(format!(
                "the count or rate of other requests (`{}`)",
                call.text()
            )))];
        }
        if let Some(samples) = self.of_headers(call, iterate) {
            return samples;
        }
        if let Some(samples) = self.of_target(call, iterate) {
            return samples;
        }
        match self.of_connection(call).or_else(|| self.constant(call)) {
            Some(Ok(sample)) => sample.map(Ok).into_iter().collect(),
            Some(Err(stop)) => vec![Err(stop)],
            None => vec![Err(Stop::Needs(format!("the value of `{}`", call.text())))],
        }
    }

    fn of_headers(&self, call: &Call, iterate: bool) -> Option<Samples> {
        let values = |name: &str| self.header_values(name);
        let name = call.argument(0);
        let numbers = |samples: Samples| {
            let number = |sample: Sample| Sample::Number(leading_number(&sample.text()));
            samples.into_iter().map(|sample| sample.map(number)).collect()
        };
        Some(match call.name.as_str() {
            "hdr" | "req.hdr" => occurrence(values(name), call.argument(1), iterate),
            "req.fhdr" => occurrence(self.header_lines(name), call.argument(1), iterate),
            "hdr_cnt" | "req.hdr_cnt" => count(&values(name)),
            "req.fhdr_cnt" => count(&self.header_lines(name)),
            "hdr_val" | "req.hdr_val" => numbers(occurrence(values(name), call.argument(1), iterate)),
            "hdr_ip" | "req.hdr_ip" => {
                // An explicit occurrence that is no address gives none; otherwise others are looked at.
                let addresses = |samples: Samples| -> Samples {
                    samples.into_iter().filter_map(header_address).collect()
                };
                addresses(occurrence(values(name), call.argument(1), iterate))
            }
            "req.hdr_names" => {
                let names: Vec<&str> = self.headers.iter().map(|header| header.name.as_str()).collect();
                let delimiter = if name.is_empty() { "," } else { name };
                Sample::Text(names.join(delimiter)).known()
            }
            "cook" | "req.cook" | "cookie" => last_unless(self.cookies(name), iterate || name.is_empty()),
            "cook_cnt" | "req.cook_cnt" => count(&self.cookies(name)),
            "cook_val" | "req.cook_val" => numbers(last_unless(self.cookies(name), iterate)),
            _ => return None,
        })
    }

    fn of_target(&self, call: &Call, iterate: bool) -> Option<Samples> {
        let name = call.name.as_str();
        if !matches!(
            name,
            "path" | "pathq" | "url" | "base" | "baseq" | "query" | "url_param" | "urlp" | "urlp_val"
        ) {
            return None;
        }
        let target = match &self.target {
            Ok(target) => target,
            Err(stop) => return Some(vec![Err(stop.clone())]),
        };
        let path_and_query = path_of(target);
        let path = path_and_query.map(|path| path.split('?').next().unwrap_or(path));
        let text = |text: &str| Sample::Text(text.to_owned());
        let query = target.split_once('?').map(|(_, query)| query);
        let found = match name {
            "path" => path.map(text),
            "pathq" => path_and_query.map(text),
            "url" => Some(text(target)),
            "query" => query.map(text),
            "base" | "baseq" => {
                let rest = if name == "base" { path } else { path_and_query };
                let host = match self.header_lines("host").into_iter().next() {
                    Some(Err(stop)) => return Some(vec![Err(stop)]),
                    Some(Ok(host)) => host.text(),
                    None => String::new(),
                };
                match rest {
                    Some(rest) if host.is_empty() || rest.starts_with('/') => {
                        Some(text(&format!("{host}{rest}")))
                    }
                    _ if host.is_empty() => None,
                    _ => Some(text(&host)),
                }
            }
            _ => {
                let delimiter = call.argument(1).chars().next().unwrap_or('?');
                let after = target.find(delimiter).map_or("", |at| &target[at + delimiter.len_utf8()..]);
                let value = |value: String| match name {
                    "urlp_val" => Sample::Number(leading_number(&value)),
                    _ => Sample::Text(value),
                };
                let limit = if iterate { usize::MAX } else { 1 };
                let values = parameters(after, call.argument(0), delimiter).into_iter().take(limit);
                return Some(values.map(|text| Ok(value(text))).collect());
            }
        };
        Some(found.map(Ok).into_iter().collect())
    }

    fn of_connection(&self, call: &Call) -> Option<Result<Option<Sample>, Stop>> {
        let request = self.request;
        let flag = |flag: bool| Ok(Some(Sample::Flag(flag)));
        let needs = |text: &str| Err(Stop::Needs(text.to_owned()));
        // In mode `tcp` the handshake passes through; otherwise only a `bind` with `ssl` takes one.
        let passes = self.frontend.mode() == Mode::Tcp && request.scheme == Scheme::Https;
        let tls = self.bind.is_tls || passes;
        let text = |text: &str| Ok(Some(Sample::Text(text.to_owned())));
        Some(match call.name.as_str() {
            "src" | "fc_src" => match (&self.source, self.client.address) {
                (Err(stop), _) => Err(stop.clone()),
                (Ok(()), Some(address)) => Ok(Some(Sample::Address(address))),
                (Ok(()), None) => needs("the client's address"),
            },
            "src_is_local" | "src_port" | "fc_src_port" => needs("the client's end of the connection"),
            "dst" | "fc_dst" => match request.listener {
                Some(listener) if !listener.ip().is_unspecified() => Ok(Some(Sample::Address(listener.ip()))),
                _ => needs("the server's address that the connection reached"),
            },
            "dst_port" | "fc_dst_port" => Ok(Some(Sample::Number(i64::from(request.port())))),
            "ssl_fc" => flag(tls),
            "ssl_fc_has_crt" | "ssl_c_used" if !self.bind.asks_certificate => flag(false),
            "ssl_fc_has_sni" => flag(tls && self.server_name().is_some()),
            "ssl_fc_sni" | "req.ssl_sni" | "req_ssl_sni" if !tls => Ok(None),
            "ssl_fc_sni" | "req.ssl_sni" | "req_ssl_sni" => Ok(self.server_name().map(Sample::Text)),
            "req.ssl_hello_type" | "req_ssl_hello_type" => Ok(Some(Sample::Number(i64::from(tls)))),
            "method" => Ok(Some(self.method_sample())),
            "req.ver" | "req_ver" => text(match request.version {
                Version::Http10 => "1.0",
                Version::Http11 => "1.1",
                Version::Http2 => "2.0",
                Version::Http3 => "3.0",
            }),
            "req.proto_http" | "req_proto_http" => flag(true),
            "http_first_req" => needs("whether it is the first request of its connection"),
            "fe_name" => text(self.frontend.section.name()),
            "be_name" => text(self.backend.as_ref().unwrap_or(&self.frontend).section.name()),
            "wait_end" => flag(true),
            "http_auth_type" | "http_auth_user" | "http_auth_pass" => {
                return Some(self.credential(&call.name));
            }
            "http_auth" => self.authenticated(call.argument(0)),
            "http_auth_group" => self.in_group(call.argument(0)),
            _ => return None,
        })
    }

    fn constant(&self, call: &Call) -> Option<Result<Option<Sample>, Stop>> {
        let argument = call.argument(0);
        Some(Ok(Some(match call.name.as_str() {
            "always_true" => Sample::Flag(true),
            "always_false" => Sample::Flag(false),
            "str" => Sample::Text(argument.to_owned()),
            "int" => Sample::Number(argument.parse().ok()?),
            "bool" => Sample::Flag(matches!(argument, "true" | "1")),
            "ipv4" | "ipv6" => Sample::Address(argument.parse().ok()?),
            "meth" => Sample::Method(argument.to_owned()),
            "var" => return Some(self.variable(argument, call.arguments.get(1))),
            _ => return None,
        })))
    }

    /// Filters and scripts outside of the configuration may set any variable.
    fn variable(&self, name: &str, default: Option<&String>) -> Result<Option<Sample>, Stop> {
        match self.variables.get(name) {
            Some(value) => value.clone().map(Some),
            None if self.has_foreign_variables() => {
                Err(Stop::Needs(format!("the variable `{name}`, which a filter may set")))
            }
            None if name.starts_with("proc.") => Err(Stop::Needs(format!("the variable `{name}`"))),
            None => Ok(default.map(|default| Sample::Text(default.clone()))),
        }
    }

    /// A known method is kept as it came, whatever `set-method` sends on (`smp_fetch_meth()`).
    pub(super) fn method_seen(&self) -> &str {
        let sent = self.request.method.as_str();
        if super::matching::KNOWN_METHODS.contains(&sent) { sent } else { &self.method }
    }

    fn method_sample(&self) -> Sample {
        let method = self.method_seen();
        let is_known = method == self.request.method;
        if is_known { Sample::Method(method.to_owned()) } else { Sample::OtherMethod(method.to_owned()) }
    }

    /// The name in the TLS handshake.
    fn server_name(&self) -> Option<String> {
        self.request.server_name.clone().or_else(|| {
            let host = self.request.header("host").and_then(|value| value.known())?;
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            name.parse::<IpAddr>().is_err().then(|| name.to_owned())
        })
    }

    /// The values of a header, split at commas (`http_find_header()` with `full` 0).
    pub(super) fn header_values(&self, name: &str) -> Samples {
        let split = |line: Result<Sample, Stop>| match line {
            Ok(sample) => {
                split_values(&sample.text()).into_iter().map(|text| Ok(Sample::Text(text))).collect()
            }
            Err(stop) => vec![Err(stop)],
        };
        self.header_lines(name).into_iter().flat_map(split).collect()
    }

    pub(super) fn header_lines(&self, name: &str) -> Samples {
        let named = self.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        let value = |header: &crate::request::Header| match &header.value {
            crate::request::Value::Known(text) => Ok(Sample::Text(text.trim_matches([' ', '\t']).to_owned())),
            crate::request::Value::Unknown(needs) => Err(Stop::from(needs.clone())),
        };
        named.map(value).collect()
    }

    /// The values of a cookie; without a name those of all (`http_extract_cookie_value()`).
    fn cookies(&self, name: &str) -> Samples {
        let mut found = Vec::new();
        for line in self.header_values("cookie") {
            match line {
                Ok(line) => {
                    let pairs = line.text();
                    let pairs = pairs.split(';').filter_map(|pair| pair.split_once('='));
                    let named = pairs.filter(|(key, _)| name.is_empty() || key.trim() == name);
                    let named =
                        named.filter(|(key, value)| !key.trim().starts_with('$') && !value.is_empty());
                    found.extend(named.map(|(_, value)| Ok(Sample::Text(value.trim().to_owned()))));
                }
                Err(stop) => found.push(Err(stop)),
            }
        }
        found
    }
}

impl Sample {
    fn known(self) -> Samples {
        vec![Ok(self)]
    }
}

/// Counts and rates of other requests and connections.
fn is_counter(name: &str) -> bool {
    let is_table = name.starts_with("sc_") || name.starts_with("table_");
    let is_track = name.strip_prefix("sc").is_some_and(|rest| rest.starts_with(['0', '1', '2']));
    let is_source = name.starts_with("src_") && !matches!(name, "src_port" | "src_is_local");
    let others = [
        "fe_conn",
        "fe_req_rate",
        "fe_sess_rate",
        "be_conn",
        "be_sess_rate",
        "queue",
        "avg_queue",
        "act_conn",
    ];
    is_table
        || is_track
        || is_source
        || others.contains(&name)
        || name.starts_with("srv_conn")
        || name.starts_with("srv_queue")
}

/// Value number N, from the end when negative; without a number all, or the last.
fn occurrence(mut samples: Samples, number: &str, iterate: bool) -> Samples {
    let number: i64 = number.parse().unwrap_or(0);
    let index = match number {
        0 => return last_unless(samples, iterate),
        1.. => usize::try_from(number - 1).unwrap_or(usize::MAX),
        _ => match samples.len().checked_sub(number.unsigned_abs() as usize) {
            Some(index) => index,
            None => return Vec::new(),
        },
    };
    if index < samples.len() { vec![samples.swap_remove(index)] } else { Vec::new() }
}

fn last_unless(mut samples: Samples, all: bool) -> Samples {
    if all { samples } else { samples.pop().into_iter().collect() }
}

fn count(samples: &Samples) -> Samples {
    match samples.iter().find_map(|sample| sample.as_ref().err()) {
        Some(stop) => vec![Err(stop.clone())],
        None => Sample::Number(samples.len() as i64).known(),
    }
}

/// An address, for IPv4 also with a port (`smp_fetch_hdr_ip()`).
fn header_address(sample: Result<Sample, Stop>) -> Option<Result<Sample, Stop>> {
    let text = match sample {
        Ok(sample) => sample.text(),
        stop => return Some(stop),
    };
    let with_port = text.split_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
    let address = text.parse::<IpAddr>().ok().or_else(|| {
        let address: std::net::Ipv4Addr = with_port?.0.parse().ok()?;
        Some(IpAddr::V4(address))
    });
    address.map(|address| Ok(Sample::Address(address)))
}

/// The parts between commas outside of quotes, trimmed.
fn split_values(line: &str) -> Vec<String> {
    list_parts(line).into_iter().map(|part| part.trim_matches([' ', '\t']).to_owned()).collect()
}

/// The parts between commas outside of quotes, with the blanks around them (`http_find_hdr_value_end()`).
pub(super) fn list_parts(line: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&line[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&line[start..]);
    parts
}

/// The path and query of a target: of `*` there is none (`http_parse_path()`).
pub(super) fn path_of(target: &str) -> Option<&str> {
    if target.starts_with('/') {
        return Some(target);
    }
    let (_, rest) = target.split_once("://")?;
    rest.find('/').map(|at| &rest[at..])
}

/// The values of a parameter; without a name those of all.
fn parameters(query: &str, name: &str, delimiter: char) -> Vec<String> {
    let pairs = query.split(['&', ';', delimiter]).filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| name.is_empty() || *key == name).map(|(_, value)| value.to_owned()).collect()
}
