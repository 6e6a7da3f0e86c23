//! Placeholders by their short and their long names (`caddyconfig/httpcaddyfile/httptype.go`).

/// `{path}` and the like by their long names (`placeholderShorthands()`).
pub(super) fn long_names(text: &str) -> String {
    const SHORT: &[(&str, &str)] = &[
        ("dir", "uri.path.dir"),
        ("file", "uri.path.file"),
        ("host", "host"),
        ("hostport", "hostport"),
        ("port", "port"),
        ("method", "method"),
        ("path", "uri.path"),
        ("query", "uri.query"),
        ("remote", "remote"),
        ("remote_host", "remote.host"),
        ("remote_port", "remote.port"),
        ("scheme", "scheme"),
        ("uri", "uri"),
    ];
    const PREFIXES: &[(&str, &str)] = &[
        ("header.", "request.header."),
        ("cookie.", "request.cookie."),
        ("labels.", "request.host.labels."),
        ("path.", "request.uri.path."),
        ("file.", "request.uri.path.file."),
        ("query.", "request.uri.query."),
        ("re.", "regexp."),
        ("vars.", "vars."),
        ("rp.", "reverse_proxy."),
        ("err.", "error."),
        ("file_match.", "matchers.file."),
    ];
    if !text.contains('{') {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let Some(end) = rest[at..].find('}').map(|end| at + end) else { break };
        out.push_str(&rest[..at]);
        let key = &rest[at + 1..end];
        let long =
            SHORT.iter().find(|(short, _)| *short == key).map(|(_, long)| format!("http.request.{long}"));
        let long = long.or_else(|| {
            let (short, long) = PREFIXES.iter().find(|(short, _)| key.starts_with(short))?;
            Some(format!("http.{long}{}", &key[short.len()..]))
        });
        let long = long.or_else(|| {
            (key == "upstream_hostport").then(|| "http.reverse_proxy.upstream.hostport".to_owned())
        });
        out.push_str(&format!("{{{}}}", long.as_deref().unwrap_or(key)));
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}
