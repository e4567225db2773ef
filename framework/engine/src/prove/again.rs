//! The workflow's own steps, done again to some frames of the input, and what they make compared with what is written, bit by bit.
//!
//! One frame in a hundred by a hash of train and pulse, and of each block of trains the one whose hash is smallest, so that no
//! sequence goes without. A row of several memory cells is made whole. Rows are decoded by HDF5, in the opener's process, not by what the
//! reduction decodes with; the steps are those of this program: they are no second implementation, and whoever changed a number in the files is
//! caught, not whoever wrote a step that is wrong.

use super::bound::Bound;
use super::module::differs;
use super::side::{parts_of, Pair, Parts, Side};
use super::tally::{Check, Found};
use crate::algorithm::{ErasedTransform, FrameId, FrameSchema, StepKind};
use crate::compute::{transform, Cell, Changing, Loaded, RowLayout, StoredRow, Taking};
use crate::plan::{Job, Pass};
use crate::read::{ModuleStreams, Role, Stream};
use rayon::prelude::*;
use std::collections::BTreeMap;
use trainyard_format::detector::{Detector, FrameTable};
use trainyard_format::map::ElementType;
use trainyard_format::opener::OpenerPool;
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::xxh3_64;

/// One in so many.
const SHARE: u64 = 100;

pub(super) struct Again<'a> {
    job: &'a Job,
    pass: &'a Pass,
    pool: &'a OpenerPool,
    /// by module
    modules: Vec<OneModule<'a>>,
}

/// A module by itself: no step sees more than one at a time.
struct OneModule<'a> {
    streams: ModuleStreams,
    /// as it is read, and where it is written
    read: FrameSchema,
    written: FrameSchema,
    steps: Vec<(&'a dyn ErasedTransform, FrameSchema, FrameSchema)>,
    bad: Vec<u32>,
}

/// A row that is made again, or what hindered that.
type Made = std::result::Result<Vec<u8>, String>;

impl<'a> Again<'a> {
    /// # Errors
    /// Why the steps cannot be done again.
    pub fn new(job: &'a Job, detector: &Detector, pool: &'a OpenerPool) -> std::result::Result<Self, String> {
        let sources = |of: &Detector| of.modules.iter().map(|m| m.source.clone()).collect::<Vec<_>>();
        if sources(&job.detector) != sources(detector) {
            return Err("its workflow means other modules".into());
        }
        let pass = job.writing_pass().and_then(|pass| job.passes.get(pass)).ok_or("no frames are written")?;
        let numbered = job.detector.modules.iter().enumerate();
        let modules = numbered.map(|(position, module)| {
            let alone = |schema: &FrameSchema| FrameSchema {
                modules: vec![module.number],
                bad: Default::default(),
                map: None,
                ..schema.clone()
            };
            let steps = pass.steps.iter().filter_map(|&number| match &job.steps[number].step.kind {
                StepKind::Transform(step) => {
                    Some((&**step, alone(&job.steps[number].sees), alone(&job.steps[number].gives)))
                }
                _ => None,
            });
            let pixels = job.detector.module_pixels();
            let bad = job.image.bad_pixels.get(position * pixels..(position + 1) * pixels).unwrap_or_default();
            let bad = (0u32..).zip(bad).filter(|(_, bad)| **bad).map(|(at, _)| at).collect();
            Ok(OneModule {
                streams: ModuleStreams::of(job, pass, position, module).map_err(|error| error.to_string())?,
                read: alone(&job.read),
                written: alone(job.written()),
                steps: steps.collect(),
                bad,
            })
        });
        let modules = modules.collect::<std::result::Result<_, String>>()?;
        Ok(Again { job, pass, pool, modules })
    }

    /// Compares what is written of the chosen rows; how many are equal.
    ///
    /// # Errors
    /// Failures of the machine.
    pub fn compare(
        &self,
        module: usize,
        (input, output): (&Side<'_>, &Side<'_>),
        frames: &FrameTable,
        pairs: &[Pair],
        bound: Option<Bound>,
        found: &mut Vec<Found>,
    ) -> Result<u64> {
        let Some(own) = self.modules.get(module) else { return Ok(0) };
        let group = &self.job.detector.group;
        let (from, to) = (input.datasets(group), output.datasets(group));
        let chosen = chosen(pairs);
        let outcomes: Vec<Result<Vec<(String, String)>>> =
            chosen.par_iter().map(|pair| self.row(module, own, (&from, &to), frames, pair, bound.as_ref())).collect();
        let mut equal = 0;
        for (pair, outcome) in chosen.into_iter().zip(outcomes) {
            let wrong = outcome?;
            equal += u64::from(wrong.is_empty());
            for (key, what) in wrong {
                let place = Place::default().source(format!("{}/{key}", input.source));
                found.extend(differs(Check::Pixels, pair, place, &parts_of(&to, &key), &what));
            }
        }
        Ok(equal)
    }

    /// Of each key that differs, what differs.
    fn row(
        &self,
        module: usize,
        own: &OneModule<'_>,
        (from, to): (&BTreeMap<String, Parts<'_>>, &BTreeMap<String, Parts<'_>>),
        frames: &FrameTable,
        pair: &Pair,
        bound: Option<&Bound>,
    ) -> Result<Vec<(String, String)>> {
        let mut wrong = Vec::new();
        let mut stored = Vec::new();
        for stream in &own.streams.streams {
            if !stream.decoded {
                stored.push(None);
                continue;
            }
            stored.push(match self.stored(&parts_of(from, &stream.key), pair.input)? {
                Ok(bytes) => bytes,
                Err(what) => return Ok(vec![(stream.key.clone(), format!("the input cannot be read: {what}"))]),
            });
        }
        let made = self.made(module, own, frames, pair, &stored);
        let changes = own.streams.streams.iter().zip(made).filter(|(stream, _)| stream.written);
        for (stream, made) in changes {
            let Some((element, made)) = made else { continue };
            let made = match made {
                Ok(made) => made,
                Err(what) => return Ok(vec![(stream.key.clone(), format!("it cannot be made again: {what}"))]),
            };
            let bound = bound.filter(|_| stream.role == Role::Image);
            let outcome = match self.stored(&parts_of(to, &stream.key), pair.output)? {
                Ok(Some(written)) => equal(element, &made, &written, bound),
                Ok(None) => Err("a file of the output lacks the key".into()),
                Err(what) => Err(format!("the output cannot be read: {what}")),
            };
            wrong.extend(outcome.err().map(|what| (stream.key.clone(), what)));
        }
        Ok(wrong)
    }

    /// A row, decoded; `None`: the file lacks the key.
    fn stored(
        &self,
        parts: &Parts<'_>,
        (part, row): (u32, u64),
    ) -> Result<std::result::Result<Option<Vec<u8>>, String>> {
        let there = usize::try_from(part).ok().and_then(|part| parts.get(part).copied().flatten());
        let Some((path, dataset)) = there else { return Ok(Ok(None)) };
        match self.pool.rows(path, &dataset.path, &[(row, 1)]) {
            Ok(rows) => Ok(Ok(Some(rows.bytes))),
            Err(error @ Error::Input { .. }) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// By stream: what steps make of it.
    fn made(
        &self,
        module: usize,
        own: &OneModule<'_>,
        frames: &FrameTable,
        pair: &Pair,
        stored: &[Option<Vec<u8>>],
    ) -> Vec<Option<(ElementType, Made)>> {
        let streams = &own.streams.streams;
        let mut rows: Vec<Option<(RowLayout, Vec<u8>, bool)>> = Vec::with_capacity(streams.len());
        for (stream, stored) in streams.iter().zip(stored) {
            let layout = RowLayout::of(self.job, stream, self.pass.changes);
            let came = stored.as_ref().filter(|bytes| {
                stream.role == Role::Image && layout.element == stream.element && bytes.len() == layout.bytes
            });
            let bytes = came.cloned().unwrap_or_else(|| vec![0; layout.bytes]);
            rows.push((layout.anew && stream.written).then_some((layout, bytes, came.is_some())));
        }
        let wrong = self.fill(module, own, frames, pair, stored, &mut rows).err();
        let result = |(layout, bytes, _): (RowLayout, Vec<u8>, bool)| {
            (layout.element, wrong.as_ref().map_or(Ok(bytes), |error| Err(error.to_string())))
        };
        rows.into_iter().map(|row| row.map(result)).collect()
    }

    /// Every frame of the row to its cell.
    fn fill(
        &self,
        module: usize,
        own: &OneModule<'_>,
        frames: &FrameTable,
        pair: &Pair,
        stored: &[Option<Vec<u8>>],
        rows: &mut [Option<(RowLayout, Vec<u8>, bool)>],
    ) -> Result<()> {
        let Some(train) = frames.trains.iter().position(|&train| train == pair.train) else { return Ok(()) };
        let none = Vec::new();
        let of_module = frames.rows.get(module).unwrap_or(&none);
        let mut changing = Changing::default();
        for frame in frames.starts[train]..frames.starts[train + 1] {
            let Some(row) = of_module.get(frame).copied().flatten().filter(|row| (row.part, row.row) == pair.input)
            else {
                continue;
            };
            let id = FrameId { train: pair.train, pulse: frames.pulse_id[frame], cell: frames.cell_id[frame] };
            let mut loaded = Loaded::blank(id, module, &own.read, self.pass.planes);
            loaded.stage = frames.third.get(frame).copied().unwrap_or(0);
            loaded.present.fill(true);
            self.take(own, stored, row.cell, &mut loaded);
            for (step, sees, gives) in &own.steps {
                let outcome = transform(*step, (sees, gives), &mut loaded, &mut step.working(), &mut changing);
                outcome.map_err(|failed| failed.1)?;
            }
            let all = 0..own.written.module_pixels();
            for (stream, row_of) in own.streams.streams.iter().zip(rows.iter_mut()) {
                let Some((layout, bytes, over)) = row_of else { continue };
                let (role, element) = (stream.role, layout.element);
                let cell = Cell { role, element, written: &own.written, over: *over };
                cell.put(&loaded, all.clone(), row.cell, bytes);
            }
        }
        Ok(())
    }

    fn take(&self, own: &OneModule<'_>, stored: &[Option<Vec<u8>>], cell: u16, loaded: &mut Loaded) {
        let all = 0..own.read.module_pixels();
        let row = |stream: &Stream, bytes| StoredRow { element: stream.element, bytes, cell };
        let taking =
            Taking { options: &self.job.image, bad: &own.bad, planes: self.job.detector.planes, changes: true };
        // the image comes first
        for (number, (stream, bytes)) in own.streams.streams.iter().zip(stored).enumerate() {
            let Some(bytes) = bytes else { continue };
            if stream.role == Role::Image {
                loaded.take_pixels(all.clone(), &row(stream, bytes), &taking);
            } else if Some(number) == own.streams.mask {
                loaded.take_mask(all.clone(), &row(stream, bytes), self.job.image.detector_mask);
            } else if Some(number) == own.streams.gain {
                loaded.take_gain(all.clone(), &row(stream, bytes));
            }
        }
    }
}

/// Those whose hash falls into the share, and the one whose hash is smallest.
fn chosen(pairs: &[Pair]) -> Vec<&Pair> {
    let hash = |pair: &Pair| {
        let mut bytes = pair.train.to_le_bytes().to_vec();
        bytes.extend(pair.pulse.unwrap_or(0).to_le_bytes());
        xxh3_64(&bytes)
    };
    let first = pairs.iter().map(hash).min();
    pairs.iter().filter(|pair| hash(pair) % SHARE == 0 || Some(hash(pair)) == first).collect()
}

/// Within the bound that the workflow allows, else bit by bit.
fn equal(element: ElementType, made: &[u8], written: &[u8], bound: Option<&Bound>) -> std::result::Result<(), String> {
    if made == written {
        return Ok(());
    }
    if made.len() != written.len() {
        return Err(format!("its row has {} bytes, the workflow's steps make {}", written.len(), made.len()));
    }
    if let Some(bound) = bound {
        return bound.judge(element, made, written);
    }
    let size = element.size().max(1);
    let mut unequal = made.chunks(size).zip(written.chunks(size)).enumerate().filter(|(_, (a, b))| a != b);
    let first = unequal.next().map_or(0, |(position, _)| position);
    let (count, all) = (1 + unequal.count(), made.len() / size);
    Err(format!("{count} of {all} values are not what the workflow's steps make of the input, the first at {first}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(train: u64, pulse: u64) -> Pair {
        Pair { train, pulse: Some(pulse), input: (0, 0), output: (0, 0) }
    }

    #[test]
    fn one_in_a_hundred_and_never_none() {
        assert_eq!(chosen(&[pair(1, 1)]).len(), 1);
        assert!(chosen(&[]).is_empty());
        let many: Vec<Pair> = (0..20_000).map(|at| pair(10_000 + at / 100, at % 100)).collect();
        assert!((150..260).contains(&chosen(&many).len()));
        let few = &many[..100];
        assert!((1..8).contains(&chosen(few).len()));
    }

    #[test]
    fn what_differs_is_told() {
        let made = [1.0f32, 2.0, 3.0].map(f32::to_le_bytes).concat();
        let mut written = made.clone();
        assert_eq!(equal(ElementType::F32, &made, &written, None), Ok(()));
        written[4] ^= 1;
        let told = equal(ElementType::F32, &made, &written, None).unwrap_err();
        assert!(told.starts_with("1 of 3 values") && told.ends_with("the first at 1"), "{told}");
        assert!(equal(ElementType::F32, &made, &written[..4], None).unwrap_err().contains("4 bytes"));
    }
}
