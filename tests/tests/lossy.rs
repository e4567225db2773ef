//! Lossy frames: within their bound as h5py and hdf5plugin read them, and refused where a gate says so.

use std::ffi::OsStr;
use trainyard_tests::{json_of_python, python, real_run, simulated, trainyard, Reduction};

/// The plug-ins that hdf5plugin brings, for the program too; nothing, said so, without the interpreter.
fn plugins() -> Option<()> {
    let done = python("plugins.py", [""; 0])?.expect(0);
    std::env::set_var("HDF5_PLUGIN_PATH", done.stdout.trim());
    Some(())
}

#[test]
fn every_pixel_is_within_its_bound() {
    let Some(()) = plugins() else { return };
    // bad pixels are NaN: their chunks go lossless, or with a number in their place
    let clean = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20");
    let spotty = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20 --bad-pixels 0.001");
    let cases = [
        (&clean, "absolute: 0.5"),
        (&clean, "absolute: 4"),
        (&clean, "relative: 0.001"),
        (&clean, "psnr: 60"),
        (&spotty, "absolute: 1"),
        (&spotty, "absolute: 1, non-finite: {replace-with: 0}"),
    ];
    for (run, bound) in cases {
        let reduction = Reduction::new(run, &format!("steps:\n  - write-frames: {{codec: {{sz3: {{{bound}}}}}}}"));
        reduction.run(&[]).expect(0);
        let arguments = [run.as_os_str(), reduction.output().as_os_str(), bound.as_ref()].map(ToOwned::to_owned);
        let found = json_of_python("lossy.py", arguments).expect("an interpreter");
        println!("{bound}: {found}");
        assert_eq!(found["pixels"], 2 * 24 * 512 * 128);
        assert_eq!(found["beyond"], 0, "{bound}: {found}");
        let lossy = &reduction.manifest()["lossy"];
        let chunks = lossy["lossless-chunks"].as_u64().expect("a count");
        let fallback = bound == "absolute: 1";
        assert_eq!(chunks > 0, fallback, "{bound}: only chunks with NaN go lossless: {lossy}");
        // what the manifest and the datasets state is what a reader finds
        let stated = lossy["max-error"].as_f64().expect("a number");
        assert_eq!(Some(stated), found["max-error"].as_f64(), "{bound}");
        assert_eq!(Some(stated), found["stated"].as_f64(), "{bound}");
        assert!(lossy["ratio"].as_f64().is_some_and(|r| r > 1.0), "{lossy}");
    }
}

#[test]
fn lossy_files_do_not_depend_on_threads_or_ranks() {
    let Some(()) = plugins() else { return };
    let run = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20");
    let steps = "quality: {sample: 50%, limits: {max-error: 1}}\nsequence: {trains: 1}\nsteps:\n  \
                 - integrate-azimuthally: {bins: 100}\n  - write-frames: {codec: {sz3: {absolute: 1}}}";
    let reduction = Reduction::new(&run, steps);
    let first = reduction.reduce(&["--threads", "1"]);
    reduction.clear();
    reduction.reduce(&["--threads", "4"]).same_as(&first, "4 threads");
    reduction.clear();
    let Some(child) = reduction.start_on_ranks(2, &[]) else { return };
    child.wait(trainyard_tests::PATIENCE).expect(0);
    reduction.published().same_as(&first, "2 ranks");
}

#[test]
fn a_missed_gate_publishes_nothing() {
    let Some(()) = plugins() else { return };
    let run = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20");
    let gates = [
        ("max-error: 3", "max-error"),
        ("psnr: 200", "psnr"),
        ("ssim: 0.9999999", "ssim"),
        ("azimuthal-deviation: 1e-9", "azimuthal-deviation"),
    ];
    for (limit, metric) in gates {
        let lines = format!(
            "quality: {{sample: 100%, limits: {{{limit}}}}}\nsteps:\n  - integrate-azimuthally: {{bins: 100}}\n  \
             - write-frames: {{codec: {{sz3: {{absolute: 4}}}}}}"
        );
        let reduction = Reduction::new(&run, &lines);
        let done = reduction.run(&[]).expect(6);
        done.complains(&[metric, "the limit is", "train 1"]);
        let names = std::fs::read_dir(reduction.output()).expect("the folder").flatten().map(|e| e.file_name());
        let names: Vec<_> = names.filter(|n| n != ".trainyard").collect();
        assert!(names.is_empty(), "published all the same: {names:?}");
    }
    // frames without loss are measured too where a step may have changed them, and nothing else in the workflow decodes them
    let lossless = "quality: {sample: 100%, limits: {max-error: 0, ssim: 1}}\nsteps:\n  \
                    - threshold: {below: -1e30}\n  - write-frames: {codec: zstd}";
    let reduction = Reduction::new(&run, lossless);
    reduction.run(&[]).expect(0);
    assert_eq!(reduction.manifest()["quality"]["sampled-frames"], 24);
    assert_eq!(reduction.manifest()["quality"]["worst"]["max-error"], 0.0);
    // limits that hold let the same frames through
    let fine = "quality: {sample: 100%, limits: {max-error: 4, psnr: 20, azimuthal-deviation: 0.5}}\nsteps:\n  \
                - integrate-azimuthally: {bins: 100}\n  - write-frames: {codec: {sz3: {absolute: 4}}}";
    let reduction = Reduction::new(&run, fine);
    reduction.run(&[]).expect(0);
    assert_eq!(reduction.manifest()["quality"]["sampled-frames"], 24);
}

#[test]
fn real_frames_hold_their_bound() {
    let Some(()) = plugins() else { return };
    for (name, bounds) in [("jungfrau-raw", [0.5, 4.0]), ("agipd-powder", [0.5, 4.0])] {
        let Some(run) = real_run(name) else { return };
        for bound in bounds {
            let lines = format!("modules: [1]\nsteps:\n  - write-frames: {{codec: {{sz3: {{absolute: {bound}}}}}}}");
            let reduction = Reduction::new(&run, &lines);
            reduction.run(&[]).expect(0);
            let bound = format!("absolute: {bound}");
            let arguments = [run.as_os_str(), reduction.output().as_os_str(), bound.as_ref()].map(ToOwned::to_owned);
            let found = json_of_python("lossy.py", arguments).expect("an interpreter");
            println!("{name}, {bound}: {found}");
            assert_eq!(found["beyond"], 0, "{name}, {bound}: {found}");
            assert!(found["pixels"].as_u64().is_some_and(|n| n > 5_000_000));
        }
    }
}

/// Pixel steps change what is written and what later steps see.
#[test]
fn rounded_and_thresholded_pixels_are_written() {
    let run = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20");
    let reduction = Reduction::new(
        &run,
        "steps:\n  - threshold: {below: 2, value: 0}\n  - round: {method: {bits: 4}}\n  - write-frames",
    );
    reduction.run(&[]).expect(0);
    let arguments = [run.as_os_str(), reduction.output().as_os_str()].map(ToOwned::to_owned);
    let Some(found) = json_of_python("pixel_steps.py", arguments) else { return };
    println!("{found}");
    assert_eq!(found["small"], 0);
    assert!(found["significant-bits"].as_u64().is_some_and(|b| b <= 5), "{found}");
    // half a unit in the fourth bit after the leading one
    assert!(found["relative"].as_f64().is_some_and(|r| r > 0.0 && r <= 1.0 / 32.0), "{found}");
}

/// What was reduced with loss may be reduced again, with loss or without: what is stated is true of this reduction, and proved.
#[test]
fn a_reduction_of_a_lossy_reduction_is_proved() {
    let Some(()) = plugins() else { return };
    let run = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20");
    let lossy = |bound: &str| format!("steps:\n  - write-frames: {{codec: {{sz3: {{{bound}}}}}}}");
    let first = Reduction::new(&run, &lossy("absolute: 1"));
    first.run(&[]).expect(0);
    let geometry = run.join("simulated.geom");
    std::fs::copy(&geometry, first.output().join("simulated.geom")).expect("a copy");
    for (lines, bound) in [
        (lossy("absolute: 3"), Some("absolute: 3")),
        (lossy("psnr: 300"), None),
        ("steps:\n  - write-frames".into(), Some("absolute: 0.0000001")),
        ("steps:\n  - keep: cell in 1..5\n  - write-frames: {codec: zstd}".into(), None),
        ("steps:\n  - threshold: {below: 2}\n  - write-frames: {codec: lz4}".into(), None),
    ] {
        let second = Reduction::new(&first.output(), &lines);
        second.run(&[]).expect(0);
        let output = second.output();
        trainyard([OsStr::new("validate"), output.as_ref(), "--against".as_ref(), first.output().as_ref()]).expect(0);
        let Some(bound) = bound else { continue };
        let arguments =
            [first.output().as_os_str(), second.output().as_os_str(), bound.as_ref()].map(ToOwned::to_owned);
        let found = json_of_python("lossy.py", arguments).expect("an interpreter");
        assert_eq!(found["beyond"], 0, "{lines}: {found}");
        // of pixels that leave as they came nothing is stated that is about other rows
        assert_eq!(found["stated"], found["max-error"], "{lines}: {found}");
    }
}

/// The cells of a JUNGFRAU row leave together and are encoded together, whatever each of them is kept for.
#[test]
fn rows_of_several_cells_hold_their_bound() {
    let Some(()) = plugins() else { return };
    let run = simulated("powder --detector jungfrau --trains 1 --pulses 16 --modules 1 --brightness 20");
    let steps = "steps:\n  - keep: cell in 3..15\n  - write-frames: {codec: {sz3: {absolute: 2}}}";
    let reduction = Reduction::new(&run, steps);
    reduction.run(&["--threads", "1"]).expect(0);
    let arguments = [run.as_os_str(), reduction.output().as_os_str(), "absolute: 2".as_ref()].map(ToOwned::to_owned);
    let found = json_of_python("lossy.py", arguments).expect("an interpreter");
    assert_eq!((&found["beyond"], &found["pixels"]), (&0.into(), &(16 * 512 * 1024).into()), "{found}");
    let output = reduction.output();
    trainyard([OsStr::new("validate"), output.as_ref(), "--against".as_ref(), run.as_ref()]).expect(0);
}
