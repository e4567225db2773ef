//! Frames through one step that changes them.

use super::{Stage, StagedFrame};
use crate::algorithm::{FrameSchema, Step, StepKind};
use crate::compute::{transform, Changing, Loaded};
use trainyard_format::{Error, Place, Result};

/// A frame behind a step that changes it, `[module, slow, fast]` of the schema that the step gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// what is written
    pub pixels: Vec<f32>,
    /// what later steps see
    pub image: Vec<f32>,
    /// empty: there is none
    pub gain: Vec<f32>,
    pub mask: Vec<u32>,
    /// what the step counted
    pub counts: Vec<u64>,
}

impl Stage {
    /// What the step makes of frames here: their pixels serve as what is stored and, without the marked ones, as what steps see.
    ///
    /// # Errors
    /// A step that changes nothing; frames that it cannot take.
    pub fn changing<'s>(
        &self,
        step: &'s Step,
    ) -> std::result::Result<impl FnMut(&StagedFrame) -> Result<Changed> + 's, String> {
        let StepKind::Transform(kind) = &step.kind else { return Err("it changes no pixels".into()) };
        let sees = self.schema();
        let gives = kind.schema(&sees).map_err(|problem| problem.what)?;
        let (mut working, mut changing) = (kind.working(), Changing::default());
        Ok(move |frame: &StagedFrame| {
            let mut loaded = loaded(frame);
            let outcome = transform(&**kind, (&sees, &gives), &mut loaded, &mut working, &mut changing);
            outcome.map_err(|failed| failed.1)?;
            let counts = changing.counts.clone();
            let Loaded { pixels, image, gain, mask, .. } = loaded;
            Ok(Changed { pixels, image, gain, mask, counts })
        })
    }

    /// What the step makes of one frame.
    ///
    /// # Errors
    /// As [`changing`](Self::changing); what the step cannot do.
    pub fn change(&self, step: &Step, frame: &StagedFrame) -> Result<Changed> {
        let mut change = self.changing(step).map_err(|what| Error::bug(what, Place::default()))?;
        change(frame)
    }

    /// What frames are behind a step.
    ///
    /// # Errors
    /// Frames that it cannot take, in its words.
    pub fn schema_behind(&self, step: &Step) -> std::result::Result<FrameSchema, String> {
        match &step.kind {
            StepKind::Transform(kind) => kind.schema(&self.schema()).map_err(|problem| problem.what),
            _ => Ok(self.schema()),
        }
    }
}

fn loaded(frame: &StagedFrame) -> Loaded {
    let mut image = frame.pixels.clone();
    image.iter_mut().zip(&frame.mask).filter(|(_, mask)| **mask != 0).for_each(|(pixel, _)| *pixel = f32::NAN);
    Loaded {
        frame: 0,
        id: frame.id,
        first: 0,
        image,
        pixels: frame.pixels.clone(),
        gain: frame.gain.clone(),
        mask: frame.mask.clone(),
        stage: 0,
        original: Vec::new(),
        present: frame.present.clone(),
        rows: Vec::new(),
        columns: frame.columns.clone(),
    }
}
