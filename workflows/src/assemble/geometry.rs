//! Where the pixels are: the geometry file, what it says of places in the data and of mask files, laid over the detector.

use super::resolve;
use crate::document::Problem;
use crate::workflow::{Checked, GeometryChoice};
use std::path::{Path, PathBuf};
use trainyard_engine::algorithm::NamedFiles;
use trainyard_format::detector::{Detector, DetectorKind};
use trainyard_format::map::ElementType;
use trainyard_format::opener::{Array, OpenerPool};
use trainyard_format::run::Run;
use trainyard_geometry::{Geometry, GeometryError, MaskBits, MaskName, ModuleLayout, PixelMap, ValueLimits};

/// More than any geometry file has.
const LONGEST: u64 = 16 << 20;
/// More than any mask of bits has.
const LONGEST_MASK: u64 = 1 << 30;

/// A geometry laid over the detector.
pub struct Placed {
    pub map: PixelMap,
    /// values that make a pixel bad
    pub limits: ValueLimits,
}

/// What geometry is laid over, and what it may ask.
pub struct Surroundings<'a> {
    pub run: &'a Run,
    pub detector: &'a Detector,
    pub trains: &'a [u64],
    pub pool: &'a OpenerPool,
}

/// # Errors
/// A file that cannot be read or understood, or does not fit the detector.
pub fn place(checked: &Checked, around: &Surroundings, files: &NamedFiles) -> Result<Option<Placed>, Problem> {
    let Some(choice) = &checked.workflow.geometry else { return Ok(None) };
    let problem = |error: GeometryError| with_hint(checked.problem(&["geometry"], error.to_string()), error.hint());
    let told = |what: String, hint: &str| checked.problem(&["geometry"], what).hint(hint);
    let (path, mut geometry) = open(checked, choice, files)?;
    let overrides = choice.overrides();
    for at in geometry.paths_in_the_data(&overrides) {
        match constant(around, &at) {
            Ok(Some(number)) => geometry.supply(&at, number),
            // a file for other data: what it lacks then is told where it is needed
            Ok(None) => {}
            Err(why) => {
                let hint =
                    "state it in the workflow: `geometry: {file: ..., distance: \"0.2 m\", energy: \"9.3 keV\"}`";
                return Err(told(format!("the geometry takes a value from `{at}` in the data, {why}"), hint));
            }
        }
    }
    for name in geometry.mask_names() {
        let bits = mask_bits(&mask_path(&path, &name), &name, around.pool, files).map_err(|why| {
            told(
                format!("failed to read a mask that the geometry names: {why}"),
                "relative paths start at the folder of the geometry file",
            )
        })?;
        geometry.supply_mask(name, bits);
    }
    let limits = geometry.value_limits().map_err(problem)?;
    let layout = layout(around).map_err(problem)?;
    let map = geometry.pixel_map(&layout, &overrides).map_err(problem)?;
    Ok(Some(Placed { map, limits }))
}

/// What is wrong with the file alone, where there is no detector to lay it over.
pub fn unreadable(checked: &Checked, files: &NamedFiles) -> Option<Problem> {
    open(checked, checked.workflow.geometry.as_ref()?, files).err()
}

fn open(checked: &Checked, choice: &GeometryChoice, files: &NamedFiles) -> Result<(PathBuf, Geometry), Problem> {
    let path = resolve(checked, &["geometry"], choice.file());
    let bytes = files.read("geometry", &path, LONGEST).map_err(|error| {
        let what = format!("failed to read geometry file `{}`: {error}", path.display());
        with_hint(checked.problem(&["geometry"], what), error.hint())
    })?;
    let geometry = Geometry::parse(&bytes, &path);
    const FORMS: &str = "`geometry` takes a CrystFEL .geom or a pyFAI .poni file";
    let geometry = geometry
        .map_err(|error| with_hint(checked.problem(&["geometry"], error.to_string()), error.hint().or(Some(FORMS))))?;
    Ok((path, geometry))
}

fn with_hint(problem: Problem, hint: Option<&str>) -> Problem {
    match hint {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

fn mask_path(geometry: &Path, name: &MaskName) -> PathBuf {
    geometry.parent().unwrap_or(Path::new("")).join(&name.file)
}

/// The modules looked at, and those that exist beside them: not chosen, or missing from the run.
fn layout(around: &Surroundings) -> Result<ModuleLayout, GeometryError> {
    let detector = around.detector;
    let numbers: Vec<u16> = detector.modules.iter().map(|m| m.number).collect();
    let first = if detector.kind == DetectorKind::Jungfrau || detector.kind == DetectorKind::Camera { 1 } else { 0 };
    let whole = Detector::find(around.run, Some(&detector.name), None).ok();
    let of_run = whole.iter().flat_map(|whole| &whole.modules).map(|module| module.number);
    let absent = of_run
        .chain(detector.missing_modules())
        .chain(of_jungfrau(&detector.name))
        .filter(|number| !numbers.contains(number))
        .collect();
    Ok(ModuleLayout::new(numbers, first, detector.slow, detector.fast)?.with_absent(absent))
}

/// Modules that the name of a JUNGFRAU promises: half a megapixel each.
fn of_jungfrau(name: &str) -> std::ops::RangeInclusive<u16> {
    const SIZES: [(&str, u16); 4] = [("_JF500K", 1), ("_JF1M", 2), ("_JF4M", 8), ("_JF16M", 32)];
    let size = SIZES.iter().find(|(part, _)| name.contains(part)).map_or(0, |(_, size)| *size);
    1..=size
}

/// The number at a path of the files of the run, where it is the same for all trains. None: the run has no such place.
fn constant(around: &Surroundings, path: &str) -> Result<Option<f64>, String> {
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let (Some(section), Some(rest)) = (parts.next(), parts.next()) else { return Ok(None) };
    let source = around
        .run
        .sources
        .keys()
        .filter(|name| rest.strip_prefix(name.as_str()).is_some_and(|key| key.starts_with('/')));
    let Some(source) = source.max_by_key(|name| name.len()) else { return Ok(None) };
    let key = rest[source.len() + 1..].replace('/', ".");
    let cannot = |error: trainyard_format::Error| format!("which cannot be read: {error}");
    let numbers: Vec<f64> = match section {
        "RUN" => {
            let value = around.run.run_value(source, &key, around.pool).map_err(cannot)?;
            value.number().into_iter().collect()
        }
        "CONTROL" | "INSTRUMENT" => {
            around.run.values_of(source, &key, around.trains, around.pool).map_err(cannot)?.values
        }
        _ => return Ok(None),
    };
    let Some(first) = numbers.first().copied() else { return Err("where the selected trains have no number".into()) };
    match numbers.iter().find(|number| **number != first) {
        None if first.is_finite() => Ok(Some(first)),
        None => Err(format!("where {first} stands")),
        Some(other) => Err(format!("which is not the same for all trains: {first} and {other}")),
    }
}

fn mask_bits(path: &Path, name: &MaskName, pool: &OpenerPool, files: &NamedFiles) -> Result<MaskBits, String> {
    // its content is part of the plan
    files.read("geometry-mask", path, LONGEST_MASK).map_err(|error| format!("{}: {error}", path.display()))?;
    let found =
        pool.array(path, &[&name.data], LONGEST_MASK).map_err(|error| format!("{}: {error}", path.display()))?;
    let Some(array) = found.array else {
        let why = found.tried.into_iter().next().map(|(_, why)| why).unwrap_or_default();
        return Err(format!("{}: {why}", path.display()));
    };
    let bits =
        bits(&array).ok_or_else(|| format!("{}: `{}` holds no numbers, or too many", path.display(), name.data))?;
    let shape = array.shape.iter().map(|&length| length as usize).collect();
    Ok(MaskBits { shape, bits })
}

/// Numbers as bits: of negative ones those of 64-bit integers, of floats those of their whole part.
fn bits(array: &Array) -> Option<Vec<u64>> {
    macro_rules! of {
        ($type:ty, $convert:expr) => {{
            const N: usize = std::mem::size_of::<$type>();
            let number = |raw: &[u8]| raw.try_into().map(<$type>::from_le_bytes).ok();
            array.bytes.chunks_exact(N).map(|raw| number(raw).map($convert)).collect::<Option<Vec<u64>>>()?
        }};
    }
    let bits = match array.element {
        ElementType::U8 | ElementType::Bool => of!(u8, u64::from),
        ElementType::U16 => of!(u16, u64::from),
        ElementType::U32 => of!(u32, u64::from),
        ElementType::U64 => of!(u64, |v| v),
        ElementType::I8 => of!(i8, |v| v as u64),
        ElementType::I16 => of!(i16, |v| v as u64),
        ElementType::I32 => of!(i32, |v| v as u64),
        ElementType::I64 => of!(i64, |v| v as u64),
        ElementType::F32 => of!(f32, |v| v as i64 as u64),
        ElementType::F64 => of!(f64, |v| v as i64 as u64),
        _ => return None,
    };
    let wanted = array.shape.iter().try_fold(1u64, |n, length| n.checked_mul(*length))?;
    (wanted == bits.len() as u64).then_some(bits)
}
