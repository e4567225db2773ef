//! Old names of a source, kept as soft links: `INSTRUMENT/<old> -> /INSTRUMENT/<new>`, the same under INDEX.
//!
//! Corrected data are found under both `.../CORR/0CH0:output` and `.../DET/0CH0:xtdf`; the data exist once.

use super::FileWriter;
use crate::map::Section;
use crate::{Error, Place, Result};

impl FileWriter {
    /// Makes INSTRUMENT source `new` known under the name `old` too.
    ///
    /// # Errors
    /// `old` already stands for something.
    pub fn legacy_name(&mut self, old: &str, new: &str) -> Result<()> {
        let taken = self.sources.contains_key(&(Section::Instrument, old.to_owned()));
        if taken || self.legacy.insert(old.to_owned(), new.to_owned()).is_some() {
            return Err(self.misuse("the old name is taken", old));
        }
        Ok(())
    }

    /// The links, once their targets stand.
    pub(super) fn write_legacy(&mut self) -> Result<()> {
        for (old, new) in &self.legacy {
            if !self.sources.contains_key(&(Section::Instrument, new.clone())) {
                let place = Place::file(&self.spec.path).source(old.as_str());
                return Err(Error::bug(format!("the old name leads to `{new}`, which is not in the file"), place));
            }
            for parent in ["INDEX", "INSTRUMENT"] {
                self.container.soft_link(&format!("{parent}/{old}"), &format!("/{parent}/{new}"))?;
            }
        }
        Ok(())
    }
}
