//! The modules of a detector as its data are stored: one array [slow, fast] for each module.

use crate::error::GeometryError;

/// Which modules there are, how they are counted, and their shape in pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleLayout {
    modules: Vec<u16>,
    first_number: u16,
    slow: usize,
    fast: usize,
    absent: Vec<u16>,
}

impl ModuleLayout {
    /// Detectors known to us stay below 2^24 pixels; this keeps every later size far from overflow.
    pub const MAX_PIXELS: usize = 1 << 28;

    /// `modules` are the numbers present, in the order of the data; `first_number` is what the detector's first module
    /// is called (0 for AGIPD, LPD and DSSC, 1 for JUNGFRAU): a geometry file counts its modules from 0.
    ///
    /// # Errors
    /// When there is no module or pixel, too many pixels, a number twice, or one below `first_number`.
    pub fn new(modules: Vec<u16>, first_number: u16, slow: usize, fast: usize) -> Result<Self, GeometryError> {
        let fail = |message: String| Err(GeometryError::Configuration { message, hint: None });
        let pixels = slow.checked_mul(fast).and_then(|pixels| pixels.checked_mul(modules.len()));
        match pixels {
            None => return fail("the detector has too many pixels".into()),
            Some(0) => return fail("the detector has no pixels".into()),
            Some(n) if n > Self::MAX_PIXELS => return fail(format!("the detector has too many pixels: {n}")),
            Some(_) => {}
        }
        let mut sorted = modules.clone();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return fail(format!("module {} is listed twice", pair[0]));
        }
        if let Some(low) = sorted.first().filter(|&&number| number < first_number) {
            return fail(format!("module {low} does not exist: the first one is {first_number}"));
        }
        Ok(Self { modules, first_number, slow, fast, absent: Vec::new() })
    }

    /// The same detector, of which these modules exist too and are not among the data: their panels are no surprise.
    pub fn with_absent(mut self, absent: Vec<u16>) -> Self {
        self.absent = absent;
        self
    }

    /// Numbers of modules that exist and are not among the data.
    pub fn absent(&self) -> &[u16] {
        &self.absent
    }

    /// The numbers of the modules, in the order of the data.
    pub fn modules(&self) -> &[u16] {
        &self.modules
    }

    /// The number of the detector's first module.
    pub fn first_number(&self) -> u16 {
        self.first_number
    }

    /// Pixels along the slow axis of one module.
    pub fn slow(&self) -> usize {
        self.slow
    }

    /// Pixels along the fast axis of one module.
    pub fn fast(&self) -> usize {
        self.fast
    }

    /// Pixels of one module.
    pub fn module_pixels(&self) -> usize {
        self.slow * self.fast
    }

    /// Pixels of all modules.
    pub fn pixels(&self) -> usize {
        self.module_pixels() * self.modules.len()
    }
}
