//! The variables of SecLang by name.

/// Declares the variables once: the name in rules, and whether a value of it has a key (`ARGS:q`).
macro_rules! variables {
    ($($variant:ident $name:literal $shape:ident)*) => {
        /// A variable that rules can look at.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum Variable { $($variant),* }

        impl Variable {
            /// How many there are.
            pub(crate) const COUNT: usize = [$(Variable::$variant),*].len();

            /// The name in rules and logs.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Variable::$variant => $name),* }
            }

            /// The variable of a name in upper case.
            pub(crate) fn named(name: &str) -> Option<Variable> {
                match name { $($name => Some(Variable::$variant),)* _ => None }
            }

            /// What it takes to find its values.
            pub(crate) fn shape(self) -> Shape {
                match self { $(Variable::$variant => Shape::$shape),* }
            }
        }
    };
}

/// How a variable holds its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value.
    Single,
    /// Values under keys.
    Keyed,
    /// Changes while rules run.
    Dynamic,
    /// Known, but nothing fills it in an offline inspection.
    Never,
}

variables! {
    Args "ARGS" Keyed
    ArgsCombinedSize "ARGS_COMBINED_SIZE" Single
    ArgsGet "ARGS_GET" Keyed
    ArgsGetNames "ARGS_GET_NAMES" Keyed
    ArgsNames "ARGS_NAMES" Keyed
    ArgsPost "ARGS_POST" Keyed
    ArgsPostNames "ARGS_POST_NAMES" Keyed
    AuthType "AUTH_TYPE" Single
    Duration "DURATION" Single
    Env "ENV" Never
    Files "FILES" Keyed
    FilesCombinedSize "FILES_COMBINED_SIZE" Single
    FilesNames "FILES_NAMES" Keyed
    FilesSizes "FILES_SIZES" Keyed
    FilesTmpContent "FILES_TMP_CONTENT" Never
    FilesTmpNames "FILES_TMPNAMES" Never
    FullRequest "FULL_REQUEST" Single
    FullRequestLength "FULL_REQUEST_LENGTH" Single
    Geo "GEO" Never
    Global "GLOBAL" Never
    HighestSeverity "HIGHEST_SEVERITY" Dynamic
    InboundDataError "INBOUND_DATA_ERROR" Single
    Ip "IP" Never
    MatchedVar "MATCHED_VAR" Dynamic
    MatchedVarName "MATCHED_VAR_NAME" Dynamic
    MatchedVars "MATCHED_VARS" Dynamic
    MatchedVarsNames "MATCHED_VARS_NAMES" Dynamic
    ModsecBuild "MODSEC_BUILD" Single
    MultipartBoundaryQuoted "MULTIPART_BOUNDARY_QUOTED" Single
    MultipartBoundaryWhitespace "MULTIPART_BOUNDARY_WHITESPACE" Single
    MultipartCrlfLfLines "MULTIPART_CRLF_LF_LINES" Single
    MultipartDataAfter "MULTIPART_DATA_AFTER" Single
    MultipartDataBefore "MULTIPART_DATA_BEFORE" Single
    MultipartFileLimitExceeded "MULTIPART_FILE_LIMIT_EXCEEDED" Single
    MultipartFilename "MULTIPART_FILENAME" Keyed
    MultipartHeaderFolding "MULTIPART_HEADER_FOLDING" Single
    MultipartInvalidHeaderFolding "MULTIPART_INVALID_HEADER_FOLDING" Single
    MultipartInvalidPart "MULTIPART_INVALID_PART" Single
    MultipartInvalidQuoting "MULTIPART_INVALID_QUOTING" Single
    MultipartLfLine "MULTIPART_LF_LINE" Single
    MultipartMissingSemicolon "MULTIPART_MISSING_SEMICOLON" Single
    MultipartName "MULTIPART_NAME" Keyed
    MultipartPartHeaders "MULTIPART_PART_HEADERS" Keyed
    MultipartStrictError "MULTIPART_STRICT_ERROR" Single
    MultipartUnmatchedBoundary "MULTIPART_UNMATCHED_BOUNDARY" Single
    OutboundDataError "OUTBOUND_DATA_ERROR" Single
    PathInfo "PATH_INFO" Never
    QueryString "QUERY_STRING" Single
    RemoteAddr "REMOTE_ADDR" Single
    RemoteHost "REMOTE_HOST" Single
    RemotePort "REMOTE_PORT" Never
    RemoteUser "REMOTE_USER" Never
    ReqbodyError "REQBODY_ERROR" Single
    ReqbodyErrorMsg "REQBODY_ERROR_MSG" Single
    ReqbodyProcessor "REQBODY_PROCESSOR" Single
    ReqbodyProcessorError "REQBODY_PROCESSOR_ERROR" Single
    ReqbodyProcessorErrorMsg "REQBODY_PROCESSOR_ERROR_MSG" Single
    RequestBasename "REQUEST_BASENAME" Single
    RequestBody "REQUEST_BODY" Single
    RequestBodyLength "REQUEST_BODY_LENGTH" Single
    RequestCookies "REQUEST_COOKIES" Keyed
    RequestCookiesNames "REQUEST_COOKIES_NAMES" Keyed
    RequestFilename "REQUEST_FILENAME" Single
    RequestHeaders "REQUEST_HEADERS" Keyed
    RequestHeadersNames "REQUEST_HEADERS_NAMES" Keyed
    RequestLine "REQUEST_LINE" Single
    RequestMethod "REQUEST_METHOD" Single
    RequestProtocol "REQUEST_PROTOCOL" Single
    RequestUri "REQUEST_URI" Single
    RequestUriRaw "REQUEST_URI_RAW" Single
    Resource "RESOURCE" Never
    ResponseBody "RESPONSE_BODY" Single
    ResponseContentLength "RESPONSE_CONTENT_LENGTH" Single
    ResponseContentType "RESPONSE_CONTENT_TYPE" Single
    ResponseHeaders "RESPONSE_HEADERS" Keyed
    ResponseHeadersNames "RESPONSE_HEADERS_NAMES" Keyed
    ResponseProtocol "RESPONSE_PROTOCOL" Single
    ResponseStatus "RESPONSE_STATUS" Single
    Rule "RULE" Dynamic
    ScriptFilename "SCRIPT_FILENAME" Never
    ServerAddr "SERVER_ADDR" Never
    ServerName "SERVER_NAME" Single
    ServerPort "SERVER_PORT" Never
    Session "SESSION" Never
    SessionId "SESSIONID" Never
    StatusLine "STATUS_LINE" Single
    Time "TIME" Never
    TimeDay "TIME_DAY" Never
    TimeEpoch "TIME_EPOCH" Never
    TimeHour "TIME_HOUR" Never
    TimeMin "TIME_MIN" Never
    TimeMon "TIME_MON" Never
    TimeSec "TIME_SEC" Never
    TimeWday "TIME_WDAY" Never
    TimeYear "TIME_YEAR" Never
    Tx "TX" Dynamic
    UniqueId "UNIQUE_ID" Single
    UrlencodedError "URLENCODED_ERROR" Single
    User "USER" Never
    UserId "USERID" Never
    WebappId "WEBAPPID" Never
    Xml "XML" Keyed
    XmlAttributes "XML://@*" Keyed
}
