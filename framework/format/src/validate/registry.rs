//! Every check, one line each; the order here is the order of findings within a file.

use super::finding::{Report, Severity};
use super::{chunks, control, files, groups, index, lists, metadata, modules, run_values, trains};
use crate::map::FileMap;
use crate::opener::OpenerPool;
use std::path::Path;

/// What a check looks at.
pub(super) enum Scope {
    /// Made while files are opened.
    Opening,
    /// The map of one file.
    File(fn(&FileMap, &mut Report)),
    /// Some data of one file.
    Data(fn(&FileMap, &OpenerPool, &mut Report)),
    /// All maps of the run, in name order.
    Run(fn(&[FileMap], &mut Report)),
    /// Some data of all files.
    RunData(fn(&[FileMap], &OpenerPool, &mut Report)),
    /// The folder beside the files.
    Folder(fn(&Path, &[FileMap], &mut Report)),
    /// Every chunk of one file; only when asked for.
    Deep(fn(&FileMap, &OpenerPool, &mut Report)),
}

/// One check of a run.
pub struct Check {
    pub id: &'static str,
    /// of its findings, unless they say otherwise
    pub severity: Severity,
    pub summary: &'static str,
    pub(super) scope: Scope,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:?}): {}", self.id, self.severity, self.summary)
    }
}

const fn check(id: &'static str, severity: Severity, scope: Scope, summary: &'static str) -> Check {
    Check { id, severity, summary, scope }
}

use Scope::{Data, Deep, File, Folder, Opening, Run, RunData};
use Severity::{Error, Note, Warning};

/// All checks. Those marked (E) in the summary are also made by EXtra-data's validator, with the same verdict.
#[rustfmt::skip]
pub const CHECKS: &[Check] = &[
    check("open", Error, Opening, "(E) every file can be opened and has METADATA sources, INDEX/trainId and INDEX/flag"),
    check("no-files", Error, Opening, "(E) the folder holds a usable file"),
    check("structure", Warning, File(files::structure), "nothing odd in how groups and datasets are arranged"),
    check("train-ids-nonzero", Error, File(trains::nonzero), "(E) no train id 0 before the last train"),
    check("train-ids-order", Error, File(trains::order), "(E) train ids increase"),
    check("train-ids-repeated", Error, File(trains::repeated), "no train stands twice in a file"),
    check("train-ids-plausible", Error, File(trains::plausible), "no train id that no accelerator can have reached"),
    check("train-flags", Warning, File(trains::flags), "flags are 0 or 1; suspect trains are counted"),
    check("train-lists", Error, File(lists::lengths), "timestamp, flag and origin are as long as trainId"),
    check("train-origins", Warning, File(lists::origins), "every origin is a row of dataSources or -1"),
    check("train-timestamps", Warning, File(lists::timestamps), "INDEX/timestamp increases and has no gaps of zero"),
    check("index-length", Error, File(index::length), "(E) first and count are one-dimensional and as long as the train list"),
    check("index-contiguous", Error, File(index::contiguous), "(E) first begins at 0 and has neither gaps nor overlaps"),
    check("index-inside-data", Error, File(index::inside_data), "(E) the index stays inside every dataset"),
    check("index-orphans", Warning, File(index::orphans), "no rows beyond the last index entry"),
    check("control-count", Error, File(control::count), "a CONTROL source has one row a train, or none at all"),
    check("control-timestamps", Error, Data(control::timestamps), "(E) timestamps of CONTROL keys do not decrease and have no zeros inside"),
    check("group-rows", Warning, File(groups::rows), "datasets of one index group have equally many rows"),
    check("group-data", Note, File(groups::data), "an index group that counts rows has datasets"),
    check("key-dots", Note, File(groups::dots), "no key contains a dot"),
    check("run-values", Warning, File(run_values::shape), "every RUN value has a first dimension of 1"),
    check("metadata", Warning, File(metadata::fields), "METADATA has the fields of its version"),
    check("metadata-name", Warning, File(metadata::name), "run and sequence number agree with the file name"),
    check("train-once", Error, Run(files::train_once), "no train of a source stands in two files"),
    check("sequences", Warning, Run(files::sequences), "the sequences of each aggregator are numbered without gaps"),
    check("trains-agree", Note, Run(files::trains_agree), "all aggregators cover the same trains"),
    check("empty-file", Note, File(files::empty), "every file has trains"),
    check("modules-present", Warning, Run(modules::present), "a detector of known size has all its modules"),
    check("modules-count", Warning, Run(modules::counts), "modules that have a train have equally many frames in it"),
    check("modules-ids", Warning, RunData(modules::ids), "modules agree on pulse and cell ids, and no pulse id stands twice in a train"),
    check("map-cache", Error, Folder(files::map_cache), "(E) karabo_data_map.json agrees with the files it describes"),
    check("chunks", Error, Deep(chunks::decode), "every chunk lies inside its file and can be decoded"),
];

#[cfg(test)]
mod tests {
    use super::CHECKS;

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = CHECKS.iter().map(|check| check.id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    }
}
