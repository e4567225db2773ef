//! The files of a series: names, the one being written, and how all of them appear.
//!
//! A file is written as `<name>.part`, which no reader of runs takes for a run file. All files get their names when the
//! series is closed, in order, each synced before and its folder after; until then, or when the program ends without
//! closing, there is no file that looks finished. What is left of a killed program stands in the way of the next and
//! is named.

use super::template::Template;
use super::{Parameters, SeriesOptions};
use crate::durable::publish_file;
use crate::map::Metadata;
use crate::write::{FileReceipt, FileSpec, FileWriter};
use crate::{Error, Place, Result};
use std::fs;
use std::path::{Path, PathBuf};

pub(super) struct Files {
    path: PathBuf,
    name: Template,
    options: SeriesOptions,
    /// the file being written; between two files none
    current: Option<FileWriter>,
    /// finished, under their temporary names
    finished: Vec<FileReceipt>,
    /// temporary files that are ours
    temporary: Vec<PathBuf>,
}

impl Files {
    pub fn new(path: &Path, options: SeriesOptions) -> Result<Self> {
        let refused = |what: String| Error::request(what, Place::file(path));
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| refused("the path does not end in a file name of plain text".into()))?;
        let name = Template::parse(name).map_err(refused)?;
        match options.trains_per_file {
            Some(0) => return Err(refused("a file cannot hold 0 trains".into())),
            Some(trains) if !name.has("seq") => {
                let hint = "put `{seq:05}` into the name, or set `trains_per_file` to none";
                let what = format!("files of {trains} trains need a name with a sequence number");
                return Err(refused(what).with_hint(hint));
            }
            _ => {}
        }
        let mut files =
            Files { path: path.into(), name, options, current: None, finished: Vec::new(), temporary: Vec::new() };
        let (name, temporary) = files.names(0)?;
        free(&name, &temporary)?;
        files.current()?;
        Ok(files)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn options(&self) -> &SeriesOptions {
        &self.options
    }

    /// Final and temporary name of file `sequence`.
    fn names(&self, sequence: usize) -> Result<(PathBuf, PathBuf)> {
        let name = self.name.fill(&Parameters::new().number("seq", sequence as u64));
        let name = name.map_err(|what| Error::request(what, Place::file(&self.path)))?;
        Ok((self.path.with_file_name(&name), self.path.with_file_name(format!("{name}.part"))))
    }

    /// How many files so many trains need.
    fn needed(&self, trains: usize) -> usize {
        self.options.trains_per_file.map_or(1, |most| trains.div_ceil(most)).max(1)
    }

    /// Checks that nothing stands in the way when there are `after` trains instead of `before`.
    pub fn room(&self, before: usize, after: usize) -> Result<()> {
        (self.needed(before)..self.needed(after)).try_for_each(|sequence| {
            let (name, temporary) = self.names(sequence)?;
            free(&name, &temporary)
        })
    }

    /// Positions of the trains of the file being written; unsplit it has no end.
    pub fn trains(&self) -> std::ops::Range<usize> {
        match self.options.trains_per_file {
            Some(most) => {
                let begin = self.finished.len().saturating_mul(most);
                begin..begin.saturating_add(most)
            }
            None => 0..usize::MAX,
        }
    }

    /// How many files are finished.
    pub fn finished(&self) -> usize {
        self.finished.len()
    }

    /// The file being written, created when there is none.
    pub fn current(&mut self) -> Result<&mut FileWriter> {
        let file = match self.current.take() {
            Some(file) => file,
            None => {
                let sequence = self.finished.len();
                let (_, path) = self.names(sequence)?;
                let metadata = Metadata {
                    sequence_number: match self.options.trains_per_file {
                        Some(_) => u32::try_from(sequence).ok(),
                        None => self.options.metadata.sequence_number,
                    },
                    ..self.options.metadata.clone()
                };
                let (version, daq_library) = (self.options.version, self.options.program.clone());
                let spec = FileSpec { path: path.clone(), version, metadata, daq_library, trains: Vec::new() };
                let file = FileWriter::create(spec)?;
                self.temporary.push(path);
                file
            }
        };
        Ok(self.current.insert(file))
    }

    /// Ends the file being written.
    pub fn finish(&mut self) -> Result<()> {
        if let Some(file) = self.current.take() {
            self.finished.push(file.finish()?);
        }
        Ok(())
    }

    /// Gives every file its name.
    pub fn publish(&mut self) -> Result<Vec<FileReceipt>> {
        for sequence in 0..self.finished.len() {
            let (name, temporary) = self.names(sequence)?;
            if name.exists() {
                return Err(Error::io("create", &name, &std::io::ErrorKind::AlreadyExists.into()));
            }
            publish_file(&temporary, &name)?;
            self.finished[sequence].path = name;
            self.temporary.retain(|path| *path != temporary);
        }
        Ok(std::mem::take(&mut self.finished))
    }
}

/// Closes the file being written, then removes what has no name yet.
impl Drop for Files {
    fn drop(&mut self) {
        self.current = None;
        if !self.temporary.is_empty() {
            tracing::warn!(path = %self.path.display(), "the series was not closed: its files are removed");
        }
        for path in &self.temporary {
            let _ = fs::remove_file(path);
        }
    }
}

fn free(name: &Path, temporary: &Path) -> Result<()> {
    for (path, hint) in
        [(name, None), (temporary, Some("a program that was killed left it behind, or another one is writing it"))]
    {
        if path.exists() {
            let error = Error::io("create", path, &std::io::ErrorKind::AlreadyExists.into());
            return Err(match hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            });
        }
    }
    Ok(())
}
