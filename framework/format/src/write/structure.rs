//! What a file is made of beside its values: names, links, kinds, types, shapes, chunking, filters and attributes of all objects.
//!
//! Made twice by the same code: by the writer of what it still holds in memory, before the file is closed, and by whoever reads
//! the file back of what is stored.

use crate::error::{Error, Place, Result};
use crate::hdf5::{Dataset, File, Group, Link, ObjectKind};
use crate::map::Layout;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// Deepest nesting of groups; a loop of hard links is deeper.
const MAX_DEPTH: usize = 64;
/// Most objects in a file of ours.
const MAX_OBJECTS: usize = 400_000;

/// A checksum of each object by its path.
pub(crate) type Structure = BTreeMap<String, u64>;

/// # Errors
/// What cannot be read.
pub(crate) fn of(file: &File) -> Result<Structure> {
    let mut structure = Structure::new();
    descend(&file.root()?, 0, &mut structure)?;
    Ok(structure)
}

/// The first object, by path, that is not the same in both.
pub(crate) fn difference<'a>(one: &'a Structure, other: &'a Structure) -> Option<&'a str> {
    let differs = |from: &'a Structure, to: &Structure| {
        from.iter().find(|(path, sum)| to.get(*path) != Some(sum)).map(|(path, _)| path.as_str())
    };
    let (a, b) = (differs(one, other), differs(other, one));
    a.into_iter().chain(b).min()
}

fn descend(group: &Group, depth: usize, structure: &mut Structure) -> Result<()> {
    let excess = |what: &str| Err(Error::input(what, Place::file(group.file().path()).source(group.path())));
    if depth > MAX_DEPTH {
        return excess("groups are nested too deep, or in a loop");
    }
    structure.insert(group.path().to_owned(), xxh3_64(format!("group {:?}", group.attributes()?).as_bytes()));
    for child in group.children(MAX_OBJECTS)? {
        if structure.len() > MAX_OBJECTS {
            return excess("there are too many objects, or groups in a loop");
        }
        let path = group.join(&child.name);
        let words = match &child.link {
            Link::Hard => match group.kind(&child.name)? {
                ObjectKind::Group => {
                    descend(&group.group(&child.name)?, depth + 1, structure)?;
                    continue;
                }
                ObjectKind::Dataset => words(&group.dataset(&child.name)?)?,
                ObjectKind::Other => "neither a group nor a dataset".into(),
            },
            link => format!("{link:?}"),
        };
        structure.insert(path, xxh3_64(words.as_bytes()));
    }
    Ok(())
}

fn words(dataset: &Dataset) -> Result<String> {
    // where values lie is none of it
    let chunk = match dataset.layout()? {
        Layout::Chunked { chunk } => format!("{chunk:?}"),
        Layout::Contiguous { .. } => "contiguous".into(),
        other => format!("{other:?}"),
    };
    let (element, big_endian, details) = (dataset.element(), dataset.big_endian(), dataset.type_details()?);
    let (shape, most) = (dataset.shape(), dataset.max_shape());
    let (filters, attributes) = (dataset.filters()?, dataset.attributes()?);
    Ok(format!("{element:?} {big_endian} {details:?} {shape:?} {most:?} {chunk} {filters:?} {attributes:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_whichever_side_has_it() {
        let structure = |of: &[(&str, u64)]| of.iter().map(|(path, sum)| ((*path).to_owned(), *sum)).collect();
        let whole: Structure = structure(&[("/", 0), ("/a", 1), ("/b", 2)]);
        assert_eq!(difference(&whole, &whole.clone()), None);
        for (other, expected) in [
            (structure(&[("/", 0), ("/b", 2)]), "/a"),
            (structure(&[("/", 0), ("/a", 1), ("/b", 3)]), "/b"),
            (structure(&[("/", 0), ("/a", 1), ("/aa", 7), ("/b", 3)]), "/aa"),
        ] {
            assert_eq!(difference(&whole, &other), Some(expected));
            assert_eq!(difference(&other, &whole), Some(expected));
        }
    }
}
