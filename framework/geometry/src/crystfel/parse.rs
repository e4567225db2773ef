//! Reads a CrystFEL `.geom` file (the syntax of `man crystfel_geometry`).
//!
//! `key = value` lines, `;` comments. `panel/key` belongs to a panel, made on first sight with the values stated at top
//! level so far. A panel's name that begins with `bad` is a bad region. Rigid groups, masks and other programs' settings
//! are passed over; a key nobody knows is an error, as in CrystFEL, because it may be a misspelt one.

use std::collections::HashMap;
use std::path::Path;

use super::bad_region::{self, BadRegion};
use super::panel::{self, Panel};
use super::value::{self, short, Stated};
use crate::error::{GeometryError, Place};
use crate::suggest;

/// What a `.geom` file says.
#[derive(Debug, Clone, PartialEq)]
pub struct CrystfelGeometry {
    pub panels: Vec<Panel>,
    pub bad: Vec<BadRegion>,
    /// In metres, when the file states it as a number.
    pub wavelength: Option<f64>,
    /// Shift of the whole detector in metres.
    pub shift: [f64; 2],
}

/// No detector has more; one of a megapixel in 8x8 ASICs has 128.
const MAX_PANELS: usize = 4096;

const TOP_KEYS: &[&str] = &[
    "photon_energy",
    "wavelength",
    "detector_shift_x",
    "detector_shift_y",
    "photon_energy_scale",
    "photon_energy_bandwidth",
    "electron_voltage",
    "bandwidth",
    "peak_list",
    "peak_list_type",
    "peak_info_location",
    "rigid_group",
    "rigid_group_collection",
    "group",
    "beam_energy",
];

struct Reader {
    defaults: panel::Draft,
    panels: Vec<(String, usize, panel::Draft)>,
    panel_of: HashMap<String, usize>,
    regions: Vec<(String, usize, bad_region::Draft)>,
    region_of: HashMap<String, usize>,
    wavelength: Option<f64>,
    shift: [f64; 2],
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
            wavelength: None,
            shift: [0.0; 2],
        };
        let fault = |line: usize, column: usize, (message, hint): Fault| GeometryError::Syntax {
            place: Place { path: path.to_owned(), line, column },
            message,
            hint,
        };
        for (at, raw) in text.lines().enumerate() {
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
        reader.finish().map_err(|(line, message)| fault(line, 1, (message, None)))
    }

    /// The distance, when all panels state the same.
    pub(crate) fn common_distance(&self) -> Option<f64> {
        let first = self.panels.first()?.clen?;
        self.panels.iter().all(|panel| panel.clen == Some(first)).then_some(first)
    }
}

impl Reader {
    /// Takes one statement; an error says whether the key or the value is wrong.
    fn statement(&mut self, key: &str, value: &str, line: usize) -> Result<(), (bool, Fault)> {
        let of_value = |message: String| (false, (message, None));
        let unknown = |key: &str, known: &mut dyn Iterator<Item = &'static str>| {
            (true, (format!("unknown key `{}`", short(key)), suggest::hint(key, known)))
        };
        let Some((name, field)) = key.split_once('/') else {
            return if self.top_level(key, value).map_err(of_value)? {
                Ok(())
            } else {
                let mut known = TOP_KEYS.iter().chain(panel::KEYS).chain(panel::OTHER_KEYS).copied();
                Err(unknown(key, &mut known))
            };
        };
        let (name, field) = (name.trim(), field.trim());
        if name.starts_with("bad") {
            let region = self.region(name, line).map_err(|message| (true, (message, None)))?;
            return if region.set(field, value).map_err(of_value)? {
                Ok(())
            } else {
                Err(unknown(field, &mut bad_region::KEYS.iter().copied()))
            };
        }
        let draft = self.panel(name, line).map_err(|message| (true, (message, None)))?;
        if draft.set(field, value).map_err(of_value)? || is_other(field) {
            Ok(())
        } else {
            let mut known = panel::KEYS.iter().chain(panel::OTHER_KEYS).copied();
            Err(unknown(field, &mut known))
        }
    }

    /// False when the key is not known.
    fn top_level(&mut self, key: &str, text: &str) -> Result<bool, String> {
        match key {
            "photon_energy" => self.wavelength = known(value::photon_energy(text)?),
            "wavelength" => self.wavelength = known(value::wavelength(text)?),
            "detector_shift_x" | "detector_shift_y" => match value::length(text)? {
                Stated::Number(metres) => self.shift[usize::from(key.ends_with('y'))] = metres,
                Stated::Elsewhere => {
                    return Err(format!("`{key}` must be a number with its unit here, not a path"));
                }
            },
            _ if key.starts_with("rigid_group") || key.starts_with("group_") => {}
            _ if TOP_KEYS.contains(&key) || is_other(key) => {}
            _ => return self.defaults.set(key, text),
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
    fn finish(self) -> Result<CrystfelGeometry, (usize, String)> {
        if self.panels.is_empty() {
            return Err((1, "the file describes no panel: it is not a CrystFEL geometry".into()));
        }
        let mut bad = Vec::with_capacity(self.regions.len());
        for (name, line, draft) in self.regions {
            let region = draft.finish(&name).map_err(|message| (line, message))?;
            if let BadRegion::Pixels { panel: Some(panel), .. } = &region {
                if !self.panel_of.contains_key(panel) {
                    return Err((
                        line,
                        format!("bad region `{name}` is on panel `{}`, which does not exist", short(panel)),
                    ));
                }
            }
            bad.push(region);
        }
        let panels = self
            .panels
            .into_iter()
            .map(|(name, line, draft)| draft.finish(name).map_err(|message| (line, message)))
            .collect::<Result<_, _>>()?;
        Ok(CrystfelGeometry { panels, bad, wavelength: self.wavelength, shift: self.shift })
    }
}

fn known(stated: Stated) -> Option<f64> {
    match stated {
        Stated::Number(value) => Some(value),
        Stated::Elsewhere => None,
    }
}

/// Keys for other programs; masks may be numbered 0 to 7.
fn is_other(key: &str) -> bool {
    let numbered = key.strip_prefix("mask").and_then(|rest| {
        let rest = rest.strip_prefix(|c: char| ('0'..='7').contains(&c))?;
        matches!(rest, "_file" | "_data" | "_goodbits" | "_badbits").then_some(())
    });
    numbered.is_some() || panel::OTHER_KEYS.contains(&key)
}
