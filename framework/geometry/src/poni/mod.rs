//! pyFAI's PONI files: one flat detector, placed by the point of normal incidence.
//!
//! | question | file |
//! |---|---|
//! | what does the file say? | `parse.rs` |
//! | which detector is it? | `detector.rs`, `detectors.rs` |
//! | where are its pixels? | `axis.rs`, `place.rs` |

mod axis;
mod detector;
mod detectors;
mod parse;
mod place;

pub use detectors::{poni_detectors, Wide};
pub use parse::{PoniGeometry, KEYS as PONI_KEYS};
