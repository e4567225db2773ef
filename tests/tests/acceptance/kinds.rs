//! Detectors of other sizes and names are recognised, and opened by the component that is for them.

use super::case::{case, KEEP};

#[test]
fn other_detectors_are_recognised() {
    for (name, component, missing) in [
        ("l-dssc", "DSSC1M", true),
        ("l-dssc-corrected", "DSSC1M", true),
        ("l-lpd-solo", "LPDSolo", false),
        ("l-agipd500k", "AGIPD500K", true),
    ] {
        let Some(made) = case(name).map(|case| case.reduced(KEEP, 0)) else { return };
        assert_eq!(made.frames(), (9, 12), "{name}");
        made.opens_as(component, &[3; 3]);
        assert_eq!(made.ended.stderr.contains("modules are not there"), missing, "{name}: {}", made.ended.stderr);
    }
    // EXtra-data has no component for it: its sources are compared
    let made = case("l-lpd-mini").expect("a case").reduced(KEEP, 0);
    assert_eq!((made.frames(), made.frames_of("/1CH0")), ((9, 12), vec![3; 3]));
}
