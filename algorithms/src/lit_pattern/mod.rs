//! Which AGIPD frames were lit by X-ray pulses, from the bunch pattern table and the detector's timing: the LITFRM datasets.
//!
//! The detector takes `ncell` frames every `stride` slots of the 4.5 MHz bunch table and integrates during the first `exposure`
//! of them. With the alignment's `shift` (slots from the detector's first slot to the first pulse) the slot i of the table
//! falls on `line = i - first_pulse + shift`, into cell `line / stride`, and is seen if `line % stride < exposure`:
//!
//! ```text
//! nPulsePerFrame[k] = pulses seen in cell k          energyPerFrame[k] = sum mu     energySigma[k] = sqrt(sum sigma^2)
//! litFrames         = cells with a pulse             dataFramePattern  = the same; every cell unless the pattern is `XRay`
//! masterPulseId     = their slots in the table       xgmPulseId        = their indices in the XGM's arrays
//! exposure = min(ceil(integration time / 22), stride), 22 clocks of 10 ns to a slot
//! ```
//!
//! Arrays, per train: by frame (`nFrame` valid, at most 352) and by exposed pulse (`sum(nPulsePerFrame)` valid, at most 2700);
//! [`LitPattern`] holds the valid part, [`LitPattern::padded`] what the DAQ writes. Indices are detector cells, not positions in
//! the recorded train: a selection looks up `image.cellId`.
//!
//! Source: the algorithm of EuXFEL's device class `AgipdLitFrameFinder`, with numbers checked against those of EXtra-redu 1.1.0.
//! A train without a pulse has no lit frame and no data frame, but keeps every data frame unless the pattern is `XRay`, as there.

mod alignment;
mod beamline;
mod error;
mod finder;
mod fpga;
mod pattern;

pub use alignment::{Alignment, ReferenceDelay};
pub use beamline::{Instrument, Sase};
pub use error::LitPatternError;
pub use finder::{LitFrameFinder, Xgm};
pub use fpga::{Fpga, FpgaValues, RepetitionRate};
pub use pattern::{LitPattern, PaddedLitPattern};

/// Slots of the bunch pattern table, one every 221.5 ns.
pub const SLOTS: usize = 2700;
/// Memory cells of an AGIPD, hence frames of a train.
pub const CELLS: usize = 352;

#[cfg(test)]
mod tests;
