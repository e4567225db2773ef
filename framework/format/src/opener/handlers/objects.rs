//! All that stands in a file, also what no reader of runs would open: groups, datasets and links by path, with the names of
//! their attributes. Links are not followed.

use super::outside::{MAX_DEPTH, MAX_OBJECTS};
use crate::error::{Error, Place, Result};
use crate::hdf5::{File, Group, Link, ObjectKind};
use crate::map::Attribute;
use std::path::Path;

/// (path, names of the attributes); the root is `/`.
pub(super) fn list(path: &Path) -> Result<Vec<(String, Vec<String>)>> {
    super::probe::probe(path)?;
    let root = File::open(path)?.root()?;
    let mut walk = Walk { found: vec![("/".into(), names(root.attributes()?))], place: Place::file(path) };
    walk.descend(&root, 0)?;
    Ok(walk.found)
}

fn names(attributes: Vec<Attribute>) -> Vec<String> {
    attributes.into_iter().map(|attribute| attribute.name).collect()
}

struct Walk {
    found: Vec<(String, Vec<String>)>,
    place: Place,
}

impl Walk {
    fn descend(&mut self, group: &Group, depth: usize) -> Result<()> {
        let damaged = |what: String| Err(Error::input(what, self.place.clone().source(group.path())));
        if depth > MAX_DEPTH {
            return damaged(format!("groups are nested more than {MAX_DEPTH} deep, or in a loop"));
        }
        let children = group.children(MAX_OBJECTS)?;
        if self.found.len() + children.len() > MAX_OBJECTS {
            return damaged(format!("the file has more than {MAX_OBJECTS} objects, or groups in a loop"));
        }
        for child in children {
            let path = group.join(&child.name);
            let kind = match child.link {
                Link::Hard => group.kind(&child.name)?,
                _ => ObjectKind::Other,
            };
            match kind {
                ObjectKind::Group => {
                    let below = group.group(&child.name)?;
                    self.found.push((path, names(below.attributes()?)));
                    self.descend(&below, depth + 1)?;
                }
                ObjectKind::Dataset => self.found.push((path, names(group.dataset(&child.name)?.attributes()?))),
                ObjectKind::Other => self.found.push((path, Vec::new())),
            }
        }
        Ok(())
    }
}
