//! `bench`: what parts of the program and whole jobs take on this machine, beside what a user would pick instead.
//!
//! Every figure is a line `name value unit`; names stay. Peers run in the same call, on the same data, one after the
//! other with ours, and a line ending in `-ratio` says how many times faster ours is: absolute figures drift with the
//! load of a machine, ratios much less.
//!
//! | question | file |
//! |---|---|
//! | which benches are there? | `catalogue.rs` |
//! | what does the command line say? | `options.rs` |
//! | how is a figure reported? | `report.rs` |
//! | how are repeats timed? | `timing.rs` |
//! | how are peers run? | `peer.rs`, their scripts in `peers/` |
//! | which frames, which runs? | `frames.rs`, `powder_run.rs`, `dssc_run.rs`, `many_files.rs` |
//! | how is a job run? | `job.rs` |
//! | the benches themselves | `against.rs`, `codec.rs`, `azimuthal.rs`, `average.rs`, `multi_tau.rs`, `whole_job.rs`, `overlap.rs`, `deletion.rs`, `opening.rs`, `small_files.rs`, `start_up.rs`, `validate.rs`, `page.rs` |

mod against;
mod average;
mod azimuthal;
mod catalogue;
mod codec;
mod deletion;
mod dssc_run;
mod frames;
mod hits;
mod integrations;
mod job;
mod many_files;
mod million_frames;
mod multi_tau;
mod opening;
mod options;
mod overlap;
mod page;
mod peer;
mod powder_run;
mod report;
mod small_files;
mod start_up;
mod sz3;
mod timing;
mod validate;
mod whole_job;

pub use options::BenchOptions;
