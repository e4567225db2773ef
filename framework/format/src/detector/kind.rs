//! What a detector is: its kind, modules and the layout of their pixels.

use super::pattern::module_name;
use crate::map::ElementType;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DetectorKind {
    Agipd,
    Lpd,
    Dssc,
    Jungfrau,
    /// any source with one image per row
    Camera,
}

/// Where a module's rows lie: one entry per file that holds its source, in file name order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModulePart {
    /// index in `Run::files`
    pub file: usize,
    /// index in `FileMap::sources`
    pub source: usize,
    /// index in `SourceMap::groups` of the pixel group
    pub group: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Module {
    /// the number the facility gives it: AGIPD 0..15, JUNGFRAU from 1
    pub number: u16,
    /// `SPB_DET_AGIPD1M-1/DET/0CH0:xtdf`
    pub source: String,
    /// `AGIPD00`
    pub aggregator: String,
    pub parts: Vec<ModulePart>,
}

/// Pixels of one module and frame in the file: `[planes,] slow, fast`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detector {
    /// `SPB_DET_AGIPD1M-1`; of a camera its source without the channel
    pub name: String,
    pub kind: DetectorKind,
    /// recorded, not corrected
    pub raw: bool,
    /// sorted by number
    pub modules: Vec<Module>,
    /// `image`, or `data` for JUNGFRAU and cameras
    pub group: String,
    /// key inside the source: `image.data`, `data.adc`, `data.image.pixels`
    pub pixel_key: String,
    /// `image.mask` / `data.mask` when the data carry one
    pub mask_key: Option<String>,
    /// `image.gain` / `data.gain`, the gain stage of each pixel, when the data carry one
    pub gain_key: Option<String>,
    pub element: ElementType,
    /// raw AGIPD: 2 (analogue, gain), raw LPD and DSSC: 1 as a real dimension; 0 = no such dimension
    pub planes: usize,
    pub slow: usize,
    pub fast: usize,
    /// frames in one row: JUNGFRAU 1 or 16, otherwise 1
    pub cells_per_row: usize,
    /// LPD parallel gain: a train's rows are three equal thirds (high, medium, low gain) of the same frames
    pub parallel_gain: bool,
}

impl Detector {
    /// No detector: no modules and no frames. Its name is that of the results that are left all the same, which list the
    /// trains.
    pub fn none() -> Self {
        Detector {
            name: "TRAINS".into(),
            kind: DetectorKind::Camera,
            raw: false,
            modules: Vec::new(),
            group: String::new(),
            pixel_key: String::new(),
            mask_key: None,
            gain_key: None,
            element: ElementType::U8,
            planes: 0,
            slow: 0,
            fast: 0,
            cells_per_row: 1,
            parallel_gain: false,
        }
    }

    /// Numbers that the name promises and nothing is there of.
    pub fn missing_modules(&self) -> Vec<u16> {
        let size = super::known_size(&self.name).unwrap_or(0);
        (0..size).filter(|number| self.modules.iter().all(|module| module.number != *number)).collect()
    }

    /// Pixels of one module as algorithms see them.
    pub fn module_pixels(&self) -> usize {
        self.slow * self.fast
    }

    /// Whether a source is one of its modules: chosen or not, as recorded or corrected.
    pub fn covers(&self, source: &str) -> bool {
        self.modules.iter().any(|module| module.source == source)
            || module_name(source).is_some_and(|module| module.detector == self.name)
    }

    /// Elements of one row in the file.
    pub fn row_elements(&self) -> usize {
        self.cells_per_row * self.planes.max(1) * self.slow * self.fast
    }
}
