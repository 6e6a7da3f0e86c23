//! What a request says about its sender, taken apart. Values of secrets are never kept here, only facts about them.

use crate::source::Span;

/// A credential that the refused request carries.
#[derive(Clone, Debug)]
pub struct Credential {
    /// What it is.
    pub kind: CredentialKind,
    /// The header field, cookie or parameter that carries it.
    pub carrier: String,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of credential that are told apart by their shape.
#[derive(Clone, Debug)]
pub enum CredentialKind {
    /// A JSON Web Token (RFC 7519), decoded and not verified.
    Jwt(Box<Jwt>),
    /// HTTP Basic (RFC 7617).
    Basic,
    /// HTTP Digest (RFC 7616).
    Digest,
    /// A bearer token (RFC 6750) that tells nothing of itself.
    OpaqueBearer,
    /// A key whose prefix or header names its issuer: `sk_live_`, `ghp_`, `X-Api-Key`; the issuer or header is held.
    ApiKey(String),
    /// A signature over the request.
    Signature(Box<RequestSignature>),
    /// A cookie whose name says that it holds a session.
    SessionCookie,
    /// An anti-forgery token, with the place it travels in.
    CsrfToken,
    /// An `Authorization` value that follows no scheme; the reason is held.
    Malformed(String),
}

/// The claims of a JSON Web Token that checks are made on. Times are seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jwt {
    /// `alg` of the header.
    pub algorithm: Option<String>,
    /// `kid` of the header.
    pub key_id: Option<String>,
    /// `typ` of the header, for example `at+jwt`.
    pub token_type: Option<String>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `sub` is there (its value is not kept).
    pub has_subject: bool,
    /// `aud`, one or several.
    pub audience: Vec<String>,
    /// `exp`.
    pub expires: Option<i64>,
    /// `nbf`.
    pub not_before: Option<i64>,
    /// `iat`.
    pub issued_at: Option<i64>,
    /// `scope`, `scp` or `scopes`, split.
    pub scopes: Option<Vec<String>>,
    /// `roles`, `role`, `groups`, `realm_access.roles` or `permissions`.
    pub roles: Option<Vec<String>>,
    /// What tells the kind of token: `id` (nonce, at_hash), `access`, `refresh`, `delegated`, `application`.
    pub usage: Option<String>,
}

/// A signature over the request: what it says it covers, and what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestSignature {
    /// `AWS4-HMAC-SHA256`, `GOOG4-RSA-SHA256`, `SharedKey`, `hmac` ...
    pub scheme: String,
    /// When it was made, in seconds since 1970.
    pub signed_at: Option<i64>,
    /// For how many seconds it holds, where it says so.
    pub valid_for: Option<i64>,
    /// The region of the credential scope.
    pub region: Option<String>,
    /// The service of the credential scope.
    pub service: Option<String>,
    /// The header names it covers, in lower case.
    pub signed_headers: Vec<String>,
    /// Header names that it covers and the request lacks, in lower case.
    pub missing_headers: Vec<String>,
}

impl Credential {
    /// The token, if this is a JSON Web Token.
    #[must_use]
    pub fn jwt(&self) -> Option<&Jwt> {
        match &self.kind {
            CredentialKind::Jwt(jwt) => Some(jwt),
            _ => None,
        }
    }

    /// The signature, if this is one.
    #[must_use]
    pub fn signature(&self) -> Option<&RequestSignature> {
        match &self.kind {
            CredentialKind::Signature(signature) => Some(signature),
            _ => None,
        }
    }
}
