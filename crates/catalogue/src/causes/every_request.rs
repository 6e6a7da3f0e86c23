//! Refusals of a client whatever it asks for: what several causes predict that judge neither target nor method.

use model::{Answer, Change, Experiment, Weight};

/// What a refusal before the target is looked at predicts: it meets a path that cannot exist too.
pub(crate) const ANY_PATH_REFUSED: Experiment = Experiment {
    change: Change::GetImpossiblePath,
    predicts: Answer::SameRefusal,
    if_so: Weight::Hints,
    if_not: Weight::Weakens,
    because: "a path that cannot exist is refused alike, so the refusal does not depend on what is asked",
};

/// What a refusal before the method is looked at predicts: it meets GET too.
pub(crate) const GET_REFUSED: Experiment = Experiment {
    change: Change::Get,
    predicts: Answer::SameRefusal,
    if_so: Weight::Hints,
    if_not: Weight::Weakens,
    because: "GET is refused alike, so neither method nor body matter",
};
