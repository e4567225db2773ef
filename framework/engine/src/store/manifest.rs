//! `reduction.json`: what was done to what, with which outcome. The same bytes for the same plan, wherever it ran.

use super::{bound_of, KnownFindings, Part, LOSSY_CODEC};
use crate::algorithm::{Plane, StepKind};
use crate::plan::{index_checksum, FateCodes, Job, Metric, Program, Quality, SecondLook, Writer};
use crate::publish::LedgerFile;
use crate::read::is_stream;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use trainyard_codec::lossy::Achieved;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    pub program: Program,
    pub plan: String,
    pub workflow: serde_json::Value,
    /// what is no part of the plan, and by what was judged whether this may be published
    pub judged: serde_json::Value,
    pub detector: String,
    pub modules: Vec<u16>,
    /// LPD: rows of a train are three gain stages of the same pulses
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub parallel_gain: bool,
    pub trains: usize,
    pub sequences: usize,
    pub passes: usize,
    /// what is written, where steps make it another type, shape or unit
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixels: Option<WrittenPixels>,
    pub frames: FrameCounts,
    pub bytes: ByteCounts,
    pub chunks: ChunkCounts,
    pub steps: Vec<StepCount>,
    /// columns that the steps made, published for every frame
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// what lossy frames were promised and achieved
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lossy: Option<LossyReport>,
    /// what further steps that write frames left in run folders of their own
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<FolderReport>,
    /// metrics of the sampled frames: the worst value of each
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<QualityReport>,
    pub inputs: Vec<InputFile>,
    pub files: Vec<OutputFile>,
    /// results that mean nothing, with what decided: nothing kept, no pixel or no frame took part
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// what is odd about the input and kept nothing from being reduced
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub oddities: Vec<String>,
    /// files and damage that were skipped: `file: source, train: what`
    pub problems: Vec<String>,
    /// what could not be carried over as it was: `file: dataset: what`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// what the validator finds in the published run, and whence it came
    #[serde(skip_serializing_if = "KnownFindings::is_empty")]
    pub findings: KnownFindings,
    /// manifests of the reductions that the input went through, the oldest first
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<serde_json::Value>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct WrittenPixels {
    /// `u8`
    pub r#type: String,
    /// of a module, `[slow, fast]`
    pub shape: [usize; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// values beside the pixels that a step made
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<&'static str>,
    /// ... that the input has, and the frames no more
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<&'static str>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FrameCounts {
    pub input: u64,
    pub kept: u64,
    pub by_fate: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ByteCounts {
    /// stored bytes of detector chunks that had to be read, over all passes
    pub input: u64,
    /// all files of the reduced run
    pub output: u64,
    /// all files of the input run
    pub input_files: u64,
    /// the detector's pixels, with mask and gain, of the selected trains; where chunks differ in size, about
    pub selection_input: u64,
    /// the detector's files of the reduced run
    pub selection_output: u64,
    /// stored bytes of frames that a report reads once more, at most
    pub report: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChunkCounts {
    pub copied: u64,
    pub encoded: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct LossyReport {
    pub codec: String,
    pub bound_kind: String,
    pub bound: f64,
    pub max_error: f64,
    pub psnr: Option<f64>,
    pub chunks: u64,
    pub lossless_chunks: u64,
    pub replaced_pixels: u64,
    /// bytes of the kept pixels over the bytes that store them
    pub ratio: f64,
}

/// A run folder inside the output.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FolderReport {
    /// number of the step in the workflow, from 1
    pub step: usize,
    pub folder: String,
    /// frames that the step took
    pub frames: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lossy: Option<LossyReport>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct QualityReport {
    pub sampled_frames: u64,
    pub worst: BTreeMap<&'static str, f64>,
    /// one for each limit
    pub gates: Vec<Gate>,
}

/// A limit, and what was held against it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gate {
    pub metric: &'static str,
    pub limit: f64,
    /// `None`: infinite (a PSNR without any error), or no frame was kept
    pub worst: Option<f64>,
    /// sampled frames that have a value
    pub frames: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepCount {
    /// its number in the workflow, from 1; a step of the workflow may be two here
    pub number: usize,
    pub step: String,
    /// name of its results: `SPB_DET_AGIPD1M-1/REDU/AZINT`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<String>,
    pub frames_in: u64,
    pub frames_out: u64,
    /// what it counted in the frames that were kept
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub counted: BTreeMap<&'static str, u64>,
    /// gives the written pixels other values
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub changes_pixels: bool,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InputFile {
    pub name: String,
    pub size: u64,
    pub index_checksum: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OutputFile {
    pub name: String,
    pub size: u64,
    /// xxh3-64 of the whole file
    pub checksum: String,
}

impl OutputFile {
    fn of(file: &LedgerFile) -> Self {
        OutputFile { name: file.name.clone(), size: file.size, checksum: format!("{:016x}", file.checksum) }
    }
}

pub fn manifest(
    job: &Job,
    parts: &[Vec<Part>],
    files: &BTreeMap<String, LedgerFile>,
    findings: KnownFindings,
    warnings: Vec<String>,
) -> Manifest {
    let last = parts.last().map(Vec::as_slice).unwrap_or_default();
    let written = job.writing_pass().and_then(|pass| parts.get(pass)).map(Vec::as_slice).unwrap_or_default();
    let counts = counts(job, last, 0);
    let input: u64 = counts.iter().sum();
    let by_fate = job.fates.codes.iter().cloned().zip(counts.iter().copied()).filter(|(_, n)| *n > 0).collect();
    let all = || parts.iter().flatten();
    let damage = job.run.skipped.iter().chain(all().flat_map(|p| &p.skipped));
    let problems: BTreeSet<String> = damage.map(problem).collect();
    Manifest {
        program: job.program.clone(),
        plan: job.identity.to_string(),
        workflow: job.workflow.clone(),
        judged: job.judged.clone(),
        detector: job.detector.name.clone(),
        modules: job.detector.modules.iter().map(|m| m.number).collect(),
        parallel_gain: job.detector.parallel_gain,
        trains: job.trains.len(),
        sequences: job.sequences.len(),
        passes: job.passes.len(),
        pixels: written_pixels(job),
        frames: FrameCounts { input, kept: counts[0], by_fate },
        bytes: ByteCounts {
            input: all().map(|p| p.bytes_in).sum(),
            output: files.values().map(|file| file.size).sum(),
            input_files: job.run.files.iter().map(|f| f.stamp.size).sum(),
            selection_input: selected_bytes(job),
            selection_output: detector_files(job, files),
            report: SecondLook::of(job).bytes(job),
        },
        chunks: ChunkCounts {
            copied: all().map(|p| p.chunks_copied).sum(),
            encoded: all().map(|p| p.chunks_encoded).sum(),
        },
        steps: step_counts(job, parts, &counts),
        columns: job.made_columns().iter().map(|column| column.name.clone()).collect(),
        lossy: lossy(job, written, 0),
        folders: folders(job, last, written),
        quality: job.quality.as_ref().map(|wanted| quality(wanted, written)),
        inputs: job
            .run
            .files
            .iter()
            .map(|f| InputFile {
                name: f.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                size: f.stamp.size,
                index_checksum: format!("{:016x}", index_checksum(f)),
            })
            .collect(),
        files: files.values().map(OutputFile::of).collect(),
        oddities: job.oddities(),
        problems: problems.into_iter().collect(),
        notes: files.values().flat_map(|f| f.notes.iter().map(|note| format!("{}: {note}", f.name))).collect(),
        findings,
        warnings,
        earlier: job.earlier.clone(),
    }
}

pub fn written_pixels(job: &Job) -> Option<WrittenPixels> {
    let (written, read) = (job.written(), &job.read);
    let planes = || [("gain", written.gain, read.gain), ("mask", written.mask, read.mask)].into_iter();
    let made = planes().filter(|(_, now, _)| *now == Plane::Made);
    let dropped = planes().filter(|(_, now, was)| *now == Plane::Absent && *was != Plane::Absent);
    (job.writes_frames() && !written.is_as(read)).then(|| WrittenPixels {
        r#type: written.element_name(),
        shape: [written.slow, written.fast],
        unit: written.unit.as_ref().map(|unit| unit.symbol.clone()),
        made: made.map(|(name, ..)| name).collect(),
        dropped: dropped.map(|(name, ..)| name).collect(),
    })
}

/// Frames by fate, as the table in a writer's folder has them.
fn counts(job: &Job, last: &[Part], writer: usize) -> Vec<u64> {
    let mut counts = vec![0u64; job.fates.codes.len()];
    for part in last {
        for fate in job.fates_in(writer, part, 0..part.fates.len()).iter() {
            if let Some(count) = counts.get_mut(usize::from(*fate)) {
                *count += 1;
            }
        }
    }
    counts
}

/// What each further writer took.
fn folders(job: &Job, last: &[Part], written: &[Part]) -> Vec<FolderReport> {
    let report = |(number, writer): (usize, &Writer)| FolderReport {
        step: job.steps[writer.step].number,
        folder: writer.folder.clone().unwrap_or_default(),
        frames: counts(job, last, number)[usize::from(FateCodes::KEPT)],
        lossy: lossy(job, written, number),
    };
    job.inner_writers().map(report).collect()
}

/// Of each dataset the share of its rows that the selected trains have.
fn selected_bytes(job: &Job) -> u64 {
    let wanted: BTreeSet<u64> = job.trains.iter().copied().collect();
    let mut total = 0u64;
    for part in job.detector.modules.iter().flat_map(|m| &m.parts) {
        let file = &job.run.files[part.file];
        let group = &file.sources[part.source].groups[part.group];
        let counts = file.trains.iter().zip(&group.count).filter(|(id, _)| wanted.contains(id)).map(|(_, n)| *n);
        let selected = u128::from(counts.fold(0u64, u64::saturating_add));
        for dataset in group.datasets.iter().filter(|d| is_stream(&group.source_key(d), d, &job.detector)) {
            let rows = u128::from(dataset.rows()).max(1);
            let share = u128::from(dataset.stored_bytes) * selected.min(rows) / rows;
            total = total.saturating_add(u64::try_from(share).unwrap_or(u64::MAX));
        }
    }
    total
}

fn detector_files(job: &Job, files: &BTreeMap<String, LedgerFile>) -> u64 {
    if !job.writes_frames() {
        return 0;
    }
    let modules = 0..job.detector.modules.len();
    let names = modules.flat_map(|m| (0..job.sequences.len()).map(move |s| job.detector_file_name(m, s)));
    let of_writers = names.flat_map(|name| job.writers.iter().map(move |writer| writer.path(&name)));
    let names: BTreeSet<String> = of_writers.collect();
    names.iter().filter_map(|name| files.get(name)).map(|file| file.size).sum()
}

fn lossy(job: &Job, written: &[Part], writer: usize) -> Option<LossyReport> {
    let (kind, bound) = bound_of(&job.lossy(writer)?.mode);
    let mut whole = Achieved::default();
    written.iter().filter_map(|p| p.achieved.get(writer)).flatten().for_each(|a| whole.merge(a));
    let raw: u64 = whole.count * job.written().element.size() as u64;
    let stored: u64 = written.iter().filter_map(|p| p.lossy_bytes.get(writer)).sum();
    Some(LossyReport {
        codec: LOSSY_CODEC.into(),
        bound_kind: kind.into(),
        bound,
        max_error: whole.max_error,
        psnr: whole.psnr().filter(|p| p.is_finite()),
        chunks: whole.chunks,
        lossless_chunks: whole.lossless_chunks,
        replaced_pixels: whole.replaced,
        ratio: raw as f64 / stored.max(1) as f64,
    })
}

fn quality(wanted: &Quality, written: &[Part]) -> QualityReport {
    // a frame that several writers took is measured for each of them
    let sampled: usize = written.iter().map(|p| p.measured.chunk_by(|a, b| a.0 == b.0).count()).sum();
    let measured = || written.iter().flat_map(|p| &p.measured).map(|(_, m)| m);
    let worst_of = |metric: Metric| {
        let values = measured().filter_map(|m| m.value(metric)).filter(|v| v.is_finite());
        // the worse of two: the one that does not meet the other as its limit
        values.reduce(|a, b| if metric.meets(a, b) { b } else { a })
    };
    let mut worst = BTreeMap::new();
    for metric in [Metric::MaxError, Metric::Psnr, Metric::Ssim, Metric::AzimuthalDeviation] {
        worst.extend(worst_of(metric).map(|value| (metric.name(), value)));
    }
    let gate = |&(metric, limit): &(Metric, f64)| Gate {
        metric: metric.name(),
        limit,
        worst: worst_of(metric),
        frames: measured().filter(|m| m.value(metric).is_some()).count() as u64,
    };
    let gates = wanted.limits.iter().map(gate).collect();
    QualityReport { sampled_frames: sampled as u64, worst, gates }
}

/// Frames before and after each step: only `keep` lets frames go. What a later pass could not read was seen by the steps of
/// the passes before it, and is counted there.
fn step_counts(job: &Job, parts: &[Vec<Part>], fates: &[u64]) -> Vec<StepCount> {
    let mut counts = Vec::new();
    for (position, planned) in job.steps.iter().enumerate() {
        let came: u64 = (0u8..).zip(fates).filter(|(fate, _)| job.came_to(position, *fate)).map(|(_, n)| n).sum();
        let own: u64 = match planned.step.kind {
            StepKind::Keep(_) => fates[planned.fate as usize] + fates[planned.fate as usize + 1],
            _ => 0,
        };
        let later = lost_behind(parts, job.pass_of(position));
        let changes_pixels = job.writes_frames() && matches!(planned.step.kind, StepKind::Transform(_));
        let silent = matches!(planned.step.kind, StepKind::Keep(_) | StepKind::Transform(_) | StepKind::Write(_));
        let counted = match &planned.step.kind {
            StepKind::Transform(step) if job.writes_frames() => counted(step.counts(), position, parts, job),
            _ => BTreeMap::new(),
        };
        counts.push(StepCount {
            number: planned.number,
            step: planned.label.clone(),
            results: (!silent).then(|| planned.source.clone()),
            frames_in: came + own + later,
            frames_out: came + later,
            counted,
            changes_pixels,
        });
    }
    counts
}

/// In the pass that writes.
fn counted(names: &[&'static str], step: usize, parts: &[Vec<Part>], job: &Job) -> BTreeMap<&'static str, u64> {
    let written = job.writing_pass().and_then(|pass| parts.get(pass)).map(Vec::as_slice).unwrap_or_default();
    let all = || written.iter().flat_map(|part| &part.counted);
    let sum = |at: usize| all().filter(|known| (known.0, known.1) == (step, at)).map(|known| known.2).sum();
    names.iter().enumerate().map(|(at, name)| (*name, sum(at))).collect()
}

/// Frames that are kept so far when `pass` ends, and cannot be read in a later one.
fn lost_behind(parts: &[Vec<Part>], pass: usize) -> u64 {
    let (Some(this), Some(last)) = (parts.get(pass), parts.last()) else { return 0 };
    let lost = |(now, then): (&u8, &u8)| *now == FateCodes::KEPT && *then == FateCodes::UNREADABLE;
    let of = |(this, last): (&Part, &Part)| this.fates.iter().zip(&last.fates).filter(|f| lost(*f)).count() as u64;
    this.iter().zip(last).map(of).sum()
}

/// Names the file without its folder.
fn problem(error: &trainyard_format::Error) -> String {
    format!("{}: {error}", error.place().clone().without_folder())
}
