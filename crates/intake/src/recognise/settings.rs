//! What a configuration looks like, whatever its product.

/// Settings of Django and Flask: assignments to names in capitals.
pub(super) fn is_python_settings(text: &str) -> bool {
    let assigns = |line: &str| {
        let Some((name, value)) = line.split_once('=') else { return false };
        let name = name.trim_end();
        let capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        name.len() > 2 && name.chars().all(capital) && !value.starts_with('=')
    };
    text.lines().take(2000).any(assigns)
}

/// Directives in blocks, or settings one a line.
pub(super) fn is_config(text: &str) -> bool {
    let mut directives = 0;
    let mut lines = 0;
    for line in
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';'])).take(200)
    {
        lines += 1;
        directives += usize::from(is_directive(line));
    }
    directives > 0 && directives * 2 > lines
}

fn is_directive(line: &str) -> bool {
    let name = line.split([' ', '\t', '=', ':', '{']).next().unwrap_or("");
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    let named = plain && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let block = line.ends_with('{') || line == "}" || line == "]" || line == ")" || line.ends_with("[");
    let apache = line.starts_with('<') && line.ends_with('>') && !line.contains("/html") && !is_markup(line);
    // A program's own words may stand in brackets too; the name of a section has no more than three.
    let ini = line.starts_with('[') && line.ends_with(']') && line.split_whitespace().count() <= 3;
    // nginx's names are in lower case, which a sentence that ends in `;` is not.
    let lower = !name.starts_with(|c: char| c.is_ascii_uppercase());
    let value = line[name.len()..].trim_start().strip_prefix('=');
    let setting =
        named && (line.ends_with(';') && lower || value.is_some_and(|value| !is_script_object(value)));
    block || apache || ini || setting || is_known_word(name)
}

/// What a page's script assigns on one line: `{cvId: '3', cType: 'managed'`.
fn is_script_object(value: &str) -> bool {
    value.trim_start().strip_prefix('{').is_some_and(|inside| {
        inside.split_once(':').is_some_and(|(key, value)| {
            key.trim().chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && value.trim_start().starts_with(['\'', '"'])
        })
    })
}

/// A line that begins with a tag of HTML, which no section of a server's configuration is named like.
fn is_markup(line: &str) -> bool {
    let name = line.trim_start_matches(['<', '/']).split(|c: char| !c.is_ascii_alphanumeric()).next();
    let tags = [
        "html", "head", "meta", "title", "body", "h1", "h2", "h3", "p", "pre", "hr", "br", "div", "table",
        "tr", "td", "th", "center", "style", "link", "ul", "li", "span", "a",
    ];
    tags.iter().any(|tag| name.is_some_and(|name| name.eq_ignore_ascii_case(tag)))
}

/// Directives that stand without punctuation: Apache, HAProxy, Squid, SecLang.
fn is_known_word(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "require"
            | "order"
            | "allow"
            | "deny"
            | "rewriterule"
            | "rewritecond"
            | "rewriteengine"
            | "directoryindex"
            | "options"
            | "allowoverride"
            | "secrule"
            | "secaction"
            | "secruleengine"
            | "secruleremovebyid"
            | "include"
            | "includeoptional"
            | "loadmodule"
            | "listen"
            | "servername"
            | "documentroot"
            | "header"
            | "requestheader"
            | "proxypass"
            | "frontend"
            | "backend"
            | "bind"
            | "acl"
            | "http-request"
            | "http_access"
            | "http_port"
            | "default_backend"
            | "use_backend"
            | "mode"
            | "global"
            | "defaults"
            | "limitrequestbody"
            | "authtype"
            | "authname"
            | "setenvif"
            | "errordocument"
            | "customlog"
            | "errorlog"
    )
}
