//! What a file does not hold itself: links to other files, and datasets whose values lie in other files. All of the file is
//! looked through, also what no reader of runs would open. Soft links are not followed: where one leads out of the file, it
//! does so over one of these.

use crate::error::{Error, Place, Result};
use crate::hdf5::{File, Group, Link, ObjectKind};
use crate::map::Layout;
use std::path::Path;

/// Deepest nesting of groups; a loop of hard links is deeper.
pub(super) const MAX_DEPTH: usize = 64;
/// Most objects looked at.
pub(super) const MAX_OBJECTS: usize = 400_000;
/// Things told of one file.
const MOST_TOLD: usize = 100;

/// (object, where it is)
pub(super) fn list(path: &Path) -> Result<Vec<(String, String)>> {
    super::probe::probe(path)?;
    let file = File::open(path)?;
    let mut walk = Walk { objects_left: MAX_OBJECTS, found: Vec::new(), place: Place::file(path) };
    walk.descend(&file.root()?, 0)?;
    Ok(walk.found)
}

struct Walk {
    objects_left: usize,
    found: Vec<(String, String)>,
    place: Place,
}

impl Walk {
    fn told(&mut self, path: String, what: String) {
        if self.found.len() < MOST_TOLD {
            self.found.push((path, what));
        }
    }

    fn descend(&mut self, group: &Group, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            let what = format!("groups are nested more than {MAX_DEPTH} deep, or in a loop");
            return Err(Error::input(what, self.place.clone().source(group.path())));
        }
        let children = group.children(self.objects_left)?;
        self.objects_left = self.objects_left.checked_sub(children.len()).ok_or_else(|| {
            let what = format!("the file has more than {MAX_OBJECTS} objects, or groups in a loop");
            Error::input(what, self.place.clone().source(group.path()))
        })?;
        for child in children {
            let path = group.join(&child.name);
            match child.link {
                Link::Hard => match group.kind(&child.name)? {
                    ObjectKind::Group => self.descend(&group.group(&child.name)?, depth + 1)?,
                    ObjectKind::Dataset => {
                        let dataset = group.dataset(&child.name)?;
                        match dataset.layout()? {
                            Layout::External => self.told(path, "its values lie in another file".into()),
                            Layout::Virtual => {
                                if let Some(file) = dataset.virtual_files()?.first() {
                                    self.told(path, format!("its values lie in the file `{file}`"));
                                }
                            }
                            Layout::Compact | Layout::Contiguous { .. } | Layout::Chunked { .. } => {}
                        }
                    }
                    ObjectKind::Other => {}
                },
                Link::External { file, .. } => self.told(path, format!("it is a link into the file `{file}`")),
                Link::Other => self.told(path, "it is a link of an unknown kind".into()),
                Link::Soft(_) => {}
            }
        }
        Ok(())
    }
}
