//! A pass reads each byte it needs once; decisions stand behind a barrier between two passes.

use crate::algorithm::{FrameOutput, Modules, Planes, Step, StepKind};
use serde::Serialize;

/// Positions in the list of steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pass {
    /// metadata and keep steps that run before anything is read
    pub before: Vec<usize>,
    /// steps that see frames, in order
    pub steps: Vec<usize>,
    /// decisions at the barrier after this pass
    pub tables: Vec<usize>,
    /// a step looks at pixels
    pub pixels: bool,
    /// a step changes pixels: what is written is encoded from the changed ones
    pub changes: bool,
    /// whose pixels are decoded
    pub modules: Modules,
    /// what is decoded beside the pixels
    pub planes: Planes,
    /// a sequence is gone through module by module: nothing but steps that accumulate, with more state than fits beside all else
    pub by_module: bool,
    /// whose stored chunks a step looks at
    pub stored: Modules,
    /// the steps that write frames, all in one pass; no later pass reads
    pub writes: Vec<usize>,
}

impl Pass {
    /// Whether any frame is read.
    pub fn reads(&self) -> bool {
        self.pixels || !self.writes.is_empty() || self.stored != Modules::none()
    }

    /// Whether pixels of the module at `position` are decoded.
    pub fn decodes(&self, position: usize) -> bool {
        self.pixels && self.modules.has(position)
    }
}

/// Splits steps into passes, each as early as what it needs allows:
///
/// * what looks at frames waits for the columns that it reads, and for every `keep` in front of it;
/// * a `keep` lets go of no frame that a step in front of it is to see. It runs before anything is read while no step of its
///   pass has seen a frame and its columns are known;
/// * a decision stands behind the pass that makes the last column it reads or folds the last fold, and behind every `keep` in
///   front of it; one that needs nothing of pixels causes no reading. Where it may drop modules, all that stands behind it waits
///   for it, and all that stands in front has seen its frames before;
/// * metadata steps run before the first pass: they need nothing;
/// * what changes pixels does so in every pass with a step behind it that looks at them;
/// * frames are written in the last pass that reads;
/// * steps with `large` state have a pass for themselves, in which the fates of frames are known.
///
/// With `gain_stages` the frames of a pulse share their fate, which is known only when all of them have been seen: whatever
/// stands behind a `keep` that looks at frames begins a pass.
pub fn split(steps: &[&Step], first_column: &[usize], large: &[bool], gain_stages: bool) -> Vec<Pass> {
    let mut split = Split { passes: vec![Pass::default()], ..Split::default() };
    for (position, step) in steps.iter().enumerate() {
        let made = first_column[position]..first_column[position] + step.columns.len();
        let is_large = large.get(position).is_some_and(|large| *large);
        split.place(position, (step, is_large), made, gain_stages);
    }
    split.finish(steps)
}

/// From when on a column may be read.
#[derive(Clone, Copy, Default)]
struct Known {
    pass: usize,
    /// by decisions behind this pass
    barrier: usize,
    /// made of pixels in its pass
    of_frames: bool,
}

#[derive(Default)]
struct Split {
    passes: Vec<Pass>,
    /// by number; the built-in ones are always known
    known: Vec<Known>,
    /// the first pass in which every `keep` so far has spoken
    kept: usize,
    /// the pass of each step so far that folds, by position
    folding: Vec<(usize, usize)>,
    /// the last pass with a step so far that sees frames, and behind the last decision
    seen: usize,
    judged: usize,
    changing: Vec<usize>,
    /// the last pass that a step which writes waits for
    written: usize,
    writes: Vec<usize>,
}

impl Split {
    fn pass(&mut self, number: usize) -> &mut Pass {
        if self.passes.len() <= number {
            self.passes.resize_with(number + 1, Pass::default);
        }
        &mut self.passes[number]
    }

    fn know(&mut self, columns: std::ops::Range<usize>, known: Known) {
        if self.known.len() < columns.end {
            self.known.resize(columns.end, Known::default());
        }
        self.known[columns].fill(known);
    }

    fn needed(&self, step: &Step, when: impl Fn(&Known) -> usize) -> usize {
        step.needs.columns.iter().filter_map(|&c| self.known.get(c)).map(when).max().unwrap_or(0)
    }

    /// The first pass from `number` on that is, or is not, one for large state.
    fn next(&mut self, mut number: usize, by_module: bool) -> usize {
        loop {
            let pass = self.pass(number);
            if pass.by_module == by_module || (by_module && pass.steps.is_empty()) {
                return number;
            }
            number += 1;
        }
    }

    fn place(
        &mut self,
        position: usize,
        (step, is_large): (&Step, bool),
        made: std::ops::Range<usize>,
        gain_stages: bool,
    ) {
        let needed = self.needed(step, |known| known.pass);
        match &step.kind {
            StepKind::Metadata(_) => {
                self.pass(0).before.push(position);
                self.know(made, Known::default());
            }
            StepKind::Transform(_) => {
                self.changing.push(position);
                // those behind it see what it makes
                self.kept = self.kept.max(needed);
            }
            StepKind::Frame(_) | StepKind::Stored(_) | StepKind::Train(_) | StepKind::Accumulate(_) => {
                let number = self.next(needed.max(self.kept), is_large);
                self.pass(number).by_module |= is_large;
                self.pass(number).steps.push(position);
                self.folding.push((position, number));
                self.seen = self.seen.max(number);
                self.know(made, Known { pass: number, barrier: number, of_frames: true });
            }
            StepKind::Keep(_) => {
                let number = self.next(needed.max(self.kept).max(self.seen).max(self.judged), false);
                let of_pass = |&c: &usize| self.known.get(c).is_some_and(|k| k.of_frames && k.pass == number);
                let waits = step.needs.columns.iter().any(of_pass);
                let pass = self.pass(number);
                let before = !waits && pass.steps.is_empty();
                if before { &mut pass.before } else { &mut pass.steps }.push(position);
                self.kept = number + usize::from(gain_stages && !before);
            }
            StepKind::Decide(_) => {
                let folded = self.folding.iter().filter(|(step_of, _)| step.needs.folds.contains(step_of));
                let folded = folded.map(|(_, pass)| *pass).max().unwrap_or(0);
                let seen = if step.drops_modules { self.seen } else { 0 };
                let number = self.needed(step, |known| known.barrier).max(self.kept).max(folded).max(seen);
                if step.drops_modules {
                    self.kept = self.kept.max(number + 1);
                }
                self.pass(number).tables.push(position);
                self.judged = self.judged.max(number + 1);
                self.know(made, Known { pass: number + 1, barrier: number, of_frames: false });
            }
            StepKind::Write(_) => {
                let of_pixels = |&c: &usize| self.known.get(c).is_some_and(|k| k.of_frames && k.pass == needed);
                // the gain stages of a pulse are written together: what chooses among frames is known before they are read
                let waits = gain_stages && step.takes.is_some() && step.needs.columns.iter().any(of_pixels);
                self.written = self.written.max(needed + usize::from(waits)).max(self.kept);
                self.writes.push(position);
            }
        }
    }

    fn finish(mut self, steps: &[&Step]) -> Vec<Pass> {
        // results are written when the last decision has been made, and gain stages have come together
        let last = self.judged.max(self.kept).max(self.seen);
        self.pass(last);
        if !self.writes.is_empty() {
            let writes = std::mem::take(&mut self.writes);
            let number = self.next(self.written.max(self.seen), false);
            self.pass(number).writes = writes;
        }
        for pass in &mut self.passes {
            let looking = pass.steps.iter().filter(|&&s| steps[s].kind.looks()).chain(&pass.writes);
            let end = looking.copied().max().unwrap_or(0);
            let changing: Vec<usize> = self.changing.iter().copied().filter(|&s| s < end).collect();
            pass.changes = !changing.is_empty();
            pass.modules = Modules::none();
            for &step in pass.steps.iter().filter(|&&s| steps[s].kind.looks()) {
                pass.pixels = true;
                pass.modules.add(&steps[step].needs.modules);
            }
            pass.stored = Modules::none();
            for &step in pass.steps.iter().filter(|&&s| matches!(steps[s].kind, StepKind::Stored(_))) {
                pass.stored.add(&steps[step].needs.modules);
            }
            // a proof compares pixels, and changed ones are encoded
            let lossy = |&write: &usize| matches!(steps[write].kind, StepKind::Write(FrameOutput::Lossy(_)));
            if !pass.writes.is_empty() && (pass.changes || pass.writes.iter().any(lossy)) {
                pass.pixels = true;
                pass.modules = Modules::All;
            }
            pass.steps.extend(changing);
            pass.steps.sort_unstable();
        }
        self.passes
    }
}
