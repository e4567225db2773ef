//! The kinds of step.

use super::{ColumnDecl, Columns, ErasedFrameStep, ErasedTrainStep, Frame, OutputDecl, RowSink, RunValues, TrainRows};
use serde::de::DeserializeOwned;
use serde::Serialize;
use std::ops::Range;
use trainyard_codec::lossy::Lossy;
use trainyard_codec::Codec;
use trainyard_format::detector::FrameTable;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::Result;

/// A configured step of a workflow.
pub struct Step {
    /// columns the step makes, numbered on from those before it
    pub columns: Vec<ColumnDecl>,
    /// datasets by frame or by train that it leaves; all of one axis
    pub outputs: Vec<OutputDecl>,
    /// name of its result source, in capitals: `AZINT`
    pub source: String,
    pub kind: StepKind,
}

pub enum StepKind {
    Metadata(Box<dyn MetadataStep>),
    Keep(Box<dyn KeepStep>),
    Frame(Box<dyn ErasedFrameStep>),
    Train(Box<dyn ErasedTrainStep>),
    Table(Box<dyn TableStep>),
    Pixels(Box<dyn PixelStep>),
    Write(FrameOutput),
}

/// Changes pixels before later steps see them and before they are written.
pub trait PixelStep: Send + Sync {
    /// `pixels` are those of one module, `[slow, fast]`, as stored (no mask applied, NaN where the input has NaN).
    fn apply(&self, module: usize, pixels: &mut [f32]);
}

/// The trains of one sequence, for steps that need no pixels.
pub struct MetadataInput<'a> {
    pub run: &'a Run,
    pub pool: &'a OpenerPool,
    pub frames: &'a FrameTable,
}

/// Columns from the index and slow data: what it lets `keep` drop is never read.
pub trait MetadataStep: Send + Sync {
    /// Fills `columns[i][frame]` for each of its columns, and one row a train if it declared outputs.
    ///
    /// # Errors
    /// Input that is damaged or missing, with its place.
    fn compute(&self, input: &MetadataInput<'_>, columns: &mut [Vec<f64>], trains: &mut TrainRows) -> Result<()>;

    /// Run-level results known beforehand (parameters).
    fn run_values(&self, _values: &mut RunValues) {}
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Keep,
    Drop,
    /// dropped because a column it depends on has no value
    NoData,
}

pub trait KeepStep: Send + Sync {
    /// Columns it reads, by number.
    fn reads(&self) -> Vec<usize>;
    /// `columns` by number, `NaN` = no value.
    fn verdict(&self, columns: &[f64]) -> Verdict;
    /// The condition as text, for the fate table: `lit`.
    fn condition(&self) -> String;
}

/// Frame by frame: columns, results by frame, and a partial that is folded over the run.
pub trait FrameStep: Send + Sync + 'static {
    /// What a run-level result is made of; `()` when there is none.
    type Partial: Serialize + DeserializeOwned + Send + 'static;
    /// Scratch of one worker; its content never outlives a frame's result.
    type Working: Send + 'static;

    fn working(&self) -> Self::Working;
    fn begin(&self) -> Self::Partial;
    /// `columns` are those the step declared; `row` takes its frame outputs in the order declared.
    fn frame(
        &self,
        frame: &Frame<'_>,
        working: &mut Self::Working,
        columns: &mut [f64],
        row: &mut RowSink<'_>,
        partial: &mut Self::Partial,
    );
    /// `next` comes after `into` in the run. Must be associative.
    fn merge(&self, into: &mut Self::Partial, next: Self::Partial);
    /// The row of a train (when the outputs are by train) from the train's own partial.
    fn train(&self, _partial: &Self::Partial, _row: &mut RowSink<'_>) {}
    fn finish(&self, _partial: Self::Partial, _values: &mut RunValues) {}
    /// How far the result of `decoded` is from that of `original`, relative to it: what a science gate on lossy frames
    /// measures. `None` for steps that have no such measure.
    fn deviation(&self, _original: &Frame<'_>, _decoded: &Frame<'_>, _working: &mut Self::Working) -> Option<f64> {
        None
    }
    /// Whether it has such a measure.
    fn measures_deviation(&self) -> bool {
        false
    }
    /// Bytes that one worker's scratch and one partial take.
    fn memory(&self) -> usize {
        0
    }
}

/// What a [`TrainStep`] extracted from the kept frames of one train, in order: `data` is `[frame, len]`.
pub struct TrainExtract<'a> {
    pub train_id: u64,
    pub pulse_ids: &'a [u64],
    pub len: usize,
    pub data: &'a [f32],
}

/// Whole trains: extracts a few values from each frame, then works on the train.
pub trait TrainStep: Send + Sync + 'static {
    type Partial: Serialize + DeserializeOwned + Send + 'static;

    /// Values taken from each frame.
    fn extract_len(&self) -> usize;
    fn extract(&self, frame: &Frame<'_>, values: &mut [f32]);
    fn begin(&self) -> Self::Partial;
    fn train(&self, train: &TrainExtract<'_>, row: &mut RowSink<'_>) -> Self::Partial;
    fn merge(&self, into: &mut Self::Partial, next: Self::Partial);
    fn finish(&self, partial: Self::Partial, values: &mut RunValues);
}

/// All frames of the run, for steps behind a barrier.
pub struct RunTable<'a> {
    pub trains: &'a [u64],
    /// frames of train `t` are `starts[t]..starts[t + 1]`
    pub starts: &'a [usize],
    pub pulse_id: &'a [u64],
    pub cell_id: &'a [u16],
    /// frames not dropped so far
    pub alive: &'a [bool],
    pub columns: &'a Columns,
}

impl RunTable<'_> {
    pub fn frames_of(&self, train: usize) -> Range<usize> {
        self.starts[train]..self.starts[train + 1]
    }
}

/// Columns from columns over the whole run.
pub trait TableStep: Send + Sync {
    /// Columns it reads, by number.
    fn reads(&self) -> Vec<usize>;
    /// Fills `columns[i][frame]` for the columns the step declared; one row a train if it declared outputs by train,
    /// and for outputs by frame one row each alive frame through `frame_rows`.
    fn compute(
        &self,
        table: &RunTable<'_>,
        columns: &mut [Vec<f64>],
        trains: &mut TrainRows,
        frame_rows: &mut Vec<Option<Vec<u8>>>,
    ) -> Result<()>;
    fn run_values(&self, _table: &RunTable<'_>, _values: &mut RunValues) {}
}

/// How the kept frames are stored.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameOutput {
    /// the input's filters; chunks that no step changed are copied as they are
    Same,
    Lossless(Codec),
    /// within a bound that is proved for every chunk
    Lossy(Lossy),
}
