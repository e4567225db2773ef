//! Whoever does what a hint says gets on: each hint about a run, its output or a job has a test that does it literally.
//!
//! [`HINTS`] lists them by how they begin, and a test compares the list with the sources. Hints that name what may stand at a
//! place of a workflow, an expression or a command line are checked where they are made: they are answers, not instructions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use trainyard_tests::{trainyard, OwnRun, Powder, Reduction};

/// Where hints are about a run, its output or a job.
const PLACES: [&str; 11] = [
    "framework/engine/src/comm",
    "framework/engine/src/engine",
    "framework/engine/src/plan",
    "framework/engine/src/publish",
    "framework/engine/src/read",
    "framework/format/src/error.rs",
    "framework/format/src/opener",
    "framework/format/src/write/verify.rs",
    "workflows/src/assemble",
    "workflows/src/cli",
    "workflows/src/job",
];

enum Followed {
    /// file of tests, name of the test
    By(&'static str, &'static str),
    /// why no test can do it
    Not(&'static str),
}
use Followed::{By, Not};

const NAMES: Followed = Not("it names what may stand there");

/// How a hint begins, and who does what it says.
const HINTS: &[(&str, Followed)] = &[
    ("`--overwrite` replaces earlier reductions only: choose another", By("hints", "another_output_may_be_chosen")),
    ("`sinfo` lists the partitions", NAMES),
    (
        "a run that was started by hand is ended with Ctrl-C",
        By("killed", "asked_to_stop_it_ends_with_7_and_goes_on_later"),
    ),
    ("all ranks must run the same program", By("one_truth", "ranks_that_read_different_workflows_refuse")),
    ("allow it with `on-bad-input", By("judged", "damage_that_was_allowed_is_not_published_by_a_stricter_start")),
    ("ask for one node with --nodes 1", Not("it needs a program without MPI beside a cluster")),
    ("benches are", NAMES),
    (
        "bring the file back, then run again",
        By("changes", "a_file_that_vanishes_is_named_and_the_run_goes_on_when_it_is_back"),
    ),
    ("check the permissions of the file", By("storage", "a_file_that_may_not_be_read_is_a_matter_of_permissions")),
    ("check the permissions of the folder", By("refusals", "a_folder_that_cannot_be_written_is_5")),
    ("choose another `output`, or give `--overwrite`", By("hints", "another_output_may_be_chosen")),
    ("choose another `output`: the run is never written to", By("hints", "another_output_may_be_chosen")),
    (
        "finished sequences are kept: run again to resume",
        By("killed", "asked_to_stop_it_ends_with_7_and_goes_on_later"),
    ),
    ("`trainyard inspect` shows the trains of a run", NAMES),
    ("it has {", NAMES),
    ("start it without `mpirun` or `srun`", By("report", "a_preview_publishes_nothing")),
    ("free some space, then run again", By("refusals", "a_full_disk_is_5_and_can_be_resumed")),
    (
        "integrate behind the steps that change the shape",
        By("pixels", "what_cannot_be_is_told_before_anything_is_read"),
    ),
    ("give more with --memory, or use fewer threads", By("hints", "more_memory_or_fewer_threads_help")),
    (
        "give more with --time, or make sequences shorter",
        Not("it needs a cluster whose limit is shorter than a sequence"),
    ),
    ("give the `output` of a workflow", NAMES),
    ("it must be a number of seconds above 0", By("storage", "a_time_limit_that_is_none_is_refused")),
    (
        "it tells how the input was reduced: mend it, or move it away",
        By("hints", "a_damaged_manifest_of_the_input_may_be_moved_away"),
    ),
    ("move `write-frames` to the end", By("hints", "frames_are_written_at_the_end")),
    ("move `{label}` in front of it", By("columns", "frames_are_weighed_as_they_are_stored")),
    ("nothing would be left: look at `mask`", Not("it tells where to look")),
    (
        "nothing was published: choose a smaller bound, or loosen",
        By("judged", "a_loosened_limit_resumes_and_publishes"),
    ),
    ("nothing was published; the input does not explain", Not("it tells of a bug")),
    ("nothing was published; the input has errors too", Not("it tells where to look")),
    ("paths must be valid UTF-8", NAMES),
    ("please report it", Not("it tells of a bug")),
    ("put the run before the option", NAMES),
    ("raise `on-bad-input: {skip-up-to: ...}`", By("judged", "a_larger_share_of_damage_resumes_and_publishes")),
    ("raise `slurm: {memory: ...}`", Not("it needs a cluster whose nodes are too small")),
    ("raise `slurm: {time: ...}`", Not("the shortest limit, a minute, is longer than any sequence of a test takes")),
    ("sections are CONTROL", NAMES),
    ("start with the launcher of the MPI", Not("it needs two MPI libraries")),
    ("submit it again, or put the program back", By("one_truth", "a_job_that_meets_another_build_refuses")),
    ("submit again to resume", By("slurm", "a_cancelled_job_ends_and_another_resumes_it")),
    ("the file is damaged, or needs more memory", Not("it tells what may be the cause")),
    ("the step `write-frames` writes it", By("hints", "frames_are_written_and_not_copied")),
    ("the storage is at fault; run again", Not("it needs storage that loses bytes")),
    ("the storage is blocked or slow (", By("storage", "a_file_that_blocks_is_named_in_time")),
    (
        "the storage is blocked or slow: run again",
        By("storage", "storage_that_blocks_on_the_way_ends_the_run_and_the_next_goes_on"),
    ),
    ("use error, warn, info", NAMES),
    ("use fewer threads with --threads", By("one_truth", "threads_that_are_not_granted_are_a_resource")),
    ("use fewer with --threads", By("one_truth", "threads_that_are_not_granted_are_a_resource")),
    ("wait for it, or `trainyard cancel", By("slurm", "a_second_submission_to_the_same_folder_is_refused")),
    (
        "wait for it, or choose another `output`",
        By("hints", "a_folder_that_is_worked_in_is_waited_for_or_another_chosen"),
    ),
    ("wait for it, then ask `trainyard status`", Not("it needs two submissions within a moment")),
    ("wait until its writer closes it", Not("it needs HDF5's own tools")),
    ("wait until nobody writes it any more, then run again", Not("it needs ranks that see storage of different age")),
    (
        "wait until nobody writes it any more, then start anew",
        By("changes", "a_file_that_changes_during_the_run_is_an_error"),
    ),
    ("wait until that program closes it", By("storage", "a_file_open_for_writing_is_told")),
    ("with `steps: []` the sources in `copy`", By("hints", "a_workflow_without_steps_copies")),
    ("write it as `sbatch --time` takes it", NAMES),
    ("nothing was published: take a larger `sample`", By("hints", "a_gate_gets_what_it_measures")),
    ("name a share, `sample: 5%`", By("hints", "a_gate_gets_what_it_measures")),
    ("add `write-frames` to the steps, or leave `quality` out", By("hints", "a_gate_gets_what_it_measures")),
    ("add `integrate-azimuthally` to the steps", By("hints", "a_gate_gets_what_it_measures")),
    ("leave `quality` out, or choose a lossy codec", By("hints", "a_gate_gets_what_it_measures")),
    ("in a mask file, what is not zero is bad", NAMES),
    ("nothing was published: the storage is at fault, or somebody", Not("it says who is to be asked")),
    ("somebody put it there: remove it", By("commit_point", "planted_links_are_refused_or_replaced")),
    ("remove it, or choose another `output`", By("commit_point", "nothing_of_an_earlier_run_is_left")),
    (
        "give `--overwrite` to reduce again, or bring back",
        By("commit_point", "a_finished_run_that_lost_a_file_is_not_done"),
    ),
    ("somebody else works in the output folder; give", Not("it needs somebody who removes files between two renames")),
    ("run again to resume", By("commit_point", "whatever_happens_to_what_is_finished_the_next_start_makes_it_whole")),
    ("run again", By("commit_point", "whatever_happens_to_what_is_finished_the_next_start_makes_it_whole")),
    ("name {choose}", By("vacuous", "which_data_of_a_run_has_to_be_said")),
    (
        "state it in the workflow: `geometry:",
        By("pixels", "values_in_the_data_are_read_where_they_hold_for_all_trains"),
    ),
    ("`trainyard inspect RUN` shows what it has", NAMES),
    ("name another with -o, or move it away", By("hints", "a_workflow_that_stands_there_is_not_written_over")),
    ("give a CrystFEL .geom or pyFAI .poni file: --geometry", By("steering", "init_says_what_only_the_user_has")),
    ("nothing was cancelled; a job that is yours", Not("it ends a job that is none of ours")),
    ("raise the limit of file sizes (`ulimit -f`)", By("refusals", "a_limit_of_file_sizes_is_5_and_can_be_resumed")),
    ("make room there, or choose another `output`", By("refusals", "a_folder_without_room_is_told_by_check")),
    ("letters, digits and `_`", NAMES),
    ("name the folder that it lies in", NAMES),
    ("relative paths start at the folder of the workflow", NAMES),
    ("reduce each run by itself", By("mistakes", "each_is_told_once_with_its_place_and_what_to_do")),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").into()
}

fn sources(path: &Path, all: &mut Vec<PathBuf>) {
    if path.is_file() {
        all.push(path.into());
    } else {
        let entries = std::fs::read_dir(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        entries.flatten().for_each(|entry| sources(&entry.path(), all));
    }
}

/// Texts that stand behind a call which takes a hint, joined over line ends; those in tests and comments left out.
fn hints(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    for word in ["with_hint(", ".hint(", "hint: Some(", "let hint =", "\\nhint: ", "Some(\n", "Some(\""] {
        for (at, _) in text.match_indices(word) {
            // an optional text is a hint where it is the last thing a failure is made of
            if word.starts_with("Some(") && !text[..at].rsplit(';').next().unwrap_or_default().contains("Failure::new(")
            {
                continue;
            }
            let rest = &text[at + word.len()..];
            let quoted = match word {
                "\\nhint: " => Some(rest),
                "Some(\"" => Some(rest),
                _ => {
                    let before = rest.find('"').filter(|&at| {
                        let between = rest[..at].trim();
                        ["", "format!(", "Some("].contains(&between)
                    });
                    before.map(|at| &rest[at + 1..])
                }
            };
            let Some(quoted) = quoted else { continue };
            let mut end = None;
            let mut escaped = false;
            for (at, c) in quoted.char_indices() {
                match c {
                    '"' if !escaped => {
                        end = Some(at);
                        break;
                    }
                    '\\' => escaped = !escaped,
                    _ => escaped = false,
                }
            }
            let Some(end) = end else { continue };
            let joined = quoted[..end].split("\\\n").map(str::trim_start).collect::<String>();
            found.push(joined.replace("\\n", " "));
        }
    }
    found
}

#[test]
fn every_hint_is_followed_by_a_test() {
    let mut files = Vec::new();
    PLACES.iter().for_each(|place| sources(&root().join(place), &mut files));
    let (mut unknown, mut used, mut seen) = (Vec::new(), BTreeSet::new(), 0);
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "rs")) {
        let text = std::fs::read_to_string(file).expect("a source");
        for hint in hints(&text).into_iter().filter(|hint| !hint.starts_with('{') && !hint.is_empty()) {
            seen += 1;
            match HINTS.iter().position(|(begin, _)| hint.starts_with(begin)) {
                Some(entry) => {
                    used.insert(entry);
                }
                None => unknown.push(format!("{}: {hint}", file.display())),
            }
        }
    }
    assert!(unknown.is_empty(), "hints that no test follows:\n{}", unknown.join("\n"));
    assert!(seen > 30, "only {seen} hints were found");
    let gone = HINTS.iter().enumerate().filter(|(entry, _)| !used.contains(entry)).map(|(_, (begin, _))| *begin);
    // those of the shared error type stand in a match, those of the order of steps in a list
    let listed = [
        "free some",
        "raise the limit of file sizes",
        "check the permissions of the folder",
        "move `write-frames` to the end",
    ];
    let gone: Vec<&str> = gone.filter(|b| !listed.iter().any(|begin| b.starts_with(begin))).collect();
    assert!(gone.is_empty(), "no source has these hints any more: {gone:?}");
    for (begin, followed) in HINTS {
        match followed {
            By(file, test) => {
                let text = std::fs::read_to_string(root().join(format!("tests/tests/{file}.rs"))).expect("a test file");
                assert!(text.contains(&format!("fn {test}()")), "`{begin}`: there is no test {test} in {file}.rs");
            }
            Not(why) => assert!(!why.is_empty()),
        }
    }
}

const STEPS: &str = "sequence: {trains: 2}
steps:
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - write-frames: {codec: lz4}";

const STEPS_OF_ONE_TRAIN: &str = "sequence: {trains: 1}
steps:
  - lit-frames
  - keep: lit
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";

#[test]
fn another_output_may_be_chosen() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    reduction.run(&[]).expect(0);
    let other = format!("output={}", reduction.folder().join("other").display());
    // another plan: another output, or replaced
    let bins = ["--set", "steps.integrate-azimuthally.bins=90"];
    let hint = "choose another `output`, or give `--overwrite` to replace an earlier reduction";
    reduction.run(&bins).expect(3).complains(&[hint]);
    reduction.run(&[&bins[..], &["--set", &other]].concat()).expect(0);
    reduction.run(&[&bins[..], &["--overwrite"]].concat()).expect(0);
    // files that are not ours
    let foreign = reduction.folder().join("foreign");
    std::fs::create_dir(&foreign).expect("a folder");
    std::fs::write(foreign.join("thesis.tex"), "precious").expect("a file");
    let there = format!("output={}", foreign.display());
    reduction.run(&["--set", &there]).expect(3).complains(&[hint]);
    let refused = reduction.run(&["--set", &there, "--overwrite"]).expect(3);
    refused.complains(&["`--overwrite` replaces earlier reductions only: choose another `output`"]);
    let third = format!("output={}", reduction.folder().join("third").display());
    reduction.run(&["--set", &third]).expect(0);
    // the run itself
    let input = OwnRun::copied();
    let own = Reduction::new(&input.run(), STEPS);
    let itself = format!("output={}", input.run().display());
    let refused = own.run(&["--set", &itself]).expect(3);
    refused.complains(&["choose another `output`: the run is never written to"]);
    own.run(&[]).expect(0);
}

#[test]
fn more_memory_or_fewer_threads_help() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    let least = |threads: &str| -> u64 {
        let refused = reduction.run(&["--threads", threads, "--memory", "1MiB"]).expect(3);
        let words: Vec<&str> = refused.stderr.split_whitespace().collect();
        let at = words.iter().position(|w| *w == "least").expect("a figure");
        assert!(refused.stderr.contains("give more with --memory, or use fewer threads"), "{}", refused.stderr);
        words[at + 1].parse().expect("a figure")
    };
    let (one, eight) = (least("1"), least("8"));
    assert!(one < eight, "{one} and {eight}");
    let memory = format!("{one}MiB");
    reduction.run(&["--threads", "8", "--memory", &memory]).expect(3);
    reduction.run(&["--threads", "1", "--memory", &memory]).expect(0);
    reduction.clear();
    reduction.run(&["--threads", "8", "--memory", &format!("{eight}MiB")]).expect(0);
}

#[test]
fn a_damaged_manifest_of_the_input_may_be_moved_away() {
    let input = OwnRun::copied();
    let manifest = input.run().join("reduction.json");
    std::fs::write(&manifest, "{\"plan\": ").expect("a manifest");
    let reduction = Reduction::new(&input.run(), STEPS);
    reduction.run(&[]).expect(4).complains(&["mend it, or move it away"]);
    input.take_away(&manifest);
    reduction.run(&[]).expect(0);
}

#[test]
fn frames_are_written_at_the_end() {
    let steps = "steps:\n  - write-frames: {codec: lz4}\n  - keep: cell >= 2";
    let refused = Reduction::new(&Powder::corrected(), steps).run(&[]).expect(3);
    refused.complains(&["move `write-frames` to the end"]);
    let steps = "steps:\n  - keep: cell >= 2\n  - write-frames: {codec: lz4}";
    Reduction::new(&Powder::corrected(), steps).run(&[]).expect(0);
}

#[test]
fn frames_are_written_and_not_copied() {
    let run = Powder::corrected();
    let source = "SPB_DET_AGIPD1M-1/CORR/";
    let inspected = trainyard(["inspect".as_ref(), run.as_os_str(), "--json".as_ref()]).expect(0);
    let text = inspected.stdout;
    let at = text.find(source).expect("a source of the detector");
    let name = text[at..].split('"').next().expect("its name");
    let copied = format!("copy: [\"{name}\"]\nsteps:\n  - integrate-azimuthally: {{unit: r_mm, bins: 50}}");
    Reduction::new(&run, &copied).run(&[]).expect(3).complains(&["the step `write-frames` writes it"]);
    let written = "copy: []\nsteps:\n  - write-frames: {codec: same}";
    Reduction::new(&run, written).run(&[]).expect(0);
}

#[test]
fn a_workflow_without_steps_copies() {
    let run = OwnRun::copied();
    let text = |lines: &str| format!("run: {}\noutput: reduced\n{lines}", run.run().display());
    let refused = Reduction::of_text(&text("detector: SPB_DET_AGIPD1M-1\nsteps: []\n")).run(&[]).expect(3);
    refused.complains(&["with `steps: []` the sources in `copy` are copied, those of detectors too"]);
    Reduction::of_text(&text("steps: []\n")).run(&[]).expect(0);
}

#[test]
fn a_folder_that_is_worked_in_is_waited_for_or_another_chosen() {
    let run = Powder::raw();
    let (reduction, mut child) = Reduction::paused(&run, STEPS_OF_ONE_TRAIN);
    let hint = "wait for it, or choose another `output`";
    let other = format!("output={}", reduction.folder().join("other").display());
    let chosen = reduction.start(&["--set", &other]);
    reduction.run(&[]).expect(3).complains(&[hint]);
    child.signal(libc::SIGCONT);
    chosen.wait(trainyard_tests::PATIENCE).expect(0);
    child.wait(trainyard_tests::PATIENCE).expect(0);
    let again = reduction.run(&[]).expect(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
}

#[test]
fn a_gate_gets_what_it_measures() {
    let tried = |lines: &str, code: i32, hint: &str| {
        let reduction = Reduction::new(&Powder::corrected(), lines);
        let done = reduction.run(&[]).expect(code);
        assert!(done.stderr.contains(hint), "`{hint}` is not in\n{}", done.stderr);
    };
    let gate = |limits: &str, steps: &str| format!("quality: {{limits: {{{limits}}}}}\nsteps:\n{steps}");
    let integration = "  - integrate-azimuthally: {unit: r_mm, bins: 50, per: run}\n";
    let changed = "  - threshold: {below: 1}\n";
    let written = "  - write-frames: {codec: lz4}";
    tried(&gate("max-error: 1", integration), 3, "add `write-frames` to the steps, or leave `quality` out");
    tried(&format!("steps:\n{integration}"), 0, "");
    tried(&gate("max-error: 1", written), 3, "leave `quality` out, or choose a lossy codec");
    tried(&format!("steps:\n{written}"), 0, "");
    let deviation = |steps: &str| gate("azimuthal-deviation: 10", &format!("{steps}{changed}{written}"));
    tried(&deviation(""), 3, "add `integrate-azimuthally` to the steps");
    tried(&deviation(integration), 0, "");
    let sampled = |share: &str| {
        format!("quality: {{sample: {share}, limits: {{max-error: 10}}}}\nsteps:\n{integration}{changed}{written}")
    };
    tried(&sampled("0%"), 3, "name a share, `sample: 5%`");
    tried(&sampled("5%"), 0, "");
    // no frame has a good pixel, whatever the sample: so the limit is left out
    let bad = "mask: {above: -1}\n";
    tried(&format!("{bad}{}", gate("psnr: 10", &format!("{changed}{written}"))), 6, "nothing was published: ");
    tried(&format!("{bad}steps:\n{changed}{written}"), 0, "");
}

#[test]
fn a_workflow_that_stands_there_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = Powder::corrected();
    let init = |name: &str, code: i32| {
        let file = folder.path().join(name);
        let words = ["init".as_ref(), "compress".as_ref(), run.as_os_str(), "-o".as_ref(), file.as_os_str()];
        trainyard(words).expect(code).stderr
    };
    init("a.yaml", 0);
    assert!(init("a.yaml", 3).contains("name another with -o, or move it away"));
    init("b.yaml", 0);
    std::fs::rename(folder.path().join("a.yaml"), folder.path().join("old.yaml")).expect("moved away");
    init("a.yaml", 0);
}
