//! Every check with its hint; the order here is the order of findings within a file.

use super::finding::{Report, Severity};
use super::{chunks, control, files, groups, index, lists, metadata, modules, row_trains, run_values, trains};
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
    /// what a sound run fulfils
    pub summary: &'static str,
    /// what a finding means for its reader, unless the finding has a hint of its own
    pub hint: &'static str,
    pub(super) scope: Scope,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:?}): {}", self.id, self.severity, self.summary)
    }
}

const fn check(id: &'static str, severity: Severity, scope: Scope, summary: &'static str, hint: &'static str) -> Check {
    Check { id, severity, summary, hint, scope }
}

use Scope::{Data, Deep, File, Folder, Opening, Run, RunData};
use Severity::{Error, Note, Warning};

#[rustfmt::skip]
pub(super) const OPEN: Check =
    check("open", Error, Opening,
        "(E) every file can be opened and has METADATA sources, INDEX/trainId and INDEX/flag",
        "readers leave the file out: fetch it again, or move it away");
#[rustfmt::skip]
pub(super) const UNREADABLE: Check =
    check("unreadable", Error, Opening,
        "storage lets every file be read, and there is a plug-in for every filter",
        "nothing is known of what could not be read: mend the storage, the permissions or HDF5_PLUGIN_PATH and validate again");
#[rustfmt::skip]
pub(super) const NO_FILES: Check =
    check("no-files", Error, Opening,
        "(E) the folder holds a usable file",
        "readers refuse the run");

/// All checks. Those marked (E) in the summary are also made by EXtra-data's validator, with the same verdict.
///
/// `docs/reference/findings.md` is this list as a table.
#[rustfmt::skip]
pub const CHECKS: &[Check] = &[
    OPEN,
    NO_FILES,
    UNREADABLE,
    check("structure", Warning, File(files::structure),
        "nothing odd in how groups and datasets are arranged",
        "readers may not see what stands there"),
    check("train-ids-nonzero", Error, File(trains::nonzero),
        "(E) no train id 0 before the last train",
        "readers drop the zero but not its rows: all later trains get the rows of others"),
    check("train-ids-order", Error, File(trains::order),
        "(E) train ids increase",
        "readers look trains up by halving the list and may miss some"),
    check("train-ids-repeated", Error, File(trains::repeated),
        "no train stands twice in a file",
        "readers refuse such a run"),
    check("train-ids-plausible", Error, File(trains::plausible),
        "no train id that no accelerator can have reached",
        "the entry is damaged: leave the train out"),
    check("train-flags", Warning, File(trains::flags),
        "flags are 0 or 1; suspect trains are counted",
        "suspect trains were first heard of from another source than the time server: their ids may be wrong"),
    check("train-lists", Error, File(lists::lengths),
        "timestamp, flag and origin are as long as trainId",
        "which train an entry belongs to cannot be told"),
    check("train-origins", Warning, File(lists::origins),
        "every origin is a row of dataSources or -1",
        "where these trains come from cannot be told; data are read as usual"),
    check("train-timestamps", Warning, File(lists::timestamps),
        "INDEX/timestamp increases and has no gaps of zero",
        "do not order trains by time; their ids are not concerned"),
    check("row-trains", Warning, Data(row_trains::agree),
        "rows that state their train state that of the index",
        "the index gives these trains the rows of others: do not trust their data"),
    check("index-length", Error, File(index::length),
        "(E) first and count are one-dimensional and as long as the train list",
        "readers cannot tell which rows belong to which train"),
    check("index-contiguous", Error, File(index::contiguous),
        "(E) first begins at 0 and has neither gaps nor overlaps",
        "readers fetch consecutive trains in one piece and get other rows than for each train alone"),
    check("index-inside-data", Error, File(index::inside_data),
        "(E) the index stays inside every dataset",
        "readers fail at these trains"),
    check("index-orphans", Warning, File(index::orphans),
        "no rows beyond the last index entry",
        "readers never see these rows; counts of the index may be too small"),
    check("control-count", Error, File(control::count),
        "a CONTROL source has one row a train, or none at all",
        "readers take one value a train: later ones are shifted"),
    check("control-timestamps", Error, Data(control::timestamps),
        "(E) timestamps of CONTROL keys do not decrease and have no zeros inside",
        "values may belong to other times; rows are not concerned"),
    check("group-rows", Warning, File(groups::rows),
        "datasets of one index group have equally many rows",
        "one index serves all of them: the short ones lack rows"),
    check("group-data", Note, File(groups::data),
        "an index group that counts rows has datasets",
        "there is nothing to read"),
    check("run-values", Warning, File(run_values::shape),
        "every RUN value has a first dimension of 1",
        "readers show one element, or fail"),
    check("run-control", Warning, File(run_values::agree),
        "a RUN value has the type and shape of the CONTROL key of the same name",
        "the value when the run began cannot be compared with later ones"),
    check("metadata", Warning, File(metadata::fields),
        "METADATA has the fields of its version, and its lists of sources agree",
        "readers find the sources by dataSourceId alone"),
    check("metadata-name", Warning, File(metadata::name),
        "run and sequence number agree with the file name",
        "the file was renamed, or belongs to another run"),
    check("metadata-agrees", Warning, Run(metadata::agrees),
        "all files are of one proposal and one run",
        "a file of another run may have been copied here"),
    check("train-once", Error, Run(files::train_once),
        "no train of a source stands in two files",
        "readers refuse the run: move one of the files away"),
    check("sequences", Warning, Run(files::sequences),
        "the sequences of each aggregator are numbered without gaps",
        "a file may not have been copied"),
    check("trains-agree", Note, Run(files::trains_agree),
        "all aggregators cover the same trains",
        "match data by train id, not by row"),
    check("empty-file", Note, File(files::empty),
        "every file has trains",
        "there is nothing to read"),
    check("modules-present", Warning, Run(modules::present),
        "a detector of known size has all its modules",
        "readers leave gaps for missing modules; a file may not have been copied"),
    check("modules-count", Warning, Run(modules::counts),
        "modules that have a train have equally many frames in it",
        "EXtra-data's detector classes refuse such a run; a reduction drops the frames that a module lacks"),
    check("modules-ids", Warning, RunData(modules::ids),
        "modules agree on pulse and cell ids, and no pulse id stands twice in a train",
        "rows of different modules are not the same frame: match them by pulse id"),
    check("map-cache", Error, Folder(files::map_cache),
        "(E) karabo_data_map.json agrees with the files it describes",
        "delete karabo_data_map.json: readers make a new one"),
    check("chunks", Error, Deep(chunks::decode),
        "every chunk lies inside its file and can be decoded",
        "fetch the file again; a reduction can skip the frames, with `on-bad-input`"),
];

#[cfg(test)]
mod tests {
    use super::{Check, CHECKS};
    use crate::validate::Severity;

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = CHECKS.iter().map(|check| check.id).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    }

    fn row(check: &Check) -> String {
        let Check { id, summary, hint, .. } = check;
        let severity = match check.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        format!("| `{id}` | {severity} | {summary} | {hint} |")
    }

    #[test]
    fn the_book_lists_every_check() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/findings.md");
        let page = std::fs::read_to_string(path).expect("the page");
        let listed: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let expected: Vec<String> = CHECKS.iter().map(row).collect();
        assert!(listed == expected, "docs/reference/findings.md should list\n{}", expected.join("\n"));
    }
}
