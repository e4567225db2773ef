//! CrystFEL geometries: the layouts of EuXFEL's detectors, slips of the pen, bad regions, and hostile text.

use proptest::prelude::*;
use trainyard_geometry::{Energy, Geometry, Length, MaskBits, MaskName, ModuleLayout, Overrides, PixelMap, Vector};

/// The error with its hint, as a terminal shows them.
fn told(error: trainyard_geometry::GeometryError) -> String {
    format!("{error}\nhint: {}", error.hint().unwrap_or_default())
}

fn parse(text: &str) -> Geometry {
    Geometry::parse(text.as_bytes(), "x.geom".as_ref()).unwrap()
}

fn error(text: &str) -> String {
    Geometry::parse(text.as_bytes(), "x.geom".as_ref()).map_err(told).unwrap_err()
}

fn layout(modules: u16, first: u16, slow: usize, fast: usize) -> ModuleLayout {
    ModuleLayout::new((first..first + modules).collect(), first, slow, fast).unwrap()
}

fn map(text: &str, layout: &ModuleLayout) -> PixelMap {
    parse(text).pixel_map(layout, &Overrides::default()).unwrap()
}

/// One panel a module, one above the other; `stacked` along ss or told apart by dim1.
fn modules(count: usize, slow: usize, fast: usize, stacked: bool) -> String {
    let mut text = String::from("; made for a test\nclen = 0.5 ; m\nphoton_energy = 9.3 keV\nres = 5000\ndim0 = %\n");
    for m in 0..count {
        let (dims, first) = if stacked {
            ("dim1 = ss\ndim2 = fs".to_owned(), m * slow)
        } else {
            (format!("dim1 = {m}\ndim2 = ss\ndim3 = fs"), 0)
        };
        for line in dims.lines() {
            text.push_str(&format!("m{m}/{line}\n"));
        }
        text.push_str(&format!(
            "m{m}/min_fs = 0\nm{m}/max_fs = {}\nm{m}/min_ss = {first}\nm{m}/max_ss = {}\nm{m}/fs = +1.0x\nm{m}/ss = -0.002x+1.0y\n\
             m{m}/corner_x = -10.5\nm{m}/corner_y = {}\nm{m}/coffset = 0.001\n",
            fast - 1,
            first + slow - 1,
            m * (slow + 4)
        ));
    }
    text
}

#[test]
fn every_layout_places_its_modules() {
    for (count, first, slow, fast) in [
        (16, 0, 512, 128), // AGIPD1M
        (8, 0, 512, 128),  // AGIPD500K
        (16, 0, 256, 256), // LPD
        (16, 0, 128, 512), // DSSC
        (8, 1, 512, 1024), // JUNGFRAU, counted from 1
        (1, 5, 512, 1024), // one JUNGFRAU module, called 5
        (1, 0, 1024, 1024),
    ] {
        let layout = layout(count, first, slow, fast);
        let text = modules(usize::from(count), slow, fast, false);
        let map = map(&text, &layout);
        let stacked = modules(usize::from(count), slow, fast, true);
        assert!(map.iter().eq(self::map(&stacked, &layout).iter()));
        assert_eq!(map.bad().iter().filter(|&&bad| bad).count(), 0);
        assert_eq!(map.distance(), 0.501);
        let expected = Energy::from_electronvolts(9300.0).wavelength().metres();
        assert!((map.wavelength().unwrap() / expected - 1.0).abs() < 1e-15);
        let last = usize::from(count) - 1;
        let pixel = map.pixel(last, 3, 7).unwrap();
        let x = (-10.5 + 7.5 - 0.002 * 3.5) / 5000.0;
        let y = ((last * (slow + 4)) as f64 + 3.5) / 5000.0;
        let off = pixel.centre - Vector::new(x, y, 0.501);
        assert!(off.length() < 1e-15, "{off:?}");
        assert!(map.pixel(last, slow, 0).is_none() && map.pixel(last + 1, 0, 0).is_none());
    }
}

#[test]
fn modules_missing_from_the_run_leave_the_others_in_place() {
    let text = modules(4, 8, 8, false);
    let whole = map(&text, &layout(4, 0, 8, 8));
    let some = map(&text, &ModuleLayout::new(vec![1, 3], 0, 8, 8).unwrap().with_absent(vec![0, 2]));
    assert_eq!(some.pixel(0, 2, 2), whole.pixel(1, 2, 2));
    assert_eq!(some.pixel(1, 7, 0), whole.pixel(3, 7, 0));
    let more = parse(&text).pixel_map(&layout(5, 0, 8, 8), &Overrides::default()).unwrap_err();
    assert!(more.to_string().contains("no panel for module 4"), "{more}");
}

#[test]
fn corners_and_angles() {
    let map = map(&modules(1, 8, 8, false), &layout(1, 0, 8, 8));
    let pixel = map.pixel(0, 1, 2).unwrap();
    let corners = pixel.corners();
    let mean = corners.into_iter().fold(Vector::default(), |sum, corner| sum + corner) * 0.25;
    assert!((mean - pixel.centre).length() < 1e-15);
    assert!(((corners[1] - corners[0]) - pixel.fs).length() < 1e-15);
    assert!(((corners[3] - corners[0]) - pixel.ss).length() < 1e-15);
    let cos = pixel.two_theta().cos();
    assert!((pixel.cos_incidence() - cos).abs() < 1e-14);
    assert!((pixel.relative_solid_angle(map.distance()) - cos.powi(3)).abs() < 1e-14);
    let (c2, chi) = (cos * cos, pixel.chi());
    let expected = 0.5 * (1.0 + c2 - 0.99 * (2.0 * chi).cos() * (1.0 - c2));
    assert!((pixel.polarisation(0.99) - expected).abs() < 1e-14);
}

#[test]
fn overrides_win() {
    let geometry = parse(&modules(1, 8, 8, false).replace("clen = 0.5", "clen = /LCLS/detector_1/EncoderValue"));
    let layout = layout(1, 0, 8, 8);
    let error = geometry.pixel_map(&layout, &Overrides::default()).unwrap_err().to_string();
    assert!(error.contains("does not state the distance"), "{error}");
    let overrides = Overrides {
        distance: Some(Length::from_metres(0.2)),
        energy: Some(Energy::from_electronvolts(12_398.419_843_320_026)),
        beam_centre: Some([4.0, 2.0]),
        ..Overrides::default()
    };
    let map = geometry.pixel_map(&layout, &overrides).unwrap();
    assert!((map.wavelength().unwrap() - 1e-10).abs() < 1e-24);
    assert!((map.distance() - 0.201).abs() < 1e-15);
    // The centres of the four pixels around the beam are equally far from it, but for the slant of ss.
    let near = map.pixel(0, 3, 1).unwrap().centre;
    let far = map.pixel(0, 4, 2).unwrap().centre;
    assert!((near + far).transverse() < 1e-15);
    for distance in [0.0, -1.0, f64::NAN] {
        let overrides = Overrides { distance: Some(Length::from_metres(distance)), ..overrides };
        assert!(geometry.pixel_map(&layout, &overrides).is_err());
    }
    let many =
        parse(&modules(2, 8, 8, false)).pixel_map(&self::layout(2, 0, 8, 8), &overrides).unwrap_err().to_string();
    assert!(many.contains("beam-centre"), "{many}");
}

#[test]
fn bad_regions_and_unused_panels_are_gaps() {
    let layout = layout(2, 0, 8, 8);
    let count = |extra: &str| {
        let text = modules(2, 8, 8, false) + extra;
        map(&text, &layout).bad().iter().filter(|&&bad| bad).count()
    };
    let region = "badspot/min_fs = 2\nbadspot/max_fs = 3\nbadspot/min_ss = 0\nbadspot/max_ss = 2\n";
    assert_eq!(count(&format!("{region}badspot/panel = m1\n")), 6);
    // x of first corners is -10.5 + fs - 0.002 ss: fs 0 and 1 of both modules; y of m1 is 12 + ss, and 12 is not inside
    assert_eq!(count("badtop/min_x = -11\nbadtop/max_x = -9\nbadtop/min_y = -1\nbadtop/max_y = 100\n"), 2 * 8 * 2);
    assert_eq!(count("badtop/min_x = -11\nbadtop/max_x = -9\nbadtop/min_y = 12\nbadtop/max_y = 100\n"), 7 * 2);
    // the whole detector moves by five pixels, and the region stays
    let shifted =
        "detector_shift_x = 1 mm\nbadtop/min_x = -11\nbadtop/max_x = -5\nbadtop/min_y = -1\nbadtop/max_y = 100\n";
    assert_eq!(count(shifted), 2 * 8);
    for text in ["1", "true", "True", "7"] {
        assert_eq!(count(&format!("m1/no_index = {text}\n")), 64, "{text}");
    }
    for text in ["0", "false", "FALSE"] {
        assert_eq!(count(&format!("m1/no_index = {text}\n")), 0, "{text}");
    }
    let text = modules(2, 8, 8, false);
    assert!(error(&format!("{text}badspot/min_fs = 2\n")).contains("needs min_fs"));
    assert!(error(&format!("{text}{region}badspot/panel = m7\n")).contains("`m7`, which does not exist"));
    assert!(error(&format!("{text}{region}")).contains("needs its `panel`"));
    let outside = region.replace("max_ss = 2", "max_ss = 8");
    assert!(error(&format!("{text}{outside}badspot/panel = m1\n")).contains("is not within panel `m1`"));
    let reversed = region.replace("min_fs = 2", "min_fs = 5");
    assert!(error(&format!("{text}{reversed}badspot/panel = m1\n")).contains("min_fs above max_fs"));
    // of one panel the name may be left out
    let text = modules(1, 8, 8, false) + region;
    assert_eq!(map(&text, &self::layout(1, 0, 8, 8)).bad().iter().filter(|&&bad| bad).count(), 6);
}

#[test]
fn slips_are_told_with_their_place() {
    let text = modules(1, 8, 8, false);
    for (from, to, expected) in [
        ("m0/corner_x", "m0/conrer_x", "did you mean `corner_x`?"),
        ("clen", "cleen", "did you mean `clen`?"),
        ("res = 5000", "res = 0", "x.geom:4:7"),
        ("+1.0x\n", "+1.0w\n", "no axis"),
        ("clen = 0.5", "clen 0.5", "expected `key = value`"),
        ("9.3 keV", "9.3 kev", "one of eV, keV"),
        ("m0/max_fs = 7", "m0/max_fs = -1", "not a pixel number"),
        ("m0/max_fs = 7", "", "lacks `max_fs`"),
        ("m0/min_fs = 0", "m0/min_fs = 9", "min_fs 9 above max_fs 7"),
        ("m0/dim1 = 0", "m0/dim1 = sl", "a dimension is"),
        ("m0/corner_x = -10.5", "m0/corner_x = nan", "not a finite number"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = error(&text.replacen(from, to, 1));
        assert!(error.contains(expected) && error.contains("x.geom:"), "{to}: {error}");
    }
    assert!(error("").contains("no panel"));
}

#[test]
fn panels_must_fit_the_modules() {
    let refuse = |text: &str, layout: &ModuleLayout| {
        parse(text).pixel_map(layout, &Overrides::default()).unwrap_err().to_string()
    };
    let text = modules(2, 8, 8, false);
    assert!(refuse(&text, &layout(2, 0, 7, 8)).contains("outside module"));
    assert!(refuse(&text, &layout(2, 0, 8, 7)).contains("outside module"));
    let twice = text.replace("m1/dim1 = 1", "m1/dim1 = 0");
    assert!(refuse(&twice, &layout(1, 0, 8, 8)).contains("cover the same pixels"));
    let flat = text.replace("m0/ss = -0.002x+1.0y", "m0/ss = x");
    assert!(refuse(&flat, &layout(2, 0, 8, 8)).contains("degenerate"));
    let behind = text.replace("clen = 0.5", "clen = -0.5");
    assert!(refuse(&behind, &layout(2, 0, 8, 8)).contains("behind the sample"));
}

#[test]
fn too_many_panels_are_refused() {
    let text: String = (0..5000).map(|n| format!("p{n}/min_fs = 0\n")).collect();
    assert!(error(&text).contains("more than 4096 panels"));
}

/// Statements for all panels, before the first.
fn before_panels(text: &str, statements: &str) -> String {
    text.replacen("m0/", &format!("{statements}m0/"), 1)
}

#[test]
fn keys_that_decide_nothing_are_passed_over() {
    let idle = "adu_per_eV = 0.0075\ndata = /entry_1/data_1/data\nmax_adu = 1e5\nsaturation_map = /s\nsaturation_map_file = s.h5\n\
                bandwidth = 0.01\nmask_good = 0x0\nmask_bad = 0xffff\npeak_list = /p\npeak_list_type = cxi\n";
    let text = before_panels(&modules(1, 8, 8, false), idle)
        + "rigid_group_q0 = m0\nrigid_group_collection_all = q0\ngroup_all = m0\nadu_per_photon = 1\nwavelength = 1.5 A\n";
    let geometry = parse(&text);
    assert_eq!(geometry.distance(), Some(0.5));
    assert!((geometry.wavelength().unwrap() - 1.5e-10).abs() < 1e-24);
    assert!(map(&text, &layout(1, 0, 8, 8)).bad().iter().all(|bad| !bad));
}

#[test]
fn values_for_the_whole_detector_hold_wherever_they_stand() {
    let text = modules(2, 8, 8, false);
    for (statements, distance) in [("clen = 0.2\n", 0.2), ("clen = 200 mm\n", 0.2), ("clen = 0.9\nclen = 0.3 m\n", 0.3)]
    {
        let map = map(&format!("{text}{statements}"), &layout(2, 0, 8, 8));
        assert!((map.distance() - distance - 0.001).abs() < 1e-12, "{statements}");
    }
    // a panel that states its own, as old files do
    let own = parse(&format!("{text}m0/clen = 0.4\n"));
    assert_eq!(own.distance(), None);
    let electronvolts = |statements: &str| {
        let wavelength = parse(&format!("{text}{statements}\n")).wavelength().unwrap();
        Length::from_metres(wavelength).photon_energy().electronvolts()
    };
    for (statement, expected) in [
        ("photon_energy = 9000", 9000.0),
        ("photon_energy = 9e3 eV", 9000.0),
        ("photon_energy = 9 keV", 9000.0),
        ("photon_energy = 0.009 MeV", 9000.0),
        ("wavelength = 1.5 A", 8_265.613_228_880_018),
        ("wavelength = 1.5e-10 m", 8_265.613_228_880_018),
        ("wavelength = 1 A\nphoton_energy = 9000", 9000.0),
    ] {
        assert!((electronvolts(statement) / expected - 1.0).abs() < 1e-12, "{statement}");
    }
    // a value of panels behind the last one holds for none of them
    let error = error(&format!("{text}res = 1000\n"));
    assert!(
        error.contains("`res` has no effect: it stands behind the last panel") && error.contains("x.geom:"),
        "{error}"
    );
    // and between two for those that follow
    let between = text.replacen("m1/dim1", "res = 2500\nm1/dim1", 1);
    let map = map(&between, &layout(2, 0, 8, 8));
    for (panel, res) in map.panels().iter().zip([5000.0, 2500.0]) {
        assert!((panel.fs.length() * res - 1.0).abs() < 1e-12, "{panel:?}");
    }
    let pitch = text.replace("res = 5000", "pixel_pitch = 0.0002");
    let (pitch, res) = (self::map(&pitch, &layout(2, 0, 8, 8)), self::map(&text, &layout(2, 0, 8, 8)));
    assert!((pitch.pixel(1, 3, 3).unwrap().centre - res.pixel(1, 3, 3).unwrap().centre).length() < 1e-15);
}

#[test]
fn lines_may_end_as_on_any_system() {
    let text = modules(2, 8, 8, false);
    let whole = parse(&text);
    for end in ["\r\n", "\r"] {
        assert_eq!(parse(&text.replace('\n', end)).kind, whole.kind);
    }
    let error = error(&text.replace("m1/max_fs = 7", "m1/max_fs = x").replace('\n', "\r"));
    let line = text.lines().position(|line| line.starts_with("m1/max_fs")).unwrap() + 1;
    assert!(error.contains(&format!("x.geom:{line}:")), "{error}");
}

#[test]
fn values_in_the_data_are_supplied() {
    let text = modules(1, 8, 8, false)
        .replace("clen = 0.5", "clen = /CONTROL/A/B/C/z/value")
        .replace("photon_energy = 9.3 keV", "photon_energy = /RUN/E keV");
    let mut geometry = parse(&text);
    let none = Overrides::default();
    let paths: Vec<String> = geometry.paths_in_the_data(&none).into_iter().collect();
    assert_eq!(paths, ["/CONTROL/A/B/C/z/value", "/RUN/E"]);
    let stated = Overrides { distance: Some(Length::from_metres(0.2)), ..none };
    assert_eq!(geometry.paths_in_the_data(&stated).len(), 1);
    let error = geometry.pixel_map(&layout(1, 0, 8, 8), &none).unwrap_err().to_string();
    assert!(error.contains("/CONTROL/A/B/C/z/value"), "{error}");
    // a length in the data is in millimetres unless its unit is stated
    geometry.supply("/CONTROL/A/B/C/z/value", 250.0);
    geometry.supply("/RUN/E", 9.0);
    let map = geometry.pixel_map(&layout(1, 0, 8, 8), &none).unwrap();
    assert!((map.distance() - 0.251).abs() < 1e-12);
    let energy = Length::from_metres(map.wavelength().unwrap()).photon_energy();
    assert!((energy.electronvolts() / 9000.0 - 1.0).abs() < 1e-12);
    assert!(geometry.paths_in_the_data(&none).is_empty());
}

#[test]
fn edges_of_panels_are_bad() {
    let layout = layout(2, 0, 8, 8);
    let bad = |statements: &str| map(&before_panels(&modules(2, 8, 8, false), statements), &layout).bad();
    let edge = bad("mask_edge_pixels = 2\n");
    for (at, &bad) in edge.iter().enumerate() {
        let (slow, fast) = (at / 8 % 8, at % 8);
        assert_eq!(bad, !(2..6).contains(&slow) || !(2..6).contains(&fast), "{slow} {fast}");
    }
    assert!(bad("mask_edge_pixels = 0\n").iter().all(|bad| !bad));
    assert!(bad("mask_edge_pixels = 4\n").iter().all(|&bad| bad));
    assert!(bad("mask_edge_pixels = 1000\n").iter().all(|&bad| bad));
    let one = map(&(modules(2, 8, 8, false) + "m1/mask_edge_pixels = 1\n"), &layout).bad();
    assert_eq!(one.iter().filter(|&&bad| bad).count(), 64 - 36);
    assert!(one[..64].iter().all(|bad| !bad));
    assert!(error(&before_panels(&modules(1, 8, 8, false), "mask_edge_pixels = two\n")).contains("not a finite number"));
}

#[test]
fn flags_are_limits_of_the_values() {
    let flags = "flag_morethan = 65000\nflag_morethan = 60000\nflag_lessthan = -100\nflag_equal = 7\nflag_equal = 3\n";
    let text = before_panels(&modules(2, 8, 8, false), flags);
    let limits = parse(&text).value_limits().unwrap();
    assert_eq!((limits.below, limits.above, limits.equal), (Some(-100.0), Some(60000.0), vec![3.0, 7.0]));
    let error = parse(&(text.clone() + "m1/flag_equal = 9\n")).value_limits().unwrap_err().to_string();
    assert!(error.contains("`m0` and `m1` have different flags"), "{error}");
    assert!(parse(&(text + "m1/flag_equal = 9\nm1/no_index = 1\n")).value_limits().is_ok());
    assert_eq!(parse(&modules(2, 8, 8, false)).value_limits().unwrap(), Default::default());
}

#[test]
fn dimensions_are_read_as_crystfel_reads_them() {
    let text = modules(2, 8, 8, false);
    assert!(
        error(&text.replace("m1/dim2 = ss\nm1/dim3 = fs", "m1/dim2 = fs\nm1/dim3 = ss")).contains("`dim2 = fs` before")
    );
    assert!(error(&text.replace("m1/dim3 = fs\n", "")).contains("no dimension for each of"));
    let shuffled = text.replace("m0/dim1 = 0\nm0/dim2 = ss\nm0/dim3 = fs", "m0/dim3 = fs\nm0/dim1 = 0\nm0/dim2 = ss");
    assert!(map(&shuffled, &layout(2, 0, 8, 8)).iter().eq(map(&text, &layout(2, 0, 8, 8)).iter()));
    let planes =
        text.replace("m0/dim3 = fs", "m0/dim3 = fs\nm0/dim4 = 0").replace("m1/dim3 = fs", "m1/dim3 = fs\nm1/dim4 = 1");
    let error = parse(&planes).pixel_map(&layout(2, 0, 8, 8), &Overrides::default()).unwrap_err().to_string();
    assert!(error.contains("dim1 and dim4 differ"), "{error}");
}

#[test]
fn masks_decide_by_their_bits() {
    let text = before_panels(
        &modules(2, 8, 8, false),
        "mask_file = a.h5\nmask = /m\nmask_good = 0x1\nmask_bad = 0x6\nmask1_data = /image/mask\nmask1_badbits = 0xffff\n",
    );
    let mut geometry = parse(&text);
    let names: Vec<MaskName> = geometry.mask_names().into_iter().collect();
    assert_eq!(names, [MaskName { file: "a.h5".into(), data: "/m".into() }]);
    let layout = layout(2, 0, 8, 8);
    let place = |geometry: &Geometry| geometry.pixel_map(&layout, &Overrides::default());
    assert!(place(&geometry).unwrap_err().to_string().contains("was not read"));
    // of [module, ss, fs]: good is 1 or 9, bad is 0, 3 and 5
    let mut bits = vec![1u64; 128];
    (bits[3], bits[64 + 8], bits[127], bits[100]) = (0, 3, 5, 9);
    geometry.supply_mask(names[0].clone(), MaskBits { shape: vec![2, 8, 8], bits: bits.clone() });
    let bad: Vec<usize> = (0..128).filter(|&at| place(&geometry).unwrap().bad()[at]).collect();
    assert_eq!(bad, [3, 72, 127]);
    for shape in [vec![16, 8], vec![2, 8, 4, 2], vec![1, 16, 8], vec![2, 4, 16]] {
        geometry.supply_mask(names[0].clone(), MaskBits { shape: shape.clone(), bits: bits.clone() });
        let error = place(&geometry).unwrap_err().to_string();
        assert!(error.contains("does not hold panel"), "{shape:?}: {error}");
    }
    // stacked modules have a mask of two dimensions
    let stacked = before_panels(&modules(2, 8, 8, true), "mask_file = a.h5\nmask = /m\nmask_bad = 1\n");
    let mut geometry = parse(&stacked);
    let bits = (0..128).map(|at| u64::from(at == 70)).collect();
    geometry.supply_mask(names[0].clone(), MaskBits { shape: vec![16, 8], bits });
    assert_eq!(place(&geometry).unwrap().bad().iter().position(|&bad| bad), Some(70));
    for (statements, expected) in [
        ("mask_file = a.h5\n", "without its dataset"),
        ("mask = mask\n", "begins with `/`"),
        ("mask = /image/mask\nmask_good = 1\n", "goodbits 0x1"),
        ("mask_file = a.h5\nmask = /%/mask\nmask_bad = 1\n", "a mask for each frame"),
        ("mask9_file = a.h5\n", "unknown key `mask9_file`"),
        ("mask0_flie = a.h5\n", "did you mean `mask0_file`?"),
        ("mask_bad = yes\n", "not a number of bits"),
    ] {
        let error = error(&before_panels(&modules(1, 8, 8, false), statements));
        assert!(error.contains(expected), "{statements}: {error}");
    }
}

#[test]
fn the_geometry_of_another_detector_needs_a_word() {
    let agipd = modules(16, 512, 128, false);
    let refuse = |text: &str, layout: &ModuleLayout, overrides: &Overrides| {
        told(parse(text).pixel_map(layout, overrides).unwrap_err())
    };
    // AGIPD on JUNGFRAU: panels fit, and cover an eighth of each module; half of them have no module
    let jungfrau = layout(8, 1, 512, 1024);
    let error = refuse(&agipd, &jungfrau, &Overrides::default());
    assert!(error.contains("panels for modules 8 to 15") && error.contains("extra-panels: ignore"), "{error}");
    let ignore = Overrides { ignore_extra_panels: true, ..Overrides::default() };
    let error = refuse(&agipd, &jungfrau, &ignore);
    assert!(
        error.contains("3670016 of the detector's 4194304 pixels have no panel") && error.contains("uncovered: bad"),
        "{error}"
    );
    let both = Overrides { uncovered_is_bad: true, ..ignore };
    let map = parse(&agipd).pixel_map(&jungfrau, &both).unwrap();
    assert_eq!(map.bad().iter().filter(|&&bad| bad).count(), 3_670_016);
    let summary = map.summary("a/b/agipd.geom".into(), &[]);
    assert_eq!((summary.used, summary.uncovered, summary.declared_bad), (524_288, 3_670_016, 0));
    // a module of the detector that is not looked at is no surprise, one that the detector lacks is
    let some = ModuleLayout::new(vec![1, 3], 0, 512, 128).unwrap();
    assert!(refuse(&agipd, &some, &Overrides::default()).contains("panels for modules 0 to 15"));
    let rest = (0..16).filter(|number| ![1, 3].contains(number)).collect();
    assert!(parse(&agipd).pixel_map(&some.with_absent(rest), &Overrides::default()).is_ok());
    // bad regions and panels not to be used are covered
    let unused = modules(2, 8, 8, false) + "m1/no_index = 1\nm0/mask_edge_pixels = 1\n";
    assert!(parse(&unused).pixel_map(&layout(2, 0, 8, 8), &Overrides::default()).is_ok());
}

#[test]
fn absurd_values_are_refused() {
    let text = modules(1, 8, 8, false);
    let layout = layout(1, 0, 8, 8);
    for (from, to, expected) in [
        ("clen = 0.5", "clen = 200", "distance of 200 m"),
        ("9.3 keV", "9300 keV", "photon energy of 9300000 eV"),
        ("9.3 keV", "9.3 eV", "photon energy of 9.3 eV"),
        ("res = 5000", "res = 5", "pixels of 0.2 m"),
    ] {
        let error = parse(&text.replace(from, to)).pixel_map(&layout, &Overrides::default()).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("absurd"), "{to}: {error}");
    }
    let overrides = Overrides { energy: Some(Energy::from_electronvolts(9.3e6)), ..Overrides::default() };
    assert!(parse(&text).pixel_map(&layout, &overrides).is_err());
    // an override stands for what the file says
    let overrides = Overrides { distance: Some(Length::from_metres(0.2)), ..Overrides::default() };
    assert!(parse(&text.replace("clen = 0.5", "clen = 200")).pixel_map(&layout, &overrides).is_ok());
}

#[test]
fn a_summary_tells_what_the_geometry_means() {
    let text = modules(2, 8, 8, false) + "m0/mask_edge_pixels = 1\n";
    let map = map(&text, &layout(2, 0, 8, 8));
    let summary = map.summary("somewhere/x.geom".into(), &[]);
    assert_eq!((summary.pixels, summary.used, summary.declared_bad, summary.panels), (128, 100, 28, 2));
    let pixels: Vec<_> = map.iter().flatten().collect();
    let extreme = |value: &dyn Fn(&trainyard_geometry::Pixel) -> f64| {
        let values = pixels.iter().map(value);
        values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [low.min(v), high.max(v)])
    };
    let close = |a: [f64; 2], b: [f64; 2]| a.iter().zip(b).all(|(a, b)| (a / b - 1.0).abs() < 1e-12);
    assert!(close(summary.r_mm.unwrap(), extreme(&|pixel| pixel.r_mm())));
    assert!(close(summary.two_theta.unwrap(), extreme(&|pixel| pixel.two_theta().to_degrees())));
    assert!(close(summary.q.unwrap(), extreme(&|pixel| pixel.q(map.wavelength().unwrap()))));
    let shown = summary.to_string();
    let first = "x.geom: 100 of 128 pixels used, 2 panels, 28 declared bad\n0.501 m from the sample, 9.3 keV, r ";
    assert!(shown.starts_with(first), "{shown}");
    // pixels that are bad for other reasons do not count
    assert_eq!(map.summary("x.geom".into(), &[true; 128]).r_mm, None);
    assert_eq!(map.summary("x.geom".into(), &[true; 64]).used, 64);
}

#[test]
fn the_measured_agipd_geometry() {
    let Ok(data) = std::env::var("TRAINYARD_REAL_DATA") else {
        println!("skipped: TRAINYARD_REAL_DATA is not set");
        return;
    };
    let path = std::path::Path::new(&data).join("agipd-powder/test.geom");
    let geometry = Geometry::open(&path).unwrap();
    assert_eq!(geometry.distance(), Some(5.5));
    let map = geometry.pixel_map(&layout(16, 0, 512, 128), &Overrides::default()).unwrap();
    assert_eq!(map.panels().len(), 128);
    assert!(map.bad().iter().all(|&bad| !bad));
    // p15a7: corner (90.9, 5.45), fs = +y, ss = -x, from ss 448.
    let centre = map.pixel(15, 448, 0).unwrap().centre;
    assert!((centre - Vector::new((90.9 - 0.5) / 5000.0, (5.45 + 0.5) / 5000.0, 5.5)).length() < 1e-12);
}

#[test]
fn missing_and_oversized_files_are_told() {
    let error = Geometry::open("/nonexistent/x.geom".as_ref()).unwrap_err().to_string();
    assert!(error.contains("/nonexistent/x.geom"), "{error}");
    let large = tempfile::NamedTempFile::with_suffix(".geom").unwrap();
    large.as_file().set_len((16 << 20) + 1).unwrap();
    let error = Geometry::open(large.path()).unwrap_err().to_string();
    assert!(error.contains("larger than 16 MiB"), "{error}");
}

proptest! {
    /// Whatever the text, the answer is a geometry or an error.
    #[test]
    fn hostile_text_never_panics(lines in proptest::collection::vec(
        "(p0a0/|bad1/|)(min_fs|max_ss|fs|ss|corner_x|res|dim1|clen|coffset|panel|photon_energy|min_x)?[ =:]{0,3}[-+0-9.eExyz/%µ \\t]{0,12}", 0..40)) {
        let text = lines.join("\n");
        for name in ["x.geom", "x.poni"] {
            if let Ok(geometry) = Geometry::parse(text.as_bytes(), name.as_ref()) {
                let _ = geometry.pixel_map(&layout(2, 0, 16, 16), &Overrides::default());
            }
        }
    }
}
