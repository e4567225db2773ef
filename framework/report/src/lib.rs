//! What became of a run, to look at: `report.html`, one file that needs nothing else, and `report.json` with every number in it.
//!
//! A report is made of what was published, and of a few frames of the input that are read once more. All of it but `timing` is
//! a function of plan and content: no number in it depends on threads, ranks or the time.
//!
//! | folder or file | answers |
//! |---|---|
//! | `report.rs` | what does a report hold? |
//! | `gather` | what do the published files say? |
//! | `choose.rs` | which frames are shown? |
//! | `pictures` | how does a frame become a picture? |
//! | `plot` | how does a plot become SVG? |
//! | `escape.rs` | how does text from elsewhere get into a page? |
//! | `page` | how does a report become a page? |
//! | `write.rs` | how does it appear beside the run? |

mod choose;
mod escape;
mod figure;
pub mod gather;
mod number;
pub mod page;
pub mod pictures;
pub mod plot;
mod published;
mod report;
mod timing;
mod write;

pub use choose::{Choice, FrameAt};
pub use figure::{Axis, Bars, Figure, Grid, Kind, Lines, Mark, Origin, Series, Stack};
pub use published::{unit_of, Published};
pub use report::{Gate, Named, Preview, Provenance, Report, Step, Verdict};
pub use timing::{RankTime, Timing, Track};
pub use write::{read_earlier, write, Earlier, REPORT, REPORT_JSON};
