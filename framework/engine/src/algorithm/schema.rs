//! What a frame is at a place of a plan: the planner hands it from step to step, a transform says what it makes of it, and the
//! step that writes frames takes shape, type and unit from it.

use super::Problem;
use std::sync::Arc;
use trainyard_format::detector::Detector;
use trainyard_format::map::{Attribute, AttributeValue, ElementType};
use trainyard_format::run::Run;
use trainyard_geometry::PixelMap;

/// Values beside the pixels, one for each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plane {
    /// there is none, or none any more
    #[default]
    Absent,
    /// as the input stores it: a dataset of its own, or the second plane of raw pixels
    Stored,
    /// a step fills it: it is written as `u8` (gain) or `u32` (mask)
    Made,
}

/// The unit of a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PixelUnit {
    /// `photons`
    pub name: String,
    pub symbol: String,
}

#[derive(Clone, Debug)]
pub struct FrameSchema {
    /// numbers of the modules
    pub modules: Vec<u16>,
    /// pixels of one module
    pub slow: usize,
    pub fast: usize,
    /// as what pixels are written; between steps they are `f32`
    pub element: ElementType,
    /// as the input states it, or a step
    pub unit: Option<PixelUnit>,
    /// gain stage of each pixel; of raw AGIPD the second plane of its pixels, a signal that tells the stage
    pub gain: Plane,
    /// bits that say what is wrong with each pixel, 0 = good
    pub mask: Plane,
    /// planes in the stored pixels: 0 or 1, of raw AGIPD 2. 0: pixels are stored without that dimension
    pub planes: usize,
    /// where the pixels are, when the workflow names a geometry
    pub map: Option<Arc<PixelMap>>,
    /// pixels bad in every frame, `[module, slow, fast]`; empty: none
    pub bad: Arc<Vec<bool>>,
}

impl FrameSchema {
    /// Frames as they are read.
    pub fn of_input(detector: &Detector, run: &Run, map: Option<Arc<PixelMap>>, bad: Arc<Vec<bool>>) -> Self {
        let second = detector.planes > 1;
        let plane = |there: bool| if there { Plane::Stored } else { Plane::Absent };
        FrameSchema {
            modules: detector.modules.iter().map(|m| m.number).collect(),
            slow: detector.slow,
            fast: detector.fast,
            element: detector.element,
            unit: stated_unit(detector, run),
            gain: plane(second || detector.gain_key.is_some()),
            mask: plane(detector.mask_key.is_some()),
            planes: detector.planes,
            map,
            bad,
        }
    }

    pub fn module_pixels(&self) -> usize {
        self.slow.saturating_mul(self.fast)
    }

    /// Pixels of all modules.
    pub fn pixels(&self) -> usize {
        self.modules.len().saturating_mul(self.module_pixels())
    }

    /// `u16`
    pub fn element_name(&self) -> String {
        format!("{:?}", self.element).to_lowercase()
    }

    pub fn has_shape_of(&self, other: &FrameSchema) -> bool {
        (self.slow, self.fast) == (other.slow, other.fast)
    }

    /// Numbers mean the same: shape, type and unit.
    pub fn measures_as(&self, other: &FrameSchema) -> bool {
        self.has_shape_of(other) && (self.element, &self.unit) == (other.element, &other.unit)
    }

    /// All but the geometry, which follows the shape.
    pub fn is_as(&self, other: &FrameSchema) -> bool {
        self.measures_as(other) && (self.gain, self.mask, self.planes) == (other.gain, other.mask, other.planes)
    }

    /// The detector as steps at this place see it.
    pub fn detector(&self, of: &Detector) -> Detector {
        Detector { slow: self.slow, fast: self.fast, element: self.element, planes: self.planes, ..of.clone() }
    }

    /// Shape of a row in the file: `[cells,] [planes,] slow, fast`.
    pub fn row_shape(&self, cells_per_row: usize, planes: usize) -> Vec<u64> {
        let cells = (cells_per_row > 1).then_some(cells_per_row as u64);
        let planes = (planes > 0).then_some(planes as u64);
        cells.into_iter().chain(planes).chain([self.slow as u64, self.fast as u64]).collect()
    }

    /// Without the second plane of raw pixels and what else belongs to the pixels as they are stored: for steps that make pixels anew.
    #[must_use]
    pub fn made_anew(&self) -> Self {
        let second = self.planes > 1;
        FrameSchema {
            planes: if second { 0 } else { self.planes },
            gain: if second { Plane::Absent } else { self.gain },
            ..self.clone()
        }
    }

    /// Whether a step may make `self` of `before`.
    ///
    /// # Errors
    /// What cannot be, in the words of whoever configures the step.
    pub fn check_behind(&self, before: &FrameSchema) -> Result<(), Problem> {
        let wrong = |what: String| Err(Problem::new(&[], what));
        if !is_written(self.element) {
            return wrong(format!("pixels cannot be written as {:?}", self.element));
        }
        if self.modules != before.modules || self.pixels() == 0 || self.pixels() > MOST_PIXELS {
            return wrong(format!(
                "frames of {} modules of {} x {} pixels cannot be",
                self.modules.len(),
                self.slow,
                self.fast
            ));
        }
        let reshaped = !self.has_shape_of(before);
        if self.planes > before.planes || (self.planes > 1 && (reshaped || self.element != before.element)) {
            return wrong("the second plane of raw pixels (the gain signal) cannot be written beside these".into());
        }
        if self.planes > 1 && self.gain != Plane::Stored {
            return wrong(
                "the second plane of raw pixels (the gain signal) would be written, and is said to be gone".into(),
            );
        }
        for (name, now, was) in [("gain", self.gain, before.gain), ("mask", self.mask, before.mask)] {
            let kept = now == Plane::Stored;
            if kept && (reshaped || was != Plane::Stored) {
                return wrong(format!("the {name} of each pixel would not have the shape of the pixels"));
            }
        }
        if !self.bad.is_empty() && self.bad.len() != self.pixels() {
            return wrong("the bad pixels of every frame do not have the shape of the pixels".into());
        }
        match &self.map {
            Some(map) if (map.layout().slow(), map.layout().fast()) != (self.slow, self.fast) => {
                wrong("the geometry does not have the shape of the pixels".into())
            }
            _ => Ok(()),
        }
    }
}

/// As many as a geometry takes.
const MOST_PIXELS: usize = trainyard_geometry::ModuleLayout::MAX_PIXELS;

fn is_written(element: ElementType) -> bool {
    use ElementType::{F32, F64, I16, I32, I64, I8, U16, U32, U64, U8};
    matches!(element, U8 | U16 | U32 | U64 | I8 | I16 | I32 | I64 | F32 | F64)
}

fn stated_unit(detector: &Detector, run: &Run) -> Option<PixelUnit> {
    let module = detector.modules.first()?;
    let groups = module.parts.iter().filter_map(|p| run.files.get(p.file)?.sources.get(p.source)?.groups.get(p.group));
    let attributes = groups.filter_map(|g| g.dataset(&detector.pixel_key)).map(|d| d.attributes.as_slice()).next()?;
    let text = |name: &str| -> Option<String> {
        attributes.iter().find(|a| a.name == name).and_then(|a: &Attribute| match &a.value {
            AttributeValue::Text(text) => Some(text.clone()),
            _ => None,
        })
    };
    let symbol = text("unitSymbol")?;
    Some(PixelUnit { name: text("unitName").unwrap_or_else(|| symbol.clone()), symbol })
}

/// `16 x 512 x 128 U16, gain, mask, geometry`
impl std::fmt::Display for FrameSchema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x {} x {} {}", self.modules.len(), self.slow, self.fast, self.element_name())?;
        if let Some(unit) = self.unit.as_ref().filter(|unit| !unit.name.is_empty()) {
            write!(f, " in {}", unit.name)?;
        }
        for (name, plane) in [("gain", self.gain), ("mask", self.mask)] {
            match plane {
                Plane::Absent => {}
                Plane::Stored => write!(f, ", {name}")?,
                Plane::Made => write!(f, ", {name} made")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::testing::Stage;

    fn raw() -> FrameSchema {
        let mut detector = Stage::agipd(2).detector;
        (detector.element, detector.planes, detector.gain_key) = (ElementType::U16, 2, None);
        FrameSchema::of_input(&detector, &Run::empty(), None, Arc::default())
    }

    #[test]
    fn it_is_told_in_one_line() {
        assert_eq!(raw().to_string(), "2 x 512 x 128 u16, gain");
        let unit = Some(PixelUnit { name: "photons".into(), symbol: "photons".into() });
        let counted =
            FrameSchema { element: ElementType::U8, unit, gain: Plane::Absent, mask: Plane::Made, planes: 0, ..raw() };
        assert_eq!(counted.to_string(), "2 x 512 x 128 u8 in photons, mask made");
        counted.check_behind(&raw()).unwrap();
    }

    #[test]
    fn what_would_not_fit_is_refused() {
        let told = |after: FrameSchema| after.check_behind(&raw()).unwrap_err().what;
        let half = FrameSchema { slow: 256, ..raw() };
        assert!(told(half.clone()).contains("second plane"));
        assert!(told(FrameSchema { element: ElementType::F32, ..raw() }).contains("second plane"));
        assert!(told(FrameSchema { planes: 0, ..half.clone() }).contains("the gain of each pixel"));
        assert!(told(FrameSchema { mask: Plane::Stored, ..raw() }).contains("the mask of each pixel"));
        assert!(told(FrameSchema { slow: 0, ..raw() }).contains("2 modules of 0 x 128"));
        assert!(told(FrameSchema { element: ElementType::Bool, ..raw() }).contains("Bool"));
        FrameSchema { planes: 0, gain: Plane::Made, ..half }.check_behind(&raw()).unwrap();
        raw().check_behind(&raw()).unwrap();
    }
}
