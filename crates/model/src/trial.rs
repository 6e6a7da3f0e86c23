//! Experiments: a change to the request, and what each cause predicts of the answer.

use crate::catalogue::Weight;
use crate::exchange::Exchange;

/// A change to the request, with what a cause predicts of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// What is sent instead of the refused request.
    pub change: Change,
    /// What the server answers if the cause holds.
    pub predicts: Answer,
    /// What it means for the cause if the answer is as predicted.
    pub if_so: Weight,
    /// What it means for the cause if the answer is another one.
    pub if_not: Weight,
    /// Why the answer tells, as part of a sentence.
    pub because: &'static str,
}

/// The requests of the safe tier. All use GET, HEAD or OPTIONS and go to the host of the refused request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// GET on the same target, headers and credentials kept, body dropped.
    Get,
    /// GET on the same target without `Authorization`, cookies and keys.
    GetWithoutCredentials,
    /// GET on the same target with a neutral browser-like `User-Agent`.
    GetWithNeutralUserAgent,
    /// GET on a path beside the target that cannot exist, credentials kept.
    GetImpossiblePath,
    /// HEAD on the same target.
    Head,
    /// OPTIONS on the same target, to read `Allow`.
    Options,
    /// The CORS preflight that a browser would send for this request.
    Preflight,
    /// GET on the same target without `Origin` and `Referer`.
    GetWithoutOrigin,
    /// GET on the path with the trailing slash toggled.
    GetToggledSlash,
}

/// What an answer is, compared with the refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The same refusal: same status and the same page.
    SameRefusal,
    /// Another refusal: 401, 403, 405 ... of another look.
    OtherRefusal,
    /// 401 with a challenge.
    Challenge,
    /// 404 or 410.
    NotFound,
    /// 405 or 501.
    MethodNotAllowed,
    /// 3xx.
    Redirect,
    /// 2xx.
    Accepted,
    /// 5xx, or no answer at all.
    Failed,
    /// Anything that is no refusal of the same look: the refusal is lifted.
    Lifted,
}

/// An experiment that was run.
#[derive(Clone, Debug)]
pub struct Trial {
    /// What was changed.
    pub change: Change,
    /// What was sent and answered.
    pub exchange: Exchange,
    /// What the answer is, compared with the refusal. Never [`Answer::Lifted`], which only predictions use.
    pub answer: Answer,
}

/// A request that was sent on the user's behalf, for the report's list.
#[derive(Clone, Debug)]
pub struct SentRequest {
    /// Method.
    pub method: String,
    /// URL, masked by the report.
    pub url: String,
    /// Status of the answer, if one came.
    pub status: Option<u16>,
    /// Why it was sent.
    pub purpose: String,
    /// Whether it was answered with something other than a refusal and may have done something.
    pub accepted: bool,
    /// The same request as a `curl` command, masked by the report.
    pub curl: String,
}

impl Change {
    /// What the request is for, as part of a sentence.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Change::Get => "the same target with GET",
            Change::GetWithoutCredentials => "the same target with GET, without credentials",
            Change::GetWithNeutralUserAgent => "the same target with GET and a browser's User-Agent",
            Change::GetImpossiblePath => "a path beside it that cannot exist",
            Change::Head => "the same target with HEAD",
            Change::Options => "the methods the target allows",
            Change::Preflight => "the CORS preflight a browser would send",
            Change::GetWithoutOrigin => "the same target with GET, without Origin and Referer",
            Change::GetToggledSlash => "the path with its final slash toggled",
        }
    }
}

impl Answer {
    /// Whether an answer fulfils a prediction. [`Answer::Lifted`] is fulfilled by everything but the same refusal and failure.
    #[must_use]
    pub fn fulfils(self, prediction: Answer) -> bool {
        match prediction {
            Answer::Lifted => !matches!(self, Answer::SameRefusal | Answer::Failed),
            _ => self == prediction,
        }
    }
}
