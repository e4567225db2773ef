//! Lit frames against the numbers of EXtra-redu 1.1.0: `data/lit-frames-reference.json`.

use serde_json::Value;
use std::error::Error;
use trainyard_algorithms::lit_pattern::{
    Alignment, Fpga, FpgaValues, Instrument, LitFrameFinder, RepetitionRate, Xgm, SLOTS,
};

/// The scenario whose trains differ.
const SHIFTED: &str = "train w/o pulses; shifted";

fn integers(value: &Value) -> Vec<i64> {
    value.as_array().expect("a list").iter().map(|item| item.as_i64().expect("an integer")).collect()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|item| item.as_f64().expect("a number")).collect()
}

fn close(found: &[f32], expected: &[f64]) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(&f, e)| (f64::from(f) - e).abs() <= 1e-3)
}

fn set(pattern: &[u8]) -> Vec<i64> {
    (0..).zip(pattern).filter(|(_, &flag)| flag == 1).map(|(cell, _)| cell).collect()
}

#[test]
fn every_train_of_every_scenario() -> Result<(), Box<dyn Error>> {
    let reference: Value = serde_json::from_str(include_str!("data/lit-frames-reference.json"))?;
    let intensity: Vec<f32> = (0..1000).map(|pulse| (100 + pulse) as f32).collect();
    let sigma: Vec<f32> = intensity.iter().map(|mu| mu / 10.0).collect();
    let mut trains = 0;
    for scenario in reference["scenarios"].as_array().expect("scenarios") {
        let name = scenario["name"].as_str().expect("a name");
        let fpga = Fpga::new(&FpgaValues {
            class_id: "AgipdComposite",
            pulses: scenario["ncell"].as_i64().expect("ncell"),
            repetition_rate: RepetitionRate::from_megahertz(scenario["rate"].as_f64().expect("rate"))?,
            first_pulse: 0,
            integration_time: scenario["integrationTime"].as_f64().expect("integrationTime"),
            pattern_type: scenario["patternType"].as_str().expect("patternType"),
        })?;
        let finder = LitFrameFinder::new(Instrument::Spb, fpga, &Alignment::default())?;
        let mut table = vec![0u32; SLOTS];
        for slot in scenario["bunch_pattern"].as_array().expect("slots").iter().map(integers) {
            table[usize::try_from(slot[0])?] = u32::try_from(slot[1])?;
        }
        for (index, expected) in scenario["trains"].as_array().expect("trains").iter().enumerate() {
            let mut table = table.clone();
            match (name, index) {
                (SHIFTED, 1) => table.fill(0),
                (SHIFTED, 3) => table[200..232].fill(0),
                _ => {}
            }
            let xgm = Xgm { intensity: &intensity, sigma: &sigma };
            let found = finder.train(Some(&table), Some(xgm))?;
            let wide = |values: &[u16]| values.iter().map(|&value| i64::from(value)).collect::<Vec<_>>();
            let at = |key: &str| integers(&expected[key]);
            let number = |key: &str| expected[key].as_u64().expect("a count") as u16;
            let place = format!("{name}, train {index}");
            assert_eq!(found.n_pulse, number("nPulse"), "{place}");
            assert_eq!(found.n_frame(), number("nFrame"), "{place}");
            assert_eq!(found.n_lit_frame(), number("nLitFrame"), "{place}");
            assert_eq!(found.n_data_frame(), number("nDataFrame"), "{place}");
            assert_eq!(wide(&found.lit_frames), at("litFrames"), "{place}");
            assert_eq!(set(&found.data_frame_pattern), at("dataFramePattern"), "{place}");
            assert_eq!(wide(&found.data_frames), at("dataFramePattern"), "{place}");
            assert_eq!(wide(&found.n_pulse_per_frame), at("nPulsePerFrame"), "{place}");
            assert_eq!(wide(&found.detector_pulse_id[..4]), at("detectorPulseId_head"), "{place}");
            assert_eq!(wide(&found.master_pulse_id), at("masterPulseId"), "{place}");
            assert_eq!(wide(&found.xgm_pulse_id), at("xgmPulseId"), "{place}");
            assert!(close(&found.energy_per_frame, &floats(&expected["energyPerFrame"])), "{place}");
            assert!(close(&found.energy_sigma, &floats(&expected["energySigma"])), "{place}");
            trains += 1;
        }
    }
    assert_eq!(trains, 24, "six scenarios of four trains");
    Ok(())
}
