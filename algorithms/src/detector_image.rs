//! An image of the detector that a step's parameters name: a dark image, a flat field, a variance, a map of regions.

use schemars::JsonSchema;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use trainyard_engine::algorithm::{Context, Problem};
use trainyard_format::map::ElementType;
use trainyard_geometry::image_file::{numbers, ImageFile};
use trainyard_geometry::mask_file::Number;

/// Longest file that is taken for an image.
const LONGEST: u64 = 4 << 30;

/// An NPY file, or a dataset of an HDF5 file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum DetectorImage {
    File(#[schemars(extend("format" = "path"))] PathBuf),
    Dataset(Dataset),
}

/// A dataset of an HDF5 file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Dataset {
    /// HDF5 file
    #[schemars(extend("format" = "path"))]
    pub file: PathBuf,
    /// path of the dataset in it
    pub dataset: String,
}

impl DetectorImage {
    /// The image, `[module, slow, fast]`; `key` is the parameter that names it.
    ///
    /// # Errors
    /// A file that is not there, or does not hold numbers in the shape of the detector.
    pub fn read(&self, key: &str, context: &Context) -> Result<Vec<f64>, Problem> {
        let path = match self {
            DetectorImage::File(path) => path,
            DetectorImage::Dataset(dataset) => &dataset.file,
        };
        let bytes = context.read_file(key, path, LONGEST)?;
        let at = context.folder.join(path);
        let problem = |why: String| Problem::new(&[key], format!("failed to read {}: {why}", at.display()));
        let ImageFile { shape, values } = match self {
            DetectorImage::File(_) => ImageFile::parse(&bytes).map_err(problem)?,
            DetectorImage::Dataset(dataset) => of_hdf5(&at, &dataset.dataset, context).map_err(problem)?,
        };
        let detector = &context.detector;
        let (modules, slow, fast) = (detector.modules.len(), detector.slow, detector.fast);
        if shape != [modules, slow, fast] && shape != [modules * slow, fast] {
            let what = format!("the image in {} has the shape {shape:?}", at.display());
            let hint = format!(
                "{} has {modules} modules of {slow} x {fast} pixels: its images have the shape [{modules}, {slow}, {fast}], or [{}, {fast}]",
                detector.name,
                modules * slow
            );
            return Err(Problem::new(&[key], what).with_hint(hint));
        }
        Ok(values)
    }
}

fn of_hdf5(path: &Path, dataset: &str, context: &Context) -> Result<ImageFile, String> {
    let pixels = (context.detector.modules.len() * context.detector.module_pixels()) as u64;
    let found = context.pool.array(path, &[dataset], pixels * 8).map_err(|error| error.to_string())?;
    let Some(array) = found.array else {
        let why = found.tried.into_iter().next().map(|(name, why)| format!("`{name}`: {why}"));
        return Err(why.unwrap_or_else(|| format!("there is no `{dataset}`")));
    };
    let (float, signed) = match array.element {
        ElementType::F32 | ElementType::F64 => (true, true),
        ElementType::I8 | ElementType::I16 | ElementType::I32 | ElementType::I64 => (false, true),
        ElementType::U8 | ElementType::U16 | ElementType::U32 | ElementType::U64 | ElementType::Bool => (false, false),
        _ => return Err(format!("`{dataset}` does not hold numbers")),
    };
    let number = Number { size: array.element.size(), float, big_endian: false };
    let shape: Vec<usize> = array.shape.iter().map(|&length| usize::try_from(length).unwrap_or(usize::MAX)).collect();
    let wanted = shape.iter().try_fold(1usize, |n, &length| n.checked_mul(length));
    match numbers(number, signed, &array.bytes) {
        Some(values) if Some(values.len()) == wanted => Ok(ImageFile { shape, values }),
        _ => Err(format!("`{dataset}` of shape {shape:?} holds more numbers than the detector has pixels")),
    }
}
