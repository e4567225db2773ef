//! Simulated EuXFEL runs with known truth: what tests, benchmarks and demonstrations run on.
//!
//! A run is a folder of files in the EuXFEL format, as the data acquisition ("raw") or the calibration ("corrected") writes
//! them, with the accelerator's bunch pattern and pulse energies, a CrystFEL geometry, and `simulation.json`: everything that
//! is known of each frame. Equal specifications give equal bytes; any frame can be made alone ([`Simulator`]).
//!
//! | question | where |
//! |---|---|
//! | what can be asked for? | `specification.rs` |
//! | how are random numbers made? | `random/` |
//! | where do the tiles of a detector stand, how does it respond? | `detector/` |
//! | which cell sees which pulse, with what energy? | `timing.rs`, names of devices in `instrument.rs` |
//! | what falls onto the detector? | `model/`, one file a kind of sample; per frame `frame.rs` |
//! | how do photons become pixels? | `readout.rs`, tables of a module in `module.rs` |
//! | how do pixels become files? | `write/` |
//! | what is known in the end? | `truth.rs` |

pub mod detector;
mod frame;
pub mod instrument;
mod layout;
pub mod model;
mod module;
pub mod random;
mod readout;
mod simulator;
mod specification;
pub mod timing;
mod truth;
mod write;

pub use detector::Detector;
pub use frame::FramePlan;
pub use module::{ModuleModel, BAD_PIXEL};
pub use simulator::Simulator;
pub use specification::{Kind, Lit, SimulationSpec};
pub use truth::{FrameTruth, SampleTruth, TimingTruth, Truth, GEOMETRY_FILE, TRUTH_FILE};
pub use write::simulate;
