//! Configurations read as text: a setting for each directive, with the blocks around it.

use model::{Evidence, Setting, SourceId, Span};

/// The most settings of one document, and the longest line.
const SETTINGS: usize = 50_000;
const LINE: usize = 64 << 10;

/// Reads a configuration into the evidence.
pub fn read(evidence: &mut Evidence, id: SourceId) {
    let settings = {
        let source = evidence.sources.get(id);
        settings(&source.bytes, id)
    };
    evidence.settings.extend(settings);
}

/// The directives of a text: `name value;`, `name = value`, `Name value`, `name: value`, within `{}`, `<Block>` and `[section]`.
#[must_use]
pub fn settings(bytes: &[u8], id: SourceId) -> Vec<Setting> {
    let product = product(&String::from_utf8_lossy(&bytes[..bytes.len().min(64 << 10)]));
    let (mut settings, mut context, mut at) = (Vec::new(), Vec::<String>::new(), 0);
    while at < bytes.len() && settings.len() < SETTINGS {
        let (line, next) = crate::http::line(bytes, at);
        let indent = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let start = at + indent;
        at = next;
        if line.len() > LINE {
            continue;
        }
        let text = String::from_utf8_lossy(&line[indent..]);
        let text = text.trim_end();
        if text.is_empty() || text.starts_with(['#', ';']) || text.starts_with("//") {
            continue;
        }
        let span = Span { source: id, start, end: at.min(start + text.len()) };
        if let Some(setting) = directive(text, &mut context, product, span) {
            settings.push(setting);
        }
    }
    settings
}

/// Reads one line: opens or closes a block, or gives a setting.
fn directive(text: &str, context: &mut Vec<String>, product: &str, span: Span) -> Option<Setting> {
    if text.starts_with("</") || text.starts_with('}') {
        context.pop();
        return None;
    }
    if let Some(section) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        *context = vec![section.to_owned()];
        return None;
    }
    let block =
        text.strip_suffix('{').or_else(|| text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')));
    if let Some(block) = block {
        if context.len() < 64 {
            context.push(block.trim().to_owned());
        }
        return None;
    }
    let text = text.strip_suffix(';').unwrap_or(text);
    let end = text.find([' ', '\t', '=', ':']).unwrap_or(text.len());
    let (name, value) = text.split_at(end);
    let value = value.trim_start_matches([' ', '\t']);
    let value = value.strip_prefix('=').or_else(|| value.strip_prefix(':')).unwrap_or(value).trim();
    (!name.is_empty()).then(|| Setting {
        product: product.to_owned(),
        name: name.to_ascii_lowercase(),
        value: value.to_owned(),
        context: context.clone(),
        span,
    })
}

/// The product whose words the text uses.
fn product(text: &str) -> &'static str {
    let marks: &[(&str, &[&str])] = &[
        ("nginx", &["proxy_pass", "location /", "server_name", "fastcgi_pass", "proxy_set_header"]),
        (
            "apache",
            &["<VirtualHost", "<Directory", "RewriteRule", "Require all", "AllowOverride", "LoadModule"],
        ),
        ("haproxy", &["frontend ", "backend ", "http-request ", "default_backend"]),
        ("squid", &["http_access", "http_port"]),
        ("caddy", &["reverse_proxy", "file_server"]),
        ("modsecurity", &["SecRule", "SecAction"]),
        ("django", &["ALLOWED_HOSTS", "CSRF_", "MIDDLEWARE", "INSTALLED_APPS"]),
    ];
    let count = |words: &[&str]| words.iter().filter(|word| text.contains(**word)).count();
    let best = marks.iter().max_by_key(|(_, words)| count(words));
    best.filter(|(_, words)| count(words) > 0).map_or("", |(name, _)| name)
}
