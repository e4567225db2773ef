//! Azimuthal integration by itself: what must hold whatever the image.

use proptest::prelude::*;
use trainyard_algorithms::azimuthal::{
    Azimuth, AzimuthalError, AzimuthalIntegrator, ErrorModel, Fields, Options, Profile, Sensor, SparseIntegrator,
    Splitting, Statistic, Sums,
};
use trainyard_geometry::{Geometry, ModuleLayout, Overrides, PixelMap, RadialUnit};

const SLOW: usize = 30;
const FAST: usize = 23;

/// Two modules beside the beam, of a size that fills no whole blocks; the second has a gap of one column.
fn map() -> PixelMap {
    let text = format!(
        "clen = 0.1\nphoton_energy = 9300\nres = 5000\ndim1 = ss\ndim2 = fs\n\
         a/dim0 = 0\na/min_fs = 0\na/max_fs = {a}\na/min_ss = 0\na/max_ss = {s}\na/corner_x = -26\na/corner_y = -12\na/fs = x\na/ss = y\n\
         b/dim0 = 1\nb/min_fs = 0\nb/max_fs = {b}\nb/min_ss = 0\nb/max_ss = {s}\nb/corner_x = 2\nb/corner_y = -12\nb/fs = x\nb/ss = y\n",
        a = FAST - 1,
        b = FAST - 2,
        s = SLOW - 1
    );
    let layout = ModuleLayout::new(vec![0, 1], 0, SLOW, FAST).unwrap();
    let gap = Overrides { uncovered_is_bad: true, ..Overrides::default() };
    Geometry::parse(text.as_bytes(), "two.geom".as_ref()).unwrap().pixel_map(&layout, &gap).unwrap()
}

fn options(splitting: Splitting) -> Options {
    Options { bins: 25, splitting, polarisation: Some(0.9), error_model: ErrorModel::Poisson, ..Options::default() }
}

fn integrate(integrator: &AzimuthalIntegrator, image: &[f32]) -> Sums {
    let mut sums = Sums::default();
    integrator.integrate(image, &mut integrator.working(), &mut sums).unwrap();
    sums
}

fn close(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-10 * (1.0 + a.abs()))
}

fn images(frames: usize) -> impl Strategy<Value = Vec<Vec<f32>>> {
    let pixel = prop_oneof![8 => -5.0f32..1e4, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)];
    proptest::collection::vec(proptest::collection::vec(pixel, 2 * SLOW * FAST), frames)
}

fn splittings() -> impl Strategy<Value = Splitting> {
    prop_oneof![Just(Splitting::No), Just(Splitting::Bbox), Just(Splitting::Full)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A missing pixel is as good as a masked one.
    #[test]
    fn missing_is_masked(images in images(1), splitting in splittings()) {
        let map = map();
        let image = &images[0];
        let range = Some([0.5, 5.0]);
        let options = Options { range, ..options(splitting) };
        let open = AzimuthalIntegrator::new(&map, &options, None).unwrap();
        let bad: Vec<bool> = image.iter().map(|value| !value.is_finite()).collect();
        let masked = AzimuthalIntegrator::new(&map, &options, Some(&bad)).unwrap();
        let (a, b) = (integrate(&open, image), integrate(&masked, image));
        prop_assert!(close(&a.signal, &b.signal) && close(&a.variance, &b.variance) && close(&a.norm, &b.norm));
        // Empty bins are empty to the bit.
        let zeros = |sums: &Sums| sums.norm.iter().map(|&norm| norm == 0.0).collect::<Vec<_>>();
        prop_assert_eq!(zeros(&a), zeros(&b));
    }

    /// With the whole range, each good pixel is counted once: its value, and its normalisation.
    #[test]
    fn mass_is_conserved(images in images(1), splitting in splittings()) {
        let map = map();
        let image = &images[0];
        let integrator = AzimuthalIntegrator::new(&map, &options(splitting), None).unwrap();
        let sums = integrate(&integrator, image);
        let (mut signal, mut norm) = (0.0, 0.0);
        for (pixel, &value) in map.iter().zip(image) {
            if let Some(pixel) = pixel.filter(|_| value.is_finite()) {
                signal += f64::from(value);
                norm += pixel.relative_solid_angle(map.distance()) * pixel.polarisation(0.9);
            }
        }
        let near = |a: f64, b: f64| (a - b).abs() < 1e-6 * b.abs().max(1.0);
        prop_assert!(near(sums.signal.iter().sum(), signal));
        prop_assert!(near(sums.norm.iter().sum(), norm));
    }

    /// Module by module gives the same bits as the whole frame, and working space carries nothing over.
    #[test]
    fn by_module_is_the_same(images in images(2), splitting in splittings()) {
        let map = map();
        let integrator = AzimuthalIntegrator::new(&map, &options(splitting), None).unwrap();
        let mut working = integrator.working();
        let mut sums = Sums::default();
        for image in &images {
            for (module, pixels) in image.chunks(SLOW * FAST).enumerate() {
                integrator.integrate_module(module, pixels, &mut working).unwrap();
            }
            integrator.finish(&mut working, &mut sums).unwrap();
            prop_assert_eq!(&sums, &integrate(&integrator, image));
        }
    }

    /// A module that is not there counts like one that is all missing.
    #[test]
    fn an_absent_module_is_missing(images in images(1), splitting in splittings()) {
        let map = map();
        let integrator = AzimuthalIntegrator::new(&map, &options(splitting), None).unwrap();
        let mut image = images[0].clone();
        image[SLOW * FAST..].fill(f32::NAN);
        let whole = integrate(&integrator, &image);
        let (mut working, mut sums) = (integrator.working(), Sums::default());
        integrator.integrate_module(0, &image[..SLOW * FAST], &mut working).unwrap();
        integrator.finish(&mut working, &mut sums).unwrap();
        prop_assert!(close(&whole.signal, &sums.signal) && close(&whole.norm, &sums.norm));
    }

    /// Frames may be merged in any grouping.
    #[test]
    fn merging_is_associative(images in images(4), splitting in splittings()) {
        let integrator = AzimuthalIntegrator::new(&map(), &options(splitting), None).unwrap();
        let frames: Vec<Sums> = images.iter().map(|image| integrate(&integrator, image)).collect();
        let fold = |order: &[usize]| {
            let mut total = Sums::default();
            order.iter().for_each(|&at| total.merge(&frames[at]));
            total
        };
        let flat = fold(&[0, 1, 2, 3]);
        let (mut left, right) = (fold(&[0, 1]), fold(&[2, 3]));
        left.merge(&right);
        for other in [left, fold(&[3, 1, 0, 2])] {
            prop_assert!(close(&flat.signal, &other.signal) && close(&flat.variance, &other.variance) && close(&flat.norm, &other.norm));
        }
    }
}

fn sparse(options: &Options, fields: &Fields<'_>, image: &[f32]) -> (SparseIntegrator, Sums) {
    let integrator = SparseIntegrator::new(&map(), options, fields).unwrap();
    let mut sums = Sums::default();
    // twice: the second frame finds nothing of the first
    let mut working = integrator.working();
    integrator.integrate(image, &mut working, &mut sums).unwrap();
    let first = sums.clone();
    integrator.integrate(image, &mut working, &mut sums).unwrap();
    assert_eq!(first, sums);
    (integrator, sums)
}

fn cake(splitting: Splitting, low: f64) -> Options {
    let azimuth = Azimuth::Bins { bins: 7, range: [low, low + 360.0] };
    Options { azimuth, split_azimuth: splitting != Splitting::No, ..options(splitting) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The two integrators are one where both can do it.
    #[test]
    fn sparse_is_plain(images in images(1), splitting in splittings()) {
        let map = map();
        let plain = integrate(&AzimuthalIntegrator::new(&map, &options(splitting), None).unwrap(), &images[0]);
        let (_, sparse) = sparse(&options(splitting), &Fields::default(), &images[0]);
        prop_assert!(close(&plain.signal, &sparse.signal) && close(&plain.variance, &sparse.variance) && close(&plain.norm, &sparse.norm));
    }

    /// The rows of a whole turn hold each good pixel once, wherever the turn begins.
    #[test]
    fn a_cake_is_the_ring(images in images(1), splitting in splittings(), low in -360.0f64..360.0) {
        let map = map();
        let whole = integrate(&AzimuthalIntegrator::new(&map, &options(splitting), None).unwrap(), &images[0]);
        let (integrator, sums) = sparse(&cake(splitting, low), &Fields::default(), &images[0]);
        prop_assert_eq!(integrator.rows().len(), 7);
        for (values, of_ring) in [(&sums.signal, &whole.signal), (&sums.norm, &whole.norm)] {
            for (bin, ring) in of_ring.iter().enumerate() {
                let rows: f64 = values.iter().skip(bin).step_by(25).sum();
                let scale: f64 = of_ring.iter().map(|value| value.abs()).sum();
                prop_assert!((rows - ring).abs() < 1e-6 * scale, "bin {}: {} {}", bin, rows, ring);
            }
        }
    }
}

/// Five pixels beside the beam, in one bin; everything by hand.
#[test]
fn spread_dark_flat_and_variance_by_hand() {
    let text = "clen = 10\nphoton_energy = 9300\nres = 1000\na/min_fs = 0\na/max_fs = 4\na/min_ss = 0\na/max_ss = 0\n\
                a/corner_x = -2.5\na/corner_y = 10\na/fs = x\na/ss = y\n";
    let layout = ModuleLayout::new(vec![0], 0, 1, 5).unwrap();
    let map = Geometry::parse(text.as_bytes(), "row.geom".as_ref())
        .unwrap()
        .pixel_map(&layout, &Overrides::default())
        .unwrap();
    let base = Options {
        unit: RadialUnit::RadiusMillimetres,
        bins: 1,
        range: Some([5.0, 20.0]),
        solid_angle: false,
        error_model: ErrorModel::Azimuthal,
        ..Options::default()
    };
    let image = [1.0f32, 2.0, f32::NAN, 5.0, 8.0];
    let run = |options: &Options, fields: &Fields<'_>| {
        let integrator = SparseIntegrator::new(&map, options, fields).unwrap();
        let mut sums = Sums::default();
        integrator.integrate(&image, &mut integrator.working(), &mut sums).unwrap();
        let profile = Profile::of(&sums, options.error_model);
        [profile.intensity[0], profile.sigma[0], profile.norm[0]]
    };
    let near = |found: [f64; 3], expected: [f64; 3]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
    };
    // mean 4, squares 9 + 4 + 1 + 16 = 30
    near(run(&base, &Fields::default()), [4.0, 30f64.sqrt() / 4.0, 4.0]);
    // less 1, and the last pixel counts twice: (0 + 1 + 4 + 7) / 5; x = 0 1 4 3.5, w = 1 1 1 2
    let dark = Fields { dark: Some(&[1.0; 5]), flat: Some(&[1.0, 1.0, 1.0, 1.0, 2.0]), ..Fields::default() };
    let spread: f64 = [2.4, 1.4, 1.6, 2.2].iter().map(|off: &f64| off * off).sum();
    near(run(&base, &dark), [2.4, spread.sqrt() / 5.0, 5.0]);
    // the raw value is at least 1, whatever the dark image
    let poisson = Options { error_model: ErrorModel::Poisson, ..base.clone() };
    near(run(&poisson, &dark), [2.4, 16f64.sqrt() / 5.0, 5.0]);
    let known = Fields { variance: Some(&[1.0, 1.0, 9.0, 4.0, 10.0]), ..Fields::default() };
    near(run(&base, &known), [4.0, 1.0, 4.0]);
    // a pixel without a flat field, dark value or variance is not there
    let broken = Fields {
        dark: Some(&[0.0, f32::NAN, 0.0, 0.0, 0.0]),
        flat: Some(&[0.0, 1.0, 1.0, 1.0, 1.0]),
        variance: Some(&[1.0, 1.0, 1.0, 1.0, -1.0]),
        bad: None,
    };
    near(run(&base, &broken), [5.0, 1.0, 1.0]);
    let median = Options { statistic: Statistic::Between { low: 0.5, high: 0.5 }, ..base.clone() };
    near(run(&median, &Fields::default()), [3.5, (1.5f64 * 1.5 * 2.0).sqrt() / 2.0, 2.0]);
    let clipped = Options { statistic: Statistic::Clipped { limit: 1.2, rounds: 5 }, ..poisson };
    // mean 4, sd = sqrt(16 / 4) = 2: 1 and 8 go; then mean 3.5, sd = sqrt(7 / 2), and 2 and 5 stay
    near(run(&clipped, &Fields::default()), [3.5, 7f64.sqrt() / 2.0, 2.0]);
    // photons: the variance is the count, and without counts nobody knows
    let photons = Options { error_model: ErrorModel::Photons, ..base };
    near(run(&photons, &Fields::default()), [4.0, 1.0, 4.0]);
    let integrator = AzimuthalIntegrator::new(&map, &photons, None).unwrap();
    let mut sums = Sums::default();
    integrator.integrate(&[0.0; 5], &mut integrator.working(), &mut sums).unwrap();
    let profile = Profile::of(&sums, ErrorModel::Photons);
    assert!(profile.intensity == [0.0] && profile.sigma[0].is_nan() && profile.norm == [5.0]);
}

/// A range above the innermost pixel takes exactly its own pixels.
#[test]
fn a_range_takes_its_own_pixels() {
    let map = map();
    for splitting in [Splitting::No, Splitting::Full] {
        let options = Options {
            unit: RadialUnit::RadiusMillimetres,
            bins: 3,
            range: Some([2.0, 3.5]),
            solid_angle: false,
            polarisation: None,
            ..options(splitting)
        };
        let sums = integrate(&AzimuthalIntegrator::new(&map, &options, None).unwrap(), &vec![1.0; 2 * SLOW * FAST]);
        let inside = map.iter().flatten().filter(|p| (2.0..3.5).contains(&p.r_mm())).count() as f64;
        let found: f64 = sums.norm.iter().sum();
        match splitting {
            Splitting::No => assert_eq!(found, inside),
            // in area; pixels of 0.2 mm in a ring of 1.5 mm
            _ => assert!((found - inside).abs() < 0.03 * inside, "{found} {inside}"),
        }
    }
}

/// Parallax moves outward, so a ring is found farther in; without it nothing moves.
#[test]
fn parallax_moves_rings() {
    let map = map();
    let sensor = |parallax| Some(Sensor { thickness: 1e-3, attenuation_length: 1e-3, parallax });
    let mean = |sensor: Option<Sensor>| {
        let options = Options {
            unit: RadialUnit::TwoThetaRadians,
            sensor,
            range: Some([0.0, 0.08]),
            bins: 4000,
            solid_angle: false,
            polarisation: None,
            ..options(Splitting::No)
        };
        let image: Vec<f32> = map.iter().map(|p| p.map_or(0.0, |p| if p.r_mm() > 5.0 { 1.0 } else { 0.0 })).collect();
        let integrator = AzimuthalIntegrator::new(&map, &options, None).unwrap();
        let sums = integrate(&integrator, &image);
        let total: f64 = sums.signal.iter().sum();
        sums.signal.iter().zip(integrator.radial()).map(|(s, r)| s * r).sum::<f64>() / total
    };
    let [without, alone, moved] = [None, sensor(false), sensor(true)].map(mean);
    assert_eq!(without, alone);
    // r / (L + 0.418 mm) instead of r / L, L = 100 mm, at small angles
    assert!((moved / without - 1.0 / 1.00418).abs() < 1e-4, "{moved} {without}");
}

/// An image that is the normalisation itself integrates to 1 everywhere, missing pixels or not.
#[test]
fn what_is_normalised_is_flat() {
    let map = map();
    for splitting in [Splitting::No, Splitting::Bbox, Splitting::Full] {
        let integrator = AzimuthalIntegrator::new(&map, &options(splitting), None).unwrap();
        let image: Vec<f32> = map
            .iter()
            .enumerate()
            .map(|(at, pixel)| match pixel {
                Some(_) if at % 11 == 0 => f32::NAN,
                Some(pixel) => (pixel.relative_solid_angle(map.distance()) * pixel.polarisation(0.9)) as f32,
                None => 1e30,
            })
            .collect();
        let profile = Profile::from(&integrate(&integrator, &image));
        let filled: Vec<f64> =
            profile.intensity.iter().zip(&profile.norm).filter(|(_, &n)| n > 0.0).map(|(&i, _)| i).collect();
        assert!(filled.len() > 20);
        assert!(filled.iter().all(|value| (value - 1.0).abs() < 1e-6), "{filled:?}");
    }
}

/// A 2^-23 margin belongs to the upper end only, and a bin's error is that of its counts.
#[test]
fn poisson_errors_and_bin_centres() {
    let map = map();
    let options = Options {
        unit: RadialUnit::RadiusMillimetres,
        range: Some([1.0, 5.0]),
        bins: 4,
        solid_angle: false,
        polarisation: None,
        ..options(Splitting::No)
    };
    let integrator = AzimuthalIntegrator::new(&map, &options, None).unwrap();
    for (k, centre) in integrator.radial().iter().enumerate() {
        assert!((centre - (1.5 + k as f64)).abs() < 1e-6);
    }
    let profile = Profile::from(&integrate(&integrator, &vec![0.25; 2 * SLOW * FAST]));
    for (sigma, norm) in profile.sigma.iter().zip(&profile.norm) {
        assert!((sigma - 1.0 / norm.sqrt()).abs() < 1e-12, "variance is at least 1 a pixel");
    }
    let none = Options { error_model: ErrorModel::None, ..options };
    let integrator = AzimuthalIntegrator::new(&map, &none, None).unwrap();
    assert!(Profile::from(&integrate(&integrator, &vec![4.0; 2 * SLOW * FAST]))
        .sigma
        .iter()
        .all(|&sigma| sigma == 0.0));
}

#[test]
fn refuses_what_makes_no_sense() {
    let map = map();
    let new = |change: &dyn Fn(&mut Options)| {
        let mut options = options(Splitting::Bbox);
        change(&mut options);
        AzimuthalIntegrator::new(&map, &options, None).map(|_| ())
    };
    assert!(matches!(new(&|o| o.bins = 0), Err(AzimuthalError::Bins { .. })));
    assert!(matches!(new(&|o| o.bins = 70_000), Err(AzimuthalError::Bins { .. })));
    assert!(matches!(new(&|o| o.bins = 60_000), Err(AzimuthalError::TooFine { .. })));
    for range in [[2.0, 1.0], [-1.0, 1.0], [0.0, f64::NAN], [1.0, f64::INFINITY]] {
        assert!(matches!(new(&|o| o.range = Some(range)), Err(AzimuthalError::Range { .. })), "{range:?}");
    }
    assert!(matches!(new(&|o| o.polarisation = Some(1.5)), Err(AzimuthalError::Polarisation(_))));
    let all = vec![true; 2 * SLOW * FAST];
    assert_eq!(
        AzimuthalIntegrator::new(&map, &options(Splitting::No), Some(&all)).map(|_| ()),
        Err(AzimuthalError::NothingToIntegrate)
    );
    let short = AzimuthalIntegrator::new(&map, &options(Splitting::No), Some(&[true; 3]));
    assert!(matches!(short, Err(AzimuthalError::Shape { .. })));
    let integrator = AzimuthalIntegrator::new(&map, &options(Splitting::No), None).unwrap();
    let mut working = integrator.working();
    assert!(integrator.integrate(&[0.0; 5], &mut working, &mut Sums::default()).is_err());
    assert!(integrator.integrate_module(2, &[0.0; SLOW * FAST], &mut working).is_err());
    assert!(integrator.integrate_module(0, &[0.0; 5], &mut working).is_err());
    let sparse = |change: &dyn Fn(&mut Options)| {
        let mut options = options(Splitting::No);
        change(&mut options);
        SparseIntegrator::new(&map, &options, &Fields::default()).map(|_| ())
    };
    assert_eq!(sparse(&|_| ()), Ok(()));
    let sectors = |sectors: Vec<[f64; 2]>| sparse(&|o| o.azimuth = Azimuth::Sectors(sectors.clone()));
    assert!(matches!(sectors(vec![[30.0, 10.0]]), Err(AzimuthalError::Azimuth { .. })));
    assert!(matches!(sectors(Vec::new()), Err(AzimuthalError::Rows { .. })));
    let clip = |limit, rounds| sparse(&|o| o.statistic = Statistic::Clipped { limit, rounds });
    assert!(matches!(clip(-1.0, 5), Err(AzimuthalError::Clipping { .. })));
    assert!(matches!(clip(5.0, 0), Err(AzimuthalError::Clipping { .. })));
    assert!(matches!(
        sparse(&|o| (o.statistic, o.error_model) = (Statistic::Clipped { limit: 5.0, rounds: 5 }, ErrorModel::None)),
        Err(AzimuthalError::ClippingByNothing)
    ));
    let between = |low, high| sparse(&|o| o.statistic = Statistic::Between { low, high });
    assert!(matches!(between(0.6, 0.5), Err(AzimuthalError::Quantiles { .. })));
    assert!(matches!(between(f64::NAN, 0.5), Err(AzimuthalError::Quantiles { .. })));
    let cells = sparse(&|o| (o.bins, o.azimuth) = (65_000, Azimuth::Bins { bins: 16_000, range: [0.0, 360.0] }));
    assert!(matches!(cells, Err(AzimuthalError::Cells { .. })));
    let sensor = Sensor { thickness: 0.0, attenuation_length: 1.0, parallax: false };
    assert!(matches!(new(&|o| o.sensor = Some(sensor)), Err(AzimuthalError::Sensor { .. })));
    let rows = Azimuth::Bins { bins: 2, range: [0.0, 360.0] };
    assert!(matches!(new(&|o| o.azimuth = rows.clone()), Err(AzimuthalError::NotPlain)));
}
