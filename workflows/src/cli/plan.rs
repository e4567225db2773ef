//! `plan`: what would be done, before it is done.

use super::session::{cores, default_memory, exit_for, geometry, skipped, warn};
use super::{output, Exit, Failure, PlanOptions};
use serde::Serialize;
use std::time::Duration;
use trainyard_engine::algorithm::{FrameOutput, Registry, StepKind};
use trainyard_engine::engine::{estimate, minimum_memory, Estimate};
use trainyard_engine::plan::{Job, SecondLook};
use trainyard_format::words::{bytes, counted};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct PlanView {
    plan: String,
    detector: String,
    modules: usize,
    trains: usize,
    sequences: usize,
    /// what frames are behind each step that changes them
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frames: Vec<FramesView>,
    phases: Vec<PhaseView>,
    copied_sources: usize,
    /// bytes of frames that the report reads once more, at most
    report_bytes: u64,
    memory: MemoryView,
    prediction: Prediction,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct FramesView {
    behind: String,
    are: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct PhaseView {
    before_reading: Vec<String>,
    by_module: bool,
    with_frames: Vec<String>,
    behind_barrier: Vec<String>,
    frames: u64,
    bytes: u64,
    decodes: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct MemoryView {
    /// of one rank with all cores of this machine
    minimum: u64,
    advised: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Prediction {
    nodes: u32,
    seconds: f64,
    longest_sequence_seconds: f64,
    output_bytes: u64,
}

impl PlanOptions {
    /// # Errors
    /// All that is wrong with the workflow.
    pub fn run(self, registry: &Registry) -> Result<Exit, Failure> {
        let outcome = self.plan(registry);
        self.workflow.ended(outcome)
    }

    fn plan(&self, registry: &Registry) -> Result<Exit, Failure> {
        let (checked, job) = self.workflow.job(registry)?;
        warn(&job);
        let nodes = self.nodes.map_or(1, std::num::NonZeroU32::get);
        let estimate = estimate(&job)?;
        let view = view(&job, &estimate, nodes)?;
        if let Some(limit) = checked.workflow.slurm.as_ref().and_then(|s| s.time_limit()) {
            refuse_hopeless(&view, limit)?;
        }
        let skipped = skipped(&job);
        skipped.iter().for_each(|text| output::complain(text));
        if self.workflow.json {
            output::print_json(&view)?;
        } else {
            output::print_words(&(text(&view) + &geometry(&job)))?;
        }
        Ok(exit_for(skipped.len()))
    }
}

/// A sequence is the unit of restart: one that takes longer than the job may run would never end.
fn refuse_hopeless(view: &PlanView, limit: Duration) -> Result<(), Failure> {
    if view.prediction.longest_sequence_seconds <= limit.as_secs_f64() {
        return Ok(());
    }
    let what = format!(
        "the longest sequence needs about {:.0} s, the time limit is {} s: the job would never finish",
        view.prediction.longest_sequence_seconds,
        limit.as_secs()
    );
    Err(Failure::new(
        Exit::Workflow,
        &what,
        Some("raise `slurm: {time: ...}`, or make sequences shorter with `sequence: {trains: N}`"),
    ))
}

fn view(job: &Job, estimate: &Estimate, nodes: u32) -> Result<PlanView, Failure> {
    let label = |&i: &usize| job.steps[i].label.clone();
    let phases = job
        .passes
        .iter()
        .zip(&estimate.passes)
        .map(|(pass, cost)| PhaseView {
            before_reading: pass.before.iter().map(label).collect(),
            by_module: pass.by_module,
            with_frames: pass.steps.iter().chain(&pass.writes).map(label).collect(),
            behind_barrier: pass.tables.iter().map(label).collect(),
            frames: cost.frames,
            bytes: cost.bytes,
            decodes: pass.pixels
                || job.steps.iter().any(|s| matches!(&s.step.kind, StepKind::Write(w) if *w != FrameOutput::Same)),
        })
        .collect();
    let minimum = minimum_memory(job, cores())?;
    Ok(PlanView {
        plan: job.identity.to_string(),
        detector: job.detector.name.clone(),
        modules: job.detector.modules.len(),
        trains: job.trains.len(),
        sequences: job.sequences.len(),
        frames: job
            .steps
            .iter()
            .filter(|planned| !planned.gives.is_as(&planned.sees))
            .map(|planned| FramesView { behind: planned.label.clone(), are: planned.gives.to_string() })
            .collect(),
        phases,
        copied_sources: job.copy.len(),
        report_bytes: SecondLook::of(job).bytes(job),
        memory: MemoryView { minimum, advised: (minimum * 2).max(1 << 30).min(default_memory().max(minimum)) },
        prediction: Prediction {
            nodes,
            seconds: estimate.seconds(cores(), nodes as usize),
            longest_sequence_seconds: estimate.longest_sequence(cores()),
            output_bytes: estimate.output_bytes,
        },
    })
}

fn text(view: &PlanView) -> String {
    let mut text = match view.modules {
        0 => format!("no detector: {}", counted(view.trains, "train")),
        modules => format!("{}: {}, {}", view.detector, counted(modules, "module"), counted(view.trains, "train")),
    };
    let copied = counted(view.copied_sources, "other source");
    text.push_str(&format!(" in {}; {copied} copied\n", counted(view.sequences, "sequence")));
    for frames in &view.frames {
        text.push_str(&format!("frames behind {}: {}\n", frames.behind, frames.are));
    }
    for (phase, at) in view.phases.iter().zip(1..) {
        let frames = counted(phase.frames, "frame");
        text.push_str(&format!("phase {at}: {frames}, {} to read", bytes(phase.bytes)));
        text.push_str(if phase.decodes { ", decoded\n" } else { ", not decoded\n" });
        for (title, steps) in [
            ("before reading", &phase.before_reading),
            (if phase.by_module { "module by module, with each frame" } else { "with each frame" }, &phase.with_frames),
            ("behind a barrier", &phase.behind_barrier),
        ] {
            if !steps.is_empty() {
                text.push_str(&format!("  {title}: {}\n", steps.join(", ")));
            }
        }
    }
    if view.report_bytes > 0 {
        text.push_str(&format!("report: at most {} read once more, for pictures\n", bytes(view.report_bytes)));
    }
    text.push_str(&format!(
        "memory per rank: at least {}, advised {}\n",
        amount(view.memory.minimum),
        amount(view.memory.advised)
    ));
    text.push_str(&format!(
        "predicted: {:.1} s on {} like this one, at most {} written\nplan {}\n",
        view.prediction.seconds,
        counted(view.prediction.nodes, "node"),
        bytes(view.prediction.output_bytes),
        view.plan
    ));
    text
}

/// As `--memory` takes it, and not less than it is: whole MiB.
fn amount(count: u64) -> String {
    format!("{}MiB", count.div_ceil(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::amount;
    use crate::workflow::Bytes;

    #[test]
    fn an_amount_of_memory_is_accepted_as_it_is_shown() {
        for count in [1, (1 << 20) + 1, 16 << 30, 12_345_678_901] {
            assert!(amount(count).parse::<Bytes>().unwrap().get() >= count);
        }
    }
}
