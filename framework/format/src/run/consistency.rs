//! What makes a file unusable beside others: the same train twice.

use super::FileName;
use crate::error::{Error, Place, Result};
use crate::map::FileMap;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// # Errors
/// A train stands twice in the file.
pub(super) fn within_file(file: &FileMap) -> Result<()> {
    let mut seen: HashMap<u64, usize> = HashMap::with_capacity(file.trains.len());
    for (position, &id) in file.trains.iter().enumerate().filter(|&(_, &id)| id != 0) {
        if let Some(earlier) = seen.insert(id, position) {
            return Err(Error::input(
                format!("the train stands twice in the file, at {earlier} and {position} of INDEX/trainId"),
                Place::file(&file.path).train(id),
            ));
        }
    }
    Ok(())
}

/// Takes out files that repeat trains of an earlier file of the same folder, class and aggregator, with an error each.
pub(super) fn between_files(files: &mut Vec<Arc<FileMap>>, folders: &mut Vec<usize>) -> Vec<Error> {
    type Owner = (usize, String, String);
    let mut owners: BTreeMap<Owner, HashMap<u64, usize>> = BTreeMap::new();
    let mut errors = Vec::new();
    let mut keep = vec![true; files.len()];
    for (number, (file, folder)) in files.iter().zip(folders.iter()).enumerate() {
        let name = FileName::of(file);
        let trains = owners.entry((*folder, name.class, name.aggregator)).or_default();
        let ids = || file.trains.iter().copied().filter(|&id| id != 0);
        if let Some((id, earlier)) = ids().find_map(|id| Some((id, *trains.get(&id)?))) {
            let other = files.get(earlier).and_then(|file| file.path.file_name()).unwrap_or_default();
            errors.push(Error::input(
                format!("the train stands also in {}, a file of the same aggregator", other.to_string_lossy()),
                Place::file(&file.path).train(id),
            ));
            if let Some(keep) = keep.get_mut(number) {
                *keep = false;
            }
        } else {
            trains.extend(ids().map(|id| (id, number)));
        }
    }
    let mut kept = keep.iter();
    files.retain(|_| kept.next().copied().unwrap_or(true));
    let mut kept = keep.iter();
    folders.retain(|_| kept.next().copied().unwrap_or(true));
    errors
}
