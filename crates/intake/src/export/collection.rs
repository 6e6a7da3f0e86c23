//! Collections of Postman (format 2) and exports of Insomnia (format 4): requests, with the answers that were kept.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Answer, Draft, has};
use crate::curl::percent_encode;
use crate::template;

/// What only such documents hold near their beginning.
pub(super) const MARKS: [&str; 3] = ["schema.getpostman.com", "\"_postman_id\"", "\"__export_format\""];

/// How deep folders may be nested.
const DEPTH: usize = 32;

/// The requests of a document; nothing where it is no whole JSON.
pub(super) fn read(text: &str) -> Option<Vec<Draft>> {
    let document: Value = serde_json::from_str(text.trim()).ok()?;
    let mut drafts = Vec::new();
    if let Some(resources) = document["resources"].as_array() {
        let requests = resources.iter().filter(|resource| resource["_type"] == "request");
        drafts.extend(requests.map(insomnia));
    }
    let collection = if document["collection"].is_object() { &document["collection"] } else { &document };
    folder(&collection["item"], 0, &mut drafts);
    let variables = collection["variable"].as_array();
    let known: Vec<(String, String)> =
        variables.into_iter().flatten().filter_map(|one| pair(one, "key")).collect();
    drafts.iter_mut().for_each(|draft| fill(draft, &known));
    Some(drafts)
}

fn folder(items: &Value, depth: usize, drafts: &mut Vec<Draft>) {
    for item in items.as_array().into_iter().flatten().filter(|_| depth < DEPTH) {
        folder(&item["item"], depth + 1, drafts);
        if item["request"].is_null() {
            continue;
        }
        let draft = postman(&item["request"]);
        let answers = item["response"].as_array().map(Vec::as_slice).unwrap_or_default();
        for answer in answers {
            let original = &answer["originalRequest"];
            let asked = if original.is_object() { postman(original) } else { draft.clone() };
            drafts.push(Draft { answer: Some(kept(answer)), ..asked });
        }
        if answers.is_empty() {
            drafts.push(draft);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A pair that is not switched off.
fn pair(value: &Value, name: &str) -> Option<(String, String)> {
    (value["disabled"] != true).then(|| Some((value[name].as_str()?.to_owned(), text(&value["value"]))))?
}

fn pairs(values: &Value, name: &str) -> Vec<(String, String)> {
    values.as_array().into_iter().flatten().filter_map(|value| pair(value, name)).collect()
}

fn postman(request: &Value) -> Draft {
    if let Some(url) = request.as_str() {
        return Draft { method: "GET".to_owned(), url: url.to_owned(), ..Draft::default() };
    }
    let url = request["url"].as_str().or_else(|| request["url"]["raw"].as_str());
    let mut draft = Draft {
        method: request["method"].as_str().unwrap_or("GET").to_owned(),
        url: url.unwrap_or_default().to_owned(),
        fields: pairs(&request["header"], "key"),
        ..Draft::default()
    };
    let body = &request["body"];
    match body["mode"].as_str() {
        Some("raw") => draft.body = text(&body["raw"]).into_bytes(),
        Some("urlencoded") => set_form(&mut draft, &pairs(&body["urlencoded"], "key")),
        Some("graphql") => draft.body = body["graphql"].to_string().into_bytes(),
        _ => {}
    }
    let auth = &request["auth"];
    let kind = auth["type"].as_str().unwrap_or_default();
    let given = pairs(&auth[kind], "key");
    let of = |name: &str| {
        given.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    match kind {
        "bearer" => authorize(&mut draft, &format!("Bearer {}", of("token"))),
        "basic" => authorize(&mut draft, &basic(&of("username"), &of("password"))),
        "apikey" if of("in") != "query" => draft.fields.push((of("key"), of("value"))),
        _ => {}
    }
    draft
}

fn insomnia(request: &Value) -> Draft {
    let mut draft = Draft {
        method: request["method"].as_str().unwrap_or("GET").to_owned(),
        url: text(&request["url"]),
        fields: pairs(&request["headers"], "name"),
        body: text(&request["body"]["text"]).into_bytes(),
        ..Draft::default()
    };
    if request["body"]["mimeType"] == "application/x-www-form-urlencoded" {
        set_form(&mut draft, &pairs(&request["body"]["params"], "name"));
    }
    let auth = &request["authentication"];
    match auth["type"].as_str() {
        Some("bearer") => authorize(&mut draft, &format!("Bearer {}", text(&auth["token"]))),
        Some("basic") => authorize(&mut draft, &basic(&text(&auth["username"]), &text(&auth["password"]))),
        _ => {}
    }
    draft
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn authorize(draft: &mut Draft, value: &str) {
    if !has(&draft.fields, "authorization") {
        draft.fields.push(("Authorization".to_owned(), value.to_owned()));
    }
}

fn set_form(draft: &mut Draft, pairs: &[(String, String)]) {
    let encode = |text: &str| percent_encode(text.as_bytes());
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    draft.body = pairs.join("&").into_bytes();
    if !has(&draft.fields, "content-type") {
        draft.fields.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
}

fn kept(answer: &Value) -> Answer {
    Answer {
        status: answer["code"].as_u64().unwrap_or(0),
        phrase: text(&answer["status"]),
        fields: pairs(&answer["header"], "key"),
        body: text(&answer["body"]).into_bytes(),
    }
}

/// Puts in the variables that the collection itself sets.
fn fill(draft: &mut Draft, known: &[(String, String)]) {
    let filled = |text: &str| template::fill(text, known);
    draft.url = filled(&draft.url);
    draft.fields.iter_mut().for_each(|(_, value)| *value = filled(value));
    if let Ok(text) = std::str::from_utf8(&draft.body) {
        draft.body = filled(text).into_bytes();
    }
}
