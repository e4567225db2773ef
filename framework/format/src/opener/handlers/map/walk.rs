//! All datasets below a group.

use super::{Context, Purpose};
use crate::error::{Error, Result};
use crate::hdf5::{Dataset, Group, Link, ObjectKind};
use crate::map::{Attribute, DatasetMap, ElementType};

/// Deepest nesting of groups below a source.
const MAX_DEPTH: usize = 32;

/// What a walk collects.
#[derive(Default)]
pub(super) struct Found {
    /// sorted by path
    pub datasets: Vec<DatasetMap>,
    /// groups with attributes: (key with dots, attributes)
    pub attributes: Vec<(String, Vec<Attribute>)>,
}

/// How the walk came to a group.
#[derive(Clone, Copy)]
struct Way {
    depth: usize,
    /// through a link that is none of the file's own tree: no second one is followed to a group
    linked: bool,
}

/// Datasets below `group`, with keys relative to it. Links are followed: to datasets, and once to a group, which a link may lead
/// back to.
///
/// # Errors
/// A link out of the file that leads nowhere: values are missing.
pub(super) fn datasets(context: &mut Context, group: &Group) -> Result<Found> {
    let mut found = Found::default();
    descend(context, group, "", Way { depth: 0, linked: false }, &mut found)?;
    found.datasets.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn descend(context: &mut Context, group: &Group, prefix: &str, way: Way, found: &mut Found) -> Result<()> {
    if way.depth > MAX_DEPTH {
        return Err(Error::input(format!("groups are nested more than {MAX_DEPTH} deep"), context.place(group.path())));
    }
    if way.depth > 0 {
        let attributes = group.attributes()?;
        if !attributes.is_empty() {
            found.attributes.push((prefix.to_owned(), attributes));
        }
    }
    for child in group.children(context.objects_left)? {
        let path = group.join(&child.name);
        context.count_object(&path)?;
        if matches!(child.name.as_str(), "" | "." | "..") || child.name.contains('/') {
            let what = format!("a key is called `{}`, which no path can name", child.name);
            return Err(Error::input(what, context.place(group.path())));
        }
        let key = if prefix.is_empty() { child.name.clone() } else { format!("{prefix}.{}", child.name) };
        let linked = child.link != Link::Hard;
        match &child.link {
            Link::Hard => {}
            Link::Soft(target) if !group.leads_somewhere(&child.name)? => {
                context.odd(&path, format!("a link to `{target}`, which is not there"));
                continue;
            }
            Link::Soft(_) => {}
            Link::External { file, path: target } => {
                group.follow(&child.name, file, target)?;
            }
            Link::Other => {
                context.odd(&path, "a link of an unknown kind");
                continue;
            }
        }
        match group.kind(&child.name)? {
            ObjectKind::Group if linked && way.linked => {
                context.odd(&path, "a link to a group, behind another one, that is not followed");
            }
            ObjectKind::Group => {
                let way = Way { depth: way.depth + 1, linked: way.linked || linked };
                descend(context, &group.group(&child.name)?, &key, way, found)?;
            }
            ObjectKind::Dataset => {
                found.datasets.push(describe(&group.dataset(&child.name)?, key, context.purpose)?);
            }
            ObjectKind::Other => context.odd(&path, "neither a group nor a dataset"),
        }
    }
    Ok(())
}

fn describe(dataset: &Dataset, key: String, purpose: Purpose) -> Result<DatasetMap> {
    Ok(DatasetMap {
        key,
        path: dataset.path().to_owned(),
        element: dataset.element(),
        big_endian: dataset.big_endian(),
        shape: dataset.shape().to_vec(),
        max_shape: dataset.max_shape().to_vec(),
        layout: dataset.layout()?,
        filters: dataset.filters()?,
        attributes: dataset.attributes()?,
        stored_bytes: match purpose {
            Purpose::Read => dataset.stored_bytes()?,
            Purpose::Judge => 0,
        },
    })
}

/// Little-endian integers of any width; `None` for other elements.
pub(super) fn integers(element: ElementType, bytes: &[u8]) -> Option<impl Iterator<Item = i128> + '_> {
    let signed = match element {
        ElementType::U8 | ElementType::U16 | ElementType::U32 | ElementType::U64 => false,
        ElementType::I8 | ElementType::I16 | ElementType::I32 | ElementType::I64 => true,
        _ => return None,
    };
    let shift = 128 - 8 * element.size() as u32;
    Some(bytes.chunks_exact(element.size()).map(move |value| {
        let mut wide = [0u8; 16];
        wide[..value.len()].copy_from_slice(value);
        let wide = i128::from_le_bytes(wide);
        if signed {
            (wide << shift) >> shift
        } else {
            wide
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_all_widths_keep_sign_and_value() {
        let read = |element, bytes: &[u8]| integers(element, bytes).unwrap().collect::<Vec<_>>();
        assert_eq!(read(ElementType::U8, &[1, 255]), [1, 255]);
        assert_eq!(read(ElementType::I8, &[1, 255]), [1, -1]);
        assert_eq!(read(ElementType::I32, &(-5i32).to_le_bytes()), [-5]);
        assert_eq!(read(ElementType::U64, &u64::MAX.to_le_bytes()), [i128::from(u64::MAX)]);
        assert!(integers(ElementType::F32, &[]).is_none());
    }
}
