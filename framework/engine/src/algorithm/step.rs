//! A configured step of a workflow: a declaration of what it needs and makes, and one small trait.

use super::{
    Accumulate, ColumnDecl, Decide, ErasedAccumulate, ErasedFrameStep, ErasedStoredStep, ErasedTrainStep,
    ErasedTransform, FrameOutput, FrameStep, Grouping, KeepStep, MetadataStep, Needs, OutputDecl, StoredStep,
    TrainStep, Transform,
};
use trainyard_format::detector::Detector;

pub struct Step {
    /// name of its result source, in capitals: `AZINT`
    pub source: String,
    pub needs: Needs,
    /// columns the step makes, numbered on from those before it. Named as the step knows them (`hit`): what `as` makes of
    /// that is the engine's business
    pub columns: Vec<ColumnDecl>,
    /// stands in front of the columns' names where no `as` does: `peaks` makes `peaks.count`
    pub prefix: &'static str,
    pub rows: Rows,
    /// beside rows by frame: any number of entries of each frame
    pub list: Option<ListDecl>,
    /// of accumulating steps: maps of one module and group, `[slow, fast]`
    pub maps: Vec<OutputDecl>,
    /// of steps that write, beyond the first: their run folder inside the output
    pub folder: Option<String>,
    /// of steps that write: which of the frames that come to it are taken; all when there is none
    pub takes: Option<Box<dyn KeepStep>>,
    /// of decisions: may drop modules
    pub drops_modules: bool,
    pub kind: StepKind,
}

/// Datasets with a row for each entry, any number of entries a frame: `peaks` with `peaks.x`, `peaks.y`. The index of the
/// group selects trains as any other; `trainId` and `pulseId` of each entry are added.
#[derive(Clone, Debug, PartialEq)]
pub struct ListDecl {
    /// index group
    pub group: &'static str,
    pub outputs: Vec<OutputDecl>,
}

/// Datasets that a step leaves: a row for each frame that it sees, or for each train.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Rows {
    #[default]
    None,
    ByFrame(Vec<OutputDecl>),
    ByTrain(Vec<OutputDecl>),
}

impl Rows {
    /// All datasets.
    pub fn declared(&self) -> &[OutputDecl] {
        match self {
            Rows::None => &[],
            Rows::ByFrame(outputs) | Rows::ByTrain(outputs) => outputs,
        }
    }

    pub fn by_frame(&self) -> &[OutputDecl] {
        match self {
            Rows::ByFrame(outputs) => outputs,
            _ => &[],
        }
    }

    pub fn by_train(&self) -> &[OutputDecl] {
        match self {
            Rows::ByTrain(outputs) => outputs,
            _ => &[],
        }
    }

    pub fn row_bytes(&self) -> usize {
        self.declared().iter().map(OutputDecl::row_bytes).sum()
    }
}

pub enum StepKind {
    Metadata(Box<dyn MetadataStep>),
    Keep(Box<dyn KeepStep>),
    Frame(Box<dyn ErasedFrameStep>),
    Stored(Box<dyn ErasedStoredStep>),
    Train(Box<dyn ErasedTrainStep>),
    Accumulate(Box<dyn ErasedAccumulate>),
    Decide(Box<dyn Decide>),
    Transform(Box<dyn ErasedTransform>),
    Write(FrameOutput),
}

impl StepKind {
    /// Keeps something of what it sees of the pixels.
    pub fn looks(&self) -> bool {
        matches!(self, StepKind::Frame(_) | StepKind::Train(_) | StepKind::Accumulate(_))
    }

    /// Keeps something of frames, decoded or as they are stored.
    pub fn reads(&self) -> bool {
        self.looks() || matches!(self, StepKind::Stored(_))
    }
}

impl Step {
    fn new(source: &str, kind: StepKind) -> Self {
        Step {
            source: source.into(),
            needs: Needs::default(),
            columns: Vec::new(),
            prefix: "",
            rows: Rows::None,
            list: None,
            maps: Vec::new(),
            folder: None,
            takes: None,
            drops_modules: false,
            kind,
        }
    }

    pub fn metadata(source: &str, step: impl MetadataStep + 'static) -> Self {
        Step::new(source, StepKind::Metadata(Box::new(step)))
    }

    pub fn keep(step: impl KeepStep + 'static) -> Self {
        Step::new("KEEP", StepKind::Keep(Box::new(step)))
    }

    pub fn frame(source: &str, step: impl FrameStep) -> Self {
        Step::new(source, StepKind::Frame(Box::new(step)))
    }

    /// Its modules stand in [`Needs::modules`]; it leaves columns and rows by frame, no list.
    pub fn stored(source: &str, step: impl StoredStep) -> Self {
        Step::new(source, StepKind::Stored(Box::new(step)))
    }

    pub fn train(source: &str, step: impl TrainStep) -> Self {
        Step::new(source, StepKind::Train(Box::new(step)))
    }

    /// `maps` are those of one module and group. Grouped by train they are rows, of all modules together.
    pub fn accumulate(source: &str, detector: &Detector, step: impl Accumulate, maps: Vec<OutputDecl>) -> Self {
        let modules = detector.modules.len() as u64;
        let whole = |map: &OutputDecl| {
            let shape = std::iter::once(modules).chain(map.shape.iter().copied()).collect();
            OutputDecl { shape, ..map.clone() }
        };
        let rows = match step.grouping() {
            Grouping::Train => Rows::ByTrain(maps.iter().map(whole).collect()),
            _ => Rows::None,
        };
        Step { rows, maps, ..Step::new(source, StepKind::Accumulate(Box::new(step))) }
    }

    pub fn decide(source: &str, step: impl Decide + 'static) -> Self {
        Step::new(source, StepKind::Decide(Box::new(step)))
    }

    /// Of decisions: it may drop modules, so that all that stands behind it waits for it.
    pub fn dropping_modules(self) -> Self {
        Step { drops_modules: true, ..self }
    }

    pub fn transform(step: impl Transform) -> Self {
        Step::new("PIXELS", StepKind::Transform(Box::new(step)))
    }

    pub fn write(output: FrameOutput) -> Self {
        Step::new("FRAMES", StepKind::Write(output))
    }

    /// Of steps that write: what `as` calls the step, which is its run folder unless it is the first.
    pub fn into_folder(self, name: &str) -> Self {
        Step { folder: Some(name.into()), ..self }
    }

    /// Of steps that write: only the frames that meet a condition.
    pub fn taking(self, condition: impl KeepStep + 'static) -> Self {
        Step { takes: Some(Box::new(condition)), ..self }
    }

    pub fn needing(self, needs: Needs) -> Self {
        Step { needs, ..self }
    }

    pub fn making(self, columns: impl IntoIterator<Item = ColumnDecl>) -> Self {
        Step { columns: columns.into_iter().collect(), ..self }
    }

    pub fn prefixed(self, prefix: &'static str) -> Self {
        Step { prefix, ..self }
    }

    pub fn with_rows(self, rows: Rows) -> Self {
        Step { rows, ..self }
    }

    /// Only of frame steps with rows by frame.
    pub fn with_list(self, group: &'static str, outputs: Vec<OutputDecl>) -> Self {
        Step { list: Some(ListDecl { group, outputs }), ..self }
    }

    /// Datasets of the list.
    pub fn listed(&self) -> &[OutputDecl] {
        self.list.as_ref().map(|list| &list.outputs[..]).unwrap_or_default()
    }

    /// Bytes of results of one frame until they are on their way: its row, a few entries of its list, what is extracted.
    pub fn frame_bytes(&self, detector: &Detector) -> u64 {
        const ENTRIES: usize = 64;
        let entry: usize = self.listed().iter().map(OutputDecl::row_bytes).sum();
        let extracted = match &self.kind {
            // once as it comes, once gathered
            StepKind::Train(step) => 2 * step.extract_len() * size_of::<f32>(),
            // the image, until it is added
            StepKind::Accumulate(_) => {
                let image = detector.modules.len() * detector.module_pixels() * size_of::<f32>();
                return (image + self.rows.row_bytes()) as u64;
            }
            _ => 0,
        };
        (self.rows.row_bytes() + ENTRIES * entry + extracted) as u64
    }

    /// Gives the columns their names in the workflow: `hit`, `peaks.count`, and with `as: strong` `strong.hit`.
    pub fn name_columns(&mut self, label: &str, algorithm: &str) {
        let prefix = if label == algorithm { self.prefix } else { label };
        if !prefix.is_empty() {
            self.columns.iter_mut().for_each(|column| column.name = format!("{prefix}.{}", column.name));
        }
    }
}
