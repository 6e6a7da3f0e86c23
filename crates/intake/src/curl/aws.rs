//! `--aws-sigv4 provider1[:provider2[:region[:service]]]`: AWS Signature Version 4 as curl 7.88.1 makes it.

use hmac::{Hmac, KeyInit, Mac};
use model::HeaderLine;
use sha2::{Digest, Sha256};

use super::Error;
use super::request::{Draft, line};

/// The lines of a signature.
pub(crate) fn sign(
    draft: &Draft<'_>,
    scheme: &str,
    (key_id, secret): (&str, &str),
    now: i64,
) -> Result<Vec<HeaderLine>, Error> {
    let names = Names::read(scheme, &draft.address.url.host)?;
    let operation = draft.operation;
    let date_name = format!("X-{}-Date", names.second_capital);
    let time = operation.header(&date_name).map_or_else(|| crate::date::compact(now), str::to_owned);
    let day = time.get(..8).unwrap_or(&time).to_owned();
    let payload = operation.header(&format!("x-{}-content-sha256", names.second)).map(str::to_owned);
    let payload = payload.unwrap_or_else(|| hex(&Sha256::digest(draft.body.bytes())));
    let mut headers = vec![("host".to_owned(), draft.address.authority())];
    headers.push((date_name.to_ascii_lowercase(), time.clone()));
    let json = ["Content-Type: application/json", "Accept: application/json"];
    let json = json.iter().filter(|_| operation.data_is_json).map(|line| (*line).to_owned());
    for text in operation.headers.iter().cloned().chain(json) {
        if let Some((name, value)) = text.split_once(':') {
            let name = name.trim().to_ascii_lowercase();
            if !value.trim().is_empty() && !headers.iter().any(|(known, _)| *known == name) {
                headers.push((name, value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")));
            }
        }
    }
    headers.sort();
    let signed = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let listed: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let url = &draft.address.url;
    let query = url.query.as_deref().unwrap_or("");
    let canonical = format!("{}\n{}\n{query}\n{listed}\n{signed}\n{payload}", draft.method, url.path);
    let scope = format!("{day}/{}/{}/{}4_request", names.region, names.service, names.first);
    let algorithm = format!("{}4-HMAC-SHA256", names.first.to_ascii_uppercase());
    let text = format!("{algorithm}\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let mut key = format!("{}4{secret}", names.first.to_ascii_uppercase()).into_bytes();
    for part in [&day, &names.region, &names.service, &format!("{}4_request", names.first)] {
        key = mac(&key, part.as_bytes());
    }
    let signature = hex(&mac(&key, text.as_bytes()));
    let value =
        format!("{algorithm} Credential={key_id}/{scope}, SignedHeaders={signed}, Signature={signature}");
    let mut lines = vec![line("Authorization", &value)];
    if !operation.overrides(&date_name) {
        lines.push(line(&date_name, &time));
    }
    Ok(lines)
}

/// The names that a signature is made with.
struct Names {
    first: String,
    second: String,
    second_capital: String,
    region: String,
    service: String,
}

impl Names {
    /// Region and service come from the host, `service.region.provider`, where they are not given.
    fn read(scheme: &str, host: &str) -> Result<Names, Error> {
        let mut parts = scheme.split(':').map(str::to_ascii_lowercase);
        let first = parts.next().filter(|name| !name.is_empty());
        let first = first.ok_or_else(|| Error::Value(format!("--aws-sigv4 {scheme}: no provider")))?;
        let second = parts.next().filter(|name| !name.is_empty()).unwrap_or_else(|| first.clone());
        let mut labels = host.split('.').map(str::to_owned);
        let (service, region) = (labels.next(), labels.next());
        let missing = |what: &str| Error::Value(format!("--aws-sigv4: the host does not name the {what}"));
        let given_region = parts.next().filter(|name| !name.is_empty());
        let region = given_region.or(region).ok_or_else(|| missing("region"))?;
        let service =
            parts.next().filter(|name| !name.is_empty()).or(service).ok_or_else(|| missing("service"))?;
        let mut capital = second.clone();
        if let Some(letter) = capital.get_mut(..1) {
            letter.make_ascii_uppercase();
        }
        Ok(Names { first, second, second_capital: capital, region, service })
    }
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length, so that this never fails.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        },
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
