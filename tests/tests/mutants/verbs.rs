//! The program on a damaged file and the intact files of its run: it ends in time, says why, and is never at fault itself.

use crate::seeds::Seed;
use std::path::Path;
use std::time::Duration;
use trainyard_tests::{start, Finished};

/// One run of the program, whatever the file.
const PATIENCE: Duration = Duration::from_secs(100);
/// GiB
const BUDGET: u64 = 1;
/// GiB beyond the budget
const MOST_BEYOND: u64 = 1;

/// Ends are (verb, exit code); what is wrong comes with its text.
pub fn ends(seed: &Seed, file: &Path, folder: &Path) -> Vec<Result<(&'static str, i32), String>> {
    let run = folder.join("run");
    std::fs::create_dir(&run).expect("a folder");
    std::fs::hard_link(file, run.join(&seed.name)).expect("a second name");
    for (name, bytes) in &seed.companions {
        std::fs::write(run.join(name), bytes).expect("an intact file");
    }
    let workflow = folder.join("workflow.yaml");
    let text = "run: run\noutput: reduced\non-bad-input: {skip-up-to: 100%}\nsteps:\n  - write-frames: {codec: lz4}\n";
    std::fs::write(&workflow, text).expect("a workflow");
    let (run, workflow) = (run.display().to_string(), workflow.display().to_string());
    let verbs: [(&str, &[&str]); 3] = [
        ("inspect", &[&run, "--json"]),
        ("validate", &[&run, "--deep", "--json"]),
        ("run", &[&workflow, "--memory", &format!("{BUDGET}GiB"), "--threads", "2"]),
    ];
    verbs
        .into_iter()
        .map(|(verb, arguments)| {
            let ended = start(std::iter::once(&verb).chain(arguments)).wait(PATIENCE);
            judge(verb, &ended).map(|code| (verb, code))
        })
        .collect()
}

fn judge(verb: &str, ended: &Finished) -> Result<i32, String> {
    let wrong = |what: &str| Err(format!("`{verb}` {what}: {ended:?}"));
    let code = match ended.code {
        Some(code @ (0 | 2 | 4 | 5)) => code,
        // what is left of the run has no detector, or not the one
        Some(3) if ended.stderr.contains("detector") => 3,
        Some(code) => return wrong(&format!("ends with {code}")),
        None => return wrong("is ended by a signal"),
    };
    if ended.stderr.contains("panicked") {
        return wrong("panics");
    }
    if ended.peak > (BUDGET + MOST_BEYOND) << 30 {
        return wrong("takes too much memory");
    }
    Ok(code)
}
