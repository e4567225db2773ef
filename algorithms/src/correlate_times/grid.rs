//! Times of the frames of a train: slots of a grid of pulse ids, or the order of the frames.

use super::config::{Config, LagBy};
use trainyard_engine::algorithm::{Context, Problem, RunValues};

/// From one pulse id to the next: 288 periods of 1.3 GHz.
pub(super) const PULSE_SECONDS: f64 = 288.0 / 1.3e9;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    by: LagBy,
    /// pulse ids to a slot
    step: u64,
    /// whether pulse ids count bunches: of cameras and JUNGFRAU they are rows and cells
    timed: bool,
    /// slots of the first train
    slots: usize,
}

/// Slots of a train where none is known: the cells of LPD.
const SLOTS: usize = 512;

/// Frames at their slots.
pub(super) struct Placed {
    /// ascending, each once; none: the frame lies between two slots
    pub(super) slots: Vec<Option<usize>>,
    pub(super) astray: u64,
}

impl Grid {
    pub(super) fn new(config: &Config, context: &Context) -> Result<Self, Vec<Problem>> {
        if config.pulse_step == Some(0) {
            return Err(vec![Problem::new(&["pulse-step"], "a lag has to stand for at least one pulse id")]);
        }
        let kind = &context.detector.kind;
        use trainyard_format::detector::DetectorKind::{Camera, Jungfrau};
        let timed = *kind != Camera && *kind != Jungfrau;
        let ids = of_first_train(context)?;
        let step = match (config.lag_by, config.pulse_step) {
            (LagBy::Frame, _) => 1,
            (LagBy::Pulse, Some(step)) => step,
            (LagBy::Pulse, None) => {
                let step = ids.windows(2).map(|pair| pair[1].abs_diff(pair[0])).fold(0, divisor);
                step.max(1)
            }
        };
        let span = match (ids.first(), ids.last()) {
            (Some(first), Some(last)) => (last.abs_diff(*first) / step + 1) as usize,
            _ => SLOTS,
        };
        let slots = if config.lag_by == LagBy::Frame && !ids.is_empty() { ids.len() } else { span };
        Ok(Grid { by: config.lag_by, step, timed, slots })
    }

    /// About how many slots a train has.
    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    pub(super) fn place(&self, pulse_ids: &[u64]) -> Placed {
        if self.by == LagBy::Frame {
            return Placed { slots: (0..pulse_ids.len()).map(Some).collect(), astray: 0 };
        }
        let first = pulse_ids.first().copied().unwrap_or(0);
        let slot = |&id: &u64| {
            let distance = id.checked_sub(first)?;
            (distance % self.step == 0).then_some((distance / self.step) as usize)
        };
        let slots: Vec<Option<usize>> = pulse_ids.iter().map(slot).collect();
        let astray = slots.iter().filter(|slot| slot.is_none()).count() as u64;
        Placed { slots, astray }
    }

    /// What a lag of 1 is.
    pub(super) fn put(&self, values: &mut RunValues) {
        if self.by == LagBy::Pulse {
            values.u64("pulseStep", &[], &[self.step], "");
            if self.timed {
                values.f64("lagTime", &[], &[self.step as f64 * PULSE_SECONDS], "s");
            }
        }
    }

    /// What is doubtful about so many frames between two slots.
    pub(super) fn doubt(&self, astray: u64) -> Option<String> {
        (astray > 0).then(|| {
            format!(
                "{astray} frames took no part: their pulse ids are no multiple of {} behind the first of their train\n\
                 hint: set `pulse-step`",
                self.step
            )
        })
    }
}

/// Pulse ids of the first selected train with two frames.
fn of_first_train(context: &Context) -> Result<Vec<u64>, Vec<Problem>> {
    for train in context.trains.iter().take(8) {
        let found = context.detector.frames(&context.run, &[*train], &context.pool);
        let (frames, _) = found.map_err(|error| vec![Problem::new(&["pulse-step"], error.to_string())])?;
        if frames.pulse_id.len() > 1 {
            return Ok(frames.pulse_id);
        }
    }
    Ok(Vec::new())
}

/// The greatest common divisor; of 0 and a number that number.
fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a
    } else {
        divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pulses_lie_on_a_grid() {
        assert_eq!([4u64, 8, 12, 20].windows(2).map(|p| p[1] - p[0]).fold(0, divisor), 4);
        let grid = Grid { by: LagBy::Pulse, step: 4, timed: true, slots: 4 };
        let placed = grid.place(&[100, 108, 110, 112]);
        assert_eq!((placed.slots, placed.astray), (vec![Some(0), Some(2), None, Some(3)], 1));
        let frames = Grid { by: LagBy::Frame, ..grid }.place(&[100, 108, 110]);
        assert_eq!(frames.slots, [Some(0), Some(1), Some(2)]);
        assert!((4.0 * PULSE_SECONDS - 0.886e-6).abs() < 1e-9);
    }
}
