//! Frames integrated together have, to the bit, the sums that each has alone: any number of them, whatever is missing, on every
//! level of instructions.

use proptest::prelude::*;
use trainyard_algorithms::azimuthal::{
    AzimuthalIntegrator, BlockWorking, ErrorModel, Options, Splitting, Sums, Working, LANES,
};
use trainyard_codec::Processor;
use trainyard_geometry::{Geometry, ModuleLayout, Overrides, PixelMap};

const SLOW: usize = 30;
const FAST: usize = 23;
const MODULE: usize = SLOW * FAST;
const MODULES: usize = 3;

/// Three modules, of a size that fills no whole blocks; the second has a gap of one column, the third is far out.
fn map() -> PixelMap {
    let mut text = "clen = 0.1\nphoton_energy = 9300\nres = 5000\ndim1 = ss\ndim2 = fs\n".to_string();
    for (at, (name, last, x)) in [("a", FAST - 1, -26), ("b", FAST - 2, 2), ("c", FAST - 1, 40)].into_iter().enumerate()
    {
        text += &format!(
            "{name}/dim0 = {at}\n{name}/min_fs = 0\n{name}/max_fs = {last}\n{name}/min_ss = 0\n{name}/max_ss = {}\n\
             {name}/corner_x = {x}\n{name}/corner_y = -12\n{name}/fs = x\n{name}/ss = y\n",
            SLOW - 1
        );
    }
    let layout = ModuleLayout::new(vec![0, 1, 2], 0, SLOW, FAST).unwrap();
    let gap = Overrides { uncovered_is_bad: true, ..Overrides::default() };
    Geometry::parse(text.as_bytes(), "three.geom".as_ref()).unwrap().pixel_map(&layout, &gap).unwrap()
}

/// A module of a frame, or none where the frame lacks it.
type Parts = Vec<Option<Vec<f32>>>;

fn alone(integrator: &AzimuthalIntegrator, frame: &Parts, working: &mut Working) -> Sums {
    let mut sums = Sums::default();
    for (module, pixels) in frame.iter().enumerate() {
        if let Some(pixels) = pixels {
            integrator.integrate_module(module, pixels, working).unwrap();
        }
    }
    integrator.finish(working, &mut sums).unwrap();
    sums
}

fn together(integrator: &AzimuthalIntegrator, frames: &[Parts], working: &mut BlockWorking) -> Vec<Sums> {
    for module in 0..MODULES {
        let pixels: Vec<Option<&[f32]>> = frames.iter().map(|frame| frame[module].as_deref()).collect();
        integrator.integrate_module_block(module, &pixels, working).unwrap();
    }
    let mut sums = vec![Sums::new(3); frames.len()];
    integrator.finish_block(working, &mut sums).unwrap();
    sums
}

fn bits(sums: &Sums) -> Vec<u64> {
    [&sums.signal, &sums.variance, &sums.norm].into_iter().flatten().map(|value| value.to_bits()).collect()
}

fn frames() -> impl Strategy<Value = Vec<Parts>> {
    let odd = prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(f32::NEG_INFINITY), Just(-0.0), Just(f32::MAX)];
    let pixel = prop_oneof![60 => -5.0f32..1e4, 20 => 0.0f32..1.0, 1 => odd];
    let module = prop_oneof![
        6 => proptest::collection::vec(pixel, MODULE).prop_map(Some),
        2 => proptest::collection::vec(-5.0f32..1e4, MODULE).prop_map(Some),
        1 => Just(None),
    ];
    proptest::collection::vec(proptest::collection::vec(module, MODULES), 1..=LANES)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_block_is_the_loop_over_its_frames(frames in frames(), reach in 0usize..3, wide in any::<bool>(), mask in any::<bool>()) {
        let map = map();
        // bins that a pixel shares with one, a few or many others
        let bins = [7, 60, 250][reach];
        for splitting in [Splitting::No, Splitting::Bbox, Splitting::Full] {
            for error_model in [ErrorModel::None, ErrorModel::Poisson, ErrorModel::Photons] {
                let range = (!wide).then_some([0.5, 5.0]);
                let options = Options { bins, range, splitting, error_model, polarisation: Some(0.9), ..Options::default() };
                let bad: Vec<bool> = (0..MODULES * MODULE).map(|at| mask && at % 13 == 0).collect();
                let integrator = AzimuthalIntegrator::new(&map, &options, Some(&bad)).unwrap();
                let mut working = integrator.working();
                let expected: Vec<_> = frames.iter().map(|frame| bits(&alone(&integrator, frame, &mut working))).collect();
                for processor in Processor::available() {
                    let integrator = integrator.clone().on(processor);
                    let mut working = integrator.block_working();
                    // twice: working space carries nothing over
                    for round in 0..2 {
                        let found = together(&integrator, &frames, &mut working);
                        prop_assert_eq!(found.len(), expected.len());
                        for (k, (found, expected)) in found.iter().map(bits).zip(&expected).enumerate() {
                            let differs = found.iter().zip(expected).position(|(a, b)| a != b);
                            let place = differs.map(|at| (at, f64::from_bits(found[at]), f64::from_bits(expected[at])));
                            prop_assert_eq!(place, None, "{:?} {:?} {:?} frame {} round {}", splitting, error_model, processor, k, round);
                        }
                    }
                }
            }
        }
    }
}

/// The test above would pass on nothing: here are sums that are known.
#[test]
fn each_lane_is_its_own_frame() {
    let options = Options { bins: 20, solid_angle: false, error_model: ErrorModel::Poisson, ..Options::default() };
    let integrator = AzimuthalIntegrator::new(&map(), &options, None).unwrap();
    let frames: Vec<Parts> = (0..LANES).map(|k| vec![Some(vec![k as f32; MODULE]); MODULES]).collect();
    let sums = together(&integrator, &frames, &mut integrator.block_working());
    let pixels = (MODULES * MODULE - SLOW) as f64;
    for (k, sums) in sums.iter().enumerate() {
        let total = |values: &[f64]| values.iter().sum::<f64>();
        assert_eq!(total(&sums.signal), k as f64 * pixels);
        assert_eq!(total(&sums.variance), k.max(1) as f64 * pixels);
        assert!((total(&sums.norm) - pixels).abs() < 1e-6);
    }
}

#[test]
fn refuses_what_is_no_block() {
    let integrator = AzimuthalIntegrator::new(&map(), &Options::default(), None).unwrap();
    let other = AzimuthalIntegrator::new(&map(), &Options { bins: 10, ..Options::default() }, None).unwrap();
    let mut working = integrator.block_working();
    let (good, short) = ([0.0f32; MODULE], [0.0f32; MODULE - 1]);
    assert!(integrator.integrate_module_block(0, &[Some(&good[..]); LANES + 1], &mut working).is_err());
    assert!(integrator.integrate_module_block(0, &[Some(&good), Some(&short[..])], &mut working).is_err());
    assert!(integrator.integrate_module_block(MODULES, &[Some(&good)], &mut working).is_err());
    assert!(other.integrate_module_block(0, &[Some(&good)], &mut working).is_err());
    assert!(integrator.finish_block(&mut working, &mut vec![Sums::default(); LANES + 1]).is_err());
    assert!(other.finish_block(&mut working, &mut [Sums::default()]).is_err());
    assert!(integrator.integrate_module_block(0, &[], &mut working).is_err());
    // a block has one number of frames
    integrator.integrate_module_block(0, &[None, None], &mut working).unwrap();
    assert!(integrator.integrate_module_block(1, &[Some(&good[..])], &mut working).is_err());
    assert!(integrator.finish_block(&mut working, &mut [Sums::default()]).is_err());
    integrator.finish_block(&mut working, &mut [Sums::default(), Sums::default()]).unwrap();
    // what was refused left nothing behind
    integrator.integrate_module_block(0, &[None], &mut working).unwrap();
    let mut out = [Sums::default()];
    integrator.finish_block(&mut working, &mut out).unwrap();
    assert!(out[0].norm.iter().all(|norm| *norm == 0.0));
}
