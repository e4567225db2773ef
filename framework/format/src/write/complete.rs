//! The last checks before METADATA and INDEX: everything announced was written, nothing else, and rows fit the counts.

use super::writer::Group;
use super::FileWriter;
use crate::map::Section;
use crate::{Error, Place, Result};

impl FileWriter {
    pub(super) fn check_complete(&mut self) -> Result<()> {
        if let Some(path) = self.pixels.iter().find_map(|pixels| pixels.unfinished()) {
            return Err(self.misuse("the pixels were never finished", path));
        }
        let trains = self.spec.trains.len();
        for ((section, source), groups) in &mut self.sources {
            for (name, group) in groups {
                if *section == Section::Control && group.counts.is_none() {
                    let rows = u64::from(!group.datasets.is_empty());
                    group.counts = Some(vec![rows; trains]);
                }
                check_group(group, &self.spec).map_err(|(what, train, dataset)| {
                    let dataset = dataset.unwrap_or_else(|| format!("{}/{source}/{name}", section.group_name()));
                    let mut place = Place::file(&self.spec.path).source(dataset);
                    place.train = train;
                    Error::bug(what, place)
                })?;
            }
        }
        Ok(())
    }
}

/// What is wrong, the first train it is wrong for, and the dataset.
type Fault = (String, Option<u64>, Option<String>);

fn check_group(group: &Group, spec: &super::FileSpec) -> Result<(), Fault> {
    let Some(counts) = &group.counts else {
        return Err(("the group has data but no index was given".into(), None, None));
    };
    let total: u64 = counts.iter().sum();
    for (path, rows) in &group.datasets {
        if *rows == total {
            continue;
        }
        // the first train whose last row is not there; with too many rows, the last train of all
        let mut end = 0u64;
        let short = counts.iter().position(|n| {
            end = end.saturating_add(*n);
            end > *rows
        });
        let train = short.or(counts.len().checked_sub(1)).and_then(|i| spec.trains.get(i)).map(|train| train.id);
        return Err((format!("{rows} rows were written, the index counts {total}"), train, Some(path.clone())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::{FileSpec, TrainRow};

    #[test]
    fn the_first_train_without_its_rows_is_named() {
        let spec = FileSpec {
            trains: vec![TrainRow::new(7, 0), TrainRow::new(8, 0), TrainRow::new(9, 0)],
            ..FileSpec::default()
        };
        let group = |rows| Group { counts: Some(vec![2, 2, 2]), datasets: vec![("d".into(), rows)] };
        assert!(check_group(&group(6), &spec).is_ok());
        assert_eq!(check_group(&group(3), &spec).unwrap_err().1, Some(8));
        assert_eq!(check_group(&group(7), &spec).unwrap_err().1, Some(9));
        assert!(check_group(&Group::default(), &spec).is_err());
    }
}
