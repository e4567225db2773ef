//! What came of it, for someone who has thirty seconds.

use super::words::{bar, lines, row, table};
use crate::escape::escape;
use crate::{Report, Step, Verdict};
use trainyard_engine::algorithm::figures;
use trainyard_format::words::{bytes, counted};

/// What was reduced.
pub fn title(report: &Report) -> String {
    let of = &report.provenance;
    let what = if of.modules.is_empty() { "no detector" } else { &of.detector };
    let trains = match of.trains {
        0 => String::new(),
        1 => format!(", train {}", of.first_train),
        count => format!(", {count} trains from {} to {}", of.first_train, of.last_train),
    };
    format!("{what}{trains}")
}

/// Sentences, not numbers alone.
pub fn summary(report: &Report) -> String {
    let verdict = &report.verdict;
    let mut sentences = Vec::new();
    if let Some(preview) = &report.preview {
        sentences.push(format!(
            "This is a preview of {} of the {} selected: nothing was published. The whole would take about {} s and {}.",
            counted(preview.trains as u64, "train"),
            preview.trains_of_the_run,
            figures(preview.predicted_seconds),
            bytes(preview.predicted_bytes),
        ));
    }
    sentences.push(sizes(verdict));
    match decided(verdict) {
        Some((fate, frames)) => {
            sentences.push(format!("Most that is gone went by \u{201c}{fate}\u{201d}: {}.", counted(frames, "frame")))
        }
        None if verdict.frames > 0 => sentences.push("No frame was dropped.".into()),
        None => {}
    }
    let gates = verdict.gates.len() as u64;
    if gates > 0 {
        sentences.push(format!("{} held.", counted(gates, "quality gate")));
    }
    let told = [
        (&verdict.warnings, "warning"),
        (&verdict.problems, "piece of input that was skipped"),
        (&verdict.oddities, "oddity of the input"),
    ];
    let told: Vec<String> = told
        .into_iter()
        .filter(|(lines, _)| !lines.is_empty())
        .map(|(lines, what)| match (lines.len(), what) {
            (1, what) => format!("1 {what}"),
            (count, "warning") => format!("{count} warnings"),
            (count, "oddity of the input") => format!("{count} oddities of the input"),
            (count, _) => format!("{count} pieces of input that were skipped"),
        })
        .collect();
    let class = if told.is_empty() { "calm" } else { "heed" };
    let told = if told.is_empty() { "No warning.".to_string() } else { format!("Heed: {}.", told.join(", ")) };
    format!("<p>{}</p><p class=\"{class}\">{}</p>", escape(&sentences.join(" ")), escape(&told))
}

fn sizes(verdict: &Verdict) -> String {
    let size = |name: &str| verdict.bytes.get(name).copied().unwrap_or(0);
    let (before, after) = (size("input-files"), size("output"));
    format!("{} of input became {} ({} of it).", bytes(before), bytes(after), crate::gather::share(after, before))
}

/// The fate, other than kept, that most frames have.
fn decided(verdict: &Verdict) -> Option<(&str, u64)> {
    let gone = verdict.fates.iter().filter(|fate| fate.name != "kept" && fate.frames > 0);
    gone.max_by_key(|fate| fate.frames).map(|fate| (fate.name.as_str(), fate.frames))
}

pub fn section(report: &Report) -> String {
    let verdict = &report.verdict;
    let mut out = String::new();
    // what must be heeded stands before what is only counted
    out.push_str(&lines("Warnings", &verdict.warnings));
    out.push_str(&lines("Input that was skipped", &verdict.problems));
    out.push_str(&steps(&verdict.steps));
    out.push_str(&fates(verdict));
    out.push_str(&volume(verdict));
    out.push_str(&gates(verdict));
    out.push_str(&lossy(verdict));
    out.push_str(&lines("Odd about the input", &verdict.oddities));
    out.push_str(&lines("Not carried over as it was", &verdict.notes));
    out.push_str(&lines("What a validator finds, and whence it came", &verdict.findings));
    out
}

fn steps(steps: &[Step]) -> String {
    if steps.is_empty() {
        return String::new();
    }
    let one = |step: &Step| {
        format!(
            "<tr><td>{}</td><td><b>{}</b> <code>{}</code></td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
            step.number,
            escape(&step.step),
            escape(&step.parameters),
            step.frames_in,
            step.frames_out,
            bar(step.frames_out, step.frames_in),
        )
    };
    let rows: String = steps.iter().map(one).collect();
    table("Frames by step", &["step", "what it does", "frames in", "frames out", "share that stays"], &rows)
}

fn fates(verdict: &Verdict) -> String {
    if verdict.fates.is_empty() {
        return String::new();
    }
    let one = |fate: &crate::Named| {
        format!(
            "<tr><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
            escape(&fate.name),
            fate.frames,
            bar(fate.frames, verdict.frames)
        )
    };
    let rows: String = verdict.fates.iter().map(one).collect();
    table("What became of the frames", &["fate", "frames", "share of all"], &rows)
}

fn volume(verdict: &Verdict) -> String {
    let names = [
        ("input-files", "all files of the input run"),
        ("output", "all files of the reduced run"),
        ("selection-input", "the detector's pixels, mask and gain in the selected trains"),
        ("selection-output", "the detector's files of the reduced run"),
        ("input", "stored bytes of the detector that were read"),
        ("report", "bytes that pictures read once more, at most"),
    ];
    let rows: String = names
        .iter()
        .filter_map(|(name, what)| Some((what, verdict.bytes.get(*name)?)))
        .map(|(what, count)| row(what, &format!("{} <span class=\"exact\">({count} bytes)</span>", bytes(*count))))
        .collect();
    table("Bytes", &[], &rows)
}

fn gates(verdict: &Verdict) -> String {
    let mut out = String::new();
    if !verdict.gates.is_empty() {
        let one = |gate: &crate::Gate| {
            let worst = match gate.worst {
                Some(worst) => figures(worst),
                None if gate.frames > 0 => "no error".into(),
                None => "not measured".into(),
            };
            let outcome = if gate.frames > 0 { "held" } else { "not measured" };
            format!(
                "<tr><td>{}</td><td class=\"number\">{worst}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{outcome}</td></tr>",
                escape(&gate.metric),
                figures(gate.limit),
                gate.frames
            )
        };
        let rows: String = verdict.gates.iter().map(one).collect();
        out.push_str(&table("Quality gates", &["metric", "worst value", "limit", "frames measured", "outcome"], &rows));
    }
    let other = verdict.quality.iter().filter(|(name, _)| verdict.gates.iter().all(|gate| gate.metric != **name));
    let rows: String = other.map(|(name, worst)| row(name, &figures(*worst))).collect();
    if !rows.is_empty() {
        let caption = format!("Worst value of {}", counted(verdict.sampled_frames, "sampled frame"));
        out.push_str(&table(&caption, &[], &rows));
    }
    out
}

fn lossy(verdict: &Verdict) -> String {
    let Some(map) = verdict.lossy.as_ref().and_then(serde_json::Value::as_object) else { return String::new() };
    let plain = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), figures),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    let rows: String = map.iter().map(|(name, value)| row(&name.replace('-', " "), &escape(&plain(value)))).collect();
    table("Compression with loss: what was promised, and what was found when it was decoded", &[], &rows)
}
