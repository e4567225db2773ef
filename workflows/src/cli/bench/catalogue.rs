//! The benches by name.

use super::peer::Peers;
use super::report::Report;
use super::{
    against, average, azimuthal, codec, deletion, hits, integrations, million_frames, multi_tau, opening, overlap,
    page, small_files, start_up, sz3, validate, whole_job,
};
use crate::cli::{Exit, Failure};
use std::path::{Path, PathBuf};
use trainyard_engine::algorithm::Registry;
use trainyard_format::Error;

/// What every bench is given.
pub struct Bench<'a> {
    pub registry: &'a Registry,
    /// where runs and results lie
    pub data: PathBuf,
    pub peers: Option<Peers>,
    pub report: Report,
}

pub struct Entry {
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&mut Bench<'_>) -> Result<(), Failure>,
}

pub const ENTRIES: &[Entry] = &[
    Entry { name: "codec", about: "bitshuffle-LZ4 of megapixel frames, one thread; peer: bitshuffle", run: codec::run },
    Entry {
        name: "azimuthal",
        about: "I(q) with variance of frames in memory, one thread; peer: pyFAI",
        run: azimuthal::run,
    },
    Entry {
        name: "integrations",
        about: "one integration and three in a whole job, one thread, beside the kernel alone",
        run: integrations::run,
    },
    Entry { name: "average", about: "mean and variance by pixel of frames in memory, one thread", run: average::run },
    Entry { name: "multi-tau", about: "g2 of frames in memory, one thread; peer: scikit-beam", run: multi_tau::run },
    Entry { name: "hits", about: "lit pixels and connected peaks, one thread; peer: EXtra-redu", run: hits::run },
    Entry { name: "sz3", about: "SZ3 within a bound, and its proof; peer: hdf5plugin", run: sz3::run },
    Entry {
        name: "whole-job",
        about: "a compressed AGIPD run to I(q), two threads; peer: EXtra-data with pyFAI",
        run: whole_job::run,
    },
    Entry { name: "overlap", about: "wall time over the slowest of reading, computing, writing", run: overlap::run },
    Entry { name: "report", about: "the page at the end of a run, and one of 100 000 trains", run: page::run },
    Entry { name: "deletion", about: "leaving out dark frames, beside copying what is kept", run: deletion::run },
    Entry { name: "opening", about: "open and plan a run of 1152 files; peer: EXtra-data", run: opening::run },
    Entry {
        name: "million-frames",
        about: "peaks of up to a million small frames in a budget of 512 MiB: what the kernel says it took",
        run: million_frames::run,
    },
    Entry {
        name: "small-files",
        about: "copy and publish a run of 3999 small files, beside looking at it",
        run: small_files::run,
    },
    Entry { name: "start-up", about: "open and plan a run of 1152 files on 1 to 8 ranks", run: start_up::run },
    Entry {
        name: "validate",
        about: "validate 16 files of 100 000 frames, and every chunk of 4 GiB; peer: EXtra-data's validator",
        run: validate::run,
    },
    Entry {
        name: "against",
        about: "prove reductions of 100, 200 and 400 thousand small trains; the time follows the trains",
        run: against::run,
    },
];

impl Bench<'_> {
    /// Removes what an earlier repeat left.
    ///
    /// # Errors
    /// When that fails.
    pub fn clear(&self, path: &Path) -> Result<(), Failure> {
        match std::fs::remove_dir_all(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path, &e).into()),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// When the disk fails.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.data.join(name);
        std::fs::write(&path, bytes).map_err(|e| Error::io("write", &path, &e))?;
        Ok(path)
    }

    /// The folder `name`, filled by `fill` unless it stands from an earlier call. One cut short is made again.
    ///
    /// # Errors
    /// What `fill` reports, or when the disk fails.
    pub fn folder(&self, name: &str, fill: impl FnOnce(&Path) -> Result<(), Failure>) -> Result<PathBuf, Failure> {
        let path = self.data.join(name);
        if path.is_dir() {
            return Ok(path);
        }
        eprintln!("making {}", path.display());
        let unfinished = self.data.join(format!("{name}.unfinished"));
        self.clear(&unfinished)?;
        fill(&unfinished)?;
        std::fs::rename(&unfinished, &path).map_err(|e| Error::io("rename", &unfinished, &e))?;
        Ok(path)
    }
}

/// # Errors
/// A name that is not there, with what is.
pub fn chosen(name: Option<&str>) -> Result<&'static [Entry], Failure> {
    let Some(name) = name else { return Ok(ENTRIES) };
    match ENTRIES.iter().position(|entry| entry.name == name) {
        Some(at) => Ok(&ENTRIES[at..=at]),
        None => {
            let known: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
            let hint = format!("benches are {}", known.join(", "));
            Err(Failure::new(Exit::Workflow, &format!("no bench is named `{name}`"), Some(&hint)))
        }
    }
}
