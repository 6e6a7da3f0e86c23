//! Options about the way to the server: addresses, TLS, limits of time.

use super::Error;
use super::operation::Operation;

/// Applies an option about the way.
pub(crate) fn apply(operation: &mut Operation, name: &str, value: &str, on: bool) -> Result<(), Error> {
    let text = || Some(value.to_owned());
    let seconds = || value.parse::<f64>().map_err(|_| Error::Value(format!("--{name} {value}: no number")));
    match name {
        "proxy" => operation.proxy.url = text(),
        "proxy1.0" => {
            operation.proxy.url = text();
            operation.proxy.http10 = true;
        }
        "socks4" => operation.proxy.url = Some(format!("socks4://{value}")),
        "socks4a" => operation.proxy.url = Some(format!("socks4a://{value}")),
        "socks5" => operation.proxy.url = Some(format!("socks5://{value}")),
        "socks5-hostname" => operation.proxy.url = Some(format!("socks5h://{value}")),
        "resolve" => resolve(operation, value)?,
        "connect-to" => connect_to(operation, value)?,
        "unix-socket" => operation.route.unix_socket = text(),
        "interface" => operation.route.interface = value.parse().ok(),
        "ipv4" => operation.route.family = Some(4),
        "ipv6" => operation.route.family = Some(6),
        "connect-timeout" => operation.route.connect_timeout = Some(seconds()?),
        "max-time" => operation.route.max_time = Some(seconds()?),
        "max-redirs" => {
            let most: i64 =
                value.parse().map_err(|_| Error::Value(format!("--max-redirs {value}: no number")))?;
            operation.max_redirects = Some(u32::try_from(most).unwrap_or(u32::MAX));
        }
        _ => tls(operation, name, value, on),
    }
    Ok(())
}

fn tls(operation: &mut Operation, name: &str, value: &str, on: bool) {
    let tls = &mut operation.tls;
    let text = || Some(value.to_owned());
    match name {
        "insecure" => tls.insecure = on,
        "cacert" => tls.ca_file = text(),
        "capath" => tls.ca_path = text(),
        "cert" => {
            // `file:password`; a backslash keeps a colon in the name.
            let colon = value.char_indices().rfind(|(at, c)| *c == ':' && !value[..*at].ends_with('\\'));
            let (file, password) = match colon {
                Some((at, _)) if at > 1 => (&value[..at], Some(value[at + 1..].to_owned())),
                _ => (value, None),
            };
            tls.certificate = Some(file.replace("\\:", ":"));
            tls.key_password = password.or(tls.key_password.take());
        }
        "key" => tls.key = text(),
        "pass" => tls.key_password = text(),
        "tlsv1" | "tlsv1.0" => tls.min_version = Some(10),
        "tlsv1.1" => tls.min_version = Some(11),
        "tlsv1.2" => tls.min_version = Some(12),
        "tlsv1.3" => tls.min_version = Some(13),
        "tls-max" => {
            tls.max_version = match value {
                "1.0" => Some(10),
                "1.1" => Some(11),
                "1.2" => Some(12),
                "1.3" => Some(13),
                _ => None,
            }
        }
        // The rest shapes nothing here: key types are read from the file, curl 7.88 ignores -2 and -3.
        _ => {}
    }
}

/// `[+]host:port:address[,address]`; with a leading `-` it takes an entry away.
fn resolve(operation: &mut Operation, value: &str) -> Result<(), Error> {
    let fault = || Error::Value(format!("--resolve {value}: expected host:port:address"));
    if value.starts_with('-') {
        return Ok(());
    }
    let text = value.strip_prefix('+').unwrap_or(value);
    let (host, rest) = host_part(text).ok_or_else(fault)?;
    let (port, addresses) = rest.split_once(':').ok_or_else(fault)?;
    let port = port.parse().map_err(|_| fault())?;
    let addresses = addresses.split(',').map(|address| address.trim_matches(['[', ']']).to_owned()).collect();
    operation.route.resolve.push((host.to_ascii_lowercase(), port, addresses));
    Ok(())
}

/// `host1:port1:host2:port2`, each of which may be empty.
fn connect_to(operation: &mut Operation, value: &str) -> Result<(), Error> {
    let fault = || Error::Value(format!("--connect-to {value}: expected host1:port1:host2:port2"));
    let (from, rest) = host_part(value).ok_or_else(fault)?;
    let (from_port, rest) = rest.split_once(':').ok_or_else(fault)?;
    let (to, to_port) = host_part(rest).unwrap_or((rest, ""));
    let port = |text: &str| if text.is_empty() { Ok(0) } else { text.parse().map_err(|_| fault()) };
    let pair = ((from.to_ascii_lowercase(), port(from_port)?), (to.to_owned(), port(to_port)?));
    operation.route.connect_to.push(pair);
    Ok(())
}

/// A host, in brackets if it is IPv6, and what follows its colon.
fn host_part(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            Some((host, rest.strip_prefix(':')?))
        }
        None => text.split_once(':'),
    }
}
