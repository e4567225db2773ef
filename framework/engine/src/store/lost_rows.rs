//! Rows of whole trains beside the frames (headers, trailers, records of what was done before) that cannot be read.
//!
//! They are written when a sequence ends, too late to call frames unreadable. So where damage is skipped they are read once
//! before: a train that lost such rows has none of that group in the reduced run, and its frames count as unreadable.

use super::auxiliary::records;
use super::source_rows::SourceRows;
use crate::plan::Job;
use std::collections::{BTreeMap, BTreeSet};
use trainyard_format::map::Section;
use trainyard_format::{Error, Place, Result};

/// By file of the input, source and group: the trains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostRows(BTreeMap<(usize, String, String), BTreeSet<u64>>);

impl LostRows {
    pub fn holds(&self, file: usize, source: &str, group: &str, train: u64) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let trains = self.0.get(&(file, source.to_owned(), group.to_owned()));
        trains.is_some_and(|trains| trains.contains(&train))
    }

    /// What is lost of these trains, and why, in the order of the sources.
    ///
    /// # Errors
    /// Failures of the machine.
    pub fn look(job: &Job, trains: &[u64]) -> Result<(Self, Vec<(u64, Error)>)> {
        let none = LostRows::default();
        let (mut lost, mut found) = (LostRows::default(), Vec::new());
        for (number, module) in job.detector.modules.iter().enumerate() {
            let parts = module.parts.iter().map(|part| (part.file, part.source)).collect();
            let own = (Section::Instrument, module.source.as_str(), parts);
            for (section, name, parts) in std::iter::once(own).chain(records(job, &[number])) {
                let source = SourceRows { job, section, name, parts, lost: &none };
                // rows of frames are looked at with their frames
                let of_frames = |group: &&str| section == Section::Instrument && **group == job.detector.group;
                for group in source.groups().into_iter().filter(|group| !of_frames(group)) {
                    for (train, error) in unreadable(&source, group, trains)? {
                        let file = source.file_of(group, train).unwrap_or_default();
                        let new = lost.0.entry((file, name.into(), group.into())).or_default().insert(train);
                        found.extend(new.then_some((train, error)));
                    }
                }
            }
        }
        Ok((lost, found))
    }
}

/// All of them at once; where that fails, each half.
fn unreadable(source: &SourceRows<'_>, group: &str, trains: &[u64]) -> Result<Vec<(u64, Error)>> {
    match (source.try_to_read(group, trains), trains) {
        (Ok(()), _) | (_, []) => Ok(Vec::new()),
        (Err(error @ Error::Input { .. }), &[train]) => {
            let known = error.place().clone();
            let place = Place {
                source: known.source.or_else(|| Some(format!("{}/{group}", source.name))),
                train: Some(train),
                ..known
            };
            Ok(vec![(train, error.at(place))])
        }
        (Err(Error::Input { .. }), _) => {
            let (before, behind) = trains.split_at(trains.len() / 2);
            let mut found = unreadable(source, group, before)?;
            found.extend(unreadable(source, group, behind)?);
            Ok(found)
        }
        (Err(error), _) => Err(error),
    }
}
