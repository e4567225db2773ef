use super::*;
use crate::workflow::*;
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use trainyard_engine::algorithm::{self, Registration};

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code)]
struct FindHits {
    /// photons in a pixel that make it lit
    threshold: Option<f64>,
    #[schemars(range(min = 1))]
    snr: Option<f64>,
    modules: Option<Vec<u16>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code)]
struct Azimuthal {
    unit: Option<String>,
    #[schemars(range(min = 1, max = 100_000))]
    bins: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Condition(String);

fn entry<T: JsonSchema>(name: &'static str) -> Registration {
    Registration {
        name,
        version: 1,
        summary: "",
        details: "",
        example: "",
        schema: || schemars::schema_for!(T),
        configure: |_, _| Err(vec![]),
        effect: |_| None,
    }
}

fn registry() -> Registry {
    Registry::new(vec![
        entry::<Nothing>("lit-frames"),
        entry::<Condition>("keep"),
        entry::<FindHits>("find-hits"),
        entry::<Azimuthal>("integrate-azimuthally"),
    ])
}

fn load(text: &str, sets: &[&str]) -> Result<Checked, String> {
    let sets: Vec<String> = sets.iter().map(|set| set.to_string()).collect();
    Workflow::of_bytes(text.as_bytes(), "azint.yaml", ".".into(), &sets, &registry()).map_err(|error| error.to_string())
}

const GOOD: &str = "\
run: /gpfs/exfel/exp/MID/202301/p002345/raw/r0053
geometry: {file: /somewhere/agipd.geom, distance: 0.2 m, energy: 9.3 keV, beam-centre: [512, 513.5]}
trains: 10:20
mask: {below: -5, non-finite: false}
output: reduced/r0053
sequence: {bytes: 4GiB}
on-bad-input: {skip-up-to: 1%}
slurm: {nodes: 2, time: 4:00:00, memory: none, environment: {OMP_NUM_THREADS: 1}}
steps:
  - lit-frames
  - keep: lit
  - find-hits: {threshold: 0.7, as: hits}
  - keep: energy > \"500 uJ\"
  - lit-frames:
";

#[test]
fn a_good_workflow_says_what_it_says() {
    let checked = load(GOOD, &["steps.hits.snr=4", "modules=[3, 4]", "trains=11:15"]).unwrap();
    let workflow = &checked.workflow;
    assert!(matches!(&workflow.run, RunChoice::Folder(folder) if folder.ends_with("r0053")));
    assert_eq!(workflow.trains, Some(TrainChoice::Ids(TrainRange { from: Some(11), until: Some(15) })));
    assert_eq!(workflow.modules.as_deref(), Some(&[3, 4][..]));
    assert_eq!(workflow.geometry.as_ref().unwrap().overrides().distance.unwrap().metres(), 0.2);
    assert!(matches!(&workflow.sequence, Some(Sequence::Bytes(bytes)) if bytes.get() == 4 << 30));
    assert!(matches!(&workflow.on_bad_input, OnBadInput::SkipUpTo(share) if share.fraction() == 0.01));
    assert_eq!((workflow.mask.below, workflow.mask.non_finite, workflow.mask.detector), (Some(-5.0), false, true));
    let slurm = workflow.slurm.as_ref().unwrap();
    assert_eq!(slurm.memory, Some(SlurmMemory::Word(MemoryWord::None)));
    assert_eq!(slurm.time_limit(), Some(std::time::Duration::from_secs(4 * 3600)));
    assert_eq!(slurm.environment["OMP_NUM_THREADS"], "1");
    let labels: Vec<&str> = checked.steps.iter().map(|step| step.label.as_str()).collect();
    assert_eq!(labels, ["lit-frames", "keep", "hits", "keep", "lit-frames"]);
    assert_eq!(checked.steps[2].parameters, serde_json::json!({"threshold": 0.7, "snr": 4}));
    assert_eq!(checked.steps[3].parameters, serde_json::json!("energy > \"500 uJ\""));
}

#[test]
fn the_canonical_form_names_no_folder_and_can_be_run_again() {
    let checked = load(GOOD, &[]).unwrap();
    let canonical = checked.workflow.canonical();
    let text = canonical.to_string();
    assert!(
        !text.contains("gpfs") && !text.contains("somewhere") && !text.contains("slurm") && text.contains("agipd.geom")
    );
    assert_eq!(canonical["steps"][2], serde_json::json!({"find-hits": {"threshold": 0.7, "as": "hits"}}));
    let mut whole = canonical.clone();
    whole["run"] = "/elsewhere".into();
    whole["output"] = "out".into();
    // JSON is YAML
    let again = load(&whole.to_string(), &[]).unwrap();
    assert_eq!(again.workflow.canonical(), canonical);
}

/// Four mistakes that the text shows, and the place of one that only the run shows.
#[test]
fn all_mistakes_are_told_at_once() {
    let text = "\
run: /gpfs/exfel/exp/MID/202301/p002345/raw/r0053
geometry: {file: agipd.geom, distance: 0.2 s}
output: reduced/r0053
steps:
  - lit-framse: {}
  - find-hits: {treshold: 0.7, snr: 4}
  - integrate-azimuthally: {unit: q_nm^-1, bins: 0}
";
    let expected = "\
error: wrong unit: `0.2 s` is a time, expected a length such as `0.2 m`
  --> azint.yaml:2:40
   |
 2 | geometry: {file: agipd.geom, distance: 0.2 s}
   |                                        ^^^^^

error: unknown step `lit-framse`
  --> azint.yaml:5:5
   |
 5 |   - lit-framse: {}
   |     ^^^^^^^^^^
hint: did you mean `lit-frames`? known steps: lit-frames, keep, find-hits, integrate-azimuthally

error: unknown key `treshold` of `find-hits`
  --> azint.yaml:6:17
   |
 6 |   - find-hits: {treshold: 0.7, snr: 4}
   |                 ^^^^^^^^
hint: did you mean `threshold`? known keys: threshold, snr, modules

error: `bins` must be at least 1 and at most 100000, not 0
  --> azint.yaml:7:50
   |
 7 |   - integrate-azimuthally: {unit: q_nm^-1, bins: 0}
   |                                                  ^
";
    assert_eq!(load(text, &[]).unwrap_err(), expected);
}

#[test]
fn problems_of_configuring_find_their_place() {
    let checked = load(GOOD, &[]).unwrap();
    let render = |step, problem: &algorithm::Problem| {
        checked.reject(vec![checked.locate(step, problem)]).to_string().lines().nth(1).unwrap_or("").to_string()
    };
    assert_eq!(render(2, &algorithm::Problem::new(&["threshold"], "x")), "  --> azint.yaml:12:28");
    assert_eq!(render(2, &algorithm::Problem::new(&["modules"], "x")), "  --> azint.yaml:12:5");
    assert_eq!(render(2, &algorithm::Problem::new(&[], "x")), "  --> azint.yaml:12:5");
    assert_eq!(render(3, &algorithm::Problem::new(&["condition"], "x")), "  --> azint.yaml:13:11");
    let run = checked.reject(vec![checked.problem(&["run"], "there is no such folder")]).to_string();
    assert!(run.starts_with("error: there is no such folder\n  --> azint.yaml:1:6\n"), "{run}");
}

#[test]
fn mistakes_in_set_point_into_the_set() {
    let expected = "\
error: `snr` must be at least 1, not 0.5
  --> --set
   |
   | steps.hits.snr=0.5
   |                ^^^
";
    assert_eq!(load(GOOD, &["steps.hits.snr=0.5"]).unwrap_err(), expected);
}

#[test]
fn steps_of_a_wrong_shape_are_explained() {
    let first = |steps: &str| load(&format!("run: r\noutput: o\nsteps:\n{steps}"), &[]).unwrap_err();
    let shallow = first("  - find-hits:\n    snr: 4\n");
    assert!(shallow.contains("a step has one name, this one has 2: `find-hits`, `snr`"), "{shallow}");
    assert!(shallow.ends_with("hint: indent the parameters of `find-hits` deeper than its name\n"), "{shallow}");
    assert!(first("  - [find-hits]\n").contains("a step is a name or `name: {parameters}`, not a list"));
    assert!(first("  - {}\n").contains("a step needs a name"));
    assert!(first("  -\n").contains("a step is a name or"));
    assert!(first("  - keep: {a: 1}\n").contains("`keep` must be text, not a map"));
    assert!(first("  - keep:\n").contains("`keep` must be text, not nothing"));
    assert!(first("  - find-hits: {as: a b}\n").contains("`as` must be a name, not the text `a b`"));
    let twice = first("  - find-hits: {as: a}\n  - find-hits: {as: a}\n");
    assert!(twice.contains("two steps are called `a`, the first stands in line 4"), "{twice}");
    assert!(load("run: r\noutput: o\nsteps: {}\n", &[]).unwrap_err().contains("`steps` must be a list, not a map"));
    assert!(load("run: r\noutput: o\nsteps: []\n", &[]).unwrap().steps.is_empty());
}

#[test]
fn top_level_mistakes() {
    let all = load("- a\n", &[]).unwrap_err();
    assert!(all.contains("the workflow must be a map, not a list"), "{all}");
    let missing = load("run: r\n", &[]).unwrap_err();
    assert!(
        missing.contains("the workflow lacks the key `output`\n")
            && missing.contains("hint: `output`: folder of the reduced run")
    );
    assert!(missing.contains("the workflow lacks the key `steps`"));
    let one = |text: &str| load(&format!("run: r\noutput: o\nsteps: [lit-frames]\n{text}\n"), &[]).unwrap_err();
    assert!(one("quality: {sample: 5%}").contains("lacks the key `limits`"));
    assert!(one("quantity: {sample: 5%}").contains("unknown key `quantity` of the workflow"));
    assert!(one("trains: 20:10").contains("`trains` must be a range that holds something, not `20:10`"));
    assert!(one("trains: {index: 5}").contains("`index` must be a range `A:B`, not `5`"));
    assert!(
        one("on-bad-input: {skip-up-to: 200%}").contains("`skip-up-to` must be at least 0% and at most 100%, not 200%")
    );
    assert!(one("on-bad-input: skip").contains("`on-bad-input` cannot be `skip`"));
    assert!(one("sequence: {bytes: 4}").contains("`4` has no unit, expected an amount of memory such as `4GiB`"));
    assert!(one("sequence: {trains: 0}").contains("`trains` must be at least 1, not 0"));
    assert!(one("modules: 3").contains("hint: write `[3]`"));
    assert!(one("slurm: {time: soon}").contains("`time` must be a time limit, not `soon`"));
    assert!(one("slurm: {memory: nona}").contains("did you mean `none`?"));
    assert!(one("geometry: {file: a, distance: -1 m}").contains("`distance` must be greater than 0 m, not -1 m"));
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = Workflow::load(Path::new("/nowhere/w.yaml"), &[], &registry()).unwrap_err().to_string();
    assert!(
        error.starts_with("error: failed to read the workflow: ") && error.ends_with("  --> /nowhere/w.yaml\n"),
        "{error}"
    );
    let endless = Workflow::load(Path::new("/dev/zero"), &[], &registry()).unwrap_err().to_string();
    assert!(endless.contains("more than the 1048576 a workflow may have"), "{endless}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// A workflow with any few bytes put in its place somewhere is checked or refused with text, never worse.
    #[test]
    fn damaged_workflows_are_refused_in_words(at in 0..GOOD.len(), length in 0..6usize, bytes in proptest::collection::vec(any::<u8>(), 0..6)) {
        let mut damaged = GOOD.as_bytes().to_vec();
        let end = (at + length).min(damaged.len());
        damaged.splice(at..end, bytes);
        if let Err(error) = Workflow::of_bytes(&damaged, "w.yaml", ".".into(), &[], &registry()) {
            prop_assert!(error.to_string().starts_with("error: "));
        }
    }
}
