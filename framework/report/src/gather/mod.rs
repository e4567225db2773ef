//! What the published files say, as one plain value.
//!
//! | file | asks |
//! |---|---|
//! | `verdict.rs` | what does the manifest say? |
//! | `scan.rs` | fates and columns of every frame; which frames are to be shown |
//! | `limits.rs` | what do conditions hold columns against? |
//! | `trends.rs` | how do columns and fates go over the run? |
//! | `profiles.rs` | I(q) of the run, and over trains |
//! | `correlation.rs` | g2 |
//! | `histogram.rs`, `envelope.rs` | how are many values shown as few? |

mod correlation;
mod envelope;
mod histogram;
pub mod limits;
mod profiles;
mod scan;
mod trends;
mod verdict;

pub use scan::{key_of, labels};
pub(crate) use verdict::share;

use crate::pictures::Pictures;
use crate::{Choice, Published, Report};
use scan::Scan;
use trainyard_engine::plan::SecondLook;
use trainyard_format::opener::OpenerPool;
use trainyard_format::Result;

pub struct Gathered {
    pub report: Report,
    /// frames that are worth a look
    pub choice: Choice,
    /// names of fates by their code
    pub labels: Vec<String>,
}

/// # Errors
/// Files that cannot be read, or hold something else than the manifest says.
pub fn gather(published: &Published, look: SecondLook, pool: &OpenerPool) -> Result<Gathered> {
    let limits = limits::limits(published.list("/workflow/steps"));
    let scan = Scan::of(published, &limits, look, pool)?;
    let mut plots = trends::plots(published, &scan, &limits);
    plots.extend(profiles::plots(published, &scan, pool)?);
    plots.extend(correlation::plots(published, pool)?);
    let report = Report {
        format: Report::FORMAT,
        verdict: verdict::verdict(published, &scan),
        provenance: verdict::provenance(published, &scan),
        plots,
        pictures: Pictures::default(),
        preview: None,
        timing: None,
    };
    Ok(Gathered { report, choice: scan.choice, labels: scan.labels })
}
