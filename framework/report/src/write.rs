//! How a report appears beside the run: `report.json`, then `report.html`, each by one rename.

use crate::pictures::Pictures;
use crate::{page, Report, Timing};
use serde::Deserialize;
use std::path::Path;
use trainyard_format::durable::{read_own, replace, sync_folder, write_durably};
use trainyard_format::{Error, Place, Result};

pub const REPORT: &str = "report.html";
pub const REPORT_JSON: &str = "report.json";

/// Longest earlier report that is read.
const LONGEST: u64 = 64 << 20;

/// # Errors
/// I/O errors.
pub fn write(folder: &Path, report: &Report) -> Result<()> {
    let json = serde_json::to_string(report).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
    put(folder, REPORT_JSON, format!("{json}\n").as_bytes())?;
    put(folder, REPORT, page::page(report).as_bytes())
}

/// Written where the work of the reduction stands, so that nobody sees a half of it, then renamed.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let work = folder.join(".trainyard");
    if !std::fs::symlink_metadata(&work).is_ok_and(|found| found.is_dir()) {
        return write_durably(&folder.join(name), bytes);
    }
    let (from, to) = (work.join(name), folder.join(name));
    write_durably(&from, bytes)?;
    replace(&from, &to).map_err(|e| Error::io("rename", &from, &e))?;
    sync_folder(folder)
}

/// What a later report takes over from an earlier one of the same run: it cannot be made of what was published.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Earlier {
    provenance: Of,
    pub pictures: Pictures,
    pub timing: Option<Timing>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Of {
    plan: String,
}

/// The report that stands, when it is one of this plan.
///
/// # Errors
/// I/O errors. What is no report of ours is none.
pub fn read_earlier(folder: &Path, plan: &str) -> Result<Option<Earlier>> {
    let Some(bytes) = read_own(&folder.join(REPORT_JSON), LONGEST)? else { return Ok(None) };
    let earlier = serde_json::from_slice::<Earlier>(&bytes).ok().filter(|earlier| earlier.provenance.plan == plan);
    Ok(earlier.map(|mut earlier| {
        earlier.pictures.keep_sound();
        earlier
    }))
}
