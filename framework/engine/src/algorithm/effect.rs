//! What a step does to the frames that are written, as its parameters alone tell: with this a reduced run is held against
//! its workflow, by a reader that has neither the plan nor the code that made it.

use super::{Step, StepKind};
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
    /// Modules may be dropped, with the reason told.
    DropsModules,
    /// The frames are written.
    Writes {
        /// within this they may differ from what they were
        lossy: Option<Lossy>,
        /// which of those that come to the step, as its parameters say; all when there is none
        condition: Option<String>,
        /// where ids alone decide
        by_ids: Option<ByIds>,
    },
}

impl std::fmt::Debug for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Effect::None => f.write_str("None"),
            Effect::ChangesPixels => f.write_str("ChangesPixels"),
            Effect::DropsModules => f.write_str("DropsModules"),
            Effect::Keeps { condition, by_ids } => write!(f, "Keeps({condition}, {})", by_ids.is_some()),
            Effect::Writes { lossy, condition, by_ids } => {
                write!(f, "Writes({lossy:?}, {condition:?}, {})", by_ids.is_some())
            }
        }
    }
}

impl Effect {
    /// Whether this step may come of an algorithm that has this effect.
    pub fn admits(&self, step: &Step) -> bool {
        match &step.kind {
            StepKind::Transform(_) => matches!(self, Effect::ChangesPixels),
            StepKind::Keep(_) => matches!(self, Effect::Keeps { .. }),
            StepKind::Write(_) => matches!(self, Effect::Writes { .. }),
            StepKind::Decide(_) if step.drops_modules => matches!(self, Effect::DropsModules),
            StepKind::Metadata(_)
            | StepKind::Frame(_)
            | StepKind::Stored(_)
            | StepKind::Train(_)
            | StepKind::Accumulate(_)
            | StepKind::Decide(_) => true,
        }
    }
}
