//! Which panel each pixel of the detector belongs to, while a geometry is laid over it.

use crate::layout::ModuleLayout;
use crate::pixel_map::Extent;

/// The owner of a pixel that no panel covers.
pub(crate) const GAP: u16 = u16::MAX;
/// The owner of a pixel that the geometry declares bad.
pub(crate) const DECLARED: u16 = u16::MAX - 1;

/// The number of the panel of each pixel, [module, slow, fast].
pub(crate) struct Cover {
    owner: Vec<u16>,
    slow: usize,
    fast: usize,
    /// what each panel was given, by its number
    areas: Vec<Extent>,
}

impl Cover {
    /// Nothing is covered yet.
    pub(crate) fn new(layout: &ModuleLayout) -> Self {
        Cover { owner: vec![GAP; layout.pixels()], slow: layout.slow(), fast: layout.fast(), areas: Vec::new() }
    }

    fn rows(&mut self, module: usize, slow: [usize; 2], fast: [usize; 2]) -> impl Iterator<Item = &mut u16> {
        let (rows, columns) = (self.slow, self.fast);
        self.owner
            .chunks_exact_mut(columns)
            .skip(module * rows + slow[0])
            .take(slow[1] - slow[0] + 1)
            .flat_map(move |row| row[fast[0]..=fast[1]].iter_mut())
    }

    /// Gives the rectangle (both ends included) to a panel; panels come in the order of their numbers.
    ///
    /// # Errors
    /// The number of the panel that has some of it already.
    pub(crate) fn claim(&mut self, module: usize, slow: [usize; 2], fast: [usize; 2], panel: u16) -> Result<(), u16> {
        for owner in self.rows(module, slow, fast) {
            if *owner < DECLARED {
                return Err(*owner);
            }
            *owner = panel;
        }
        self.areas.push(Extent { module, slow, fast });
        Ok(())
    }

    /// What is not covered yet of the rectangle is covered by a panel not to be used.
    pub(crate) fn claim_unused(&mut self, module: usize, slow: [usize; 2], fast: [usize; 2]) {
        self.rows(module, slow, fast).filter(|owner| **owner == GAP).for_each(|owner| *owner = DECLARED);
    }

    pub(crate) fn declare_bad(&mut self, module: usize, slow: usize, fast: usize) {
        if let Some(owner) = self.owner.get_mut((module * self.slow + slow) * self.fast + fast) {
            *owner = DECLARED;
        }
    }

    /// How many pixels nothing covers.
    pub(crate) fn gaps(&self) -> usize {
        self.owner.iter().filter(|owner| **owner == GAP).count()
    }

    /// Position of the first module of which nothing is covered.
    pub(crate) fn bare_module(&self) -> Option<usize> {
        self.owner.chunks_exact(self.slow * self.fast).position(|module| module.iter().all(|owner| *owner == GAP))
    }

    pub(crate) fn of_owners(owner: Vec<u16>, slow: usize, fast: usize, areas: Vec<Extent>) -> Self {
        Cover { owner, slow, fast, areas }
    }

    /// The owner of each pixel, and the area of each panel.
    pub(crate) fn into_parts(self) -> (Vec<u16>, Vec<Extent>) {
        (self.owner, self.areas)
    }
}
