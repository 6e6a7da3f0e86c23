//! Items that Burp saves: `<items burpVersion=…>` with the messages as they travelled, in base64 or as they are.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// An item.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) url: String,
    pub(super) request: Vec<u8>,
    pub(super) response: Vec<u8>,
}

/// All items of a document.
pub(super) fn items(text: &str) -> impl Iterator<Item = Item> + '_ {
    text.split("<item>").skip(1).map(|item| Item {
        url: String::from_utf8_lossy(&content(item, "url").unwrap_or_default()).into_owned(),
        request: content(item, "request").unwrap_or_default(),
        response: content(item, "response").unwrap_or_default(),
    })
}

/// The content of the first element of that name.
fn content(item: &str, name: &str) -> Option<Vec<u8>> {
    let open = [format!("<{name}>"), format!("<{name} ")].iter().filter_map(|tag| item.find(tag)).min()?;
    let (attributes, rest) = item[open..].split_once('>')?;
    let text = match rest.trim_start().strip_prefix("<![CDATA[") {
        Some(rest) => rest.split("]]>").next()?.to_owned(),
        None => rest.split("</").next()?.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"),
    };
    if attributes.contains("base64=\"true\"") {
        let packed: String = text.split_whitespace().collect();
        return STANDARD.decode(packed).ok();
    }
    Some(text.into_bytes())
}
