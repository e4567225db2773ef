//! Which pixels count: mask files of every form, masks and flags that a geometry names, and files of other detectors.

use std::path::Path;
use trainyard_tests::{json_of_python, simulated, Reduction};

const STEPS: &str = "steps:\n  - integrate-azimuthally: {bins: 40, per: run, unit: r_mm, solid-angle: false}\n";

fn powder() -> std::path::PathBuf {
    simulated("powder --trains 1 --pulses 2 --brightness 5")
}

/// A workflow over the powder with these lines.
fn reduction(run: &Path, geometry: &str, lines: &str) -> Reduction {
    Reduction::of_text(&format!("run: {}\ngeometry: {geometry}\noutput: reduced\n{lines}{STEPS}", run.display()))
}

/// Largest differences of two profiles and their norms; nothing, said so, without an interpreter.
fn differences(one: &Reduction, other: &Reduction) -> Option<Vec<f64>> {
    let runs = ["same".into(), one.output().into_os_string(), other.output().into_os_string()];
    let found = json_of_python("masks.py", runs)?;
    found.as_array().map(|numbers| numbers.iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect())
}

#[test]
fn a_mask_is_the_same_in_every_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let make = ["make".into(), folder.path().as_os_str().to_owned()];
    let Some(names) = json_of_python("masks.py", make) else { return };
    let run = powder();
    let geometry = run.join("simulated.geom").display().to_string();
    let of = |name: &str| format!("mask: {{file: {}}}\n", folder.path().join(name).display());
    let expected = reduction(&run, &geometry, &of("mask.npy"));
    expected.run(&[]).expect(0);
    let whole = reduction(&run, &geometry, "");
    whole.run(&[]).expect(0);
    assert!(differences(&expected, &whole).expect("an interpreter")[1] > 100.0, "the mask masks nothing");
    let names: Vec<&str> = names.as_array().expect("names").iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(names.len(), 15, "{names:?}");
    for name in names {
        let found = reduction(&run, &geometry, &of(name));
        found.run(&[]).expect(0);
        assert_eq!(differences(&expected, &found), Some(vec![0.0, 0.0]), "{name}");
    }

    for (name, words) in [
        ("other.npy", &["the shape [16, 128, 512]", "[16, 512, 128], or [8192, 128]"][..]),
        ("other.h5", &["the shape [16, 128, 512]"][..]),
        (
            "none.h5",
            &["`/mask`: there is no `mask` in `/`", "`/data/mask`: there is no `mask` in `/data`", "`/pixel_mask`:"][..],
        ),
        ("absent.npy", &["absent.npy"][..]),
    ] {
        reduction(&run, &geometry, &of(name)).check(&[]).expect(3).complains(words);
    }

    // bits that a geometry names, in a file beside it
    let text = std::fs::read_to_string(&geometry).expect("a geometry");
    let named = "mask1_file = bits.h5\nmask1_data = /bits\nmask1_goodbits = 0x1\nmask1_badbits = 0x8\n";
    let own = folder.path().join("masked.geom");
    std::fs::write(&own, format!("{named}{text}")).expect("a geometry");
    let found = reduction(&run, &own.display().to_string(), "");
    found.run(&[]).expect(0);
    assert_eq!(differences(&expected, &found), Some(vec![0.0, 0.0]));
    std::fs::write(&own, format!("{named}{text}").replace("/bits", "/bit")).expect("a geometry");
    let words = ["bits.h5: there is no `bit` in `/`", "start at the folder of the geometry file"];
    reduction(&run, &own.display().to_string(), "").check(&[]).expect(3).complains(&words);
}

#[test]
fn flags_of_a_geometry_are_limits_of_the_pixels() {
    let run = powder();
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(run.join("simulated.geom")).expect("a geometry");
    let flagged = folder.path().join("flagged.geom");
    std::fs::write(&flagged, format!("flag_morethan = 2\nflag_lessthan = 0\n{text}")).expect("a geometry");
    let flags = reduction(&run, &flagged.display().to_string(), "");
    let limits = reduction(&run, &run.join("simulated.geom").display().to_string(), "mask: {below: 0, above: 2}\n");
    let neither = reduction(&run, &run.join("simulated.geom").display().to_string(), "");
    for reduction in [&flags, &limits, &neither] {
        reduction.run(&[]).expect(0);
    }
    let Some(same) = differences(&flags, &limits) else { return };
    assert_eq!(same, [0.0, 0.0]);
    assert!(differences(&flags, &neither).expect("an interpreter")[1] > 0.0, "the flags decide nothing");
}

#[test]
fn files_of_other_detectors_and_absurd_values_are_refused() {
    let run = powder();
    let geometry = run.join("simulated.geom");
    let text = std::fs::read_to_string(&geometry).expect("a geometry");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a geometry");
        path.display().to_string()
    };
    // one panel of the last module is gone
    let fewer: String =
        text.lines().filter(|line| !line.starts_with("p15a7/")).map(|line| format!("{line}\n")).collect();
    let fewer = write("fewer.geom", &fewer);
    let refused = reduction(&run, &fewer, "").check(&[]).expect(3);
    refused.complains(&["8192 of the detector's 1048576 pixels have no panel", "uncovered: bad"]);
    reduction(&run, &format!("{{file: {fewer}, uncovered: bad}}"), "").check(&[]).expect(0);
    // a module more than there are
    let seventeen = text.replace("p15a7/dim1 = 15", "p15a7/dim1 = 16");
    let more = write("more.geom", &seventeen);
    reduction(&run, &more, "").check(&[]).expect(3).complains(&["panels for module 16", "extra-panels: ignore"]);
    let both = format!("{{file: {more}, extra-panels: ignore, uncovered: bad}}");
    reduction(&run, &both, "").check(&[]).expect(0);
    // chosen modules need no word
    let some = reduction(&run, &geometry.display().to_string(), "modules: [3, 4]\n");
    some.check(&[]).expect(0);
    for (adjusted, words) in [
        ("distance: \"200 m\"", "a distance of 200 m"),
        ("energy: \"9300 keV\"", "a photon energy of 9300000 eV"),
        ("uncovered: good", "uncovered"),
    ] {
        let adjusted = format!("{{file: {}, {adjusted}}}", geometry.display());
        reduction(&run, &adjusted, "").check(&[]).expect(3).complains(&[words]);
    }
}

#[test]
fn values_in_the_data_are_read_where_they_hold_for_all_trains() {
    let run = simulated("powder --trains 3 --pulses 2");
    let text = std::fs::read_to_string(run.join("simulated.geom")).expect("a geometry");
    let folder = tempfile::tempdir().expect("a folder");
    let clock = "SPB_IRU_AGIPD1M1/MDL/FPGA_COMP";
    let with = |clen: &str| {
        let path = folder.path().join("data.geom");
        let energy = format!("photon_energy = /RUN/{clock}/integrationTime/value keV\n");
        std::fs::write(&path, format!("{text}clen = {clen}\n{energy}")).expect("a geometry");
        reduction(&run, &path.display().to_string(), "").check(&[])
    };
    for (unit, distance) in [(" m", "1.1 m"), (" mm", "0.0011 m"), ("", "0.0011 m")] {
        let told = with(&format!("/CONTROL/{clock}/bunchStructure/repetitionRate/value{unit}")).expect(0);
        let numbers = format!("  {distance} from the sample, 20 keV, r 4.101 to ");
        assert!(told.stdout.contains(&numbers), "{}", told.stdout);
    }
    let varies = with(&format!("/CONTROL/{clock}/bunchStructure/repetitionRate/timestamp"));
    varies.expect(3).complains(&["which is not the same for all trains", "distance: \"0.2 m\""]);
    let elsewhere = with("/LCLS/detectorPosition");
    elsewhere.expect(3).complains(&["does not state the distance", "/LCLS/detectorPosition", "distance: \"0.2 m\""]);
}
