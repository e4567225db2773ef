//! Simulated pixels against their models. Limits are five standard deviations of what is compared, derived where they stand.

use trainyard_simulate::{Detector, Kind, Lit, SimulationSpec, Simulator, Truth};

const NOISE: f64 = 0.1;

fn simulator(change: impl Fn(&mut SimulationSpec), kind: Kind) -> Simulator {
    let mut spec = SimulationSpec { modules: Some(vec![3]), ..SimulationSpec::new(kind, Detector::Agipd) };
    change(&mut spec);
    Simulator::new(&spec).expect("a good specification")
}

fn sum(pixels: &[f32]) -> f64 {
    pixels.iter().map(|&value| f64::from(value)).sum()
}

#[test]
fn dark_frames_have_readout_noise_only() {
    let simulator = simulator(|spec| spec.lit = Some(Lit { stride: 4, ..Lit::default() }), Kind::Powder);
    let plans = simulator.plan_train(1);
    let frames = simulator.train_frames(3, 1, &plans);
    let dark: Vec<f64> = frames
        .iter()
        .zip(&plans)
        .filter(|(_, plan)| !plan.lit)
        .flat_map(|(frame, _)| frame)
        .map(|&v| f64::from(v))
        .collect();
    assert_eq!(dark.len(), 24 * 65536);
    let n = dark.len() as f64;
    let mean = dark.iter().sum::<f64>() / n;
    let variance = dark.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    assert!(mean.abs() < 5.0 * NOISE / n.sqrt(), "{mean}");
    // the variance of a normal sample's variance is 2 sigma^4 / n
    assert!((variance - NOISE * NOISE).abs() < 5.0 * NOISE * NOISE * (2.0 / n).sqrt(), "{variance}");
}

#[test]
fn powder_frames_follow_the_rings_and_the_energy() {
    let simulator = simulator(|spec| spec.trains = 2, Kind::Powder);
    let truth = simulator.truth();
    let background = &simulator.module(3).expect("module 3").scene().background;
    let mut factors = 0.0;
    let mut total = vec![0.0f64; background.len()];
    for index in 0..2 {
        let plans = simulator.plan_train(index);
        for (frame, plan) in simulator.train_frames(3, index, &plans).iter().zip(&plans) {
            factors += plan.factor();
            total.iter_mut().zip(frame).for_each(|(total, &value)| *total += f64::from(value));
            let stated = truth.frames.iter().find(|f| f.train == truth.trains[index as usize] && f.cell == plan.cell);
            let photons = stated.map(|frame| frame.photons).expect("the truth of the frame");
            // Poisson and readout noise of 65536 pixels
            let sigma = (photons + 65536.0 * NOISE * NOISE).sqrt();
            assert!((sum(frame) - photons).abs() < 5.0 * sigma, "{} {photons}", sum(frame));
        }
    }
    // pixel by pixel: chi-square of 65536 pixels with mean 1 each and variance 2 + 1/lambda
    let chi2: Vec<f64> = total
        .iter()
        .zip(background)
        .map(|(&total, &lambda)| {
            let expected = factors * f64::from(lambda);
            (total - expected).powi(2) / (expected + 64.0 * NOISE * NOISE)
        })
        .collect();
    let mean = chi2.iter().sum::<f64>() / chi2.len() as f64;
    let weakest = background.iter().fold(f32::INFINITY, |a, &b| a.min(b));
    let sigma = ((2.0 + 1.0 / (factors * f64::from(weakest))) / chi2.len() as f64).sqrt();
    assert!((mean - 1.0).abs() < 5.0 * sigma, "{mean} +- {sigma}");
}

#[test]
fn spots_hold_their_photons_at_their_place() {
    let simulator = simulator(|spec| spec.modules = None, Kind::Sfx);
    let plans = simulator.plan_train(0);
    let hits: Vec<_> = plans.iter().filter(|plan| plan.hit == Some(true)).take(3).collect();
    assert_eq!(hits.len(), 3);
    let (mut checked, mut distance) = (0, 0.0);
    for module in 0..16u16 {
        let scene = simulator.module(module).expect("all modules").scene();
        let frames = simulator.train_frames(module, 0, &plans);
        for plan in &hits {
            let frame = &frames[usize::from(plan.cell)];
            for spot in plan.spots.iter().filter(|spot| spot.module == module) {
                let (mut photons, mut slow, mut fast, mut background) = (0.0, 0.0, 0.0, 0.0);
                for s in spot.slow.round() as usize - 4..=spot.slow.round() as usize + 4 {
                    for f in spot.fast.round() as usize - 4..=spot.fast.round() as usize + 4 {
                        let dark = plan.factor() * f64::from(scene.background[s * 128 + f]);
                        let light = f64::from(frame[s * 128 + f]) - dark;
                        background += dark;
                        photons += light;
                        slow += s as f64 * light;
                        fast += f as f64 * light;
                    }
                }
                let sigma = (spot.photons + background + 81.0 * NOISE * NOISE).sqrt();
                assert!((photons - spot.photons).abs() < 5.0 * sigma, "{photons} of {spot:?}");
                distance += (slow / photons - spot.slow).powi(2) + (fast / photons - spot.fast).powi(2);
                checked += 1;
            }
        }
    }
    assert!(checked > 30, "{checked} spots");
    // sigma / sqrt(photons) each way, with the background's lever arm: a quarter of a pixel is far beyond it
    assert!((distance / f64::from(checked)).sqrt() < 0.25, "{distance} for {checked}");
}

#[test]
fn hits_come_at_their_rate_and_spheres_have_their_photons() {
    let simulator = simulator(
        |spec| {
            spec.modules = None;
            spec.hit_rate = 0.2;
            spec.trains = 100;
        },
        Kind::Spi,
    );
    let truth: Truth = simulator.truth();
    let hits = truth.frames.iter().filter(|frame| frame.hit == Some(true)).count() as f64;
    let n = truth.frames.len() as f64;
    assert!((hits - 0.2 * n).abs() < 5.0 * (0.16 * n).sqrt(), "{hits} of {n}");
    let plans = simulator.plan_train(0);
    let mut photons = vec![0.0; plans.len()];
    for module in 0..16 {
        let frames = simulator.train_frames(module, 0, &plans);
        photons.iter_mut().zip(&frames).for_each(|(photons, frame)| *photons += sum(frame));
    }
    for ((&photons, plan), frame) in photons.iter().zip(&plans).zip(&truth.frames) {
        let sigma = (frame.photons + 16.0 * 65536.0 * NOISE * NOISE).sqrt();
        assert!((photons - frame.photons).abs() < 5.0 * sigma, "{photons} {frame:?}");
        // the sphere's pattern adds up to one over the detector
        let stated = plan.factor() * plan.weight;
        assert!((frame.hit_photons - stated).abs() <= 1e-4 * stated, "{frame:?}");
        assert_eq!(frame.hit == Some(true), frame.hit_photons > 0.0);
    }
}

#[test]
fn noiseless_speckles_have_the_stated_g2() {
    let simulator = simulator(
        |spec| {
            spec.pulses = 64;
            spec.trains = 2;
            spec.decay = 6.0;
        },
        Kind::Xpcs,
    );
    let truth = simulator.truth();
    let mean = &simulator.module(3).expect("module 3").scene().background;
    let frames: Vec<Vec<f64>> = (0..2)
        .flat_map(|index| simulator.train_frames(3, index, &simulator.plan_train(index)))
        .map(|frame| frame.iter().zip(mean).map(|(&i, &mean)| f64::from(i) / f64::from(mean)).collect())
        .collect();
    let pixels = mean.len() as f64;
    for lag in [1usize, 3, 10, 30] {
        let pairs: Vec<(usize, usize)> =
            (0..2).flat_map(|t| (0..64 - lag).map(move |p| (64 * t + p, 64 * t + p + lag))).collect();
        let product: f64 =
            pairs.iter().map(|&(a, b)| frames[a].iter().zip(&frames[b]).map(|(a, b)| a * b).sum::<f64>()).sum();
        let g2 = product / (pairs.len() as f64 * pixels);
        let expected = truth.g2(lag as f64).expect("a g2");
        // products of intensities have variance <= 20; frames closer than the decay are not independent
        let sigma = (20.0 / (pixels * pairs.len() as f64) * 6.0).sqrt();
        assert!((g2 - expected).abs() < 5.0 * sigma, "lag {lag}: {g2} {expected} +- {sigma}");
    }
    // between trains nothing is left
    let product: f64 = (0..64).map(|p| frames[p].iter().zip(&frames[64 + p]).map(|(a, b)| a * b).sum::<f64>()).sum();
    assert!((product / (64.0 * pixels) - 1.0).abs() < 5.0 * (20.0 / (64.0 * pixels) * 6.0f64).sqrt());
}

#[test]
fn broken_pixels_are_where_the_module_says() {
    let simulator = simulator(|spec| spec.bad_pixels = 0.02, Kind::Powder);
    let module = simulator.module(3).expect("module 3");
    let n = 65536.0;
    let broken = module.bad_pixels().len() as f64;
    assert!((broken - 0.02 * n).abs() < 5.0 * (0.02 * 0.98 * n).sqrt(), "{broken}");
    let frame = &simulator.train_frames(3, 0, &simulator.plan_train(0))[5];
    let nan: Vec<u32> = (0..65536u32).filter(|&i| frame[i as usize].is_nan()).collect();
    assert_eq!(nan, module.bad_pixels());
}
