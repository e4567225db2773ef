//! The frames of some trains: identity, completeness, and the row of every module.

use serde::{Deserialize, Serialize};

/// Where one module keeps one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// index in `Module::parts`
    pub part: u32,
    /// row in the pixel dataset of that part
    pub row: u64,
    /// frame inside the row (JUNGFRAU cells), else 0
    pub cell: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FrameState {
    /// every module that has the train has the frame
    Complete,
    /// a module that has the train lacks it
    Incomplete,
}

/// Frames in order of (train as selected, row order of the first module that has it); ids as `interface` defines them:
/// XTDF pulse id; JUNGFRAU cell index in the row; camera row in the train.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrameTable {
    pub trains: Vec<u64>,
    /// frames of train `t` are `starts[t]..starts[t + 1]`; length `trains.len() + 1`
    pub starts: Vec<usize>,
    /// identity inside the train
    pub pulse_id: Vec<u64>,
    /// memory cell
    pub cell_id: Vec<u16>,
    /// LPD parallel gain: 0, 1, 2 for the high, medium and low gain third of the train; else 0.
    /// Frames of one pulse id in different thirds belong together: a selection by pulse id keeps the thirds aligned
    pub third: Vec<u8>,
    pub state: Vec<FrameState>,
    /// `[module][frame]`; `None`: the module misses the whole train, or just this frame (then the state is `Incomplete`)
    pub rows: Vec<Vec<Option<Row>>>,
}

impl FrameTable {
    /// Number of frames.
    pub fn len(&self) -> usize {
        self.pulse_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.pulse_id.is_empty()
    }

    /// Position in `trains` of the train that frame `frame` belongs to.
    pub fn train_of(&self, frame: usize) -> usize {
        self.starts.partition_point(|&start| start <= frame).saturating_sub(1)
    }

    pub fn train_id(&self, frame: usize) -> u64 {
        self.trains[self.train_of(frame)]
    }
}
