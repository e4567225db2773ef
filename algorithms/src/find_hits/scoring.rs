//! The score of each frame.

use crate::lit_pixels::{count, score, ModuleCount};
use trainyard_engine::algorithm::{Frame, FrameOut, FrameStep, OutputDecl, RunValues};
use trainyard_format::map::ElementType;
use trainyard_format::Result;

pub(super) struct Scoring {
    threshold: f32,
    /// (position, number) of the modules whose pixels are counted
    counted: Vec<(usize, u16)>,
    /// of which these make the score: positions in `counted`
    chosen: Vec<usize>,
}

impl Scoring {
    /// `chosen` are positions of modules, each among those `counted`.
    pub(super) fn new(threshold: f32, counted: Vec<(usize, u16)>, chosen: &[usize]) -> Self {
        let chosen = chosen.iter().filter_map(|module| counted.iter().position(|(at, _)| at == module)).collect();
        Scoring { threshold, counted, chosen }
    }
}

impl FrameStep for Scoring {
    type Partial = ();
    /// by position in `counted`
    type Working = Vec<ModuleCount>;

    fn working(&self) -> Vec<ModuleCount> {
        vec![ModuleCount::default(); self.counted.len()]
    }

    fn begin(&self) {}

    fn frame(
        &self,
        frame: &Frame<'_>,
        counts: &mut Vec<ModuleCount>,
        out: &mut FrameOut<'_>,
        _: &mut (),
    ) -> Result<()> {
        for (counted, (position, _)) in counts.iter_mut().zip(&self.counted) {
            *counted = frame.module(*position).map_or_else(ModuleCount::default, |image| count(image, self.threshold));
        }
        let chosen = self.chosen.iter().filter_map(|&position| counts.get(position).copied());
        out.columns[0] = score(chosen, self.chosen.len()).unwrap_or(f64::NAN);
        out.row.u32(&counts.iter().map(|c| c.lit).collect::<Vec<_>>());
        out.row.u32(&counts.iter().map(|c| c.unmasked).collect::<Vec<_>>());
        out.row.i64(&counts.iter().map(ModuleCount::truncated_total).collect::<Vec<_>>());
        Ok(())
    }

    fn merge(&self, _: &mut (), _: ()) -> Result<()> {
        Ok(())
    }

    fn finish(&self, _: (), values: &mut RunValues) -> Result<()> {
        values.f64("threshold", &[], &[f64::from(self.threshold)], "");
        let modules: Vec<u64> = self.counted.iter().map(|(_, number)| u64::from(*number)).collect();
        values.u64("modules", &[modules.len()], &modules, "");
        Ok(())
    }

    fn memory(&self) -> usize {
        self.counted.len() * size_of::<ModuleCount>()
    }
}

pub(super) fn outputs(modules: usize) -> Vec<OutputDecl> {
    let shape = [modules as u64];
    let output = |key: &str, element, description: &str| OutputDecl::new(key, element, &shape, description);
    vec![
        output("litPixels", ElementType::U32, "good pixels above the threshold, by module"),
        output("unmaskedPixels", ElementType::U32, "good pixels, by module"),
        output("totalIntensity", ElementType::I64, "sum of the good pixels, cut to an integer, by module"),
    ]
}
