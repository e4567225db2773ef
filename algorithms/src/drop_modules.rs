//! `drop-modules`: modules that are of no use are left out for the whole run. Two steps in one: what of each module is good, folded
//! over the run, then the decision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{
    Algorithm, Context, Decide, Decision, Effect, Frame, FrameOut, FrameStep, Needs, Problem, RunValues, RunView, Step,
};
use trainyard_format::words::counted;
use trainyard_format::{Error, Place, Result};

pub struct DropModules;

/// Parameters of `drop-modules`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// least share of good pixels over the run; a module with fewer is dropped, in any case one without any
    #[schemars(range(min = 0.0, max = 1.0))]
    pub least_good: f64,
    /// drop modules whose good pixels all have one value in all frames
    pub constant: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config { least_good: 0.0, constant: true }
    }
}

/// Of one module in some frames.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Seen {
    /// frames that have the module
    frames: u64,
    /// good pixels in them
    good: u64,
    /// infinite the wrong way round where there is none
    smallest: f32,
    largest: f32,
}

impl Seen {
    const NOTHING: Seen = Seen { frames: 0, good: 0, smallest: f32::INFINITY, largest: f32::NEG_INFINITY };

    fn add(&mut self, pixels: &[f32]) {
        self.frames += 1;
        for &pixel in pixels.iter().filter(|pixel| !pixel.is_nan()) {
            self.good += 1;
            self.smallest = self.smallest.min(pixel);
            self.largest = self.largest.max(pixel);
        }
    }

    fn join(&mut self, other: &Seen) {
        self.frames += other.frames;
        self.good += other.good;
        self.smallest = self.smallest.min(other.smallest);
        self.largest = self.largest.max(other.largest);
    }
}

struct Looking {
    modules: usize,
    module_pixels: usize,
}

impl FrameStep for Looking {
    type Partial = Vec<Seen>;
    type Working = ();

    fn working(&self) {}

    fn begin(&self) -> Vec<Seen> {
        vec![Seen::NOTHING; self.modules]
    }

    fn frame(&self, frame: &Frame<'_>, (): &mut (), _: &mut FrameOut<'_>, seen: &mut Vec<Seen>) -> Result<()> {
        for (position, seen) in seen.iter_mut().enumerate() {
            if let Some(pixels) = frame.module(position) {
                seen.add(pixels);
            }
        }
        Ok(())
    }

    fn merge(&self, into: &mut Vec<Seen>, next: Vec<Seen>) -> Result<()> {
        into.iter_mut().zip(&next).for_each(|(into, next)| into.join(next));
        Ok(())
    }

    fn finish(&self, seen: Vec<Seen>, values: &mut RunValues) -> Result<()> {
        let numbers = |of: fn(&Seen) -> u64| seen.iter().map(of).collect::<Vec<u64>>();
        let extremes = |of: fn(&Seen) -> f32| {
            let known = |seen: &Seen| if seen.good > 0 { f64::from(of(seen)) } else { f64::NAN };
            seen.iter().map(known).collect::<Vec<f64>>()
        };
        let shape = [self.modules];
        values.u64("framesSeen", &shape, &numbers(|seen| seen.frames), "");
        values.u64("goodPixels", &shape, &numbers(|seen| seen.good), "");
        values.u64("modulePixels", &[], &[self.module_pixels as u64], "");
        values.f64("smallest", &shape, &extremes(|seen| seen.smallest), "");
        values.f64("largest", &shape, &extremes(|seen| seen.largest), "");
        Ok(())
    }

    fn memory(&self) -> usize {
        self.modules * size_of::<Seen>()
    }
}

struct Judging {
    config: Config,
    /// position of the step that looks
    looking: usize,
    /// numbers of the modules
    numbers: Vec<u16>,
}

impl Judging {
    /// Why a module goes; `None`: it stays. One that no frame has is not there to be dropped.
    fn reason(&self, frames: f64, good: f64, pixels: f64, [smallest, largest]: [f64; 2]) -> Option<String> {
        let share = good / (frames * pixels);
        if frames == 0.0 {
            None
        } else if good == 0.0 {
            Some(format!("no good pixel in {}", counted(frames, "frame")))
        } else if share < self.config.least_good {
            let least = self.config.least_good;
            Some(format!("{share:.4} of its pixels are good in {}, least-good is {least}", counted(frames, "frame")))
        } else if self.config.constant && smallest == largest {
            Some(format!("every good pixel is {smallest} in {}", counted(frames, "frame")))
        } else {
            None
        }
    }
}

impl Decide for Judging {
    fn decide(&self, run: &RunView<'_>, decision: &mut Decision<'_>) -> Result<()> {
        let seen = run.fold(self.looking);
        let of = |key: &str| {
            let numbers = seen.and_then(|seen| seen.numbers(key));
            numbers.ok_or_else(|| Error::bug(format!("no `{key}` of the modules was folded"), Place::default()))
        };
        let (frames, good, pixels) = (of("framesSeen")?, of("goodPixels")?, of("modulePixels")?);
        let (smallest, largest) = (of("smallest")?, of("largest")?);
        let (mut modules, mut kept) = (Vec::new(), Vec::new());
        for (position, &number) in self.numbers.iter().enumerate() {
            let extremes = [smallest[position], largest[position]];
            let reason = self.reason(frames[position], good[position], pixels[0], extremes);
            modules.push(u64::from(number));
            kept.push(u64::from(reason.is_none()));
            if let Some(reason) = reason {
                decision.values.warn(format!("module {number} is dropped: {reason}"));
                decision.drop_module(position, reason);
            }
        }
        decision.values.u64("modules", &[modules.len()], &modules, "");
        decision.values.u64("kept", &[kept.len()], &kept, "");
        Ok(())
    }
}

impl Algorithm for DropModules {
    const NAME: &'static str = "drop-modules";
    const SUMMARY: &'static str = "leaves out modules without good pixels, for the whole run";
    const DETAILS: &'static str = "\
All frames that come to the step are looked at first; then a module is dropped when none of its pixels is good in any frame, when
fewer than the share `least-good` are, or, with `constant`, when all good pixels have one value in all frames. No step behind
this one sees a dropped module, and its files hold trains and no frames. Frames lack no module because of it: `incomplete` is
decided before. Which modules went, by which step and why, stands in the run value `modules` of the fates, in the verdict and in
the manifest; `validate --against` takes them from there. Run values by module: MODSTAT `framesSeen`, `goodPixels` u64,
`smallest`, `largest` f64, and `modulePixels`; MODULES `modules` (their numbers) and `kept` (1: it stays).";
    const EXAMPLE: &'static str = "\
- drop-modules: {least-good: 0.1}
- write-frames: {}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let detector = &context.detector;
        let looking = Looking { modules: detector.modules.len(), module_pixels: detector.module_pixels() };
        let numbers = detector.modules.iter().map(|module| module.number).collect();
        let judging = Judging { config, looking: context.first_step, numbers };
        let judging = Step::decide("MODULES", judging).dropping_modules();
        let needs = Needs::default().with_folds([context.first_step]);
        Ok(vec![Step::frame("MODSTAT", looking), judging.needing(needs)])
    }

    fn effect(_config: Config) -> Effect {
        Effect::DropsModules
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_goes_for_a_reason_with_numbers() {
        let judging =
            |least_good, constant| Judging { config: Config { least_good, constant }, looking: 0, numbers: Vec::new() };
        let all = judging(0.5, true);
        assert_eq!(all.reason(0.0, 0.0, 4.0, [f64::NAN; 2]), None, "not there");
        assert_eq!(all.reason(3.0, 0.0, 4.0, [f64::NAN; 2]).as_deref(), Some("no good pixel in 3 frames"));
        let few = all.reason(2.0, 3.0, 4.0, [0.0, 1.0]);
        assert_eq!(few.as_deref(), Some("0.3750 of its pixels are good in 2 frames, least-good is 0.5"));
        assert_eq!(all.reason(2.0, 4.0, 4.0, [0.0, 1.0]), None, "as many as are wanted");
        assert_eq!(all.reason(2.0, 8.0, 4.0, [7.0, 7.0]).as_deref(), Some("every good pixel is 7 in 2 frames"));
        assert_eq!(judging(0.5, false).reason(2.0, 8.0, 4.0, [7.0, 7.0]), None);
    }
}
