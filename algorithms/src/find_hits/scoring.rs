//! The score of each frame.

use crate::lit_pixels::{count, score, ModuleCount};
use trainyard_engine::algorithm::{Axis, Frame, FrameStep, OutputDecl, RowSink, RunValues};
use trainyard_format::map::ElementType;

pub(super) struct Scoring {
    threshold: f32,
    /// positions of the modules that make the score
    chosen: Vec<usize>,
    modules: usize,
}

impl Scoring {
    pub(super) fn new(threshold: f32, chosen: Vec<usize>, modules: usize) -> Self {
        Scoring { threshold, chosen, modules }
    }
}

impl FrameStep for Scoring {
    type Partial = ();
    /// counts by position of the module
    type Working = Vec<ModuleCount>;

    fn working(&self) -> Vec<ModuleCount> {
        vec![ModuleCount::default(); self.modules]
    }

    fn begin(&self) {}

    fn frame(
        &self,
        frame: &Frame<'_>,
        counts: &mut Vec<ModuleCount>,
        columns: &mut [f64],
        row: &mut RowSink<'_>,
        _: &mut (),
    ) {
        for (position, counted) in counts.iter_mut().enumerate() {
            *counted = frame.module(position).map_or_else(ModuleCount::default, |image| count(image, self.threshold));
        }
        let chosen = self.chosen.iter().filter_map(|&position| counts.get(position).copied());
        columns[0] = score(chosen, self.chosen.len()).unwrap_or(f64::NAN);
        row.u32(&counts.iter().map(|c| c.lit).collect::<Vec<_>>());
        row.u32(&counts.iter().map(|c| c.unmasked).collect::<Vec<_>>());
        row.i64(&counts.iter().map(ModuleCount::truncated_total).collect::<Vec<_>>());
    }

    fn merge(&self, _: &mut (), _: ()) {}

    fn finish(&self, _: (), values: &mut RunValues) {
        values.f64("threshold", &[], &[f64::from(self.threshold)], "");
    }

    fn memory(&self) -> usize {
        self.modules * size_of::<ModuleCount>()
    }
}

pub(super) fn outputs(modules: u64) -> Vec<OutputDecl> {
    let output = |key: &str, element, description: &str| OutputDecl {
        key: key.into(),
        axis: Axis::Frame,
        element,
        shape: vec![modules],
        unit: String::new(),
        description: description.into(),
    };
    vec![
        output("litPixels", ElementType::U32, "good pixels above the threshold, by module"),
        output("unmaskedPixels", ElementType::U32, "good pixels, by module"),
        output("totalIntensity", ElementType::I64, "sum of the good pixels, cut to an integer, by module"),
    ]
}
