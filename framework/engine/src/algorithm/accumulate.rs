//! Steps that keep statistics of every pixel over many frames: a mean image, a variance, one for each memory cell.
//!
//! The state of the pixels of one module in one group is a tile. A tile has one owner within a sequence, which takes the kept
//! frames in their order: no partial of a block, no merging inside a sequence. At the end of the run the tiles of all sequences
//! are merged in the fixed tree.

use super::{FrameId, RowSink};
use serde::de::DeserializeOwned;
use serde::Serialize;
use trainyard_format::Result;

/// Which frames belong together.
#[derive(Clone, Debug, PartialEq)]
pub enum Grouping {
    /// all of the run
    Run,
    /// those of one pulse id
    Pulse,
    /// those of one memory cell
    Cell,
    /// those of one train: its statistics are a row and are not merged any further
    Train,
    /// by a column: group i has `edges[i] <= value < edges[i + 1]`
    Bins { column: usize, edges: Vec<f64> },
}

impl Grouping {
    /// The group of a frame, of train `train` of its sequence; `None`: it is in none. `columns` by number.
    pub fn of(&self, id: &FrameId, train: usize, columns: &[f64]) -> Option<u64> {
        Some(match self {
            Grouping::Run => 0,
            Grouping::Pulse => id.pulse,
            Grouping::Cell => u64::from(id.cell),
            Grouping::Train => train as u64,
            Grouping::Bins { column, edges } => {
                let value = columns.get(*column).copied().filter(|value| !value.is_nan())?;
                let above = edges.partition_point(|edge| *edge <= value);
                (above.checked_sub(1).filter(|_| above < edges.len())?) as u64
            }
        })
    }

    /// About how many groups there are at once, in a run whose longest train has so many frames.
    pub fn most(&self, longest_train: u64) -> u64 {
        match self {
            Grouping::Run => 1,
            // the one that is read, and the one that becomes a row
            Grouping::Train => 2,
            Grouping::Pulse | Grouping::Cell => longest_train.max(1),
            Grouping::Bins { edges, .. } => edges.len().saturating_sub(1) as u64,
        }
    }
}

pub trait Accumulate: Send + Sync + 'static {
    /// State of the pixels of one module in one group, while frames come.
    type Tile: Send + 'static;
    /// The same at rest: what is stored, merged, and read.
    type Rest: Serialize + DeserializeOwned + Send + 'static;

    fn grouping(&self) -> &Grouping;
    fn tile(&self, pixels: usize) -> Self::Tile;
    /// Adds frames in their order, of each the pixels of the module, `NaN` = bad. One call with some frames must be equal to one
    /// call for each, bit for bit.
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn add(&self, frames: &[&[f32]], tile: &mut Self::Tile) -> Result<()>;
    fn rest(&self, tile: Self::Tile) -> Self::Rest;
    /// `next` comes after `into` in the run.
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn merge(&self, into: &mut Self::Rest, next: Self::Rest) -> Result<()>;
    /// The maps of one module, each `[slow, fast]`, in the order declared.
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn finish(&self, rest: &Self::Rest, maps: &mut RowSink<'_>) -> Result<()>;
    /// Bytes of state of a pixel.
    fn pixel_bytes(&self) -> usize;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_holds_its_lower_edge_and_not_its_upper() {
        let bins = Grouping::Bins { column: 0, edges: vec![1.0, 2.0, 4.0] };
        let id = FrameId { train: 1, pulse: 2, cell: 3 };
        let of = |value: f64| bins.of(&id, 0, &[value]);
        assert_eq!(
            [0.9, 1.0, 1.99, 2.0, 3.9, 4.0, f64::NAN].map(of),
            [None, Some(0), Some(0), Some(1), Some(1), None, None]
        );
        assert_eq!((Grouping::Pulse.of(&id, 9, &[]), Grouping::Cell.of(&id, 9, &[])), (Some(2), Some(3)));
        assert_eq!((Grouping::Train.of(&id, 9, &[]), Grouping::Run.of(&id, 9, &[])), (Some(9), Some(0)));
    }
}
