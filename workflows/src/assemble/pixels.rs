//! Where the pixels are, and which are bad in every frame.

use super::resolve;
use crate::document::Problem;
use crate::workflow::Checked;
use std::path::Path;
use trainyard_engine::algorithm::NamedFiles;
use trainyard_format::detector::{Detector, DetectorKind};
use trainyard_format::opener::OpenerPool;
use trainyard_geometry::{Geometry, ModuleLayout, PixelMap};

/// Names under which masks lie in HDF5 files.
const MASK_DATASETS: [&str; 5] =
    ["/mask", "/data/mask", "/entry_1/data_1/mask", "/entry_1/instrument_1/detector_1/mask", "/pixel_mask"];

/// As much as any geometry file has.
const LONGEST_GEOMETRY: u64 = 16 << 20;
/// Longest file that is taken for a mask.
const LONGEST_MASK: u64 = 1 << 30;

pub fn pixel_map(checked: &Checked, detector: &Detector, files: &NamedFiles) -> Result<Option<PixelMap>, Problem> {
    let Some(choice) = &checked.workflow.geometry else { return Ok(None) };
    let problem = |e: trainyard_geometry::GeometryError| {
        let problem = checked.problem(&["geometry"], e.to_string());
        match e.hint() {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    };
    let path = resolve(checked, &["geometry"], choice.file());
    let text = files.read("geometry", &path, LONGEST_GEOMETRY).map_err(|e| {
        checked.problem(&["geometry"], format!("failed to read geometry file `{}`: {e}", path.display()))
    })?;
    let geometry = Geometry::parse(&path, &String::from_utf8_lossy(&text)).map_err(problem)?;
    let numbers: Vec<u16> = detector.modules.iter().map(|m| m.number).collect();
    let first = if detector.kind == DetectorKind::Jungfrau || detector.kind == DetectorKind::Camera { 1 } else { 0 };
    let layout = ModuleLayout::new(numbers, first, detector.slow, detector.fast).map_err(problem)?;
    geometry.pixel_map(&layout, &choice.overrides()).map(Some).map_err(problem)
}

/// `[module, slow, fast]`, true = bad; empty when nothing is known to be bad.
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
    let pixels = detector.modules.len() * detector.module_pixels();
    let npy = path.extension().is_some_and(|e| e == "npy");
    // nothing larger than complex128 and a header fits a mask
    let longest = if npy { pixels as u64 * 16 + (64 << 10) } else { LONGEST_MASK };
    let bytes =
        files.read("mask", &path, longest).map_err(|e| problem(format!("failed to read {}: {e}", path.display())))?;
    let mask = if npy {
        parse_npy(&bytes)
            .ok_or_else(|| problem(format!("{} is not an NPY file of numbers in C order", path.display())))?
    } else {
        read_hdf5(&path, pool).map_err(problem)?
    };
    if mask.len() != pixels {
        let shape = format!("{} modules of {} x {}", detector.modules.len(), detector.slow, detector.fast);
        return Err(problem(format!("the mask has {} pixels, the detector {pixels} ({shape})", mask.len())));
    }
    bad.resize(pixels, false);
    bad.iter_mut().zip(mask).for_each(|(bad, masked)| *bad |= masked);
    Ok(bad)
}

fn read_hdf5(path: &Path, pool: &OpenerPool) -> Result<Vec<bool>, String> {
    let mut failure = String::new();
    for name in MASK_DATASETS {
        match pool.rows(path, name, &[(0, u64::MAX)]) {
            Ok(rows) => {
                return Ok(rows
                    .bytes
                    .chunks_exact(rows.element.size().max(1))
                    .map(|v| v.iter().any(|b| *b != 0))
                    .collect())
            }
            Err(e) => failure = e.to_string(),
        }
    }
    Err(format!("failed to read a mask: {failure}; looked for {}", MASK_DATASETS.join(", ")))
}

/// NPY version 1 and 2, C order.
fn parse_npy(bytes: &[u8]) -> Option<Vec<bool>> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (length, start): (usize, usize) = match rest.first()? {
        1 => (u16::from_le_bytes([*rest.get(2)?, *rest.get(3)?]) as usize, 4),
        _ => (u32::from_le_bytes([*rest.get(2)?, *rest.get(3)?, *rest.get(4)?, *rest.get(5)?]) as usize, 6),
    };
    let header = std::str::from_utf8(rest.get(start..start.checked_add(length)?)?).ok()?;
    if header.contains("'fortran_order': True") {
        return None;
    }
    let kind = header.split("'descr':").nth(1)?.split('\'').nth(1)?;
    let size: usize = kind.trim_start_matches(['<', '|', '>', '=', 'b', 'i', 'u', 'f']).parse().ok()?;
    let data = rest.get(start + length..)?;
    (size > 0 && data.len() % size == 0).then(|| data.chunks_exact(size).map(|v| v.iter().any(|b| *b != 0)).collect())
}

#[cfg(test)]
mod tests {
    use super::parse_npy;

    #[test]
    fn npy_of_bytes() {
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }\n";
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend([0, 1, 0, 7]);
        assert_eq!(parse_npy(&file), Some(vec![false, true, false, true]));
        for length in 0..file.len() - 4 {
            assert_eq!(parse_npy(&file[..length]).unwrap_or_default(), Vec::<bool>::new());
        }
    }
}
