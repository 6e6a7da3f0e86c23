//! Operations to transfers: the URL, the method, the body, and the header lines in curl's order.

use model::{HeaderLine, HttpVersion, Transfer, TransferBody};

use super::address::{Address, Dots};
use super::multipart::{self, Escape};
use super::operation::Operation;
use super::{Command, Error, Surroundings, auth, cookies, data, glob, lines, proxy};

/// The transfers of one operation.
pub(crate) fn transfers(
    operation: &Operation,
    surroundings: &Surroundings<'_>,
    command: &mut Command,
) -> Result<(), Error> {
    for (at, slot) in operation.urls.iter().enumerate() {
        let urls = if operation.globbing { glob::expand(&slot.text)? } else { vec![slot.text.clone()] };
        let uploads: Vec<Option<String>> = match operation.uploads.get(at) {
            Some(file) if operation.globbing => glob::expand(file)?.into_iter().map(Some).collect(),
            file => vec![file.cloned()],
        };
        for (upload, url) in uploads.iter().flat_map(|upload| urls.iter().map(move |url| (upload, url))) {
            let transfer = transfer(operation, surroundings, url, upload.as_deref(), command)?;
            command.transfers.push(transfer);
        }
    }
    Ok(())
}

/// What a request is made of before its header is written.
pub(crate) struct Draft<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) address: Address,
    pub(crate) method: String,
    pub(crate) body: TransferBody,
    pub(crate) kind: Kind,
    pub(crate) target: String,
}

/// How a request came to its method and body, on which its header depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Get,
    Head,
    Post,
    Form,
    Upload,
}

fn transfer(
    operation: &Operation,
    surroundings: &Surroundings<'_>,
    url: &str,
    upload: Option<&str>,
    command: &mut Command,
) -> Result<Transfer, Error> {
    let kind = kind(operation, upload)?;
    let address = address(operation, url, upload)?;
    let boundary = multipart::boundary(surroundings.boundary);
    let body = body(operation, surroundings, kind, upload, &boundary)?;
    let method = operation.custom_method.clone().unwrap_or_else(|| method_of(kind).to_owned());
    let proxy = proxy::choose(operation, &address, surroundings, command)?;
    let forwarded = proxy.as_ref().is_some_and(|proxy| proxy::forwards(proxy, &address));
    let target = match &operation.request_target {
        Some(target) => target.clone(),
        None if forwarded => {
            format!("{}://{}{}", address.url.scheme, address.authority(), address.url.target())
        }
        None => address.url.target(),
    };
    let draft = Draft { operation, address, method, body, kind, target };
    let credentials = auth::credentials(&draft, surroundings)?;
    let jar = cookies::jar(operation, surroundings, command)?;
    let proxy_line =
        proxy.as_ref().filter(|_| forwarded).and_then(|proxy| proxy::authorization(operation, proxy));
    let fields = lines::header(
        &draft,
        &lines::Around {
            authorization: auth::lines(&draft, &credentials, surroundings, command)?,
            cookies: cookies::header(&draft, &jar, surroundings),
            proxy_authorization: proxy_line,
            forwarded,
            boundary: &boundary,
        },
    );
    let mut route = operation.route.clone();
    route.proxy = proxy;
    let mut redirects = operation.redirects;
    redirects.follow = redirects.follow.map(|most| operation.max_redirects.unwrap_or(most));
    Ok(Transfer {
        url: draft.address.url.clone(),
        target: draft.target.clone(),
        method: draft.method.clone(),
        method_is_custom: operation.custom_method.is_some(),
        fields,
        upload: kind == Kind::Upload,
        body: draft.body,
        version: operation.version,
        route,
        tls: operation.tls.clone(),
        redirects,
        cookie_jar: (!operation.cookie_files.is_empty() || operation.cookie_jar).then_some(jar),
        decompress: operation.compressed,
        digest: credentials.filter(|_| operation.auth.digest),
    })
}

fn kind(operation: &Operation, upload: Option<&str>) -> Result<Kind, Error> {
    let posts = operation.data.is_some() && !operation.get;
    let asked = [
        (posts, Kind::Post),
        (!operation.form.is_empty(), Kind::Form),
        (upload.is_some(), Kind::Upload),
        (operation.head, Kind::Head),
    ];
    let mut asked = asked.into_iter().filter(|(asked, _)| *asked).map(|(_, kind)| kind);
    match (asked.next(), asked.next()) {
        (Some(_), Some(_)) => {
            Err(Error::Conflict("only one of --data, --form, --upload-file and --head can shape a request"))
        }
        (Some(kind), None) => Ok(kind),
        (None, _) => Ok(Kind::Get),
    }
}

fn method_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Get => "GET",
        Kind::Head => "HEAD",
        Kind::Post | Kind::Form => "POST",
        Kind::Upload => "PUT",
    }
}

/// The URL with what `-G`, `--url-query` and the name of an uploaded file add to it.
fn address(operation: &Operation, url: &str, upload: Option<&str>) -> Result<Address, Error> {
    let dots = if operation.path_as_is { Dots::Kept } else { Dots::Removed };
    let mut address = Address::read(url, operation.default_scheme.as_deref(), dots)?;
    if address.user.is_some() && !operation.allow_user_in_url {
        return Err(Error::Url(
            crate::text::short(url),
            "holds a user name, which --disallow-username-in-url forbids".into(),
        ));
    }
    let query = operation.data.as_ref().filter(|_| operation.get).map(|data| String::from_utf8_lossy(data));
    let query = query.as_deref().or(operation.url_query.as_deref());
    if let Some(added) = query {
        if added.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(Error::Url(
                crate::text::short(added),
                "blanks must be percent-encoded (--data-urlencode)".into(),
            ));
        }
        let added = with_small_hex(added);
        address.url.query = match address.url.query.take() {
            Some(before) if !before.is_empty() => Some(format!("{before}&{added}")),
            _ => Some(added),
        };
    }
    let file = upload.filter(|file| !matches!(*file, "-" | "."));
    if let Some(file) = file.filter(|_| address.url.path.ends_with('/') && address.url.query.is_none()) {
        let name = file.rsplit('/').next().unwrap_or(file);
        address.url.path.push_str(&data::percent_encode(name.as_bytes()));
    }
    Ok(address)
}

/// curl writes the percent-encoding of an added query in lower case.
fn with_small_hex(query: &str) -> String {
    let mut bytes = query.as_bytes().to_vec();
    for at in 0..bytes.len().saturating_sub(2) {
        if bytes[at] == b'%' && bytes[at + 1].is_ascii_hexdigit() && bytes[at + 2].is_ascii_hexdigit() {
            bytes[at + 1].make_ascii_lowercase();
            bytes[at + 2].make_ascii_lowercase();
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn body(
    operation: &Operation,
    surroundings: &Surroundings<'_>,
    kind: Kind,
    upload: Option<&str>,
    boundary: &str,
) -> Result<TransferBody, Error> {
    let coding = operation.header("Transfer-Encoding").map(str::to_ascii_lowercase);
    let chunked = coding.as_deref().is_some_and(|value| value.contains("chunked"));
    let bytes = match kind {
        Kind::Get | Kind::Head => return Ok(TransferBody::Empty),
        Kind::Post => operation.data.clone().unwrap_or_default(),
        Kind::Form => {
            let escape = if operation.form_escape { Escape::Backslash } else { Escape::Percent };
            let media = operation.header("Content-Type").filter(|value| !value.is_empty());
            let media = media.unwrap_or("multipart/form-data");
            let parts = multipart::grouped(&operation.form)?;
            multipart::body(&parts, media, boundary, escape, surroundings.boundary)?
        }
        Kind::Upload => {
            let name = if upload == Some(".") { "-" } else { upload.unwrap_or("-") };
            let mut bytes = surroundings.read(name)?;
            if let Some(from) = operation.resume_from.as_deref().and_then(|from| from.parse::<usize>().ok()) {
                bytes.drain(..from.min(bytes.len()));
            }
            if name == "-" && operation.version != HttpVersion::Http10 {
                return Ok(TransferBody::Chunked(bytes));
            }
            bytes
        }
    };
    Ok(if chunked { TransferBody::Chunked(bytes) } else { TransferBody::Bytes(bytes) })
}

/// A header line of ours.
pub(crate) fn line(name: &str, value: &str) -> HeaderLine {
    HeaderLine::new(name, value)
}
