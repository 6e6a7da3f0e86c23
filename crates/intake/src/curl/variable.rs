//! `--variable` and `--expand-*` of curl 8.3 and later (<https://curl.se/docs/manpage.html>, section "VARIABLES").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::data::percent_encode;
use super::{Error, Surroundings};

/// The variables that were set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    list: Vec<(String, Vec<u8>)>,
}

impl Variables {
    /// Sets one: `name=text`, `name@file`, `%NAME` from the environment, `%NAME=default`.
    pub(crate) fn set(&mut self, text: &str, surroundings: &Surroundings<'_>) -> Result<(), Error> {
        let (import, rest) = match text.strip_prefix('%') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let end = rest.find(['=', '@']).unwrap_or(rest.len());
        let (name, content) = rest.split_at(end);
        if import && let Some(value) = (surroundings.environment)(name) {
            self.put(name, value.into_bytes());
            return Ok(());
        }
        let value = match content.split_at_checked(1) {
            Some(("=", text)) => text.as_bytes().to_vec(),
            Some(("@", file)) => surroundings.read(file)?,
            _ => {
                return Err(Error::Value(format!(
                    "--variable {text}: no value is given and none is in the environment"
                )));
            }
        };
        self.put(name, value);
        Ok(())
    }

    fn put(&mut self, name: &str, value: Vec<u8>) {
        self.list.retain(|(known, _)| known != name);
        self.list.push((name.to_owned(), value));
    }

    /// Replaces every `{{name:function:...}}`. An unset variable expands to nothing; `\{{` stands for itself.
    pub(crate) fn expand(&self, text: &str) -> Result<String, Error> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            let (before, after) = (&rest[..start], &rest[start + 2..]);
            if let Some(before) = before.strip_suffix('\\') {
                out.push_str(before);
                out.push_str("{{");
                rest = after;
                continue;
            }
            let Some(end) = after.find("}}") else { break };
            out.push_str(before);
            out.push_str(&self.value(&after[..end])?);
            rest = &after[end + 2..];
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(&self, expression: &str) -> Result<String, Error> {
        let mut parts = expression.split(':');
        let name = parts.next().unwrap_or("");
        let found = self.list.iter().find(|(known, _)| known == name);
        let mut value = found.map(|(_, value)| value.clone()).unwrap_or_default();
        for function in parts {
            value = match function {
                "trim" => value.trim_ascii().to_vec(),
                "url" => percent_encode(&value).into_bytes(),
                "b64" => STANDARD.encode(&value).into_bytes(),
                "64dec" => STANDARD.decode(&value).unwrap_or_else(|_| b"[64dec-fail]".to_vec()),
                "json" => {
                    let quoted = serde_json::Value::from(String::from_utf8_lossy(&value)).to_string();
                    quoted.as_bytes()[1..quoted.len() - 1].to_vec()
                }
                other => {
                    return Err(Error::Value(format!("{{{{{expression}}}}}: unknown function `{other}`")));
                }
            };
        }
        Ok(String::from_utf8_lossy(&value).into_owned())
    }
}
