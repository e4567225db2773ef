//! Steps with their partial type erased, so that a plan can hold any of them.

use super::{
    Accumulate, Frame, FrameId, FrameOut, FrameStep, Grouping, RowSink, RunValues, Stored, StoredStep, TrainExtract,
    TrainStep,
};
use std::any::Any;
use trainyard_format::{Error, Place, Result};

/// A partial result whose type only its step knows.
pub type Partial = Box<dyn Any + Send>;

macro_rules! erased_fold {
    () => {
        fn begin(&self) -> Partial {
            Box::new(S::begin(self))
        }
        fn merge(&self, into: &mut Partial, next: Partial) -> Result<()> {
            S::merge(self, own::<S::Partial>(into), *take::<S::Partial>(next))
        }
        fn finish(&self, partial: Partial, values: &mut RunValues) -> Result<()> {
            S::finish(self, *take::<S::Partial>(partial), values)
        }
        fn store(&self, partial: &Partial) -> Result<Vec<u8>> {
            let partial = partial.downcast_ref::<S::Partial>().expect("a step gets its own partials back");
            postcard::to_stdvec(partial)
                .map_err(|e| Error::bug(format!("failed to store a partial: {e}"), Place::default()))
        }
        fn load(&self, bytes: &[u8]) -> Result<Partial> {
            let partial: S::Partial = postcard::from_bytes(bytes)
                .map_err(|e| Error::bug(format!("failed to read back a partial: {e}"), Place::default()))?;
            Ok(Box::new(partial))
        }
    };
}

/// Folding of partials, by value; see [`FrameStep`] for the meaning.
pub trait ErasedFrameStep: Send + Sync {
    fn begin(&self) -> Partial;
    fn merge(&self, into: &mut Partial, next: Partial) -> Result<()>;
    fn finish(&self, partial: Partial, values: &mut RunValues) -> Result<()>;
    fn store(&self, partial: &Partial) -> Result<Vec<u8>>;
    fn load(&self, bytes: &[u8]) -> Result<Partial>;
    fn working(&self) -> Partial;
    fn block(
        &self,
        frames: &[Frame<'_>],
        working: &mut Partial,
        out: &mut [FrameOut<'_>],
        partial: &mut Partial,
    ) -> Result<()>;
    fn train(&self, partial: &Partial, row: &mut RowSink<'_>) -> Result<()>;
    fn deviation(&self, original: &Frame<'_>, decoded: &Frame<'_>, working: &mut Partial) -> Result<Option<f64>>;
    fn measures_deviation(&self) -> bool;
    fn memory(&self) -> usize;
}

impl<S: FrameStep> ErasedFrameStep for S {
    erased_fold!();

    fn working(&self) -> Partial {
        Box::new(S::working(self))
    }

    fn block(
        &self,
        frames: &[Frame<'_>],
        working: &mut Partial,
        out: &mut [FrameOut<'_>],
        partial: &mut Partial,
    ) -> Result<()> {
        S::block(self, frames, own::<S::Working>(working), out, own::<S::Partial>(partial))
    }

    fn train(&self, partial: &Partial, row: &mut RowSink<'_>) -> Result<()> {
        S::train(self, partial.downcast_ref().expect("a step gets its own partials back"), row)
    }

    fn deviation(&self, original: &Frame<'_>, decoded: &Frame<'_>, working: &mut Partial) -> Result<Option<f64>> {
        S::deviation(self, original, decoded, own::<S::Working>(working))
    }

    fn measures_deviation(&self) -> bool {
        S::measures_deviation(self)
    }

    fn memory(&self) -> usize {
        S::memory(self)
    }
}

/// See [`TrainStep`] for the meaning.
pub trait ErasedTrainStep: Send + Sync {
    fn begin(&self) -> Partial;
    fn merge(&self, into: &mut Partial, next: Partial) -> Result<()>;
    fn finish(&self, partial: Partial, values: &mut RunValues) -> Result<()>;
    fn store(&self, partial: &Partial) -> Result<Vec<u8>>;
    fn load(&self, bytes: &[u8]) -> Result<Partial>;
    fn extract_len(&self) -> usize;
    fn extract(&self, frame: &Frame<'_>, values: &mut [f32]) -> Result<()>;
    fn train(&self, train: &TrainExtract<'_>, row: &mut RowSink<'_>) -> Result<Partial>;
    fn memory(&self) -> usize;
}

impl<S: TrainStep> ErasedTrainStep for S {
    erased_fold!();

    fn extract_len(&self) -> usize {
        S::extract_len(self)
    }

    fn extract(&self, frame: &Frame<'_>, values: &mut [f32]) -> Result<()> {
        S::extract(self, frame, values)
    }

    fn train(&self, train: &TrainExtract<'_>, row: &mut RowSink<'_>) -> Result<Partial> {
        Ok(Box::new(S::train(self, train, row)?))
    }

    fn memory(&self) -> usize {
        S::memory(self)
    }
}

/// See [`StoredStep`] for the meaning; the scratch is a [`Partial`].
pub trait ErasedStoredStep: Send + Sync {
    fn working(&self) -> Partial;
    fn module(&self, id: &FrameId, module: usize, stored: &Stored<'_>, working: &mut Partial) -> Result<()>;
    fn frame(&self, id: &FrameId, working: &mut Partial, out: &mut FrameOut<'_>) -> Result<()>;
    fn memory(&self) -> usize;
}

impl<S: StoredStep> ErasedStoredStep for S {
    fn working(&self) -> Partial {
        Box::new(S::working(self))
    }

    fn module(&self, id: &FrameId, module: usize, stored: &Stored<'_>, working: &mut Partial) -> Result<()> {
        S::module(self, id, module, stored, own::<S::Working>(working))
    }

    fn frame(&self, id: &FrameId, working: &mut Partial, out: &mut FrameOut<'_>) -> Result<()> {
        S::frame(self, id, own::<S::Working>(working), out)
    }

    fn memory(&self) -> usize {
        S::memory(self)
    }
}

/// See [`Accumulate`] for the meaning; tiles and what becomes of them at rest are both [`Partial`]s.
pub trait ErasedAccumulate: Send + Sync {
    fn grouping(&self) -> &Grouping;
    fn tile(&self, pixels: usize) -> Partial;
    fn add(&self, frames: &[&[f32]], tile: &mut Partial) -> Result<()>;
    fn rest(&self, tile: Partial) -> Partial;
    fn merge(&self, into: &mut Partial, next: Partial) -> Result<()>;
    fn store(&self, rest: &Partial) -> Result<Vec<u8>>;
    fn load(&self, bytes: &[u8]) -> Result<Partial>;
    fn finish(&self, rest: &Partial, maps: &mut RowSink<'_>) -> Result<()>;
    fn pixel_bytes(&self) -> usize;
}

impl<S: Accumulate> ErasedAccumulate for S {
    fn grouping(&self) -> &Grouping {
        S::grouping(self)
    }

    fn tile(&self, pixels: usize) -> Partial {
        Box::new(S::tile(self, pixels))
    }

    fn add(&self, frames: &[&[f32]], tile: &mut Partial) -> Result<()> {
        S::add(self, frames, own::<S::Tile>(tile))
    }

    fn rest(&self, tile: Partial) -> Partial {
        Box::new(S::rest(self, *take::<S::Tile>(tile)))
    }

    fn merge(&self, into: &mut Partial, next: Partial) -> Result<()> {
        S::merge(self, own::<S::Rest>(into), *take::<S::Rest>(next))
    }

    fn store(&self, rest: &Partial) -> Result<Vec<u8>> {
        let rest = rest.downcast_ref::<S::Rest>().expect("a step gets its own tiles back");
        postcard::to_stdvec(rest).map_err(|e| Error::bug(format!("failed to store a map: {e}"), Place::default()))
    }

    fn load(&self, bytes: &[u8]) -> Result<Partial> {
        let rest: S::Rest = postcard::from_bytes(bytes)
            .map_err(|e| Error::bug(format!("failed to read back a map: {e}"), Place::default()))?;
        Ok(Box::new(rest))
    }

    fn finish(&self, rest: &Partial, maps: &mut RowSink<'_>) -> Result<()> {
        S::finish(self, rest.downcast_ref().expect("a step gets its own tiles back"), maps)
    }

    fn pixel_bytes(&self) -> usize {
        S::pixel_bytes(self)
    }
}

fn own<T: 'static>(partial: &mut Partial) -> &mut T {
    partial.downcast_mut().expect("a step gets its own partials back")
}

fn take<T: 'static>(partial: Partial) -> Box<T> {
    partial.downcast().expect("a step gets its own partials back")
}
