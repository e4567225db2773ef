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

/// Datasets below `group`, with keys relative to it. Links that lead elsewhere are not followed.
pub(super) fn datasets(context: &mut Context, group: &Group) -> Result<Found> {
    let mut found = Found::default();
    descend(context, group, "", 0, &mut found)?;
    found.datasets.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn descend(context: &mut Context, group: &Group, prefix: &str, depth: usize, found: &mut Found) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Error::input(format!("groups are nested more than {MAX_DEPTH} deep"), context.place(group.path())));
    }
    if depth > 0 {
        let attributes = group.attributes()?;
        if !attributes.is_empty() {
            found.attributes.push((prefix.to_owned(), attributes));
        }
    }
    for child in group.children(context.objects_left)? {
        let path = group.join(&child.name);
        context.count_object(&path)?;
        let key = if prefix.is_empty() { child.name.clone() } else { format!("{prefix}.{}", child.name) };
        match child.link {
            Link::Hard => match group.kind(&child.name)? {
                ObjectKind::Group => descend(context, &group.group(&child.name)?, &key, depth + 1, found)?,
                ObjectKind::Dataset => {
                    found.datasets.push(describe(&group.dataset(&child.name)?, key, context.purpose)?);
                }
                ObjectKind::Other => context.odd(&path, "neither a group nor a dataset"),
            },
            Link::Soft(target) => context.odd(&path, format!("a link to `{target}` that is not followed")),
            Link::External { file, path: target } => {
                context.odd(&path, format!("a link to `{target}` in file `{file}` that is not followed"));
            }
            Link::Other => context.odd(&path, "a link of an unknown kind"),
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
            Purpose::Read => dataset.stored_bytes(),
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
