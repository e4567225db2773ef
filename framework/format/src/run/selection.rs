//! Which trains of a run are meant.

use crate::error::{Error, Place, Result};
use crate::words::counted;
use std::str::FromStr;

/// Ranges are half-open; an open end means "from the first" or "to the last".
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TrainSelection {
    #[default]
    All,
    /// train ids `from..to`
    Ids { from: Option<u64>, to: Option<u64> },
    /// positions `from..to` in the sorted list of all trains
    Positions { from: Option<u64>, to: Option<u64> },
    /// exactly these ids
    List(Vec<u64>),
}

impl TrainSelection {
    /// `A:B` as positions.
    ///
    /// # Errors
    /// `Request` when the text is no range.
    pub fn positions(text: &str) -> Result<Self> {
        let (from, to) = range(text)?;
        Ok(TrainSelection::Positions { from, to })
    }

    /// Ids from a text, one per line; empty lines and `#` comments are left out.
    ///
    /// # Errors
    /// `Request` naming the line that is no id.
    pub fn list(text: &str) -> Result<Self> {
        let mut ids = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                ids.push(line.parse().map_err(|_| {
                    Error::request(format!("`{line}` in line {} is no train id", number + 1), Place::default())
                })?);
            }
        }
        Ok(TrainSelection::List(ids))
    }

    /// The selected of `trains` (sorted), sorted.
    ///
    /// # Errors
    /// `Request` when nothing is left, or an id of a list is not there.
    pub fn choose(&self, trains: &[u64]) -> Result<Vec<u64>> {
        let chosen: Vec<u64> = match self {
            TrainSelection::All => trains.to_vec(),
            TrainSelection::Ids { from, to } => {
                let start = trains.partition_point(|&id| id < from.unwrap_or(0));
                let end = to.map_or(trains.len(), |to| trains.partition_point(|&id| id < to));
                trains.get(start..end).unwrap_or_default().to_vec()
            }
            TrainSelection::Positions { from, to } => {
                let place = |value: u64| usize::try_from(value).unwrap_or(usize::MAX).min(trains.len());
                let (start, end) = (from.map_or(0, place), to.map_or(trains.len(), place));
                trains.get(start..end).unwrap_or_default().to_vec()
            }
            TrainSelection::List(ids) => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                ids.dedup();
                if let Some(missing) = ids.iter().find(|id| trains.binary_search(id).is_err()) {
                    return Err(Error::request(format!("train {missing} is not in the run"), Place::default()));
                }
                ids
            }
        };
        // all trains of a run without any are no mistake
        if chosen.is_empty() && *self != TrainSelection::All {
            let known = match (trains.first(), trains.last()) {
                (Some(first), Some(last)) => {
                    format!("the run has {}, {first} to {last}", counted(trains.len(), "train"))
                }
                _ => "the run has no trains".into(),
            };
            return Err(Error::request("no train is selected", Place::default()).with_hint(known));
        }
        Ok(chosen)
    }
}

/// `A:B` as train ids.
impl FromStr for TrainSelection {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (from, to) = range(text)?;
        Ok(TrainSelection::Ids { from, to })
    }
}

fn range(text: &str) -> Result<(Option<u64>, Option<u64>)> {
    let bound = |part: &str| match part.trim() {
        "" => Ok(None),
        number => number.parse().map(Some).map_err(|_| ()),
    };
    let parsed = text.split_once(':').ok_or(()).and_then(|(from, to)| Ok((bound(from)?, bound(to)?)));
    parsed.map_err(|()| {
        Error::request(format!("`{text}` is no range of trains"), Place::default())
            .with_hint("write `FROM:TO`; TO is left out of the selection, and either may be empty")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAINS: [u64; 5] = [10, 11, 13, 14, 20];

    fn choose(selection: &str) -> Vec<u64> {
        selection.parse::<TrainSelection>().unwrap().choose(&TRAINS).unwrap()
    }

    #[test]
    fn ranges_of_ids_are_half_open() {
        assert_eq!(choose("11:14"), [11, 13]);
        assert_eq!(choose(":13"), [10, 11]);
        assert_eq!(choose("14:"), [14, 20]);
        assert_eq!(choose(":"), TRAINS);
    }

    #[test]
    fn positions_and_lists() {
        let positions = |text| TrainSelection::positions(text).unwrap().choose(&TRAINS);
        assert_eq!(positions("1:3").unwrap(), [11, 13]);
        assert_eq!(positions("3:99").unwrap(), [14, 20]);
        assert!(positions("4:2").is_err());
        assert_eq!(TrainSelection::list("20 # last\n\n10\n").unwrap().choose(&TRAINS).unwrap(), [10, 20]);
        assert!(TrainSelection::List(vec![12]).choose(&TRAINS).is_err());
        assert!(TrainSelection::list("10\nx").is_err());
    }

    #[test]
    fn nonsense_and_empty_selections_are_refused() {
        for text in ["", "5", "a:b", "1:2:3", "-1:5"] {
            assert!(text.parse::<TrainSelection>().is_err(), "{text}");
        }
        assert!("30:40".parse::<TrainSelection>().unwrap().choose(&TRAINS).is_err());
    }
}
