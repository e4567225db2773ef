use super::*;
use proptest::prelude::*;

fn values() -> FpgaValues<'static> {
    FpgaValues {
        class_id: "AgipdComposite",
        pulses: 352,
        repetition_rate: RepetitionRate::Every2,
        first_pulse: 0,
        integration_time: 20.0,
        pattern_type: "XRay",
    }
}

fn finder(instrument: Instrument, values: &FpgaValues) -> LitFrameFinder {
    LitFrameFinder::new(instrument, Fpga::new(values).unwrap(), &Alignment::default()).unwrap()
}

fn table(slots: impl IntoIterator<Item = usize>, value: u32) -> Vec<u32> {
    let mut table = vec![0; SLOTS];
    slots.into_iter().for_each(|slot| table[slot] = value);
    table
}

const SASE1: u32 = 4 << 18;
const SASE2: u32 = 2 << 18;
const SASE3: u32 = SASE1 | 1 << 27;

#[test]
fn mid_sees_every_24th_frame() {
    let pattern = finder(Instrument::Mid, &values()).train(Some(&table((200..=632).step_by(48), SASE2)), None).unwrap();
    assert_eq!(pattern.lit_frames, (1..=217).step_by(24).collect::<Vec<u16>>());
    assert_eq!(pattern.master_pulse_id, (200..=632).step_by(48).collect::<Vec<u16>>());
    assert_eq!(pattern.detector_pulse_id, (0..704).step_by(2).collect::<Vec<u16>>());
    assert_eq!(pattern.xgm_pulse_id, (0..10).collect::<Vec<u16>>());
    assert_eq!((pattern.n_frame(), pattern.n_lit_frame(), pattern.n_data_frame(), pattern.n_pulse), (352, 10, 10, 10));
    assert_eq!((pattern.energy_per_frame[25], pattern.energy_sigma[25]), (10_000.0, 0.0));
    assert_eq!(
        pattern.lit_for_cells(&[0, 1, 25, 24, 217, 351, 352, 65535]),
        [false, true, true, false, true, false, false, false]
    );
    assert!(pattern.energy_for_cells(&[1, 400])[1].is_nan());
}

#[test]
fn several_pulses_in_a_frame_add_up() {
    let values = FpgaValues { repetition_rate: RepetitionRate::Every4, integration_time: 45.0, ..values() };
    let intensity: Vec<f32> = (0..8).map(|pulse| 100.0 + pulse as f32).collect();
    let xgm = Xgm { intensity: &intensity, sigma: &[3.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0] };
    let pattern = finder(Instrument::Fxe, &values).train(Some(&table(100..108, SASE1)), Some(xgm)).unwrap();
    assert_eq!(pattern.n_pulse_per_frame[..4], [0, 3, 3, 0], "45 clocks reach into the third slot");
    assert_eq!(pattern.energy_per_frame[1], 303.0);
    assert_eq!(pattern.energy_sigma[1], 5.0);
    assert_eq!(pattern.xgm_pulse_id, [0, 1, 2, 4, 5, 6]);
    assert_eq!(pattern.n_pulse, 8);
}

#[test]
fn sase1_and_sase3_share_the_table() {
    let mut both = table((200..216).step_by(2), SASE1);
    both.iter_mut().skip(201).step_by(2).take(8).for_each(|slot| *slot = SASE3);
    for (instrument, first, index) in [(Instrument::Spb, 200, 0), (Instrument::Sqs, 201, 1)] {
        let pattern = finder(instrument, &values()).train(Some(&both), None).unwrap();
        assert_eq!((pattern.master_pulse_id[0], pattern.xgm_pulse_id[0], pattern.n_pulse), (first, index, 8));
    }
    assert_eq!(finder(Instrument::Hed, &values()).train(Some(&both), None).unwrap().n_pulse, 0);
}

#[test]
fn runs_without_xrays_keep_every_frame() {
    let dark = FpgaValues { pattern_type: "Dark", ..values() };
    for (table, lit) in [(Some(table([200], SASE1)), 1), (Some(table([], 0)), 0), (None, 0)] {
        let pattern = finder(Instrument::Spb, &dark).train(table.as_deref(), None).unwrap();
        assert_eq!((pattern.n_data_frame(), pattern.n_lit_frame()), (352, lit));
        assert!(pattern.data_for_cells(&[0, 351]).iter().all(|&data| data));
    }
    let xray = finder(Instrument::Spb, &values());
    assert_eq!(xray.train(None, None), Err(LitPatternError::NoBunchPattern));
    assert_eq!(xray.train(Some(&table([], 0)), None).unwrap().n_data_frame(), 0);
}

#[test]
fn generation_two_has_no_first_pulse() {
    let first = |class_id| {
        let values = FpgaValues { class_id, first_pulse: 12, ..values() };
        finder(Instrument::Hed, &values).train(Some(&table([], 0)), None).unwrap().detector_pulse_id[1]
    };
    assert_eq!(first("AgipdComposite"), 14);
    assert_eq!(first("Agipd2Composite"), 2);
}

#[test]
fn pulses_beyond_the_frames_are_not_seen() {
    let short = FpgaValues { pulses: 3, ..values() };
    let pattern = finder(Instrument::Spb, &short).train(Some(&table(1..SLOTS, SASE1)), None).unwrap();
    assert_eq!(pattern.lit_frames, [1, 2]);
    assert_eq!((pattern.n_pulse, pattern.master_pulse_id.len()), (2699, 2));
    let none = FpgaValues { pulses: 0, ..values() };
    let pattern = finder(Instrument::Spb, &none).train(Some(&table([9], SASE1)), None).unwrap();
    assert_eq!((pattern.n_frame(), pattern.n_lit_frame()), (0, 0));
}

#[test]
fn padded_arrays_have_the_length_of_the_datasets() {
    let pattern = finder(Instrument::Mid, &values()).train(Some(&table((200..=632).step_by(48), SASE2)), None).unwrap();
    let padded = pattern.padded();
    assert_eq!((padded.master_pulse_id[9], padded.master_pulse_id[10]), (632, 0));
    assert_eq!((padded.lit_frames[9], padded.lit_frames[10]), (217, 0));
    assert_eq!(padded.n_pulse_per_frame.iter().sum::<u16>(), 10);
    assert_eq!(padded.data_frame_pattern[217], 1);
}

#[test]
fn the_reference_delay_gives_back_its_own_frame() {
    let reference =
        ReferenceDelay { delay: 7_000.0, frame: 3, repetition_rate: RepetitionRate::Every4, position: 3_000.0 };
    let shift = |trigger_delay, position| {
        Alignment::ReferenceDelay { reference: reference.clone(), trigger_delay, position }.shift(2).unwrap()
    };
    assert_eq!(shift(7_000.0, 3.0), 12, "3 frames of 4 slots");
    assert_eq!(shift(7_000.0 + 24.0, 3.0), 11, "a slot later, the pulse falls a slot earlier");
    assert_eq!(shift(7_000.0, 3.0 + 24.0 * 2.767_084), 13, "light arrives a slot later downstream");
    assert_eq!(shift(7_000.0 + 24.0 * 20.0, 3.0), -8);
    let alignment = Alignment::ReferenceDelay { reference: reference.clone(), trigger_delay: 7_480.0, position: 3.0 };
    let finder = LitFrameFinder::new(Instrument::Spb, Fpga::new(&values()).unwrap(), &alignment).unwrap();
    let pattern = finder.train(Some(&table((200..220).step_by(2), SASE1)), None).unwrap();
    assert_eq!(pattern.master_pulse_id, (208..220).step_by(2).collect::<Vec<u16>>(), "4 frames' pulses come too early");
    assert_eq!(pattern.lit_frames, [0, 1, 2, 3, 4, 5]);
    let infinite = Alignment::ReferenceDelay { reference, trigger_delay: f64::NAN, position: 0.0 };
    assert!(infinite.shift(2).is_err());
}

#[test]
fn rates_are_read_as_text_and_numbers() {
    for (text, stride) in [("4.5", 1), (" 2.2 MHz", 2), ("1.1", 4), ("0.5MHz", 8), ("1.128", 4)] {
        assert_eq!(RepetitionRate::from_text(text).unwrap().stride(), stride, "{text}");
    }
    for (rate, stride) in [(4.513, 1), (f64::from(2.2f32), 2), (f64::from(1.1f32), 4), (0.564, 8)] {
        assert_eq!(RepetitionRate::from_megahertz(rate).unwrap().stride(), stride, "{rate}");
    }
    for rate in [0.0, -1.1, 3.0, f64::NAN, f64::INFINITY] {
        assert!(RepetitionRate::from_megahertz(rate).is_err(), "{rate}");
    }
    assert!(RepetitionRate::from_text("fast").unwrap_err().to_string().contains("`fast`"));
}

#[test]
fn refuses_hostile_input() {
    let refused = |change: fn(&mut FpgaValues)| {
        let mut values = values();
        change(&mut values);
        Fpga::new(&values).unwrap_err().to_string()
    };
    assert_eq!(refused(|v| v.pulses = 2701), "`bunchStructure.nPulses` is 2701, expected 0 to 2700");
    assert!(refused(|v| v.pulses = -1).contains("nPulses"));
    assert!(refused(|v| v.first_pulse = -1).contains("firstPulse"));
    assert!(refused(|v| v.first_pulse = i64::MAX).contains("firstPulse"));
    assert!(refused(|v| v.integration_time = f64::NAN).contains("integrationTime"));
    assert!(refused(|v| v.class_id = "LpdComposite").contains("`LpdComposite`"));

    let fpga = Fpga::new(&values()).unwrap();
    let new = |fpga: Fpga, reference_frame| {
        LitFrameFinder::new(Instrument::Spb, fpga, &Alignment::FirstPulse { reference_frame })
    };
    assert!(new(Fpga { stride: 0, ..fpga.clone() }, 1).is_err());
    assert!(new(Fpga { cells: 1 << 40, ..fpga.clone() }, 1).is_err());
    assert!(new(Fpga { exposure: 3, ..fpga.clone() }, 1).is_err());
    assert!(new(fpga.clone(), i16::MAX).is_err());
    let finder = new(fpga, -1).unwrap();
    assert_eq!(finder.train(Some(&[0; 2701]), None), Err(LitPatternError::BunchPattern { found: 2701 }));
    let short = Xgm { intensity: &[1.0], sigma: &[1.0] };
    let error = finder.train(Some(&table((0..20).step_by(2), SASE1)), Some(short)).unwrap_err();
    assert!(matches!(error, LitPatternError::Xgm { name: "intensityTD", values: 1, pulse: 1 }), "{error}");
    assert!("ABC".parse::<Instrument>().is_err());
    assert_eq!(Instrument::of_source("MID_DET_AGIPD1M-1/DET/0CH0:xtdf").unwrap(), Instrument::Mid);
}

proptest! {
    #[test]
    fn any_table_gives_consistent_counts(
        slots in prop::collection::vec(any::<u32>(), SLOTS),
        cells in 0i64..400,
        rate in 0usize..4,
        integration_time in 0.0f64..300.0,
        reference_frame in -300i16..300,
    ) {
        let rates = [RepetitionRate::Every1, RepetitionRate::Every2, RepetitionRate::Every4, RepetitionRate::Every8];
        let values = FpgaValues { pulses: cells, repetition_rate: rates[rate], integration_time, ..values() };
        let fpga = Fpga::new(&values).unwrap();
        let finder = LitFrameFinder::new(Instrument::Spb, fpga.clone(), &Alignment::FirstPulse { reference_frame });
        let pattern = finder.unwrap().train(Some(&slots), None).unwrap();
        let exposed: usize = pattern.n_pulse_per_frame.iter().map(|&count| usize::from(count)).sum();
        prop_assert_eq!(exposed, pattern.master_pulse_id.len());
        prop_assert_eq!(exposed, pattern.xgm_pulse_id.len());
        prop_assert!(exposed <= usize::from(pattern.n_pulse));
        prop_assert!(pattern.n_pulse_per_frame.iter().all(|&count| usize::from(count) <= fpga.exposure));
        prop_assert!(pattern.master_pulse_id.windows(2).all(|pair| pair[0] < pair[1]));
        let cells: Vec<u16> = (0..pattern.n_frame()).collect();
        let lit = pattern.lit_for_cells(&cells).iter().filter(|&&lit| lit).count();
        prop_assert_eq!(lit, pattern.lit_frames.len());
    }
}
