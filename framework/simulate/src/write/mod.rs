//! The files of a run.
//!
//! | file | holds | written by |
//! |---|---|---|
//! | `RAW-R0001-AGIPD00-S00000.h5`, one a module and sequence | pixels, ids, housekeeping | `xtdf.rs`, `jungfrau.rs`, pixels by `pixels.rs` |
//! | `RAW-R0001-DA01-S00000.h5` | bunch pattern, pulse energies | `facility.rs` |
//! | `RAW-R0001-AGIPD1MCTRL00-S00000.h5` | settings of AGIPD | `agipd_settings.rs` |
//! | `simulated.geom`, `simulation.json` | geometry, truth | `run.rs` |

mod agipd_settings;
mod attributes;
mod facility;
mod jungfrau;
mod pixels;
mod run;
mod sequence;
mod xtdf;

pub use run::simulate;
