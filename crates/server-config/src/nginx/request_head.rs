//! What nginx decides from the request's head alone, and the choice of the server.

use super::Config;
use super::listen::{Listen, listens, reached};
use super::run::Run;
use super::scope::Scope;
use super::server::{self, Chosen};
use super::uri::{self, BadTarget, Slashes, Target};
use crate::request::{Header, Request, Scheme, Value, Version};
use crate::source::Place;
use crate::walk::{Answer, Loser, Needs, Step, Verdict};

/// What nginx keeps of the head.
pub(super) struct Head {
    pub(super) headers: Vec<Header>,
    pub(super) host: String,
    pub(super) target: Target,
}

type Early = (Answer, Option<Place>);

/// Reads the head and chooses the server; an early answer where that is not possible.
pub(super) fn take<'a>(
    config: &'a Config,
    request: &Request,
    steps: &mut Vec<Step>,
) -> Result<(Head, Chosen<'a>), Early> {
    let unknown = |needs: Needs| (Answer::Unknown(needs), None);
    let bad = |because: &str, steps: &mut Vec<Step>| {
        steps.push(Step::new("request", None, &*request.target, Verdict::Hit, because));
        (Answer::Status(400), None)
    };
    let listens = listens(config.http());
    let sockets = reached(&listens, request.listener, request.port()).map_err(unknown)?;
    let default = sockets.first().and_then(|socket| socket.iter().find(|l| l.is_default).or(socket.first()));
    let Some(default) = default else { return Err(unknown(Needs("a server".to_owned()))) };
    let defaults = Scope::server(config.http(), default.server);
    let slashes = if defaults.is_on("merge_slashes", "on") { Slashes::Merge } else { Slashes::Keep };
    let target = match uri::parse(&request.target, slashes) {
        Ok(target) => target,
        Err(BadTarget::NotText) => {
            return Err(unknown(Needs("nginx's reading of a path that is no UTF-8".to_owned())));
        }
        Err(BadTarget::Escape) => {
            return Err(bad("an escape in the path is malformed or a zero byte", steps));
        }
        Err(BadTarget::AboveRoot) => return Err(bad("the path leads above the root", steps)),
        Err(BadTarget::Malformed) => return Err(bad("the request target is no path", steps)),
    };
    let headers = kept_headers(&defaults, request, steps);
    let host = host(request, &headers, &target).map_err(|fault| match fault {
        Fault::Unknown(needs) => unknown(needs),
        Fault::Bad(because) => bad(because, steps),
    })?;
    if !request.method.bytes().all(|byte| byte.is_ascii_uppercase() || b"-_".contains(&byte)) {
        return Err(bad("a method is made of capital letters", steps));
    }
    let chosen = choose(config, &sockets, &host, steps).map_err(unknown)?;
    Ok((Head { headers, host, target }, chosen))
}

/// The server on each socket that may have been reached; they must agree.
fn choose<'a>(
    config: &Config,
    sockets: &[Vec<&Listen<'a>>],
    host: &str,
    steps: &mut Vec<Step>,
) -> Result<Chosen<'a>, Needs> {
    let mut agreed: Option<Chosen<'a>> = None;
    for socket in sockets {
        let chosen = server::choose(socket, host)?;
        match &agreed {
            Some(other) if !std::ptr::eq(other.server, chosen.server) => {
                return Err(Needs("the server's address that the connection reached".to_owned()));
            }
            _ => agreed = Some(chosen),
        }
    }
    let chosen = agreed.ok_or_else(|| Needs("a server".to_owned()))?;
    let mut losers: Vec<Loser> = Vec::new();
    let mut seen: Vec<*const super::Directive> = vec![std::ptr::from_ref(chosen.server)];
    for listen in sockets.iter().flatten() {
        if seen.contains(&std::ptr::from_ref(listen.server)) {
            continue;
        }
        seen.push(std::ptr::from_ref(listen.server));
        let names = server::names(listen.server);
        let matches = names.iter().any(|name| server::rank(name, host).is_some());
        let because = if matches { "a better or an earlier name wins" } else { "none of its names matches" };
        let text = format!("server {}", names.join(" "));
        losers.push(Loser { place: Some(config.place(listen.server)), text, because: because.to_owned() });
    }
    let text = format!("server {}", server::names(chosen.server).join(" "));
    let place = Some(config.place(chosen.server));
    let mut step = Step::new("server", place, text.trim_end(), Verdict::Hit, &*chosen.because);
    step.losers = losers;
    steps.push(step);
    Ok(chosen)
}

/// Names with `_` or other unusual characters are ignored unless configured otherwise; the settings of the
/// default server hold (<https://nginx.org/en/docs/http/ngx_http_core_module.html#underscores_in_headers>).
fn kept_headers(defaults: &Scope<'_>, request: &Request, steps: &mut Vec<Step>) -> Vec<Header> {
    let underscores = defaults.is_on("underscores_in_headers", "off");
    let ignores = defaults.is_on("ignore_invalid_headers", "on");
    let valid = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || (byte == b'_' && underscores))
    };
    let mut kept = Vec::new();
    for header in &request.headers {
        if ignores && !valid(&header.name) {
            let because = if header.name.contains('_') {
                "its name has an underscore, and `underscores_in_headers` is off"
            } else {
                "its name has an unusual character, and `ignore_invalid_headers` is on"
            };
            steps.push(Step::new("request", None, format!("{}:", header.name), Verdict::Miss, because));
        } else {
            kept.push(header.clone());
        }
    }
    kept
}

enum Fault {
    Bad(&'static str),
    Unknown(Needs),
}

/// The host in lower case, without port and last dot (`ngx_http_validate_host()`); empty when there is none.
fn host(request: &Request, headers: &[Header], target: &Target) -> Result<String, Fault> {
    let mut fields = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let (first, second) = (fields.next(), fields.next());
    if second.is_some() {
        return Err(Fault::Bad("there are two `Host` headers"));
    }
    let field = match first.map(|header| &header.value) {
        Some(Value::Known(host)) => Some(host.as_str()),
        Some(Value::Unknown(needs)) => return Err(Fault::Unknown(needs.clone())),
        None if request.version == Version::Http11 => {
            return Err(Fault::Bad("HTTP/1.1 wants a `Host` header"));
        }
        None => None,
    };
    let raw = target.host.as_deref().or(field).unwrap_or("");
    if raw.is_empty() {
        return Ok(String::new());
    }
    let name = if raw.starts_with('[') {
        raw.split_inclusive(']').next().unwrap_or(raw)
    } else {
        raw.split(':').next().unwrap_or(raw)
    };
    let bad = |byte: u8| byte <= 0x20 || byte == 0x7f || byte == b'/' || byte == b'\\';
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() || name.contains("..") || name.bytes().any(bad) {
        return Err(Fault::Bad("the `Host` header is malformed"));
    }
    Ok(name.to_ascii_lowercase())
}

/// Refusals by the chosen server before any phase (`ngx_http_process_request_header()`).
pub(super) fn refused_early(run: &mut Run<'_>) -> Option<(u16, Option<Place>)> {
    let request = run.request;
    let port = request.port();
    let sockets = listens(run.config.http());
    let on_port: Vec<&Listen<'_>> = sockets.iter().filter(|listen| listen.port == port).collect();
    if request.scheme == Scheme::Http && !on_port.is_empty() && on_port.iter().all(|listen| listen.is_tls) {
        let place = on_port[0].directive.map(|directive| run.config.place(directive));
        run.step(
            "request",
            on_port[0].directive,
            Verdict::Hit,
            "plain HTTP was sent to a TLS port".to_owned(),
        );
        return Some((497, place));
    }
    let has = |name: &str| request.headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
    let (status, because) = if matches!(request.method.as_str(), "TRACE" | "CONNECT") {
        (405, "nginx takes neither TRACE nor CONNECT")
    } else if has("Content-Length") && has("Transfer-Encoding") {
        (400, "there are `Content-Length` and `Transfer-Encoding`")
    } else {
        return None;
    };
    run.step("request", None, Verdict::Hit, because.to_owned());
    Some((status, None))
}
