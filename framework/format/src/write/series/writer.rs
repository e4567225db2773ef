//! The writer of a series: declared trains, data for them, and the files at the end.

use super::feed::Feed;
use super::files::Files;
use super::group::Group;
use super::paths::Paths;
use super::resolve::resolve;
use super::run_value::RunValue;
use super::{Layout, Parameters, Rows, SeriesOptions};
use crate::run::hint;
use crate::write::{FileReceipt, TrainRow};
use crate::{Error, Place, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes files of an algorithm, train by train or many trains at once.
///
/// The writer of an azimuthal integration: what was measured with under `@prm`, its results under `@res`, three records
/// a train.
///
/// ```
/// use trainyard_format::write::series::{Dataset, Layout, Parameters, SeriesOptions, SeriesWriter};
/// use trainyard_format::write::TrainRow;
///
/// let az_file = Layout::new()
///     .alias("prm", "{det_name}/x/y")
///     .alias("res", "{det_name}/x/y:output")
///     .dataset("vectors", Dataset::of::<f64>("@prm", "geom.fragmentVectors").shape("nmod, nfrag, 3, 3"))
///     .dataset("sizes", Dataset::of::<i64>("@prm", "geom.fragmentSize").shape("nmod, nfrag, 2"))
///     .dataset("bins", Dataset::of::<u64>("@prm", "param.numberOfBins"))
///     .dataset("range", Dataset::of::<f64>("@prm", "param.radiusRange").shape("2"))
///     .dataset("radial", Dataset::of::<f64>("@res", "azimuthal.radial").shape("nbins"))
///     .dataset("intensity", Dataset::of::<f64>("@res", "azimuthal.intensity").shape("nbins"));
/// let parameters = Parameters::new()
///     .text("det_name", "MID_DET_AGIPD1M-1")
///     .number("nmod", 16)
///     .number("nfrag", 8)
///     .number("nbins", 1000);
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("filename-{seq:02d}.h5");
/// let open = || SeriesWriter::create(&path, &az_file, &parameters, SeriesOptions::default());
/// let trains = || (10_001..=10_099).map(|id| TrainRow::new(id, 0));
/// let intensity: Vec<f64> = (0..99 * 3 * 1000).map(f64::from).collect();
///
/// // intensity without its radii is not a result
/// let mut writer = open()?;
/// writer.add_trains(trains())?;
/// writer.put_many("intensity", &[3; 99], &intensity)?;
/// let error = writer.close().unwrap_err().to_string();
/// assert_eq!(error, "dataset `radial`, train 10001: no data were given, `intensity` has 3 rows");
///
/// // all trains at once, and the radii train by train
/// let mut writer = open()?;
/// writer.add_trains(trains())?;
/// writer.put_many("intensity", &[3; 99], &intensity)?;
/// for train in trains() {
///     writer.put("radial", train.id, &[0.5; 3 * 1000])?;
/// }
/// writer.put_many("vectors", &[1; 99], &vec![0.0; 99 * 16 * 8 * 9])?;
/// writer.put_many("sizes", &[1; 99], &vec![64i64; 99 * 16 * 8 * 2])?;
/// writer.put_many("bins", &[1; 99], &[1000u64; 99])?;
/// writer.put_many("range", &[1; 99], &[0.0, 20.0].repeat(99))?;
/// let files = writer.close()?;
///
/// assert_eq!(files[0].path, folder.path().join("filename-00.h5"));
/// let file = trainyard_format::hdf5::File::open(&files[0].path)?;
/// let dataset = file.dataset("/INSTRUMENT/MID_DET_AGIPD1M-1/x/y:output/azimuthal/intensity")?;
/// assert_eq!(dataset.shape(), [99 * 3, 1000]);
/// // the last record of train 10002
/// assert_eq!(dataset.read_rows(&[(5, 1)], 8000)?[..8], 5000.0f64.to_le_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SeriesWriter {
    pub(super) files: Files,
    pub(super) trains: Vec<TrainRow>,
    /// in order of declaration
    pub(super) feeds: Vec<Feed>,
    names: BTreeMap<String, usize>,
    pub(super) groups: Vec<Group>,
    pub(super) run_values: Vec<RunValue>,
    /// names taken in the files
    pub(super) taken: Paths,
    /// why no call is accepted any more
    failed: Option<Error>,
}

impl std::fmt::Debug for SeriesWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeriesWriter").field("path", &self.files.path()).finish_non_exhaustive()
    }
}

impl SeriesWriter {
    /// Begins a series. `{seq:05}` in the file name of `path` is the number of the file.
    ///
    /// # Errors
    /// [`Error::Request`] with all mistakes of the declaration, one a line with the dataset; or a path without `{seq}`
    /// when trains go to several files. [`Error::Resource`] when the first file exists or cannot be created.
    pub fn create(
        path: impl AsRef<Path>,
        layout: &Layout,
        parameters: &Parameters,
        options: SeriesOptions,
    ) -> Result<Self> {
        let path = path.as_ref();
        let (declared, taken) = resolve(layout, parameters, &options)
            .map_err(|faults| Error::request(faults.join("\n"), Place::file(path)))?;
        let names = declared.iter().enumerate().map(|(index, one)| (one.name.clone(), index)).collect();
        let mut groups: Vec<Group> = Vec::new();
        let mut feeds = Vec::new();
        for (index, one) in declared.into_iter().enumerate() {
            let group = groups.iter().position(|group| group.source == one.source && group.name == one.group);
            let group = group.unwrap_or_else(|| {
                let (section, source, name) = (one.section, one.source.clone(), one.group.clone());
                groups.push(Group { section, source, name, counts: Vec::new(), members: Vec::new() });
                groups.len() - 1
            });
            groups[group].members.push(index);
            feeds.push(Feed::new(one, group));
        }
        let files = Files::new(path, options)?;
        let (trains, run_values) = (Vec::new(), Vec::new());
        Ok(SeriesWriter { files, trains, feeds, names, groups, run_values, taken, failed: None })
    }

    /// Declares the next train.
    ///
    /// # Errors
    /// As [`SeriesWriter::add_trains`].
    pub fn add_train(&mut self, train: TrainRow) -> Result<()> {
        self.add_trains([train])
    }

    /// Declares the next trains, all or none of them.
    ///
    /// # Errors
    /// A train id is zero or does not increase; a file that the trains need exists already.
    pub fn add_trains(&mut self, trains: impl IntoIterator<Item = TrainRow>) -> Result<()> {
        self.usable()?;
        let before = self.trains.len();
        self.trains.extend(trains);
        let checked = self.check_trains(before).and_then(|()| self.files.room(before, self.trains.len()));
        if checked.is_err() {
            self.trains.truncate(before);
        }
        checked
    }

    fn check_trains(&self, before: usize) -> Result<()> {
        let mut previous = self.trains[..before].last().map_or(0, |train| train.id);
        for train in &self.trains[before..] {
            if train.id <= previous {
                let place = Place::file(self.files.path()).train(train.id);
                return Err(Error::request(format!("train ids must increase: {} after {previous}", train.id), place));
            }
            previous = train.id;
        }
        Ok(())
    }

    /// The rows of one train: any number for an INSTRUMENT dataset, one for a CONTROL key. Trains between the dataset's
    /// last one and this one have none.
    ///
    /// # Errors
    /// [`Error::Request`] with dataset and train: an unknown name, a train that is not declared or was passed, rows of
    /// another type or shape, another number of rows than the datasets beside it have. The call has then changed nothing.
    /// [`Error::Resource`] when the disk fails: the writer then refuses everything.
    pub fn put<'a>(&mut self, dataset: &str, train: u64, rows: impl Into<Rows<'a>>) -> Result<()> {
        let index = self.index(dataset)?;
        let feed = &self.feeds[index];
        let refused = |what: String| {
            let place = Place::file(self.files.path()).source(feed.declared.path()).train(train);
            Err(Error::request(format!("dataset `{dataset}`, train {train}: {what}"), place))
        };
        let Ok(position) = self.trains.binary_search_by_key(&train, |row| row.id) else {
            return refused("the train is not declared".into());
        };
        match position.checked_sub(feed.fed) {
            Some(passed) => self.accept(index, passed, None, rows.into())?,
            None => return refused(format!("it has its data up to train {}", self.trains[feed.fed - 1].id)),
        }
        self.move_on()
    }

    /// The rows of the dataset's next trains, `counts[i]` for the i-th.
    ///
    /// # Errors
    /// As [`SeriesWriter::put`]; also when the counts do not add up to the rows, or more trains are meant than declared.
    pub fn put_many<'a>(&mut self, dataset: &str, counts: &[u64], rows: impl Into<Rows<'a>>) -> Result<()> {
        let index = self.index(dataset)?;
        self.accept(index, 0, Some(counts), rows.into())?;
        self.move_on()
    }

    /// No rows for the dataset's next trains. Not needed at the end of the series, but others wait in memory for a dataset
    /// of which nothing is known.
    ///
    /// # Errors
    /// As [`SeriesWriter::put`].
    pub fn skip(&mut self, dataset: &str, trains: usize) -> Result<()> {
        let index = self.index(dataset)?;
        match trains.checked_sub(1) {
            None => return Ok(()),
            Some(passed) => self.accept(index, passed, None, Rows::none())?,
        }
        self.move_on()
    }

    /// Bytes of rows that wait: for other datasets (buffered), or for their file.
    pub fn waiting_bytes(&self) -> usize {
        self.feeds.iter().map(|feed| feed.waiting.len()).sum()
    }

    /// Ends the last file and gives all of them their names. A series without trains is one file without trains.
    ///
    /// # Errors
    /// [`Error::Request`] with the dataset and the first train it lacks, when the datasets beside it have rows there;
    /// [`Error::Resource`] when the disk fails. There are then no files, but for those that had their names already when
    /// renaming failed.
    pub fn close(mut self) -> Result<Vec<FileReceipt>> {
        self.usable()?;
        if let Some(fault) = self.groups.iter().find_map(|group| group.incomplete(&self.feeds)) {
            return Err(self.refusal(&fault));
        }
        let trains = self.trains.len();
        self.groups.iter_mut().for_each(|group| group.counts.resize(trains, 0));
        self.feeds.iter_mut().for_each(|feed| feed.fed = trains);
        self.advance()?;
        if self.files.finished() == 0 || self.files.trains().start < trains {
            self.finish_file()?;
        }
        self.files.publish()
    }

    fn index(&self, dataset: &str) -> Result<usize> {
        self.usable()?;
        self.names.get(dataset).copied().ok_or_else(|| {
            Error::request(format!("there is no dataset `{dataset}`"), Place::file(self.files.path()))
                .with_hint(hint(dataset, self.names.keys().map(String::as_str)))
        })
    }

    pub(super) fn usable(&self) -> Result<()> {
        match &self.failed {
            None => Ok(()),
            Some(error) => Err(error.clone().with_hint("an earlier call failed; the series cannot be continued")),
        }
    }

    /// Writes what can be written; a failure is for good.
    fn move_on(&mut self) -> Result<()> {
        let moved = self.advance();
        self.failed = moved.as_ref().err().cloned();
        moved
    }
}
