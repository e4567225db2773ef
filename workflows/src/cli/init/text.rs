//! The workflow as text: values from the run, and beside them what else could stand there.

use super::found::Found;
use super::InitOptions;
use crate::cli::inspect::detectors::DetectorLine;
use crate::cli::{Exit, Failure};
use std::path::{Path, PathBuf};
use trainyard_format::words::counted;

/// # Errors
/// A path that is not text: YAML has no way to write it.
pub fn workflow(options: &InitOptions, found: &Found, steps: &str) -> Result<String, Failure> {
    let mut text = format!("# {}\n", options.kind.about());
    text.push_str(&format!(
        "# Written by `trainyard init {}` from what the run holds; change what you like, then\n",
        options.kind.name()
    ));
    text.push_str("# `trainyard check` says what is wrong, `trainyard plan` what it costs. Paths start at the folder of this file.\n");
    let runs: Vec<String> = options.runs.iter().map(|run| path(options, run)).collect::<Result<_, _>>()?;
    match &runs[..] {
        [only] => text.push_str(&format!("run: {only}\n")),
        several => text.push_str(&format!("run: [{}]\n", several.join(", "))),
    }
    let trains = &found.summary.trains;
    if let (Some(first), Some(last)) = (trains.first, trains.last) {
        let end = last.saturating_add(1);
        text.push_str(&format!(
            "# trains: \"{first}:{end}\"   # {}, all when left out; or {{index: \"0:100\"}}\n",
            counted(trains.count, "train")
        ));
    }
    text.push_str(&detector(found));
    match &found.geometry {
        Some(file) => text.push_str(&format!("geometry: {}\n", path(options, file)?)),
        None => text.push_str("# geometry: FILE   # to fill in: CrystFEL .geom or pyFAI .poni\n"),
    }
    text.push_str("# mask: {file: bad-pixels.npy, below: -200, above: 5000}   # besides the detector's own mask\n");
    text.push_str(&format!("output: {}\n", quoted(&output(options))));
    text.push_str(&format!("steps:\n{steps}"));
    text.push_str("# on-bad-input: {skip-up-to: 1%}   # damaged input stops the run when left out\n");
    Ok(text)
}

fn detector(found: &Found) -> String {
    let chosen = found.detector();
    let about = |d: &DetectorLine| {
        let state = if d.raw { "as recorded" } else { "corrected" };
        let (modules, frames) = (counted(d.modules.len(), "module"), counted(d.frames, "frame"));
        format!("{}, {state}, {modules}, {frames}", d.kind)
    };
    if found.summary.detectors.len() == 1 {
        return format!("# detector: {}   # {}; the only one\n", quoted(&chosen.name), about(chosen));
    }
    let mut text = format!("detector: {}   # {}\n", quoted(&chosen.name), about(chosen));
    for other in found.summary.detectors.iter().filter(|d| d.name != chosen.name) {
        text.push_str(&format!("# detector: {}   # {}\n", quoted(&other.name), about(other)));
    }
    text
}

/// `reduced/r0053` for a run of that name.
fn output(options: &InitOptions) -> String {
    let run = options.runs.first().map(PathBuf::as_path).unwrap_or(Path::new("."));
    // `.` and `..` have no name
    let named = std::path::absolute(run).ok().and_then(|run| Some(run.file_name()?.to_str()?.to_string()));
    format!("reduced/{}", named.unwrap_or_else(|| "run".into()))
}

/// As it was typed where the workflow stands in the current folder, else absolute.
fn path(options: &InitOptions, path: &Path) -> Result<String, Failure> {
    let here = options.output.as_deref().and_then(Path::parent).is_none_or(|folder| folder.as_os_str().is_empty());
    let wrong = |what: String| Failure::new(Exit::Workflow, &what, None);
    let path = match here {
        true => path.to_path_buf(),
        false => {
            std::path::absolute(path).map_err(|e| wrong(format!("failed to resolve `{}`: {e}", path.display())))?
        }
    };
    let text = path
        .to_str()
        .ok_or_else(|| wrong(format!("`{}` is not UTF-8 and cannot stand in a workflow", path.display())))?;
    Ok(quoted(text))
}

/// A YAML scalar that is this text, whatever it holds.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+*".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        || text.starts_with("./")
        || text.starts_with("../");
    let word = ["null", "true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word));
    match begins && !word && text.chars().all(plain) {
        true => text.into(),
        // JSON's strings are YAML's, but for one control character
        false => serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{parse, Content, Origin};

    #[test]
    fn any_text_comes_back() {
        for text in [
            "raw/r0053",
            "/gpfs/exfel/x",
            "a b",
            "x: y",
            "- z",
            "#no",
            "null",
            "5",
            "a\"b\\c",
            "é\n\u{7f}",
            "*x",
            "",
            "~",
            "a:b",
        ] {
            let node = parse(format!("run: {}\n", quoted(text)).as_bytes(), Origin::File).unwrap();
            let value = node.get("run").map(|node| node.content.clone());
            assert!(matches!(&value, Some(Content::Scalar { text: back, .. }) if back == text), "{text:?}: {value:?}");
        }
        assert_eq!(quoted("raw/r0053"), "raw/r0053");
    }
}
