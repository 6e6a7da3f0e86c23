//! The options between two `--next`, gathered.

use model::{HttpVersion, Redirects, TlsOptions};

/// What the options ask of the transfers of one group.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) urls: Vec<UrlSlot>,
    pub(crate) uploads: Vec<String>,
    pub(crate) custom_method: Option<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) proxy_headers: Vec<String>,
    pub(crate) data: Option<Vec<u8>>,
    pub(crate) data_is_json: bool,
    pub(crate) url_query: Option<String>,
    pub(crate) form: Vec<super::form::Part>,
    pub(crate) form_escape: bool,
    pub(crate) get: bool,
    pub(crate) head: bool,
    pub(crate) user: Option<String>,
    pub(crate) bearer: Option<String>,
    pub(crate) auth: Auth,
    pub(crate) aws_sigv4: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) referer: Option<String>,
    pub(crate) auto_referer: bool,
    pub(crate) cookies: Vec<String>,
    pub(crate) cookie_files: Vec<String>,
    pub(crate) cookie_jar: bool,
    pub(crate) junk_session_cookies: bool,
    pub(crate) compressed: bool,
    pub(crate) tr_encoding: bool,
    pub(crate) range: Option<String>,
    pub(crate) resume_from: Option<String>,
    pub(crate) time_condition: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) globbing: bool,
    pub(crate) path_as_is: bool,
    pub(crate) request_target: Option<String>,
    pub(crate) default_scheme: Option<String>,
    pub(crate) allow_user_in_url: bool,
    pub(crate) version: HttpVersion,
    /// `--http2`: asks for an upgrade over plain HTTP.
    pub(crate) upgrade_to_http2: bool,
    pub(crate) netrc: Netrc,
    pub(crate) proxy: ProxyChoice,
    pub(crate) route: model::Route,
    pub(crate) tls: TlsOptions,
    pub(crate) redirects: Redirects,
    pub(crate) max_redirects: Option<u32>,
}

/// A URL, and the file to upload to it.
#[derive(Clone, Debug)]
pub(crate) struct UrlSlot {
    pub(crate) text: String,
}

/// The authentication schemes asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Auth {
    pub(crate) basic: bool,
    pub(crate) bearer: bool,
    pub(crate) digest: bool,
}

/// What is looked up in a `.netrc` file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Netrc {
    /// Nothing.
    #[default]
    Never,
    /// A user and password, unless the URL or `-u` gives them. The file, where one is named.
    Optional(Option<String>),
    /// A user and password.
    Required(Option<String>),
}

/// The proxy options.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProxyChoice {
    /// The proxy as written, with its scheme; an empty one overrules the environment.
    pub(crate) url: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) tunnel: bool,
    pub(crate) except: Option<String>,
    /// CONNECT and requests are HTTP/1.0 (`--proxy1.0`).
    pub(crate) http10: bool,
}

impl Default for Operation {
    fn default() -> Self {
        Operation {
            urls: Vec::new(),
            uploads: Vec::new(),
            custom_method: None,
            headers: Vec::new(),
            proxy_headers: Vec::new(),
            data: None,
            data_is_json: false,
            url_query: None,
            form: Vec::new(),
            form_escape: false,
            get: false,
            head: false,
            user: None,
            bearer: None,
            auth: Auth::default(),
            aws_sigv4: None,
            user_agent: None,
            referer: None,
            auto_referer: false,
            cookies: Vec::new(),
            cookie_files: Vec::new(),
            cookie_jar: false,
            junk_session_cookies: false,
            compressed: false,
            tr_encoding: false,
            range: None,
            resume_from: None,
            time_condition: None,
            etag: None,
            globbing: true,
            path_as_is: false,
            request_target: None,
            default_scheme: None,
            allow_user_in_url: true,
            version: HttpVersion::Negotiated,
            upgrade_to_http2: false,
            netrc: Netrc::Never,
            proxy: ProxyChoice::default(),
            route: model::Route::default(),
            tls: TlsOptions::default(),
            redirects: Redirects::default(),
            max_redirects: None,
        }
    }
}

impl Operation {
    /// The value of the first `-H` of that name; `None` if there is none, empty if it only removes the header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        custom(&self.headers, name)
    }

    /// Whether a `-H` decides about that header, be it by removing it.
    pub(crate) fn overrides(&self, name: &str) -> bool {
        self.header(name).is_some()
    }
}

/// The value of the first custom header of that name. curl compares the name and what follows it: `:` or `;`.
pub(crate) fn custom<'a>(headers: &'a [String], name: &str) -> Option<&'a str> {
    headers.iter().find_map(|line| {
        let start = line.get(..name.len())?;
        let rest = &line[name.len()..];
        let value = rest.strip_prefix([':', ';'])?;
        start.eq_ignore_ascii_case(name).then(|| value.trim_start_matches([' ', '\t']))
    })
}
