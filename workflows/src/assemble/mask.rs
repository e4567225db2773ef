//! Which pixels are bad in every frame: those without a panel, those that the geometry declares bad, and the mask file.

use super::resolve;
use crate::document::Problem;
use crate::workflow::Checked;
use std::path::Path;
use trainyard_engine::algorithm::NamedFiles;
use trainyard_format::detector::Detector;
use trainyard_format::map::ElementType;
use trainyard_format::opener::{Array, OpenerPool};
use trainyard_geometry::mask_file::{Form, MaskFile, Number};
use trainyard_geometry::PixelMap;

/// Names under which masks lie in HDF5 files; the first that is there counts.
pub const DATASETS: [&str; 6] = [
    "/mask",
    "/data/mask",
    "/entry_1/data_1/mask",
    "/entry_1/instrument_1/detector_1/mask",
    "/pixel_mask",
    "/entry/instrument/detector/pixel_mask",
];

/// Beside the numbers: the longest header.
const LONGEST_HEADER: u64 = 2 << 20;
/// Longest HDF5 file that is taken for a mask.
const LONGEST_FILE: u64 = 1 << 30;

/// `[module, slow, fast]`, true = bad; empty when nothing is known to be bad.
///
/// # Errors
/// A mask file that cannot be read, or has not the shape of the detector.
pub fn bad_pixels(
    checked: &Checked,
    detector: &Detector,
    map: Option<&PixelMap>,
    pool: &OpenerPool,
    files: &NamedFiles,
) -> Result<Vec<bool>, Problem> {
    let mut bad = map.map(PixelMap::bad).unwrap_or_default();
    let Some(path) = &checked.workflow.mask.file else { return Ok(bad) };
    let path = resolve(checked, &["mask", "file"], path);
    let problem = |what: String| checked.problem(&["mask", "file"], what);
    let MaskFile { shape, bad: mask } = read(&path, detector, pool, files).map_err(problem)?;
    if !has_the_shape(&shape, detector) {
        return Err(problem(format!("the mask in {} has the shape {shape:?}", path.display())).hint(shapes(detector)));
    }
    bad.resize(mask.len(), false);
    bad.iter_mut().zip(mask).for_each(|(bad, masked)| *bad |= masked);
    Ok(bad)
}

/// A mask file that cannot be read, where there is no detector to compare it with.
pub fn unreadable(checked: &Checked, files: &NamedFiles) -> Option<Problem> {
    let path = resolve(checked, &["mask", "file"], checked.workflow.mask.file.as_ref()?);
    let error = files.read("mask", &path, LONGEST_FILE).err()?;
    Some(checked.problem(&["mask", "file"], format!("failed to read {}: {error}", path.display())))
}

/// `[modules, slow, fast]`, or the modules stacked along the slow axis, which is `[slow, fast]` for one.
fn has_the_shape(shape: &[usize], detector: &Detector) -> bool {
    let (modules, slow, fast) = (detector.modules.len(), detector.slow, detector.fast);
    shape == [modules, slow, fast] || shape == [modules * slow, fast]
}

fn shapes(detector: &Detector) -> String {
    let (modules, slow, fast) = (detector.modules.len(), detector.slow, detector.fast);
    format!(
        "{} has {modules} modules of {slow} x {fast} pixels: its mask has the shape [{modules}, {slow}, {fast}], or [{}, {fast}]",
        detector.name,
        modules * slow
    )
}

fn read(path: &Path, detector: &Detector, pool: &OpenerPool, files: &NamedFiles) -> Result<MaskFile, String> {
    let pixels = (detector.modules.len() * detector.module_pixels()) as u64;
    let named = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
    let hdf5 = matches!(named.as_deref(), Some("h5" | "hdf5" | "hdf" | "nxs" | "cxi"));
    // no number of a mask has more than 8 bytes
    let longest = if hdf5 { LONGEST_FILE } else { pixels * 8 + LONGEST_HEADER };
    let bytes =
        files.read("mask", path, longest).map_err(|error| format!("failed to read {}: {error}", path.display()))?;
    if hdf5 || Form::of(&bytes) == Form::Hdf5 {
        return of_hdf5(path, pixels, pool);
    }
    MaskFile::parse(&bytes).map_err(|why| format!("failed to read the mask in {}: {why}", path.display()))
}

fn of_hdf5(path: &Path, pixels: u64, pool: &OpenerPool) -> Result<MaskFile, String> {
    let found = pool
        .array(path, &DATASETS, pixels * 8)
        .map_err(|error| format!("failed to read the mask in {}: {error}", path.display()))?;
    let Some(Array { name, shape, element, bytes }) = found.array else {
        let tried: Vec<String> = found.tried.iter().map(|(name, why)| format!("`{name}`: {why}")).collect();
        return Err(format!("{} has no mask that is known by its name: {}", path.display(), tried.join("; ")));
    };
    let float = matches!(element, ElementType::F32 | ElementType::F64);
    if !element.is_number() {
        return Err(format!("the mask `{name}` in {} does not hold numbers", path.display()));
    }
    let bad = Number { size: element.size(), float, big_endian: false }.not_zero(&bytes);
    Ok(MaskFile { shape: shape.into_iter().map(|length| usize::try_from(length).unwrap_or(usize::MAX)).collect(), bad })
}
