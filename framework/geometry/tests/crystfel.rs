//! CrystFEL geometries: the layouts of EuXFEL's detectors, slips of the pen, bad regions, and hostile text.

use proptest::prelude::*;
use trainyard_geometry::{Energy, Geometry, Length, ModuleLayout, Overrides, PixelMap, Vector};

/// The error with its hint, as a terminal shows them.
fn told(error: trainyard_geometry::GeometryError) -> String {
    format!("{error}\nhint: {}", error.hint().unwrap_or_default())
}

fn parse(text: &str) -> Geometry {
    Geometry::parse("x.geom".as_ref(), text).unwrap()
}

fn error(text: &str) -> String {
    Geometry::parse("x.geom".as_ref(), text).map_err(told).unwrap_err()
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
    let some = map(&text, &ModuleLayout::new(vec![1, 3], 0, 8, 8).unwrap());
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
    assert_eq!(count(region), 2 * 6);
    assert_eq!(count(&format!("{region}badspot/panel = m1\n")), 6);
    // x of pixel centres is -10.5 + fs + 0.5 - 0.002 (ss + 0.5): fs 0 and 1 of m0, fs 0 and 1 of m1 in y >= 12.
    assert_eq!(count("badtop/min_x = -11\nbadtop/max_x = -9\nbadtop/min_y = -1\nbadtop/max_y = 100\n"), 2 * 8 * 2);
    assert_eq!(count("badtop/min_x = -11\nbadtop/max_x = -9\nbadtop/min_y = 12\nbadtop/max_y = 100\n"), 8 * 2);
    assert_eq!(count("m1/no_index = 1\n"), 64);
    let text = modules(2, 8, 8, false);
    assert!(error(&format!("{text}badspot/min_fs = 2\n")).contains("needs min_fs"));
    assert!(error(&format!("{text}{region}badspot/panel = m7\n")).contains("`m7`, which does not exist"));
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

#[test]
fn other_programs_keys_are_passed_over() {
    let text = modules(1, 8, 8, false)
        + "rigid_group_q0 = m0\nrigid_group_collection_all = q0\ngroup_all = q0\nmask_good = 0x0\nmask0_file = a.h5\n\
           m0/mask3_badbits = 0xff\nadu_per_eV = 0.0075\ndata = /entry_1/data_1/data\nm0/max_adu = 1e5\nwavelength = 1.5 A\n";
    let geometry = parse(&text);
    assert_eq!(geometry.distance, Some(0.5));
    assert!((geometry.wavelength.unwrap() - 1.5e-10).abs() < 1e-24);
}

#[test]
fn the_measured_agipd_geometry() {
    let Ok(data) = std::env::var("TRAINYARD_REAL_DATA") else {
        println!("skipped: TRAINYARD_REAL_DATA is not set");
        return;
    };
    let path = std::path::Path::new(&data).join("agipd-powder/test.geom");
    let geometry = Geometry::open(&path).unwrap();
    assert_eq!(geometry.distance, Some(5.5));
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
            if let Ok(geometry) = Geometry::parse(name.as_ref(), &text) {
                let _ = geometry.pixel_map(&layout(2, 0, 16, 16), &Overrides::default());
            }
        }
    }
}
