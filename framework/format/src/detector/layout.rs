//! The layout of a module's pixels, read from its datasets.

use super::kind::DetectorKind;
use crate::map::{DatasetMap, ElementType, GroupMap, SourceMap};
use crate::run::full_key;

/// Most elements of one row: a chunk of HDF5 stays below 4 GiB. Larger ones are damage, and sums over modules would overflow.
const LARGEST_ROW: usize = 1 << 31;

/// Pixels of one module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    pub group: String,
    pub pixel_key: String,
    pub mask_key: Option<String>,
    pub gain_key: Option<String>,
    pub element: ElementType,
    pub planes: usize,
    pub slow: usize,
    pub fast: usize,
    pub cells_per_row: usize,
}

impl Layout {
    /// Equal but for mask and gain, which some files of a run may lack.
    pub fn same_pixels(&self, other: &Layout) -> bool {
        (&self.pixel_key, self.element, self.planes, self.slow, self.fast, self.cells_per_row)
            == (&other.pixel_key, other.element, other.planes, other.slow, other.fast, other.cells_per_row)
    }
}

impl std::fmt::Display for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` {:?} [", self.pixel_key, self.element)?;
        if self.cells_per_row > 1 {
            write!(f, "{} cells, ", self.cells_per_row)?;
        }
        if self.planes > 0 {
            write!(f, "{} planes, ", self.planes)?;
        }
        write!(f, "{}, {}]", self.slow, self.fast)
    }
}

/// Which dataset holds the pixels: `image.data`, `data.adc`, or a camera's largest image.
pub(super) fn pixel_group(source: &SourceMap, kind: DetectorKind) -> Option<(usize, &GroupMap, &DatasetMap)> {
    let groups = || source.groups.iter().enumerate();
    let named = |group: &str, key: &str| {
        groups().find(|(_, map)| map.name == group).and_then(|(number, map)| {
            let dataset = map.datasets.iter().find(|dataset| dataset.key == key)?;
            Some((number, map, dataset))
        })
    };
    match kind {
        DetectorKind::Agipd | DetectorKind::Lpd | DetectorKind::Dssc => named("image", "data"),
        DetectorKind::Jungfrau => named("data", "adc"),
        DetectorKind::Camera => {
            let mut best: Option<(usize, &GroupMap, &DatasetMap)> = None;
            for (number, map) in groups() {
                for dataset in &map.datasets {
                    let image = dataset.element.is_number() && dataset.shape.len() >= 3;
                    let larger = best.is_none_or(|(_, _, best)| dataset.row_elements() > best.row_elements());
                    if image && larger && dataset.row_elements().is_some_and(|elements| elements > 0) {
                        best = Some((number, map, dataset));
                    }
                }
            }
            best
        }
    }
}

/// Whether a file says that it has frames of a module, and lacks the dataset of their pixels.
pub(super) fn frames_without_pixels(source: &SourceMap, kind: DetectorKind) -> bool {
    let group = match kind {
        DetectorKind::Agipd | DetectorKind::Lpd | DetectorKind::Dssc => "image",
        DetectorKind::Jungfrau => "data",
        DetectorKind::Camera => return false,
    };
    let frames = |map: &GroupMap| map.name == group && map.count.iter().any(|&rows| rows > 0);
    pixel_group(source, kind).is_none() && source.groups.iter().any(frames)
}

/// Reads the layout from the dataset's shape; `None`: it cannot hold images of this kind.
pub(super) fn layout(group: &GroupMap, dataset: &DatasetMap, kind: DetectorKind) -> Option<Layout> {
    if !dataset.element.is_number() {
        return None;
    }
    let inner: Vec<usize> = dataset.shape.iter().skip(1).map(|&n| usize::try_from(n).ok()).collect::<Option<_>>()?;
    let (cells_per_row, planes, slow, fast) = match (kind, inner.as_slice()) {
        (DetectorKind::Jungfrau, &[cells, slow, fast]) => (cells, 0, slow, fast),
        (_, &[planes, slow, fast]) => (1, planes, slow, fast),
        (_, &[slow, fast]) => (1, 0, slow, fast),
        _ => return None,
    };
    if [cells_per_row, slow, fast].contains(&0) || inner.contains(&0) || cells_per_row > usize::from(u16::MAX) {
        return None;
    }
    let pixels = slow.checked_mul(fast)?.checked_mul(cells_per_row)?;
    pixels.checked_mul(planes.max(1)).filter(|&elements| elements <= LARGEST_ROW)?;
    // a value for each pixel
    let plane = |key: &str| {
        let rows =
            |plane: &&DatasetMap| plane.key == key && plane.element.is_number() && plane.rows() == dataset.rows();
        let mut planes = group.datasets.iter().filter(rows);
        planes.find(|plane| plane.row_elements() == Some(pixels as u64)).map(|plane| full_key(group, plane))
    };
    Some(Layout {
        group: group.name.clone(),
        pixel_key: full_key(group, dataset),
        mask_key: plane("mask"),
        gain_key: plane("gain"),
        element: dataset.element,
        planes,
        slow,
        fast,
        cells_per_row,
    })
}

/// As recorded, not corrected: integers that do not stand under a `/CORR/` name. Correction also drops the plane
/// dimension of AGIPD, LPD and DSSC, so three-dimensional integers there are counted photons.
pub(super) fn is_raw(layout: &Layout, kind: DetectorKind, corrected_name: bool) -> bool {
    let integer = !matches!(layout.element, ElementType::F32 | ElementType::F64);
    let recorded_shape = match kind {
        DetectorKind::Agipd | DetectorKind::Lpd | DetectorKind::Dssc => layout.planes > 0,
        DetectorKind::Jungfrau | DetectorKind::Camera => true,
    };
    integer && recorded_shape && !corrected_name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::{Layout as Storage, StoredIndex};

    #[test]
    fn rows_of_absurd_size_hold_no_images() {
        let group = GroupMap {
            name: "image".into(),
            first: Vec::new(),
            count: Vec::new(),
            stored_index: StoredIndex::default(),
            datasets: Vec::new(),
            key_attributes: Vec::new(),
        };
        let found = |shape: &[u64]| {
            let dataset = DatasetMap {
                key: "data".into(),
                path: "/data".into(),
                element: ElementType::U16,
                big_endian: false,
                shape: shape.to_vec(),
                max_shape: shape.to_vec(),
                layout: Storage::Compact,
                filters: Vec::new(),
                attributes: Vec::new(),
                stored_bytes: 0,
            };
            layout(&group, &dataset, DetectorKind::Agipd).is_some()
        };
        assert!(found(&[3, 2, 512, 128]) && found(&[3, 512, 128]));
        for shape in
            [[3, 2, 1 << 40, 1 << 40], [3, 1 << 40, 512, 1 << 20], [3, 2, 1 << 20, 1 << 11], [3, 1 << 31, 512, 128]]
        {
            assert!(!found(&shape), "{shape:?}");
        }
    }
}
