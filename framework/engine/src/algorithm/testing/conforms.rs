//! What the engine relies on, held against a step.

use super::perform::{begin, finish};
use super::{Changed, Made, Shape, Stage, StagedFrame};
use crate::algorithm::{Modules, Partial, RowSink, RunValue, RunValues, Step, StepKind};
use trainyard_format::map::ElementType;
use trainyard_format::Result;

/// Values over another tree of merges differ by rounding alone: a sum of n terms by at most n units in the last place of the
/// sum of magnitudes; n is below 2^10 here, and what cancels in a variance takes its square root of that.
const ROUNDING: f64 = 1e-6;

impl Stage {
    /// Whether a frame or train step keeps what the engine relies on.
    ///
    /// # Errors
    /// What it does not keep, in one sentence each.
    pub fn conforms(&self, step: &Step) -> std::result::Result<(), String> {
        let frames = self.odd_frames();
        let plain = self.made(step, &frames, Shape::default(), "frame by frame")?;
        for at_once in 1..=8 {
            let shape = Shape { at_once, ..Shape::default() };
            let text = format!("{at_once} frames at once");
            same(&plain, &self.made(step, &frames, shape, &text)?, &text)?;
        }
        let fresh = Shape { keep_scratch: false, ..Shape::default() };
        same(&plain, &self.made(step, &frames, fresh, "fresh scratch")?, "fresh scratch")?;
        let restarted = Shape { restart: true, ..Shape::default() };
        same(&plain, &self.made(step, &frames, restarted, "restarted")?, "partials that were stored and loaded")?;
        let chained = self.made(step, &frames, Shape { chain: true, ..Shape::default() }, "another tree")?;
        like(&plain.values, &chained.values).map_err(|what| format!("another tree of merges: {what}"))?;
        self.without_the_others(step, &frames, &plain)?;
        let mut values = RunValues::default();
        finish(step, begin(step), &mut values).map_err(|e| format!("no frame at all: {e}"))?;
        for (text, few) in [("one frame", &frames[..1]), ("one train", &frames[..4])] {
            self.made(step, few, Shape::default(), text)?;
        }
        Ok(())
    }

    /// Whether a step that accumulates gives the same however many frames come at once, and after a restart; and what it makes of
    /// no frame.
    ///
    /// # Errors
    /// What it does not keep.
    pub fn accumulates_alike(&self, step: &Step) -> std::result::Result<(), String> {
        let StepKind::Accumulate(kind) = &step.kind else { return Err("it accumulates nothing".into()) };
        let size = self.detector.module_pixels();
        let frames = self.odd_frames();
        let images: Vec<&[f32]> = frames.iter().map(|frame| &frame.pixels[..size]).collect();
        let maps = |rest: &Partial| -> Result<Vec<u8>> {
            let mut bytes = Vec::new();
            let mut sink = RowSink::new(&step.maps, &mut bytes);
            kind.finish(rest, &mut sink)?;
            sink.end().map(|()| bytes)
        };
        let in_blocks = |at_once: usize| -> Result<(Vec<u8>, Vec<u8>)> {
            let mut tile = kind.tile(size);
            images.chunks(at_once).try_for_each(|block| kind.add(block, &mut tile))?;
            let rest = kind.rest(tile);
            let stored = kind.store(&rest)?;
            Ok((maps(&kind.load(&stored)?)?, stored))
        };
        let told = |e: trainyard_format::Error| e.to_string();
        let plain = in_blocks(1).map_err(told)?;
        for at_once in 2..=8 {
            if in_blocks(at_once).map_err(told)? != plain {
                return Err(format!("{at_once} frames at once: other maps"));
            }
        }
        maps(&kind.rest(kind.tile(size))).map(drop).map_err(|e| format!("no frame at all: {e}"))
    }

    /// Four trains of four frames and one of eleven: with absent modules, blank frames, and a train of nothing but those.
    fn odd_frames(&self) -> Vec<StagedFrame> {
        let mut frames = self.frames(&[10_000, 10_001, 10_003, 10_004], 4);
        frames.extend(self.frames(&[10_007], 11));
        let last = self.detector.modules.len() - 1;
        for (at, frame) in frames.iter_mut().enumerate() {
            match at {
                2 | 17 => *frame = frame.clone().without(self, last),
                3 | 8..12 => *frame = frame.clone().blank(),
                _ => {}
            }
        }
        frames
    }

    fn made(&self, step: &Step, frames: &[StagedFrame], shape: Shape, text: &str) -> std::result::Result<Made, String> {
        self.perform_as(step, frames, shape).map_err(|e| format!("{text}: {e}"))
    }

    /// Other values in modules that the step does not need.
    fn without_the_others(&self, step: &Step, frames: &[StagedFrame], plain: &Made) -> std::result::Result<(), String> {
        let Modules::These(needed) = &step.needs.modules else { return Ok(()) };
        let size = self.detector.module_pixels();
        let mut other = frames.to_vec();
        for frame in &mut other {
            for module in (0..self.detector.modules.len()).filter(|m| !needed.contains(m)) {
                frame.present[module] = false;
                frame.pixels[module * size..(module + 1) * size].fill(7.0);
            }
        }
        let text = "modules that it does not need";
        same(plain, &self.made(step, &other, Shape::default(), text)?, text)
    }

    /// Whether a step that changes pixels gives the same whenever it is asked, whatever it was asked before.
    ///
    /// # Errors
    /// What it does not keep.
    pub fn changes_alike(&self, step: &Step) -> std::result::Result<(), String> {
        let StepKind::Transform(transform) = &step.kind else { return Err("it changes no pixels".into()) };
        let mut change = self.changing(step)?;
        let frames = self.odd_frames();
        let mut all = |order: &[usize]| -> std::result::Result<Vec<_>, String> {
            let one = |&at: &usize| change(&frames[at]).map(|changed| (at, changed)).map_err(|e| e.to_string());
            let mut changed: Vec<_> = order.iter().map(one).collect::<std::result::Result<_, _>>()?;
            changed.sort_by_key(|(at, _)| *at);
            Ok(changed)
        };
        let there: Vec<usize> = (0..frames.len()).collect();
        let back: Vec<usize> = there.iter().rev().copied().collect();
        let bits = |changed: Vec<(usize, Changed)>| -> Vec<_> {
            let floats = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let one = |c: Changed| (floats(&c.pixels), floats(&c.image), floats(&c.gain), c.mask, c.counts);
            changed.into_iter().map(|(_, changed)| one(changed)).collect()
        };
        if bits(all(&there)?) != bits(all(&back)?) {
            return Err("what it makes of a frame depends on the frames before".into());
        }
        let names = transform.counts();
        if names.iter().any(|name| name.is_empty() || name.contains(char::is_whitespace)) {
            return Err(format!("what it counts has names that are no keys: {names:?}"));
        }
        Ok(())
    }
}

fn same(a: &Made, b: &Made, text: &str) -> std::result::Result<(), String> {
    let bits = |columns: &[Vec<f64>]| columns.iter().flatten().map(|v| v.to_bits()).collect::<Vec<_>>();
    let wrong = if bits(&a.columns) != bits(&b.columns) {
        "columns"
    } else if a.rows != b.rows {
        "rows"
    } else if a.lists != b.lists {
        "the list"
    } else if a.values != b.values {
        "run values"
    } else {
        return Ok(());
    };
    Err(format!("{text}: {wrong} differ"))
}

fn like(a: &RunValues, b: &RunValues) -> std::result::Result<(), String> {
    if a.values.len() != b.values.len() {
        return Err("other run values".into());
    }
    for ((key, one, _), (other_key, other, _)) in a.values.iter().zip(&b.values) {
        let alike = match (one, other) {
            (
                RunValue::Number { element: ElementType::F64, bytes: one, .. },
                RunValue::Number { element: ElementType::F64, bytes: other, .. },
            ) => numbers(one).zip(numbers(other)).all(|(a, b)| {
                a.to_bits() == b.to_bits()
                    || (a.is_nan() && b.is_nan())
                    || (a - b).abs() <= ROUNDING * a.abs().max(b.abs())
            }),
            (one, other) => one == other,
        };
        if !alike || key != other_key {
            return Err(format!("`{key}` is another one"));
        }
    }
    Ok(())
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = f64> + '_ {
    bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::{ColumnDecl, Frame, FrameOut, FrameStep, Needs};

    /// Sums pixels, with a fault of choice.
    #[derive(Clone, Copy, PartialEq)]
    enum Fault {
        None,
        Scratch,
        Order,
        Others,
        Empty,
    }

    impl FrameStep for Fault {
        type Partial = (u64, f64);
        type Working = f64;

        fn working(&self) -> f64 {
            0.0
        }

        fn begin(&self) -> (u64, f64) {
            (0, 0.0)
        }

        fn frame(
            &self,
            frame: &Frame<'_>,
            before: &mut f64,
            out: &mut FrameOut<'_>,
            sum: &mut (u64, f64),
        ) -> Result<()> {
            let pixels = if *self == Fault::Others { Some(frame.pixels()) } else { frame.module(0) };
            let good = pixels.unwrap_or_default().iter().filter(|p| !p.is_nan());
            let total: f64 = good.map(|p| f64::from(*p)).sum();
            out.columns[0] = if *self == Fault::Scratch { total + *before } else { total };
            *before = total;
            *sum = (sum.0 + 1, sum.1 + total);
            Ok(())
        }

        fn merge(&self, into: &mut (u64, f64), next: (u64, f64)) -> Result<()> {
            let weight = if *self == Fault::Order { 2.0 } else { 1.0 };
            *into = (into.0 + next.0, into.1 + weight * next.1);
            Ok(())
        }

        fn finish(&self, (frames, sum): (u64, f64), values: &mut RunValues) -> Result<()> {
            if *self == Fault::Empty && frames == 0 {
                return Err(trainyard_format::Error::bug("no frame", Default::default()));
            }
            values.f64("sum", &[], &[sum], "");
            Ok(())
        }
    }

    fn wrong(fault: Fault) -> Option<String> {
        let needs = Needs::modules(Modules::these([0]));
        let step = Step::frame("SUM", fault).needing(needs).making([ColumnDecl::number("sum", "")]);
        Stage::agipd(2).conforms(&step).err()
    }

    #[test]
    fn what_a_step_does_not_keep_is_found() {
        assert_eq!(wrong(Fault::None), None);
        assert_eq!(wrong(Fault::Scratch).as_deref(), Some("fresh scratch: columns differ"));
        assert_eq!(wrong(Fault::Order).as_deref(), Some("another tree of merges: `sum` is another one"));
        assert_eq!(wrong(Fault::Others).as_deref(), Some("modules that it does not need: columns differ"));
        assert_eq!(wrong(Fault::Empty).as_deref(), Some("no frame at all: no frame"));
    }
}
