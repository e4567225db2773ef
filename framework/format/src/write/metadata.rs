//! METADATA: who wrote what, and the list of sources.
//!
//! Every dataset is one-dimensional of length 1, the source lists of the number of sources. Dates and numbers come from
//! the file this one is made from; a date it does not have is that of the first train, numbers it does not have are those
//! of the file name.

use super::date::format_date;
use super::FileWriter;
use super::Values;
use crate::map::Section;
use crate::run::FileName;
use crate::Result;
use std::collections::BTreeSet;

impl FileWriter {
    /// `CONTROL/<source>` and `INSTRUMENT/<source>/<group>`, both names of a renamed source, sorted.
    pub(super) fn data_sources(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        for ((section, source), groups) in &self.sources {
            match section {
                Section::Control => drop(names.insert(format!("CONTROL/{source}"))),
                Section::Instrument => names.extend(groups.keys().map(|group| format!("INSTRUMENT/{source}/{group}"))),
                Section::Reduction | Section::Errata => {}
            }
        }
        for (old, new) in &self.legacy {
            let groups = self.sources.get(&(Section::Instrument, new.clone()));
            names.extend(
                groups.into_iter().flat_map(|groups| groups.keys()).map(|group| format!("INSTRUMENT/{old}/{group}")),
            );
        }
        names.into_iter().collect()
    }

    fn auxiliary_sources(&self, wanted: Section) -> Vec<String> {
        let of = self.sources.iter().filter(|((section, _), _)| *section == wanted);
        let name = wanted.group_name();
        of.flat_map(|((_, source), groups)| groups.keys().map(move |group| format!("{name}/{source}/{group}")))
            .collect()
    }

    pub(super) fn write_metadata(&mut self) -> Result<()> {
        let spec = &self.spec;
        let from = &spec.metadata;
        let began = spec.trains.iter().map(|train| train.timestamp).find(|&ns| ns > 0).unwrap_or(0);
        let began = format_date(began);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let date =
            |value: &Option<String>| value.clone().filter(|date| !date.is_empty()).unwrap_or_else(|| began.clone());
        let texts = [
            ("creationDate", date(&from.creation_date)),
            ("daqLibrary", spec.daq_library.clone()),
            ("dataFormatVersion", self.spec.version.name().to_owned()),
            ("karaboFramework", text(&from.karabo_framework)),
            ("runType", text(&from.run_type)),
            ("sample", text(&from.sample)),
            ("updateDate", date(&from.update_date)),
        ];
        let named = FileName::of_path(&spec.path);
        let (run, sequence) = named.map_or((0, 0), |name| (name.run, name.sequence.unwrap_or(0)));
        let numbers = [
            ("proposalNumber", from.proposal_number.unwrap_or(0)),
            ("runNumber", from.run_number.unwrap_or(run)),
            ("sequenceNumber", from.sequence_number.unwrap_or(sequence)),
        ];
        for (name, value) in &texts {
            self.container.strings(&format!("METADATA/{name}"), &[1], &[value.as_bytes()], &[])?;
        }
        for (name, value) in numbers {
            self.container.values(&format!("METADATA/{name}"), &Values::of(&[value], &[]))?;
        }
        let sources = self.data_sources();
        let (roots, devices): (Vec<&str>, Vec<&str>) =
            sources.iter().filter_map(|source| source.split_once('/')).unzip();
        let ids: Vec<&str> = sources.iter().map(String::as_str).collect();
        for (name, list) in [("dataSourceId", ids), ("deviceId", devices), ("root", roots)] {
            self.source_list(&format!("METADATA/dataSources/{name}"), &list)?;
        }
        for section in [Section::Errata, Section::Reduction] {
            let sources = self.auxiliary_sources(section);
            if !sources.is_empty() {
                let list: Vec<&str> = sources.iter().map(String::as_str).collect();
                self.source_list(&format!("METADATA/auxiliarySources/{}", section.group_name()), &list)?;
            }
        }
        Ok(())
    }

    fn source_list(&mut self, path: &str, list: &[&str]) -> Result<()> {
        let bytes: Vec<&[u8]> = list.iter().map(|text| text.as_bytes()).collect();
        self.container.strings(path, &[list.len() as u64], &bytes, &[])
    }

    /// The groups that readers expect even when nothing lies in them.
    pub(super) fn write_groups(&mut self) -> Result<()> {
        for ((section, source), groups) in &self.sources {
            for name in groups.keys() {
                let base = format!("{}/{source}", section.group_name());
                self.container.group(if name.is_empty() { base } else { format!("{base}/{name}") }.as_str())?;
            }
            if *section == Section::Control {
                self.container.group(&format!("RUN/{source}"))?;
            }
        }
        Ok(())
    }
}
