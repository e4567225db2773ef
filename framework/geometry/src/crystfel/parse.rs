//! Reads a CrystFEL `.geom` file (the syntax of `man crystfel_geometry`).
//!
//! `key = value` lines, `;` comments. `panel/key` belongs to a panel, made on first sight with the values stated at top
//! level so far. A panel's name that begins with `bad` is a bad region. A key nobody knows is an error, because it may be
//! a misspelt one; so is a value for all panels behind the last of them, as in CrystFEL, because it holds for none.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::bad_region::{self, BadRegion};
use super::keys::{self, Level};
use super::mask::{MaskBits, MaskName};
use super::panel::{self, Panel};
use super::value::{self, short, Stated};
use crate::error::{GeometryError, Place};
use crate::{lines, suggest};

/// What a `.geom` file says.
#[derive(Debug, Clone, PartialEq)]
pub struct CrystfelGeometry {
    pub panels: Vec<Panel>,
    pub bad: Vec<BadRegion>,
    /// Sample to detector, of panels that do not state their own.
    pub clen: Option<Stated>,
    pub wavelength: Option<Stated>,
    /// Shift of the whole detector in x and y.
    pub shift: [Stated; 2],
    /// What the mask files hold that were handed over.
    pub(super) masks: Vec<(MaskName, MaskBits)>,
}

/// No detector has more; one of a megapixel in 8x8 ASICs has 128.
const MAX_PANELS: usize = 4096;

struct Reader {
    defaults: panel::Draft,
    panels: Vec<(String, usize, panel::Draft)>,
    panel_of: HashMap<String, usize>,
    regions: Vec<(String, usize, bad_region::Draft)>,
    region_of: HashMap<String, usize>,
    clen: Option<Stated>,
    wavelength: Option<Stated>,
    shift: [Stated; 2],
    /// the first value for all panels since the last panel began, and its line
    pending: Option<(String, usize)>,
}

/// What is wrong with a statement: message and hint.
type Fault = (String, Option<String>);

impl CrystfelGeometry {
    /// # Errors
    /// When a line is not understood, or a panel is not complete.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, GeometryError> {
        let mut reader = Reader {
            defaults: panel::Draft::default(),
            panels: Vec::new(),
            panel_of: HashMap::new(),
            regions: Vec::new(),
            region_of: HashMap::new(),
            clen: None,
            wavelength: None,
            shift: [Stated::Number(0.0), Stated::Number(0.0)],
            pending: None,
        };
        let fault = |line: usize, column: usize, (message, hint): Fault| GeometryError::Syntax {
            place: Place { path: path.to_owned(), line, column },
            message,
            hint,
        };
        for (at, raw) in lines::of(text).enumerate() {
            let line = raw.split(';').next().unwrap_or("").trim_end();
            let indent = line.len() - line.trim_start().len();
            let body = &line[indent..];
            if body.is_empty() {
                continue;
            }
            let Some((key, value)) = body.split_once('=') else {
                let message = format!("expected `key = value`, found `{}`", short(body));
                return Err(fault(at + 1, indent + 1, (message, None)));
            };
            let value_column = indent + key.len() + 2 + (value.len() - value.trim_start().len());
            reader
                .statement(key.trim(), value.trim(), at + 1)
                .map_err(|(of_key, found)| fault(at + 1, if of_key { indent + 1 } else { value_column }, found))?;
        }
        reader.finish().map_err(|(line, found)| fault(line, 1, found))
    }

    /// The distance in metres, when all panels state the same.
    pub(crate) fn common_distance(&self) -> Option<f64> {
        let first = self.clen_of(self.panels.first()?)?.number()?;
        self.panels.iter().all(|panel| self.clen_of(panel).and_then(Stated::number) == Some(first)).then_some(first)
    }

    /// What holds for the panel.
    pub(super) fn clen_of<'a>(&'a self, panel: &'a Panel) -> Option<&'a Stated> {
        panel.clen.as_ref().or(self.clen.as_ref())
    }

    /// Paths in the data at which a distance stands.
    pub(crate) fn distance_paths(&self) -> BTreeSet<&str> {
        self.panels.iter().filter_map(|panel| self.clen_of(panel)?.path()).collect()
    }

    /// Paths in the data at which a shift stands.
    pub(crate) fn shift_paths(&self) -> BTreeSet<&str> {
        self.shift.iter().filter_map(Stated::path).collect()
    }

    /// Takes the number that stands at `path` in the data.
    pub(crate) fn supply(&mut self, path: &str, number: f64) {
        let of_panels = self.panels.iter_mut().filter_map(|panel| panel.clen.as_mut());
        let all = of_panels.chain(&mut self.clen).chain(&mut self.wavelength).chain(&mut self.shift);
        all.for_each(|stated| stated.supply(path, number));
    }

    /// Mask files that panels in use name.
    pub(crate) fn mask_names(&self) -> BTreeSet<MaskName> {
        let masks = self.panels.iter().filter(|panel| !panel.unused).flat_map(|panel| &panel.masks);
        masks.filter_map(|mask| Some(MaskName { file: mask.file.clone()?, data: mask.data.clone() })).collect()
    }

    /// Takes what a mask file holds.
    pub(crate) fn supply_mask(&mut self, name: MaskName, bits: MaskBits) {
        self.masks.retain(|(known, _)| *known != name);
        self.masks.push((name, bits));
    }
}

impl Reader {
    /// Takes one statement; an error says whether the key or the value is wrong.
    fn statement(&mut self, key: &str, value: &str, line: usize) -> Result<(), (bool, Fault)> {
        let of_value = |message: String| (false, (message, None));
        let unknown = |key: &str, level: Level| {
            (true, (format!("unknown key `{}`", short(key)), suggest::hint(key, keys::names(level))))
        };
        let Some((name, field)) = key.split_once('/') else {
            let taken = keys::is_idle(Level::Top, key) || self.top_level(key, value, line).map_err(of_value)?;
            return if taken { Ok(()) } else { Err(unknown(key, Level::Top)) };
        };
        let (name, field) = (name.trim(), field.trim());
        if name.starts_with("bad") {
            let region = self.region(name, line).map_err(|message| (true, (message, None)))?;
            let taken = region.set(field, value).map_err(of_value)?;
            return if taken { Ok(()) } else { Err(unknown(field, Level::Region)) };
        }
        let draft = self.panel(name, line).map_err(|message| (true, (message, None)))?;
        let taken = keys::is_idle(Level::Panel, field) || draft.set(field, value).map_err(of_value)?;
        if taken {
            Ok(())
        } else {
            Err(unknown(field, Level::Panel))
        }
    }

    /// False when the key is not known.
    fn top_level(&mut self, key: &str, text: &str, line: usize) -> Result<bool, String> {
        match key {
            "photon_energy" => self.wavelength = value::photon_energy(text)?,
            "wavelength" => self.wavelength = Some(value::wavelength(text)?),
            "electron_voltage" => self.wavelength = Some(value::electron_voltage(text)?),
            "clen" => self.clen = Some(value::length(text, 1e-3)?),
            "detector_shift_x" => self.shift[0] = value::length(text, 1.0)?,
            "detector_shift_y" => self.shift[1] = value::length(text, 1.0)?,
            _ => {
                let taken = self.defaults.set(key, text)?;
                if taken && self.pending.is_none() {
                    self.pending = Some((key.to_owned(), line));
                }
                return Ok(taken);
            }
        }
        Ok(true)
    }

    fn panel(&mut self, name: &str, line: usize) -> Result<&mut panel::Draft, String> {
        let at = match self.panel_of.get(name) {
            Some(&at) => at,
            None => {
                if name.is_empty() || name.len() > 256 {
                    return Err("a panel's name has 1 to 256 characters".into());
                }
                if self.panels.len() == MAX_PANELS {
                    return Err(format!("more than {MAX_PANELS} panels"));
                }
                self.pending = None;
                self.panels.push((name.to_owned(), line, self.defaults.clone()));
                self.panel_of.insert(name.to_owned(), self.panels.len() - 1);
                self.panels.len() - 1
            }
        };
        Ok(&mut self.panels[at].2)
    }

    fn region(&mut self, name: &str, line: usize) -> Result<&mut bad_region::Draft, String> {
        let at = match self.region_of.get(name) {
            Some(&at) => at,
            None => {
                if self.regions.len() == MAX_PANELS {
                    return Err(format!("more than {MAX_PANELS} bad regions"));
                }
                self.regions.push((name.to_owned(), line, bad_region::Draft::default()));
                self.region_of.insert(name.to_owned(), self.regions.len() - 1);
                self.regions.len() - 1
            }
        };
        Ok(&mut self.regions[at].2)
    }

    /// The whole, or the line and the fault of what is not complete.
    fn finish(self) -> Result<CrystfelGeometry, (usize, Fault)> {
        let plain = |line: usize, message: String| (line, (message, None));
        if self.panels.is_empty() {
            return Err(plain(1, "the file describes no panel: it is not a CrystFEL geometry".into()));
        }
        if let Some((key, line)) = self.pending {
            return Err((
                line,
                (
                    format!("`{}` has no effect: it stands behind the last panel", short(&key)),
                    Some("a value without a panel holds for the panels that come after it: move it up".into()),
                ),
            ));
        }
        let panels: Vec<Panel> = self
            .panels
            .into_iter()
            .map(|(name, line, draft)| draft.finish(name).map_err(|message| plain(line, message)))
            .collect::<Result<_, _>>()?;
        let mut bad = Vec::with_capacity(self.regions.len());
        for (name, line, draft) in self.regions {
            let region = draft.finish(&name).map_err(|message| plain(line, message))?;
            region.check(&name, &panels).map_err(|message| plain(line, message))?;
            bad.push(region);
        }
        let (clen, wavelength, shift) = (self.clen, self.wavelength, self.shift);
        Ok(CrystfelGeometry { panels, bad, clen, wavelength, shift, masks: Vec::new() })
    }
}
