//! The keys of a `.geom` file, and what each means here. The reader asks this table which keys there are, and the page of
//! the book about geometry files has its rows.
//!
//! Source: the manual page `crystfel_geometry`. Keys of older versions that decide nothing here are in it too, because
//! a key nobody knows is taken for a slip of the pen.

/// Where a key may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// without a panel
    Top,
    /// of a panel, or without one for all panels that come after it
    Panel,
    /// of a bad region
    Region,
}

/// A key and its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// as in the file; `N` stands for a digit, `NAME` for a name
    pub name: &'static str,
    pub level: Level,
    /// in the words of the book
    pub meaning: &'static str,
    /// whether its value is looked at
    pub read: bool,
}

const fn key(level: Level, name: &'static str, meaning: &'static str) -> Key {
    Key { name, level, meaning, read: true }
}

const fn idle(level: Level, name: &'static str, meaning: &'static str) -> Key {
    Key { name, level, meaning, read: false }
}

const RANGE: &str = "pixels of the panel in the data, both ends included";
const REGION: &str = "rectangle of pixels, both ends included; needs all four";
const PLANE: &str =
    "rectangle in the plane, in pixels from the beam: the corner of a pixel is tested, strictly; needs all four";
const SHIFT: &str = "shift of the whole detector: a number in `m` or `mm` (metres without), or a path in the data";
const PEAKS: &str = "no effect: of the peak search";
const GAIN: &str = "no effect: nothing is scaled; steps have parameters of their own";
const SATURATION: &str = "no effect: saturated pixels are not left out; `mask: {above: V}` does that";
const GROUPS: &str = "no effect: of the refinement of geometries";
const OLD: &str = "no effect: of other programs, or of old versions";

/// Every key, top level first.
pub const KEYS: &[Key] = &[
    key(Level::Top, "wavelength", "`1.3 A` or `1.3e-10 m` (metres without a unit), or a path in the data with its unit"),
    key(Level::Top, "photon_energy", "`9300`, `9300 eV`, `9.3 keV`, `0.0093 MeV`, or a path in the data with its unit (eV without)"),
    key(Level::Top, "electron_voltage", "`200 kV` or `200000 V`, or a path in the data with its unit: the wavelength of the electrons"),
    key(Level::Top, "clen", "sample to detector: a number in `m` or `mm` (metres without), or a path in the data (millimetres without); wherever it stands, the last one counts; of a panel (old versions) it holds for that panel"),
    key(Level::Top, "detector_shift_x", SHIFT),
    key(Level::Top, "detector_shift_y", SHIFT),
    key(Level::Panel, "min_fs", RANGE),
    key(Level::Panel, "max_fs", RANGE),
    key(Level::Panel, "min_ss", RANGE),
    key(Level::Panel, "max_ss", RANGE),
    key(Level::Panel, "corner_x", "outer corner of the first pixel, in pixels from the beam"),
    key(Level::Panel, "corner_y", "outer corner of the first pixel, in pixels from the beam"),
    key(Level::Panel, "fs", "direction of the fast axis: `+0.99x -0.01y`; x when left out"),
    key(Level::Panel, "ss", "direction of the slow axis; y when left out"),
    key(Level::Panel, "coffset", "metres along the beam, added to `clen`"),
    key(Level::Panel, "res", "pixels in a metre"),
    key(Level::Panel, "pixel_pitch", "metres a pixel, in place of `res`"),
    key(Level::Panel, "dimN", "what dimension N of the data is: `ss`, `fs`, `%` for frames, or a number, which tells the module; `ss` before `fs`"),
    key(Level::Panel, "no_index", "`true` or a number that is not 0: all pixels of the panel are bad"),
    key(Level::Panel, "mask_edge_pixels", "that many pixels along every edge of the panel are bad"),
    key(Level::Panel, "flag_lessthan", "pixels below this value are bad; the same for all panels"),
    key(Level::Panel, "flag_morethan", "pixels above this value are bad; the same for all panels"),
    key(Level::Panel, "flag_equal", "pixels that round to this value are bad; the same for all panels"),
    key(Level::Panel, "maskN_file", "HDF5 file of mask N (0 to 7); a relative path starts at the folder of the geometry file"),
    key(Level::Panel, "maskN_data", "dataset of the mask, of the dimensions of the data without those of frames; without a file it means the detector's own mask, which `mask.detector` rules"),
    key(Level::Panel, "maskN_goodbits", "bits of which a good pixel has all; refused for the detector's own mask, where not zero is bad"),
    key(Level::Panel, "maskN_badbits", "bits of which a good pixel has none; without a dataset bits decide nothing"),
    key(Level::Panel, "mask_file", "as `mask0_file`"),
    key(Level::Panel, "mask", "as `mask0_data`"),
    key(Level::Panel, "mask_good", "as `mask0_goodbits`"),
    key(Level::Panel, "mask_bad", "as `mask0_badbits`"),
    key(Level::Panel, "rail_direction", "along the beam; refused otherwise"),
    idle(Level::Panel, "data", "no effect: frames are read from the run"),
    idle(Level::Panel, "adu_per_eV", GAIN),
    idle(Level::Panel, "adu_per_photon", GAIN),
    idle(Level::Panel, "max_adu", SATURATION),
    idle(Level::Panel, "saturation_map", SATURATION),
    idle(Level::Panel, "saturation_map_file", SATURATION),
    idle(Level::Panel, "badrow_direction", OLD),
    idle(Level::Panel, "clen_for_centering", OLD),
    idle(Level::Panel, "integr_radius", PEAKS),
    idle(Level::Top, "bandwidth", "no effect: the beam has one wavelength here"),
    idle(Level::Top, "photon_energy_bandwidth", "no effect: the beam has one wavelength here"),
    idle(Level::Top, "beam_energy", OLD),
    idle(Level::Top, "peak_list", PEAKS),
    idle(Level::Top, "peak_list_type", PEAKS),
    idle(Level::Top, "peak_info_location", PEAKS),
    idle(Level::Top, "group_NAME", GROUPS),
    idle(Level::Top, "rigid_group_NAME", GROUPS),
    idle(Level::Top, "rigid_group_collection_NAME", GROUPS),
    key(Level::Region, "min_fs", REGION),
    key(Level::Region, "max_fs", REGION),
    key(Level::Region, "min_ss", REGION),
    key(Level::Region, "max_ss", REGION),
    key(Level::Region, "panel", "panel of a rectangle in fs and ss; needed where there are several"),
    key(Level::Region, "min_x", PLANE),
    key(Level::Region, "max_x", PLANE),
    key(Level::Region, "min_y", PLANE),
    key(Level::Region, "max_y", PLANE),
];

/// Whether `name` is a key of that level whose value decides nothing.
pub(super) fn is_idle(level: Level, name: &str) -> bool {
    let group = level == Level::Top && (name.starts_with("rigid_group") || name.starts_with("group_"));
    // what holds for a panel may be stated for all
    let here = |key: &Key| key.level == level || (level == Level::Top && key.level == Level::Panel);
    group || KEYS.iter().any(|key| !key.read && here(key) && key.name == name)
}

/// Names to suggest for a misspelt one.
pub(super) fn names(level: Level) -> impl Iterator<Item = &'static str> {
    let here = move |key: &&Key| key.level == level || (level == Level::Top && key.level == Level::Panel);
    let numbered = ["dim0", "dim1", "dim2", "dim3", "mask0_file", "mask0_data", "mask0_goodbits", "mask0_badbits"];
    let numbered = numbered.into_iter().filter(move |_| level != Level::Region);
    KEYS.iter().filter(here).map(|key| key.name).filter(|name| !name.contains('N')).chain(numbered)
}
