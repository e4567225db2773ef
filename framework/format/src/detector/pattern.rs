//! What source names tell: which detector, which module.
//!
//! | detector | raw | corrected |
//! |---|---|---|
//! | AGIPD, LPD, DSSC | `<DET>/DET/<n>CH<m>:xtdf` | the same, or `<DET>/CORR/<n>CH<m>:output` |
//! | JUNGFRAU | `<DET>/DET/{JNGFR, MODULE_, RECEIVER-}<n>:daqOutput` | `<DET>/CORR/...:daqOutput` or `:output` |

use super::DetectorKind;

/// Reading of a module's source name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModuleName<'a> {
    pub detector: &'a str,
    pub number: u16,
    /// under `/CORR/`
    pub corrected: bool,
    pub jungfrau: bool,
}

pub(crate) fn module_name(source: &str) -> Option<ModuleName<'_>> {
    let (device, channel) = source.rsplit_once(':')?;
    let (rest, member) = device.rsplit_once('/')?;
    let (detector, family) = rest.rsplit_once('/')?;
    let corrected = match family {
        "DET" => false,
        "CORR" => true,
        _ => return None,
    };
    for prefix in ["JNGFR", "MODULE_", "RECEIVER-"] {
        if let Some(digits) = member.strip_prefix(prefix) {
            let fits = channel == "daqOutput" || (corrected && channel == "output");
            return fits.then(|| module(detector, digits, corrected, true))?;
        }
    }
    let (digits, link) = member.split_once("CH")?;
    let fits = channel == "xtdf" || (corrected && channel == "output");
    (fits && link.bytes().all(|byte| byte.is_ascii_digit())).then(|| module(detector, digits, corrected, false))?
}

fn module<'a>(detector: &'a str, digits: &str, corrected: bool, jungfrau: bool) -> Option<ModuleName<'a>> {
    let numeric = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && !detector.is_empty();
    let number = digits.parse().ok().filter(|_| numeric)?;
    Some(ModuleName { detector, number, corrected, jungfrau })
}

/// Whether the source belongs to a detector with modules.
pub(crate) fn is_detector_source(source: &str) -> bool {
    module_name(source).is_some()
}

/// The kind of a detector with modules, from its name; `None`: the name does not tell.
pub(super) fn kind_of(detector: &str) -> Option<DetectorKind> {
    let name = detector.to_ascii_uppercase();
    [("AGIPD", DetectorKind::Agipd), ("LPD", DetectorKind::Lpd), ("DSSC", DetectorKind::Dssc)]
        .into_iter()
        .find(|(word, _)| name.contains(word))
        .map(|(_, kind)| kind)
}

/// Modules of a detector whose name tells how many it has, counted from 0.
pub(crate) fn known_size(detector: &str) -> Option<u16> {
    const SIZES: [(&str, u16); 4] = [("_AGIPD1M", 16), ("_AGIPD500K", 8), ("_LPD1M", 16), ("_DSSC1M", 16)];
    SIZES.iter().find(|(name, _)| detector.contains(name)).map(|(_, size)| *size)
}

/// Text matched by the first `*` of a glob; `Some("")` for a match without stars; `None`: no match.
pub(super) fn glob<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    let Some((before, after)) = pattern.split_once('*') else {
        return (pattern == text).then_some("");
    };
    let rest = text.strip_prefix(before)?;
    // The shortest match of this star that lets the remaining pattern match.
    let ends = rest.char_indices().map(|(end, _)| end).chain([rest.len()]);
    for end in ends {
        let (matched, tail) = rest.split_at(end);
        if glob(after, tail).is_some() {
            return Some(matched);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Option<(&str, u16, bool, bool)> {
        module_name(source).map(|name| (name.detector, name.number, name.corrected, name.jungfrau))
    }

    #[test]
    fn modules_of_all_detectors_are_recognised() {
        assert_eq!(read("SPB_DET_AGIPD1M-1/DET/15CH0:xtdf"), Some(("SPB_DET_AGIPD1M-1", 15, false, false)));
        assert_eq!(read("SPB_DET_AGIPD1M-1/CORR/3CH0:output"), Some(("SPB_DET_AGIPD1M-1", 3, true, false)));
        assert_eq!(read("SPB_IRDA_JF4M/DET/JNGFR08:daqOutput"), Some(("SPB_IRDA_JF4M", 8, false, true)));
        assert_eq!(read("FXE_XAD_JF1M/DET/MODULE_1:daqOutput"), Some(("FXE_XAD_JF1M", 1, false, true)));
        assert_eq!(read("HED_IA1_JF500K1/DET/RECEIVER-2:daqOutput"), Some(("HED_IA1_JF500K1", 2, false, true)));
        assert_eq!(read("HED_IA1_JF500K1/CORR/JNGFR01:output"), Some(("HED_IA1_JF500K1", 1, true, true)));
    }

    #[test]
    fn other_sources_are_not() {
        for source in [
            "SPB_IRDA_JF4M/DET/CONTROL",
            "SPB_IRDA_JF4M/DET/CONTROL:daqOutput",
            "SQS_REMI_DLD6/DET/TOP:output",
            "SPB_DET_AGIPD1M-1/REDU/LITFRM:output",
            "SPB_IRU_CAM/CAM/SIDEMIC:daqOutput",
            "PULSE_REDUCTION/SPB_DET_AGIPD1M-1/DETX/0CH0:xtdf",
            "SPB_DET_AGIPD1M-1/DET/99999CH0:xtdf",
            "/DET/0CH0:xtdf",
        ] {
            assert_eq!(read(source), None, "{source}");
        }
    }

    #[test]
    fn globs_tell_what_the_first_star_matched() {
        assert_eq!(glob("A/CAM_*:daqOutput", "A/CAM_12:daqOutput"), Some("12"));
        assert_eq!(glob("A/*/CAM*:out", "A/x/CAM3:out"), Some("x"));
        assert_eq!(glob("A", "A"), Some(""));
        assert_eq!(glob("A/*", "B/1"), None);
        assert_eq!(glob("A*B", "AxBy"), None);
    }
}
