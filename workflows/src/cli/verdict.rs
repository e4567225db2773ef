//! What `run` says first and last: what it begins with, and what came of it.

use super::session::geometry;
use super::Exit;
use serde_json::{json, Value};
use std::path::Path;
use std::time::Duration;
use trainyard_engine::algorithm::figures;
use trainyard_engine::comm::Share;
use trainyard_engine::engine::{frames_by_index, Options, Snapshot};
use trainyard_engine::plan::{FateCodes, Job};
use trainyard_engine::store::{Gate, Manifest};
use trainyard_format::words::{bytes, counted};

/// What this start did, whatever earlier ones had done.
pub struct ThisStart {
    pub rank_0: Snapshot,
    pub all: Share,
    pub ranks: usize,
    pub elapsed: Duration,
}

/// The verdict as `--json` shows it. More of it stands in the manifest.
pub fn verdict_json(manifest: &Manifest, start: &ThisStart, job: &Job, report: Option<&Path>, exit: Exit) -> Value {
    json!({
        "exit": exit as u8,
        "published": job.output,
        "report": report,
        "frames": manifest.frames,
        "bytes": manifest.bytes,
        "quality": manifest.quality,
        "warnings": manifest.warnings,
        "problems": manifest.problems,
        "seconds": start.elapsed.as_secs_f64(),
        "sequences-before": start.rank_0.sequences_before,
    })
}

/// What runs, of what, into what, and with what means: the first line of a log, which is all that is known of many a job.
pub fn first_line(job: &Job, options: &Options, ranks: usize) -> String {
    let folders: Vec<String> = job.run.folders.iter().map(|folder| folder.display().to_string()).collect();
    let frames = frames_by_index(job);
    format!(
        "trainyard {} reduces {} ({} in {}) into {}: {} of {}, {} each, plan {}",
        job.program.version,
        folders.join(" and "),
        counted(frames, "frame"),
        counted(job.trains.len(), "train"),
        job.output.display(),
        counted(ranks, "rank"),
        counted(options.threads, "thread"),
        bytes(options.memory),
        job.identity,
    )
}

pub fn verdict(manifest: &Manifest, start: &ThisStart, job: &Job, report: Option<&Path>) -> String {
    let frames = &manifest.frames;
    let (before, after) = (manifest.bytes.input_files, manifest.bytes.output);
    let mut text = format!("frames: {} in, {} kept\n", frames.input, frames.kept);
    for (fate, count) in frames.by_fate.iter().filter(|(f, _)| *f != "kept") {
        let what = if FateCodes::names_writer(fate) { "not here" } else { "dropped" };
        text.push_str(&format!("  {count} {what}: {fate}\n"));
    }
    text.push_str(&format!(
        "bytes: {} in, {} out (1/{:.1} of the run), {} read\n",
        bytes(before),
        bytes(after),
        before as f64 / (after as f64).max(1.0),
        bytes(manifest.bytes.input),
    ));
    if !job.detector.modules.is_empty() {
        text.push_str(&selection(manifest, job));
    }
    text.push_str(&gates(manifest));
    if !manifest.warnings.is_empty() {
        let count = counted(manifest.warnings.len(), "warning");
        text.push_str(&format!("warnings: {count} above, also in reduction.json\n"));
    }
    text.push_str(&geometry(job));
    text.push_str(&resumed(&start.rank_0));
    let seconds = start.elapsed.as_secs_f64();
    // a frame that several phases look at is one frame
    let frames = start.all.frames as f64 / job.passes.len().max(1) as f64;
    text.push_str(&format!(
        "time: {seconds:.2} s, {:.0} frames/s, {}/s, {}\n",
        frames / seconds,
        bytes((start.all.bytes as f64 / seconds) as u64),
        start.rank_0.bound_by(),
    ));
    text.push_str(&format!("published: {}\n", job.output.display()));
    if let Some(report) = report {
        text.push_str(&format!("report: {}\n", report.display()));
    }
    text
}

/// What earlier starts had done: time and speed are those of this one.
fn resumed(rank_0: &Snapshot) -> String {
    let (sequences, files) = (rank_0.sequences_before, rank_0.files_before);
    if sequences + files == 0 {
        return String::new();
    }
    let all = counted(sequences + rank_0.sequences_planned, "sequence");
    format!("resumed: {sequences} of {all} and {} of slow data stood already\n", counted(files, "file"))
}

/// What became of the selected trains of the detector alone, whatever else the run holds.
fn selection(manifest: &Manifest, job: &Job) -> String {
    let (frames, sizes) = (&manifest.frames, &manifest.bytes);
    let share = 100.0 * frames.kept as f64 / (frames.input as f64).max(1.0);
    let before = bytes(sizes.selection_input);
    let after = match job.writes_frames() {
        true => format!(
            "{before} in, {} out (1/{:.1})",
            bytes(sizes.selection_output),
            sizes.selection_input as f64 / (sizes.selection_output as f64).max(1.0)
        ),
        false => format!("{before} in, no frames written"),
    };
    format!("detector: {share:.1} % of the frames kept, {after}\n")
}

/// Each gate's worst value, its limit and the frames measured.
fn gates(manifest: &Manifest) -> String {
    let Some(quality) = &manifest.quality else { return String::new() };
    let line = |gate: &Gate| {
        let worst = match gate.worst {
            Some(worst) => figures(worst),
            None if gate.frames > 0 => "no error".into(),
            None => "not measured".into(),
        };
        let (name, limit) = (gate.metric, figures(gate.limit));
        format!("quality: {name} {worst} at worst, limit {limit}, {} sampled\n", counted(gate.frames, "frame"))
    };
    quality.gates.iter().map(line).collect()
}
