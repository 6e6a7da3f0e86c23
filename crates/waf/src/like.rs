//! Whose behaviour to follow where the engines differ.

use std::fmt;
use std::str::FromStr;

/// The engine that is simulated. Each difference that changes a verdict is documented here and bound to this choice.
///
/// | | `ModSecurity2` | `ModSecurity3` | `Coraza` |
/// |---|---|---|---|
/// | names of JSON arguments | `a.b`, `array.array` | `json.a.b`, `json.array_0` | `json.a.b`, `json.0` |
/// | `\\` between quotes in a rule | one backslash | two | two |
/// | `REQUEST_URI`, `REQUEST_FILENAME`, `REQUEST_BASENAME` | the path decoded from phase 2 on (Apache does it) | decoded, the query too | as sent |
/// | a body over `SecRequestBodyLimit`, action `Reject` | logged; the part below it is read | status 403, no rule | status 413, no rule |
/// | a body over `SecRequestBodyNoFilesLimit` | status 413, unless the body breaks before it | rule 200002 | rule 200002 |
/// | repeated request headers | joined with `, ` (Apache does it) | apart | apart |
/// | `REQUEST_BODY` | form bodies, or `ctl:forceRequestBodyVariable` | every body | form bodies, or forced |
/// | `ARGS_POST` of a JSON body | empty | empty | filled |
/// | `^` and `$` in `@rx` | ends of the text | also ends of lines | also ends of lines |
/// | `ctl:ruleRemoveByTag` and the like | pattern | whole tag | whole tag |
/// | `ctl:ruleRemoveTargetById` of an XML body | `XML`, texts and attributes | `XML:/*` | not simulated, and said |
/// | JSON cut short | status 500, no rule (Apache) | rule 200002 | rule 200002 |
/// | a line `--...` in a multipart part | `MULTIPART_UNMATCHED_BOUNDARY` is 1 | 2 once a boundary follows, which 200004 lets pass | as version 3 |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Like {
    /// mod_security2 2.9 in Apache.
    #[default]
    ModSecurity2,
    /// libmodsecurity3 3.0 in nginx.
    ModSecurity3,
    /// Coraza 3.
    Coraza,
}

impl Like {
    /// The name that the command line takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Like::ModSecurity2 => "modsecurity2",
            Like::ModSecurity3 => "modsecurity3",
            Like::Coraza => "coraza",
        }
    }
}

impl fmt::Display for Like {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Like {
    type Err = crate::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Like::ModSecurity2, Like::ModSecurity3, Like::Coraza]
            .into_iter()
            .find(|like| like.name() == name)
            .ok_or_else(|| crate::Error::UnknownEngine { name: name.to_owned() })
    }
}
