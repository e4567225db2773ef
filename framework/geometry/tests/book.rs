//! The page of the book about geometry files has a row for every key and every detector that is refused, as the code has
//! them, and no others.

use trainyard_geometry::{poni_detectors, Level, CRYSTFEL_KEYS};

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/geometry-files.md");
    std::fs::read_to_string(path).unwrap()
}

/// The table behind the line that begins with `heading`.
fn rows(heading: &str) -> Vec<String> {
    let page = page();
    let lines = page.lines().skip_while(|line| !line.starts_with(heading)).skip_while(|line| !line.starts_with("|---"));
    lines.skip(1).take_while(|line| line.starts_with('|')).map(str::to_owned).collect()
}

#[test]
fn every_key_has_its_row() {
    for (level, heading) in
        [(Level::Top, "Of the whole file"), (Level::Panel, "Of a panel"), (Level::Region, "Of a bad region")]
    {
        let of_level = CRYSTFEL_KEYS.iter().filter(|key| key.level == level);
        let expected: Vec<String> = of_level.map(|key| format!("| `{}` | {} |", key.name, key.meaning)).collect();
        assert_eq!(rows(heading), expected, "{level:?}");
    }
}

#[test]
fn every_detector_that_is_refused_has_its_row() {
    let refused = poni_detectors().filter_map(|(name, read)| Some(format!("| `{name}` | {} |", read.err()?)));
    assert_eq!(rows("| detector"), refused.collect::<Vec<_>>());
}
