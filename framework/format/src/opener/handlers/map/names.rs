//! Entries of the source lists: section, source, index group.

use crate::map::Section;

/// `INSTRUMENT/A/B/C:output/data` taken apart: source `A/B/C:output`, group `data`; CONTROL sources have no group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub section: Section,
    pub source: String,
    pub group: String,
}

/// Whether a path can name every part: none is empty, but for what may follow the last `/`, or leads to a group itself.
fn can_be_named(entry: &str) -> bool {
    let mut parts = entry.split('/').peekable();
    while let Some(part) = parts.next() {
        if matches!(part, "." | "..") || part.is_empty() && parts.peek().is_some() {
            return false;
        }
    }
    true
}

/// The source ends at the first `/` after the first `:`; auxiliary sources without a channel end at the last `/`.
/// `None`: the section is unknown, nothing is left of the name, or no path can be it.
pub(super) fn split(entry: &str) -> Option<Entry> {
    let (section, name) = entry.split_once('/')?;
    if !can_be_named(name) {
        return None;
    }
    let section = [Section::Control, Section::Instrument, Section::Reduction, Section::Errata]
        .into_iter()
        .find(|known| known.group_name() == section)?;
    let (source, group) = if section == Section::Control {
        (name, "")
    } else if let Some(colon) = name.find(':') {
        match name[colon..].find('/') {
            Some(slash) => (&name[..colon + slash], &name[colon + slash + 1..]),
            None => (name, ""),
        }
    } else {
        match section {
            Section::Instrument => (name, ""),
            _ => name.rsplit_once('/').unwrap_or((name, "")),
        }
    };
    (!source.is_empty()).then(|| Entry { section, source: source.into(), group: group.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(entry: &str) -> Option<(Section, String, String)> {
        split(entry).map(|entry| (entry.section, entry.source, entry.group))
    }

    #[test]
    fn entries_are_taken_apart_as_readers_do() {
        let is = |entry, section, source: &str, group: &str| {
            assert_eq!(parts(entry), Some((section, source.into(), group.into())));
        };
        is("CONTROL/SA1_XTD2_XGM/DOOCS/MAIN", Section::Control, "SA1_XTD2_XGM/DOOCS/MAIN", "");
        is("INSTRUMENT/A/DET/0CH0:xtdf/image", Section::Instrument, "A/DET/0CH0:xtdf", "image");
        is("INSTRUMENT/A/ADC/1:channel_3.output/data", Section::Instrument, "A/ADC/1:channel_3.output", "data");
        is("INSTRUMENT/SIDEMIC_CAM:daqOutput/data", Section::Instrument, "SIDEMIC_CAM:daqOutput", "data");
        is("REDUCTION/PULSE/A/DET/0CH0:xtdf/image", Section::Reduction, "PULSE/A/DET/0CH0:xtdf", "image");
        is("ERRATA/TRAINS_OUTSIDE_BUFFER_RANGE/event", Section::Errata, "TRAINS_OUTSIDE_BUFFER_RANGE", "event");
        assert_eq!(parts("SOMETHING/else"), None);
        assert_eq!(parts("CONTROL/"), None);
        assert_eq!(parts("CONTROL"), None);
        for wrong in ["CONTROL//X", "CONTROL/.", "CONTROL/A/../B", "INSTRUMENT/A:out/..", "INSTRUMENT/A//B:out/data"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
