//! Anti-forgery tokens: which field, cookie or part of the body looks like one.

use model::{Credential, CredentialKind, Request};

/// The anti-forgery tokens that a request carries, each with the place it travels in.
#[must_use]
pub fn tokens(request: &Request) -> Vec<Credential> {
    let mut found = Vec::new();
    let mut add = |carrier: String, span| {
        found.push(Credential { kind: CredentialKind::CsrfToken, carrier, span });
    };
    for field in request.message.fields.0.iter().filter(|field| is_token_name(&field.name)) {
        add(field.name.clone(), field.span);
    }
    for (name, _, span) in request.cookies().filter(|(name, ..)| is_token_name(name)) {
        add(format!("cookie {name}"), span);
    }
    for (name, _) in request.url.value.parameters().filter(|(name, _)| is_token_name(name)) {
        add(format!("query {name}"), request.url.span);
    }
    if let Some(body) = &request.message.body {
        let text = String::from_utf8_lossy(&body.value[..body.value.len().min(1 << 20)]);
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)));
        // Bodies are long, and a look for these is quick.
        let lower = text.to_ascii_lowercase();
        let name = match STEMS.iter().any(|stem| lower.contains(stem)) {
            true => words.filter(|word| word.len() < 60).find(|word| is_token_name(word)),
            false => None,
        };
        if let Some(name) = name {
            let at = name.as_ptr() as usize - text.as_ptr() as usize;
            add(format!("body {name}"), body.span.part(at, at + name.len()));
        }
    }
    found
}

/// What the names of tokens have in them.
const STEMS: [&str; 6] = ["csrf", "xsrf", "token", "nonce", "forgery", "crumb"];

/// Whether frameworks name their anti-forgery token so: Django, Rails, Laravel, Spring, ASP.NET, Angular, Express.
#[must_use]
pub fn is_token_name(name: &str) -> bool {
    let name: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    name.contains("csrf")
        || name.contains("xsrf")
        || name.contains("requestverificationtoken")
        || matches!(
            name.as_str(),
            "authenticitytoken"
                | "wpnonce"
                | "xwpnonce"
                | "antiforgery"
                | "formtoken"
                | "jenkinscrumb"
                | "crumb"
        )
}
