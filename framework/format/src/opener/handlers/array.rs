//! The first of several datasets that the file has, whole.

use super::super::request::{Array, ArrayFound};
use super::super::Limits;
use crate::error::{Error, Place, Result};
use crate::hdf5::{Dataset, File, Link, ObjectKind};
use crate::map::Layout;
use std::path::Path;

/// More members of a group than a file of arrays has.
const MOST_MEMBERS: usize = 1 << 16;

/// `names` are absolute paths, tried in order. An array of more than `longest` bytes comes without its values.
pub(super) fn first(path: &Path, names: &[String], longest: u64, limits: Limits) -> Result<ArrayFound> {
    let file = File::open(path)?;
    let mut tried = Vec::new();
    for name in names {
        let dataset = match find(&file, name)? {
            Ok(dataset) => dataset,
            Err(why) => {
                tried.push((name.clone(), why));
                continue;
            }
        };
        if matches!(dataset.layout()?, Layout::Virtual | Layout::External) {
            let place = Place::file(path).source(name);
            return Err(Error::input("the values of the dataset lie in another file", place));
        }
        let element = dataset.element();
        let size = dataset.shape().iter().try_fold(element.size() as u64, |size, length| size.checked_mul(*length));
        let fits = size.is_some_and(|size| size <= longest);
        let bytes = if fits { dataset.read_all(limits.reply())? } else { Vec::new() };
        let array = Array { name: name.clone(), shape: dataset.shape().to_vec(), element, bytes };
        return Ok(ArrayFound { array: Some(array), tried });
    }
    Ok(ArrayFound { array: None, tried })
}

/// The dataset, or why it is known not to be there.
fn find(file: &File, path: &str) -> Result<std::result::Result<Dataset, String>> {
    let mut group = file.root()?;
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    for (at, name) in names.iter().enumerate() {
        let children = group.children(MOST_MEMBERS)?;
        let Some(child) = children.iter().find(|child| child.name == *name) else {
            return Ok(Err(format!("there is no `{name}` in `{}`", group.path())));
        };
        if let Link::External { .. } = child.link {
            return Ok(Err(format!("`{}` lies in another file", group.join(name))));
        }
        match (group.kind(name)?, at + 1 == names.len()) {
            (ObjectKind::Dataset, true) => return group.dataset(name).map(Ok),
            (ObjectKind::Group, false) => group = group.group(name)?,
            (ObjectKind::Dataset, false) => return Ok(Err(format!("`{}` is a dataset", group.join(name)))),
            _ => return Ok(Err(format!("`{}` is no dataset", group.join(name)))),
        }
    }
    Ok(Err("it is no path".into()))
}
