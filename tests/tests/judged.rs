//! What is judged only at the end is no part of the plan: the program's own hints after a refusal lead on, and finished work
//! is not done again.

use std::collections::BTreeSet;
use trainyard_engine::publish::{Entry, Ledger};
use trainyard_tests::{json_of_python, python, simulated, Powder, Reduction};

const GATED: &str = "sequence: {trains: 1}
steps:
  - write-frames: {codec: {sz3: {absolute: 4}}}";

/// The plug-ins that hdf5plugin brings, for the program too; nothing, said so, without the interpreter.
fn plugins() -> Option<()> {
    let done = python("plugins.py", [""; 0])?.expect(0);
    std::env::set_var("HDF5_PLUGIN_PATH", done.stdout.trim());
    Some(())
}

/// Numbers of sequences that the ledger has as done, each as often as it was done.
fn done(reduction: &Reduction) -> Vec<u64> {
    let lines = Ledger::read(&reduction.output().join(".trainyard/ledger")).expect("a ledger").noted;
    let made = lines.into_iter().filter_map(|line| match line.entry {
        // a start that finds one right notes it again, with the times of its files
        Entry::Sequence { sequence, files, .. } => {
            Some((sequence as u64, files.iter().map(|file| file.stamp.modified).max()))
        }
        _ => None,
    });
    made.collect::<BTreeSet<_>>().into_iter().map(|(sequence, _)| sequence).collect()
}

fn damaged() -> Option<(tempfile::TempDir, std::path::PathBuf)> {
    let arguments = "powder --trains 6 --pulses 4 --modules 0,8 --codec bitshuffle-lz4 --seed 9";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = folder.path().join("damaged");
    json_of_python("damage.py", [simulated(arguments).as_os_str(), run.as_os_str(), "8:13".as_ref()])?;
    Some((folder, run))
}

#[test]
fn a_larger_share_of_damage_resumes_and_publishes() {
    let Some((_folder, run)) = damaged() else { return };
    let steps = "sequence: {trains: 1}\nsteps:\n  - write-frames: {codec: lz4}";
    let reduction = Reduction::new(&run, &format!("on-bad-input: {{skip-up-to: 0.1%}}\n{steps}"));
    reduction
        .run(&[])
        .expect(4)
        .complains(&["lost to damage: 1 of 24 frames", "hint: raise `on-bad-input: {skip-up-to: ...}`"]);
    let before = done(&reduction);
    assert_eq!(before.len(), 6, "all is done but the publication");
    let raised = ["--set", "on-bad-input={skip-up-to: 50%}"];
    reduction.run(&raised).expect(2);
    assert_eq!(done(&reduction), before, "finished work was done again");
    let resumed = reduction.published();
    let anew = Reduction::new(&run, &format!("on-bad-input: {{skip-up-to: 50%}}\n{steps}"));
    anew.run(&[]).expect(2);
    resumed.same_as(&anew.published(), "the same plan, judged alike");
    let manifest = reduction.manifest();
    assert_eq!(manifest["judged"]["on-bad-input"]["skip-up-to"], "50%");
    assert!(manifest["workflow"].get("on-bad-input").is_none(), "{manifest}");
}

/// What an earlier start was allowed to leave out is not published by one that allows nothing.
#[test]
fn damage_that_was_allowed_is_not_published_by_a_stricter_start() {
    let Some((_folder, run)) = damaged() else { return };
    let steps = "sequence: {trains: 1}\nsteps:\n  - write-frames: {codec: lz4}";
    let reduction = Reduction::new(&run, &format!("on-bad-input: {{skip-up-to: 0.1%}}\n{steps}"));
    reduction.run(&[]).expect(4);
    reduction.run(&["--set", "on-bad-input=stop"]).expect(4).complains(&["AGIPD08", "on-bad-input: {skip-up-to: ...}"]);
    assert!(!reduction.output().join("reduction.json").exists());
    // what the hint says
    reduction.run(&["--set", "on-bad-input={skip-up-to: 50%}"]).expect(2);
}

#[test]
fn a_loosened_limit_resumes_and_publishes() {
    let Some(()) = plugins() else { return };
    let run = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20");
    let with = |limit: &str| format!("quality: {{sample: 100%, limits: {{max-error: {limit}}}}}\n{GATED}");
    let reduction = Reduction::new(&run, &with("3"));
    let refused = reduction.run(&[]).expect(6);
    refused.complains(&["max-error", "hint: nothing was published", "loosen the limit in `quality`"]);
    let before = done(&reduction);
    reduction.run(&["--set", "quality.limits.max-error=4"]).expect(0);
    assert_eq!(done(&reduction), before, "finished work was done again");
    let anew = Reduction::new(&run, &with("4"));
    reduction.published().same_as(&anew.reduce(&[]), "the same plan, judged alike");
    assert_eq!(reduction.manifest()["judged"]["quality"]["limits"]["max-error"], 4.0);
    // the set of what is measured is part of the plan
    let measured = reduction.run(&["--set", "quality.limits.psnr=1"]).expect(3);
    measured.complains(&["another plan", "quality.metrics"]);
    let seed = reduction.run(&["--set", "quality.seed=7"]).expect(3);
    seed.complains(&["another plan", "quality.seed"]);
}

/// What is published stands as it was judged.
#[test]
fn a_published_run_is_not_judged_otherwise_in_silence() {
    let steps = "steps:\n  - write-frames: {codec: bitshuffle-lz4}";
    let reduction = Reduction::new(&Powder::corrected(), steps);
    let first = reduction.reduce(&[]);
    let otherwise = ["--set", "on-bad-input={skip-up-to: 1%}"];
    reduction.run(&otherwise).expect(3).complains(&["this reduction, judged otherwise", "on-bad-input", "--overwrite"]);
    assert_eq!(reduction.published().0, first.0);
    reduction.run(&[&otherwise[..], &["--overwrite"]].concat()).expect(0);
    assert_eq!(reduction.manifest()["judged"]["on-bad-input"]["skip-up-to"], "1%");
}
