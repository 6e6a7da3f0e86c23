//! Settings of the engine: what the base configuration sets.

/// What the engine does with a rule that refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineMode {
    /// It refuses.
    On,
    /// It only logs.
    DetectionOnly,
    /// No rule runs.
    Off,
}

/// What happens to a body over its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitAction {
    Reject,
    ProcessPartial,
}

/// The settings in force.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) engine: EngineMode,
    pub(crate) request_body_access: bool,
    pub(crate) request_body_limit: usize,
    pub(crate) request_body_limit_action: LimitAction,
    pub(crate) no_files_limit: usize,
    pub(crate) json_depth_limit: usize,
    pub(crate) arguments_limit: usize,
    pub(crate) argument_separator: u8,
    pub(crate) response_body_access: bool,
    pub(crate) response_types: Vec<String>,
    pub(crate) response_body_limit: usize,
    pub(crate) response_limit_action: LimitAction,
}

impl Default for Config {
    /// What the engines do without any directive.
    fn default() -> Self {
        Config {
            engine: EngineMode::Off,
            request_body_access: false,
            request_body_limit: 134_217_728,
            request_body_limit_action: LimitAction::Reject,
            no_files_limit: 1_048_576,
            json_depth_limit: 10_000,
            arguments_limit: 1000,
            argument_separator: b'&',
            response_body_access: false,
            response_types: vec!["text/plain".to_owned(), "text/html".to_owned()],
            response_body_limit: 524_288,
            response_limit_action: LimitAction::Reject,
        }
    }
}

/// What became of a directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// It is in force.
    Applied,
    /// It changes no verdict: logging, files, tuning.
    Immaterial,
    /// Nobody knows it.
    Unknown,
    /// Its value cannot be read.
    Invalid,
}

/// Directives that change no verdict of an offline inspection.
const IMMATERIAL: &[&str] = &[
    "secauditengine",
    "secauditlog",
    "secauditlog2",
    "secauditlogdirmode",
    "secauditlogfilemode",
    "secauditlogformat",
    "secauditlogparts",
    "secauditlogprefix",
    "secauditlogrelevantstatus",
    "secauditlogstoragedir",
    "secauditlogtype",
    "seccachetransformations",
    "seccollectiontimeout",
    "seccomponentsignature",
    "secconnengine",
    "secconnreadstatelimit",
    "secconnwritestatelimit",
    "seccookiev0separator",
    "secdatadir",
    "secdebuglog",
    "secdebugloglevel",
    "secdisablebackendcompression",
    "secguardianlog",
    "sechttpblkey",
    "secinterceptonerror",
    "secpcrematchlimit",
    "secpcrematchlimitrecursion",
    "secrequestbodyinmemorylimit",
    "secresponsebodymimetypesclear",
    "secruleperftime",
    "secsensorid",
    "secserversignature",
    "secstatusengine",
    "secstreaminbodyinspection",
    "secstreamoutbodyinspection",
    "sectmpdir",
    "sectmpsaveuploadedfiles",
    "secunicodemapfile",
    "secuploaddir",
    "secuploadfilelimit",
    "secuploadfilemode",
    "secuploadkeepfiles",
    "secwebappid",
    "secxmlexternalentity",
    "loadmodule",
    "loadfile",
];

impl Config {
    /// Applies a directive that sets something.
    pub(crate) fn apply(&mut self, name: &str, arguments: &[String]) -> Setting {
        let name = name.to_ascii_lowercase();
        if IMMATERIAL.contains(&name.as_str()) {
            return Setting::Immaterial;
        }
        let Some(value) = arguments.first() else { return Setting::Unknown };
        self.set(&name, value, arguments).map_or(Setting::Invalid, |known| known)
    }

    fn set(&mut self, name: &str, value: &str, arguments: &[String]) -> Option<Setting> {
        match name {
            "secruleengine" => self.engine = engine_mode(value)?,
            "secrequestbodyaccess" => self.request_body_access = switch(value)?,
            "secrequestbodylimit" => self.request_body_limit = value.parse().ok()?,
            "secrequestbodynofileslimit" => self.no_files_limit = value.parse().ok()?,
            "secrequestbodylimitaction" => self.request_body_limit_action = limit_action(value)?,
            "secrequestbodyjsondepthlimit" => self.json_depth_limit = value.parse().ok()?,
            "secargumentslimit" => self.arguments_limit = value.parse().ok()?,
            "secargumentseparator" => self.argument_separator = *value.as_bytes().first()?,
            "secresponsebodyaccess" => self.response_body_access = switch(value)?,
            "secresponsebodylimit" => self.response_body_limit = value.parse().ok()?,
            "secresponsebodylimitaction" => self.response_limit_action = limit_action(value)?,
            "secresponsebodymimetype" => self.response_types = arguments.to_vec(),
            "seccookieformat" if value == "0" => {}
            _ => return Some(Setting::Unknown),
        }
        Some(Setting::Applied)
    }
}

fn switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// Reads the value of `SecRuleEngine`.
pub(crate) fn engine_mode(value: &str) -> Option<EngineMode> {
    match value.to_ascii_lowercase().as_str() {
        "on" => Some(EngineMode::On),
        "off" => Some(EngineMode::Off),
        "detectiononly" => Some(EngineMode::DetectionOnly),
        _ => None,
    }
}

fn limit_action(value: &str) -> Option<LimitAction> {
    match value.to_ascii_lowercase().as_str() {
        "reject" => Some(LimitAction::Reject),
        "processpartial" => Some(LimitAction::ProcessPartial),
        _ => None,
    }
}
