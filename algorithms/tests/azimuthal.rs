//! Azimuthal integration by itself: what must hold whatever the image.

use proptest::prelude::*;
use trainyard_algorithms::azimuthal::{
    AzimuthalError, AzimuthalIntegrator, ErrorModel, Options, Profile, Splitting, Sums,
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
    prop_oneof![Just(Splitting::No), Just(Splitting::Bbox)]
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

/// An image that is the normalisation itself integrates to 1 everywhere, missing pixels or not.
#[test]
fn what_is_normalised_is_flat() {
    let map = map();
    for splitting in [Splitting::No, Splitting::Bbox] {
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
}
