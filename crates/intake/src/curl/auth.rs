//! `-u`, userinfo of the URL, `.netrc`, `--oauth2-bearer`: the lines that say who asks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::HeaderLine;

use super::operation::Netrc;
use super::request::{Draft, line};
use super::{Command, Error, Surroundings, arguments, aws, netrc};

/// User and password: of `-u`, else of the URL, else of `.netrc`.
pub(crate) fn credentials(
    draft: &Draft<'_>,
    surroundings: &Surroundings<'_>,
) -> Result<Option<(String, String)>, Error> {
    let operation = draft.operation;
    if let Some(user) = operation.user.as_deref().filter(|user| !user.is_empty()) {
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        return Ok(Some((user.to_owned(), password.to_owned())));
    }
    let (user, password) = (draft.address.user.clone(), draft.address.password.clone());
    let required = matches!(operation.netrc, Netrc::Required(_));
    if let (Some(user), false) = (&user, required && password.is_none()) {
        return Ok(Some((user.clone(), password.unwrap_or_default())));
    }
    let (Netrc::Optional(file) | Netrc::Required(file)) = &operation.netrc else { return Ok(None) };
    let home = (surroundings.environment)("HOME").unwrap_or_default();
    let name = file.clone().unwrap_or_else(|| format!("{home}/.netrc"));
    let text = match surroundings.read(&name) {
        Ok(text) => text,
        Err(_) if !required => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(netrc::find(&String::from_utf8_lossy(&text), &draft.address.url.host, user.as_deref()))
}

/// The lines of the scheme that is asked for.
pub(crate) fn lines(
    draft: &Draft<'_>,
    credentials: &Option<(String, String)>,
    surroundings: &Surroundings<'_>,
    command: &mut Command,
) -> Result<Vec<HeaderLine>, Error> {
    let operation = draft.operation;
    if !operation.user.as_deref().is_none_or(|user| user.is_empty() || user.contains([':', ';'])) {
        arguments::note(&mut command.unsupported, "--user without a password (curl would ask for it)");
    }
    if operation.overrides("Authorization") || operation.auth.digest {
        return Ok(Vec::new());
    }
    if let Some(scheme) = &operation.aws_sigv4 {
        let Some((user, password)) = credentials else { return Ok(Vec::new()) };
        return aws::sign(draft, scheme, (user, password), surroundings.now);
    }
    if operation.auth.bearer && !operation.auth.basic {
        let token = operation.bearer.as_deref().unwrap_or("");
        return Ok(vec![line("Authorization", &format!("Bearer {token}"))]);
    }
    let basic = credentials.as_ref().filter(|_| !operation.auth.bearer);
    Ok(basic
        .map(|(user, password)| line("Authorization", &basic_value(user, password)))
        .into_iter()
        .collect())
}

/// The value of a Basic header (RFC 7617).
pub(crate) fn basic_value(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
