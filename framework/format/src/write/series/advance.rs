//! Rows into files: train by train or at once, file after file, and the end of a file.
//!
//! Buffered, the order of writing is fixed: by train, within a train by declaration. So rows wait for the dataset that is
//! furthest behind. Direct, a dataset waits for nobody until the file's last train.

use super::feed::Feed;
use super::{Mode, SeriesWriter};
use crate::map::Section;
use crate::write::{control_times, FileWriter, Values};
use crate::Result;

impl SeriesWriter {
    /// Moves what can be moved, and ends every file that is full.
    pub(super) fn advance(&mut self) -> Result<()> {
        loop {
            let end = self.files.trains().end;
            match self.files.options().mode {
                Mode::Buffered => self.move_in_step(end)?,
                Mode::Direct => self.move_each(end)?,
            }
            if end > self.trains.len() || self.all(|feed| feed.moved) < end {
                return Ok(());
            }
            self.finish_file()?;
        }
    }

    /// The least of all datasets.
    fn all(&self, of: impl Fn(&Feed) -> usize) -> usize {
        self.feeds.iter().map(of).min().unwrap_or(self.trains.len())
    }

    fn move_in_step(&mut self, end: usize) -> Result<()> {
        let (begin, end) = (self.all(|feed| feed.moved), self.all(|feed| feed.fed).min(end));
        if begin >= end {
            return Ok(());
        }
        let file = self.files.current()?;
        for train in begin..end {
            for feed in &mut self.feeds {
                feed.move_to(train + 1, &self.groups[feed.group], file)?;
            }
        }
        Ok(())
    }

    fn move_each(&mut self, end: usize) -> Result<()> {
        let mut moved = false;
        for feed in self.feeds.iter_mut().filter(|feed| feed.moved < feed.fed.min(end)) {
            let file = self.files.current()?;
            feed.move_to(feed.fed.min(end), &self.groups[feed.group], file)?;
            feed.column.store_open(file, &feed.declared)?;
            moved = true;
        }
        if moved {
            self.files.current()?.container.flush()?;
        }
        Ok(())
    }

    /// Writes what is left of the file being written, its trains, indices and run values.
    pub(super) fn finish_file(&mut self) -> Result<()> {
        let trains = self.files.trains();
        let trains = trains.start.min(self.trains.len())..trains.end.min(self.trains.len());
        let times = control_times(self.trains[trains.clone()].iter().map(|train| train.timestamp));
        let file = self.files.current()?;
        file.set_trains(self.trains[trains.clone()].to_vec())?;
        for group in &self.groups {
            let counts = &group.counts[trains.clone()];
            file.index(group.section, &group.source, &group.name, counts)?;
            for &member in &group.members {
                let feed = &mut self.feeds[member];
                let rows = feed.column.finish(file, &feed.declared)?;
                file.group_entry(group.section, &group.source, &group.name).datasets.push((feed.declared.path(), rows));
                if group.section == Section::Control {
                    let set: Vec<u64> =
                        times.iter().zip(counts).filter(|(_, &n)| n > 0).map(|(&time, _)| time).collect();
                    finish_control(feed, file, &set)?;
                }
            }
        }
        self.run_values.iter().try_for_each(|value| value.write(file))?;
        self.files.finish()
    }
}

/// What a CONTROL key has beside its values: times, attributes, and its first value under RUN.
fn finish_control(feed: &mut Feed, file: &mut FileWriter, times: &[u64]) -> Result<()> {
    let declared = &feed.declared;
    let base = declared.base();
    let path = format!("{base}/timestamp");
    file.container.values(&path, &Values::of(times, &[]))?;
    file.container.group_attributes(&base, &declared.attributes)?;
    file.group_entry(Section::Control, &declared.source, "").datasets.push((path, times.len() as u64));
    let (Some(row), Some(&first)) = (&feed.first_row, feed.first_time.as_ref().or(times.first())) else {
        return Ok(());
    };
    let row = Values::new(declared.element, &declared.row_shape, row).with_attributes(&declared.attributes);
    feed.first_time = Some(first);
    file.run_first(&declared.source, &declared.key, &row, first)
}
