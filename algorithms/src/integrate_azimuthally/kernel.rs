//! Which integrator serves the parameters, and frames given to it.

use crate::azimuthal::{
    AzimuthalError, AzimuthalIntegrator, BlockWorking, Fields, Options, SparseIntegrator, SparseWorking, Sums, Working,
    LANES,
};
use trainyard_engine::algorithm::Frame;
use trainyard_format::{Error, Place, Result};
use trainyard_geometry::PixelMap;

/// So many frames are faster together than one after the other.
const TOGETHER: usize = 3;

pub(super) enum Kernel {
    /// one row of means
    Plain(AzimuthalIntegrator),
    /// all else
    Sparse(SparseIntegrator),
}

/// Scratch of one worker, and the sums of the frames it works on.
pub(super) struct Scratch {
    plain: Option<(Working, BlockWorking)>,
    sparse: SparseWorking,
    pub(super) sums: Vec<Sums>,
}

impl Kernel {
    pub(super) fn new(
        map: &PixelMap,
        options: &Options,
        fields: &Fields<'_>,
    ) -> std::result::Result<Self, AzimuthalError> {
        match AzimuthalIntegrator::with_fields(map, options, fields) {
            Err(AzimuthalError::NotPlain) => SparseIntegrator::new(map, options, fields).map(Kernel::Sparse),
            plain => plain.map(Kernel::Plain),
        }
    }

    pub(super) fn radial(&self) -> &[f64] {
        match self {
            Kernel::Plain(plain) => plain.radial(),
            Kernel::Sparse(sparse) => sparse.radial(),
        }
    }

    /// Rows times bins.
    pub(super) fn cells(&self) -> usize {
        match self {
            Kernel::Plain(plain) => plain.bins(),
            Kernel::Sparse(sparse) => sparse.cells(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Kernel::Plain(plain) => plain.is_empty(),
            Kernel::Sparse(sparse) => sparse.is_empty(),
        }
    }

    pub(super) fn scratch(&self) -> Scratch {
        let sums = (0..LANES).map(|_| Sums::new(self.cells())).collect();
        match self {
            Kernel::Plain(plain) => {
                let working = Some((plain.working(), plain.block_working()));
                Scratch { plain: working, sparse: SparseWorking::default(), sums }
            }
            Kernel::Sparse(sparse) => Scratch { plain: None, sparse: sparse.working(), sums },
        }
    }

    /// Bytes of a [`Scratch`] and of one partial.
    pub(super) fn memory(&self) -> usize {
        let sums = (LANES + 2) * self.cells() * 6 * size_of::<f64>();
        sums + match self {
            Kernel::Plain(plain) => plain.working_bytes() + plain.block_working_bytes(),
            Kernel::Sparse(sparse) => sparse.working_bytes(),
        }
    }

    /// Leaves the sums of up to [`LANES`] frames in `scratch.sums`.
    pub(super) fn integrate(&self, frames: &[Frame<'_>], scratch: &mut Scratch) -> Result<()> {
        let Scratch { plain, sparse, sums } = scratch;
        match (self, plain) {
            (Kernel::Plain(integrator), Some((_, block))) if frames.len() >= TOGETHER => {
                for module in 0..integrator.modules() {
                    let pixels: Vec<Option<&[f32]>> = frames.iter().map(|frame| frame.module(module)).collect();
                    integrator.integrate_module_block(module, &pixels, block).map_err(wrong)?;
                }
                let sums = sums.get_mut(..frames.len()).unwrap_or_default();
                integrator.finish_block(block, sums).map_err(wrong)
            }
            (Kernel::Plain(integrator), Some((working, _))) => {
                frames.iter().zip(sums).try_for_each(|(frame, sums)| one(integrator, frame, working, sums))
            }
            (Kernel::Plain(_), None) => Err(Error::bug("scratch of another integrator", Place::default())),
            (Kernel::Sparse(integrator), _) => frames
                .iter()
                .zip(sums)
                .try_for_each(|(frame, sums)| integrator.integrate(frame.pixels(), sparse, sums).map_err(wrong)),
        }
    }
}

fn one(integrator: &AzimuthalIntegrator, frame: &Frame<'_>, working: &mut Working, sums: &mut Sums) -> Result<()> {
    for module in 0..frame.modules() {
        if let Some(pixels) = frame.module(module) {
            integrator.integrate_module(module, pixels, working).map_err(wrong)?;
        }
    }
    integrator.finish(working, sums).map_err(wrong)
}

/// The integrator was made for this detector: what does not fit is a fault of ours.
fn wrong(error: AzimuthalError) -> Error {
    Error::bug(error.to_string(), Place::default())
}
