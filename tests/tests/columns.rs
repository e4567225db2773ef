//! Columns: all of all frames are published, slow values among them, so that anyone can ask later why a frame went.

use std::ffi::OsStr;
use trainyard_tests::{json_of_python, simulated, trainyard, Reduction};

/// The same energies by two ways: `lit-frames` sums those of the pulses that a cell saw, `attach` takes that of the pulse by
/// its place in the bunch pattern.
#[test]
fn pulse_energies_are_those_of_the_lit_frames() {
    let run = simulated("spi --trains 3 --pulses 12 --seed 5 --modules 3 --lit-stride 2");
    let workflow = "\
steps:
  - lit-frames
  - attach:
      gmd: {source: 'SPB_XTD9_XGM/XGM/DOOCS:output', key: data.intensityTD, by: pulse, unit: uJ}
      third: {source: 'SPB_XTD9_XGM/XGM/DOOCS:output', key: data.intensityTD, element: 3, unit: uJ}
  - keep: gmd > \"1 uJ\"
  - find-peaks: {threshold: 1000}
  - write-frames";
    let reduction = Reduction::new(&run, workflow);
    reduction.run(&[]).expect(0);
    let Some(found) = json_of_python("columns.py", [reduction.output().as_os_str()]) else { return };
    let column = |name: &str| -> Vec<Option<f64>> {
        let values = found["columns"][name].as_array().unwrap_or_else(|| panic!("no column {name}: {found}"));
        values.iter().map(|v| v.as_f64()).collect()
    };
    let (lit, energy, gmd, third) = (column("lit"), column("energy"), column("gmd"), column("third"));
    assert_eq!(found["units"]["gmd"], "uJ");
    let both = lit.iter().zip(&energy).zip(&gmd).filter(|((lit, _), _)| **lit == Some(1.0));
    let pairs: Vec<(f64, f64)> = both.map(|((_, energy), gmd)| (energy.unwrap(), gmd.unwrap())).collect();
    assert!(pairs.len() >= 12 && pairs.iter().all(|(a, b)| a == b), "{pairs:?}");
    assert!(lit.iter().zip(&gmd).all(|(lit, gmd)| gmd.is_some() == (*lit == Some(1.0))), "a dark frame has no pulse");
    assert!(third.iter().all(Option::is_some) && third.chunks(12).all(|train| train.iter().all(|v| *v == train[0])));
    // what no step saw has no value
    let fates = found["fates"].as_array().unwrap();
    let peaks = column("peaks.count");
    assert!(fates.iter().zip(&peaks).all(|(fate, count)| (fate == 0) == count.is_some()));
    let output = reduction.output();
    trainyard([OsStr::new("validate"), output.as_ref(), "--against".as_ref(), run.as_ref()]).expect(0);
}

#[test]
fn a_column_has_a_name_of_its_own() {
    let run = simulated("spi --trains 1 --pulses 4 --modules 3");
    let refused = |steps: &str, words: &str| {
        let reduction = Reduction::new(&run, &format!("steps:\n{steps}"));
        let done = reduction.run(&[]).expect(3);
        assert!(done.stderr.contains(words), "{}", done.stderr);
    };
    let xgm = "source: 'SPB_XTD9_XGM/XGM/DOOCS:output', key: data.intensityTD";
    refused(&format!("  - attach: {{cell: {{{xgm}, element: 0}}}}"), "the column `cell` is made twice, by `every run`");
    refused(&format!("  - attach: {{a: {{{xgm}}}}}"), "holds 1000 numbers a train");
    refused(&format!("  - attach: {{a: {{{xgm}, element: 1000}}}}"), "has elements 0 to 999");
    refused("  - attach: {a: {source: NOBODY, key: x}}", "NOBODY");
    refused(&format!("  - attach: {{'a-b': {{{xgm}, element: 0}}}}"), "is no name of a column");
}
