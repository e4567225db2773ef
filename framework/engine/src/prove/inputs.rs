//! Is the input the one that the manifest names, and is all of it here?

use super::claim::{Claim, File};
use super::fates::not_the_last;
use super::tally::{Check, Found, Tally};
use crate::plan::index_checksum;
use std::collections::BTreeSet;
use std::path::Path;
use trainyard_format::run::Run;
use trainyard_format::words::counted;
use trainyard_format::{Error, Place, Result};

/// The input is the one that the manifest names.
pub(super) fn compare(input: &Run, claim: &Claim, tally: &mut Tally) {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let known: BTreeSet<(String, u64, String)> = input
        .files
        .iter()
        .map(|file| (name(&file.path), file.stamp.size, format!("{:016x}", index_checksum(file))))
        .collect();
    for stated in &claim.inputs {
        let checksum = stated.index_checksum.clone().unwrap_or_default();
        if !known.contains(&(stated.name.clone(), stated.size, checksum)) {
            let what = format!("`{}` is not as it was when the run was reduced, or not here", stated.name);
            tally.add(Found::warning(Check::Input, Place::default().source(stated.name.as_str()), what));
        }
    }
    if input.files.len() > claim.inputs.len() {
        let what = format!("the input has {}, reduced were {}", counted(input.files.len(), "file"), claim.inputs.len());
        tally
            .add(Found::error(Check::Input, Place::default(), what).hint("what is in the others is not in the output"));
    }
}

/// Refuses a run that has nothing to do with the output: not one of its files is among those that were reduced.
pub(super) fn same_run(input: &Run, claim: &Claim, output: &Path) -> Result<()> {
    let known: BTreeSet<String> = input.files.iter().map(|file| format!("{:016x}", index_checksum(file))).collect();
    let among = |stated: &[File]| {
        stated.iter().any(|file| file.index_checksum.as_ref().is_some_and(|checksum| known.contains(checksum)))
    };
    if claim.inputs.is_empty() || among(&claim.inputs) {
        return Ok(());
    }
    if let Some(link) = claim.earlier.iter().rposition(|earlier| among(&earlier.inputs)) {
        return Err(not_the_last(claim.earlier.len() - link + 1, Place::file(output)));
    }
    let folder = input.folders.first().map(Place::file).unwrap_or_default();
    let what = format!(
        "the output was made of another run: none of its {} input files is here, by trains and index",
        claim.inputs.len()
    );
    let first = claim.inputs.first().map(|file| file.name.as_str()).unwrap_or_default();
    Err(Error::request(what, folder)
        .with_hint(format!("the manifest `reduction.json` names them, the first `{first}`")))
}
