//! What a step does to the frames that are written, as its parameters alone tell: with this a reduced run is held against
//! its workflow, by a reader that has neither the plan nor the code that made it.

use super::StepKind;
use trainyard_codec::lossy::Lossy;

/// Train, pulse and cell id of a frame to whether it stays.
pub type ByIds = Box<dyn Fn(u64, u64, u64) -> bool + Send + Sync>;

#[derive(Default)]
pub enum Effect {
    /// Frames pass as they are.
    #[default]
    None,
    /// Pixels get other values, in the frames that are written too.
    ChangesPixels,
    /// Frames go.
    Keeps {
        /// as it stands in the names of the fates
        condition: String,
        /// where ids alone decide
        by_ids: Option<ByIds>,
    },
    /// The frames are written; with a bound, where they may differ from what they were.
    Writes(Option<Lossy>),
}

impl std::fmt::Debug for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Effect::None => f.write_str("None"),
            Effect::ChangesPixels => f.write_str("ChangesPixels"),
            Effect::Keeps { condition, by_ids } => write!(f, "Keeps({condition}, {})", by_ids.is_some()),
            Effect::Writes(lossy) => write!(f, "Writes({lossy:?})"),
        }
    }
}

impl Effect {
    /// Whether a step of this kind may come of an algorithm that has this effect.
    pub fn admits(&self, kind: &StepKind) -> bool {
        match kind {
            StepKind::Transform(_) => matches!(self, Effect::ChangesPixels),
            StepKind::Keep(_) => matches!(self, Effect::Keeps { .. }),
            StepKind::Write(_) => matches!(self, Effect::Writes(_)),
            StepKind::Metadata(_)
            | StepKind::Frame(_)
            | StepKind::Train(_)
            | StepKind::Accumulate(_)
            | StepKind::Table(_) => true,
        }
    }
}
