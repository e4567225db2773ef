//! What lies in a decoded row of a module, put where steps see it: pixels, gain, mask of one frame.

use super::image::{apply_mask, convert, marks, numbers};
use super::worker::Loaded;
use crate::algorithm::{FrameId, FrameSchema, Plane, Planes};
use crate::plan::ImageOptions;
use std::ops::Range;
use trainyard_format::map::ElementType;

/// A decoded row, and which frame of it is meant.
pub struct StoredRow<'a> {
    pub element: ElementType,
    pub bytes: &'a [u8],
    pub cell: u16,
}

/// How stored pixels become what steps see.
pub struct Taking<'a> {
    pub options: &'a ImageOptions,
    /// pixels of the module that are bad in every frame
    pub bad: &'a [u32],
    /// in the stored pixels: of raw AGIPD 2
    pub planes: usize,
    /// steps change pixels
    pub changes: bool,
}

impl StoredRow<'_> {
    /// Plane `number` of the frame's cell.
    fn plane(&self, number: usize, planes: usize, pixels: usize) -> Option<&[u8]> {
        let size = pixels * self.element.size();
        let start = (usize::from(self.cell) * planes.max(1) + number) * size;
        self.bytes.get(start..start + size)
    }
}

impl Loaded {
    /// A frame of modules from `first` on, none of them there yet.
    pub fn blank(id: FrameId, first: usize, schema: &FrameSchema, planes: Planes) -> Self {
        let mut loaded = Loaded {
            frame: 0,
            id,
            first,
            image: Vec::new(),
            pixels: Vec::new(),
            gain: Vec::new(),
            mask: Vec::new(),
            stage: 0,
            original: Vec::new(),
            present: vec![false; schema.modules.len()],
            rows: Vec::new(),
            columns: Vec::new(),
        };
        loaded.as_it_is_read(schema, planes, true);
        loaded
    }

    /// Planes of the shape that is read: steps may have left another one.
    pub fn as_it_is_read(&mut self, schema: &FrameSchema, planes: Planes, changes: bool) {
        let all = schema.pixels();
        if self.image.len() != all {
            self.image.clear();
            self.image.resize(all, f32::NAN);
        }
        if changes {
            self.pixels.resize(all, f32::NAN);
        }
        self.gain.resize(if planes.gain && schema.gain == Plane::Stored { all } else { 0 }, 0.0);
        self.mask.resize(if planes.mask && schema.mask == Plane::Stored { all } else { 0 }, 0);
    }

    /// The module lacks the frame.
    pub fn take_none(&mut self, range: Range<usize>) {
        self.image.get_mut(range.clone()).unwrap_or_default().fill(f32::NAN);
        self.gain.get_mut(range.clone()).unwrap_or_default().fill(0.0);
        self.mask.get_mut(range).unwrap_or_default().fill(0);
    }

    /// The first plane, pixels or their analogue part in raw AGIPD data; of a second one the gain.
    pub fn take_pixels(&mut self, range: Range<usize>, row: &StoredRow<'_>, taking: &Taking<'_>) {
        let pixels = range.len();
        let Some(first) = row.plane(0, taking.planes, pixels) else { return };
        let image = &mut self.image[range.clone()];
        convert(row.element, first, image, taking.options);
        for &bad in taking.bad {
            image[bad as usize] = f32::NAN;
        }
        if taking.changes {
            numbers(row.element, first, &mut self.pixels[range.clone()]);
        }
        if let Some(second) = row.plane(1, taking.planes, pixels).filter(|_| taking.planes > 1) {
            numbers(row.element, second, self.gain.get_mut(range).unwrap_or_default());
        }
    }

    /// Gains of a dataset of their own.
    pub fn take_gain(&mut self, range: Range<usize>, row: &StoredRow<'_>) {
        let Some(plane) = row.plane(0, 1, range.len()) else { return };
        numbers(row.element, plane, self.gain.get_mut(range).unwrap_or_default());
    }

    /// Behind the pixels. `heeded`: what the detector's mask marks is bad.
    pub fn take_mask(&mut self, range: Range<usize>, row: &StoredRow<'_>, heeded: bool) {
        let Some(plane) = row.plane(0, 1, range.len()) else { return };
        if heeded {
            apply_mask(row.element, plane, &mut self.image[range.clone()]);
        }
        marks(row.element, plane, self.mask.get_mut(range).unwrap_or_default());
    }
}
