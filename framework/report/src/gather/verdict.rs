//! What the manifest says, in the order in which one asks.

use super::scan::Scan;
use crate::report::{Gate, Named, Provenance, Step, Verdict};
use crate::Published;
use serde_json::Value;
use std::collections::BTreeMap;

/// Files of the input that are listed; the manifest has all.
const LISTED: usize = 40;
/// Lines of one kind that are shown; the manifest has all.
const LINES: usize = 100;

pub fn verdict(published: &Published, scan: &Scan) -> Verdict {
    let (frames, kept) = (published.number("/frames/input"), published.number("/frames/kept"));
    let fates =
        scan.labels.iter().enumerate().map(|(code, name)| Named { name: name.clone(), frames: scan.total(code) });
    let of_findings = |finding: &Value| {
        let word = |key: &str| finding.get(key).and_then(Value::as_str);
        let words = ["severity", "id", "source", "file", "cause"].iter().filter_map(|key| word(key));
        words.collect::<Vec<_>>().join(", ")
    };
    let numbers = |pointer: &str| -> BTreeMap<String, f64> {
        let found = published.manifest.pointer(pointer).and_then(Value::as_object);
        found.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect()
    };
    let bytes = published.manifest.pointer("/bytes").and_then(Value::as_object);
    Verdict {
        headline: match frames {
            0 => "no frames in the selected trains".into(),
            _ => format!("{kept} of {frames} frames kept ({})", share(kept, frames)),
        },
        frames,
        kept,
        fates: fates.filter(|fate| fate.frames > 0 || fate.name == "kept").collect(),
        steps: steps(published),
        bytes: bytes.into_iter().flatten().filter_map(|(name, n)| Some((name.clone(), n.as_u64()?))).collect(),
        gates: published.list("/quality/gates").iter().filter_map(gate).collect(),
        quality: numbers("/quality/worst"),
        sampled_frames: published.number("/quality/sampled-frames"),
        lossy: published.manifest.get("lossy").cloned(),
        warnings: lines(published.texts("/warnings")),
        oddities: lines(published.texts("/oddities")),
        problems: lines(published.texts("/problems")),
        notes: lines(published.texts("/notes")),
        findings: lines(published.list("/findings/listed").iter().map(of_findings).collect()),
    }
}

/// `29.2 %`; what is little is not said to be nothing.
pub fn share(part: u64, whole: u64) -> String {
    let percent = 100.0 * part as f64 / (whole as f64).max(1.0);
    match part {
        0 => "0 %".into(),
        _ if part == whole => "100 %".into(),
        _ if percent < 0.01 => "below 0.01 %".into(),
        _ if percent > 99.99 => "above 99.99 %".into(),
        _ => format!("{percent:.*} %", if (1.0..99.0).contains(&percent) { 1 } else { 2 }),
    }
}

fn lines(mut all: Vec<String>) -> Vec<String> {
    let more = all.len().saturating_sub(LINES);
    all.truncate(LINES);
    all.extend((more > 0).then(|| format!("{more} more, in reduction.json")));
    all
}

fn gate(gate: &Value) -> Option<Gate> {
    Some(Gate {
        metric: gate.get("metric")?.as_str()?.into(),
        limit: gate.get("limit")?.as_f64()?,
        worst: gate.get("worst").and_then(Value::as_f64),
        frames: gate.get("frames").and_then(Value::as_u64).unwrap_or(0),
    })
}

fn steps(published: &Published) -> Vec<Step> {
    let written = published.list("/workflow/steps");
    let of_step = |step: &Value| -> Option<Step> {
        let number = step.get("number").and_then(Value::as_u64).unwrap_or(0);
        let parameters = usize::try_from(number).ok().and_then(|n| written.get(n.checked_sub(1)?));
        Some(Step {
            number,
            step: step.get("step")?.as_str()?.into(),
            parameters: parameters.map(parameters_of).unwrap_or_default(),
            frames_in: step.get("frames-in").and_then(Value::as_u64).unwrap_or(0),
            frames_out: step.get("frames-out").and_then(Value::as_u64).unwrap_or(0),
            results: step.get("results").and_then(Value::as_str).map(String::from),
        })
    };
    published.list("/steps").iter().filter_map(of_step).collect()
}

/// `method: connected, threshold: 8`
fn parameters_of(step: &Value) -> String {
    let Some((_, value)) = step.as_object().and_then(|step| step.iter().next()) else { return String::new() };
    match value {
        Value::Object(map) => {
            map.iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        other => plain(other),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub fn provenance(published: &Published, scan: &Scan) -> Provenance {
    let inputs = published.list("/inputs");
    let word = |input: &Value, key: &str| match input.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let trains = scan.groups.trains();
    Provenance {
        program: published.text("/program/name"),
        version: published.text("/program/version"),
        build: published.text("/program/build"),
        plan: published.text("/plan"),
        detector: published.text("/detector"),
        modules: published.list("/modules").iter().filter_map(Value::as_u64).collect(),
        trains: trains.len() as u64,
        first_train: trains.first().copied().unwrap_or(0),
        last_train: trains.last().copied().unwrap_or(0),
        sequences: published.number("/sequences"),
        passes: published.number("/passes"),
        input_files: inputs.len() as u64,
        input_bytes: published.number("/bytes/input-files"),
        inputs: inputs
            .iter()
            .take(LISTED)
            .map(|i| ["name", "size", "index-checksum"].map(|key| word(i, key)))
            .collect(),
        output_files: published.list("/files").len() as u64,
        earlier: published.list("/earlier").len() as u64,
        workflow: published.manifest.get("workflow").cloned().unwrap_or_default(),
        judged: published.manifest.get("judged").cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shares_never_round_to_all_or_nothing() {
        assert_eq!(
            [share(0, 10), share(10, 10), share(1, 1_000_000), share(999_999, 1_000_000)],
            ["0 %", "100 %", "below 0.01 %", "above 99.99 %"]
        );
        assert_eq!([share(112, 384), share(3, 1000), share(0, 0)], ["29.2 %", "0.30 %", "0 %"]);
    }

    #[test]
    fn parameters_in_one_line() {
        assert_eq!(parameters_of(&json!({"keep": "hit && energy > \"500 uJ\""})), "hit && energy > \"500 uJ\"");
        assert_eq!(
            parameters_of(&json!({"find-hits": {"modules": [3, 4], "method": "lit-pixels"}})),
            "modules: [3,4], method: lit-pixels"
        );
        assert_eq!(parameters_of(&json!({"lit-frames": {}})), "");
        assert_eq!(parameters_of(&json!("lit-frames")), "");
    }
}
