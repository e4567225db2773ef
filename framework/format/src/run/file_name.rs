//! Names of files: `CORR-R0053-AGIPD00-S00000.h5`.

use crate::map::FileMap;
use std::fmt;
use std::path::Path;

/// `<CLASS>-R<run, 4 digits>-<AGGREGATOR>[-S<sequence, 5 digits>].h5`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct FileName {
    /// upper-case letters: `RAW`, `CORR`
    pub class: String,
    pub run: u32,
    /// letters, digits and `_`: `AGIPD00`
    pub aggregator: String,
    /// `OVERVIEW` files have none
    pub sequence: Option<u32>,
}

impl FileName {
    pub fn parse(name: &str) -> Option<FileName> {
        let (class, rest) = name.strip_suffix(".h5")?.split_once("-R")?;
        let (run, rest) = rest.split_once('-')?;
        let (aggregator, sequence) = match rest.split_once("-S") {
            Some((aggregator, sequence)) => (aggregator, Some(digits(sequence, 5)?)),
            None => (rest, None),
        };
        let run = digits(run, 4)?;
        let class_fits = !class.is_empty() && class.bytes().all(|byte| byte.is_ascii_uppercase());
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let fits = class_fits && !aggregator.is_empty() && aggregator.bytes().all(word);
        fits.then(|| FileName { class: class.into(), run, aggregator: aggregator.into(), sequence })
    }

    /// As [`FileName::parse`], of a path.
    pub fn of_path(path: &Path) -> Option<FileName> {
        FileName::parse(path.file_name()?.to_str()?)
    }

    /// From the name of the file, else from its METADATA and the stem of its name as aggregator.
    pub fn of(map: &FileMap) -> FileName {
        let name = map.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        FileName::parse(&name).unwrap_or_else(|| {
            let stem = name.strip_suffix(".h5").unwrap_or(&name);
            let aggregator: String =
                stem.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
            FileName {
                class: "RAW".into(),
                run: map.metadata.run_number.unwrap_or(0),
                aggregator,
                sequence: map.metadata.sequence_number,
            }
        })
    }
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-R{:04}-{}", self.class, self.run, self.aggregator)?;
        if let Some(sequence) = self.sequence {
            write!(f, "-S{sequence:05}")?;
        }
        f.write_str(".h5")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for name in ["RAW-R0053-AGIPD00-S00001.h5", "CORR-R9999-AGIPD1MCTRL00-S99999.h5", "RAW-R0001-OVERVIEW.h5"] {
            assert_eq!(FileName::parse(name).map(|name| name.to_string()).as_deref(), Some(name));
        }
        let name = FileName::parse("RAW-R0053-DA_01-S00001.h5").unwrap();
        assert_eq!((name.run, name.aggregator.as_str(), name.sequence), (53, "DA_01", Some(1)));
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "overview.h5",
            "raw-R0001-DA01-S00000.h5",
            "RAW-R001-DA01-S00000.h5",
            "RAW-R0001-DA01-S000.h5",
            "RAW-R0001-DA-01-S00000.h5",
            "RAW-R0001--S00000.h5",
            "RAW-R00a1-DA01.h5",
            "RAW-R0001-DA01-S00000.hdf5",
        ] {
            assert_eq!(FileName::parse(name), None, "{name}");
        }
    }
}
