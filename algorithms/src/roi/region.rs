//! The pixels of a region as runs along the fast axis, which are read at the speed of memory.

/// Neighbouring pixels of one module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// position of the module
    pub module: u32,
    /// of the first pixel in the module
    pub start: u32,
    pub length: u32,
}

/// A region of the detector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    runs: Vec<Run>,
    pixels: usize,
    fast: usize,
}

/// Where a pixel lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub module: usize,
    pub slow: usize,
    pub fast: usize,
}

impl Region {
    /// Of pixels in the order of the data: `inside[module][slow * fast]` one behind the other.
    pub fn new(module_pixels: usize, fast: usize, inside: impl IntoIterator<Item = bool>) -> Self {
        let mut region = Region { fast: fast.max(1), ..Region::default() };
        for (at, _) in inside.into_iter().enumerate().filter(|(_, inside)| *inside) {
            let (module, pixel) = ((at / module_pixels.max(1)) as u32, (at % module_pixels.max(1)) as u32);
            region.pixels += 1;
            match region.runs.last_mut() {
                Some(run) if run.module == module && run.start + run.length == pixel => run.length += 1,
                _ => region.runs.push(Run { module, start: pixel, length: 1 }),
            }
        }
        region
    }

    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Pixels, good and bad.
    pub fn pixels(&self) -> usize {
        self.pixels
    }

    /// Positions of the modules that it has pixels of.
    pub fn modules(&self) -> impl Iterator<Item = usize> + '_ {
        self.runs.iter().map(|run| run.module as usize)
    }

    /// The values of a frame, run by run; what a frame lacks is left out. `module` gives the pixels of a module.
    pub fn values<'a>(
        &'a self,
        module: impl Fn(usize) -> Option<&'a [f32]> + 'a,
    ) -> impl Iterator<Item = (Run, &'a [f32])> + 'a {
        self.runs.iter().filter_map(move |run| {
            let start = run.start as usize;
            let pixels = module(run.module as usize)?.get(start..start + run.length as usize)?;
            Some((*run, pixels))
        })
    }

    /// Where pixel `at` of a run lies.
    pub fn place(&self, run: Run, at: usize) -> Place {
        let pixel = run.start as usize + at;
        Place { module: run.module as usize, slow: pixel / self.fast, fast: pixel % self.fast }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_become_runs() {
        let inside = [0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1].map(|inside| inside == 1);
        let region = Region::new(6, 3, inside);
        let run = |module, start, length| Run { module, start, length };
        assert_eq!(region.runs(), [run(0, 1, 2), run(0, 4, 2), run(1, 0, 2), run(1, 5, 1)]);
        assert_eq!(region.pixels(), 7);
        assert_eq!(region.place(run(0, 4, 2), 1), Place { module: 0, slow: 1, fast: 2 });
        let first = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0];
        let seen: Vec<f32> = region
            .values(|module| (module == 0).then_some(&first[..]))
            .flat_map(|(_, values)| values.iter().copied())
            .collect();
        assert_eq!(seen, [2.0, 3.0, 5.0, 6.0]);
    }
}
