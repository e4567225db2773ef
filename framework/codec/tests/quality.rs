//! Measures and rounding against scikit-image and EXtra-redu.
//!
//! Runs where `TRAINYARD_PYTHON` names an interpreter that has both.

use std::fs;
use std::path::Path;
use std::process::Command;

use trainyard_codec::quality::{ErrorSums, Similarity};
use trainyard_codec::rounding::round_to_bits;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn python(script: &str, folder: &Path) -> Result<Option<String>> {
    let Some(interpreter) = std::env::var_os("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return Ok(None);
    };
    let output = Command::new(interpreter).arg("-c").arg(script).arg(folder).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(Some(String::from_utf8(output.stdout)?))
}

fn pixels(path: &Path) -> Result<Vec<f32>> {
    let bytes = fs::read(path)?;
    Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

/// Frames of several shapes, each with an image; prints `width max mse psnr ssim` of each.
const MEASURES: &str = r#"
import sys, numpy as np
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity
rng = np.random.default_rng(5)
for at, (shape, mean) in enumerate([((1024, 1024), 300), ((512, 128), 0.4), ((7, 7), 9), ((8, 33), 5000), ((130, 7), 80)]):
    x = (rng.poisson(mean, shape) * 8 + rng.normal(0, 1, shape)).astype("f4")
    x[:2, ::3] *= -3
    y = (np.rint(x / 4) * 4).astype("f4") if at % 2 == 0 else (x + rng.normal(0, 20, shape)).astype("f4")
    x.tofile(f"{sys.argv[1]}/{at}.x")
    y.tofile(f"{sys.argv[1]}/{at}.y")
    x, y = x.astype("f8"), y.astype("f8")
    r = float(x.max() - x.min())
    numbers = [np.abs(x - y).max(), mean_squared_error(x, y), peak_signal_noise_ratio(x, y, data_range=r),
               structural_similarity(x, y, data_range=r)]
    print(shape[1], *map(repr, map(float, numbers)))
"#;

#[test]
fn measures_are_those_of_scikit_image() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(text) = python(MEASURES, folder.path())? else { return Ok(()) };
    for (at, line) in text.lines().enumerate() {
        let numbers = line.split(' ').map(str::parse).collect::<std::result::Result<Vec<f64>, _>>()?;
        let [width, max, mse, psnr, ssim] = numbers[..] else { return Err(line.into()) };
        let (x, y) = (pixels(&folder.path().join(format!("{at}.x")))?, pixels(&folder.path().join(format!("{at}.y")))?);
        let errors = ErrorSums::of(&x, &y);
        let range = errors.range().ok_or("no pixels")?;
        let mut similarity = Similarity::new(range).ok_or("no range")?;
        let found = similarity.frame(&x, &y, width as usize).mean().ok_or("no window")?;
        let near = |what: &str, found: f64, expected: f64| {
            assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{at} {what}: {found} {expected}");
        };
        assert_eq!(errors.max_error, max);
        near("mse", errors.mean_squared().ok_or("no pixels")?, mse);
        near("psnr", errors.psnr(range).ok_or("no range")?, psnr);
        near("ssim", found, ssim);
    }
    assert_eq!(text.lines().count(), 5);
    Ok(())
}

/// Values of all magnitudes, and what EXtra-redu makes of them for several settings.
const ROUNDED: &str = r#"
import sys, numpy as np
from extra_redu.lossy.rounding import errb_round
rng = np.random.default_rng(6)
x = np.concatenate([rng.normal(0, 1, 20000), rng.normal(0, 1e4, 20000), np.arange(-4000, 4000) / 16,
                    rng.lognormal(0, 20, 20000), -rng.lognormal(0, 20, 20000)]).astype("f4")
x = x[np.abs(x) < 1e38]
x.tofile(f"{sys.argv[1]}/x")
for bits, power in [(23, 0), (23, 3), (23, -2), (5, -149), (10, -20), (3, 1), (1, -3), (23, -149)]:
    errb_round(x, bits, power).tofile(f"{sys.argv[1]}/{bits} {power}")
    print(bits, power)
"#;

#[test]
fn rounding_is_that_of_extra_redu() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let Some(text) = python(ROUNDED, folder.path())? else { return Ok(()) };
    let x = pixels(&folder.path().join("x"))?;
    for line in text.lines() {
        let (bits, power) = line.split_once(' ').ok_or("two numbers")?;
        let mut found = x.clone();
        round_to_bits(&mut found, bits.parse()?, power.parse()?);
        let expected = pixels(&folder.path().join(line))?;
        assert_eq!(found.len(), expected.len());
        // Below 2^(power - 9) EXtra-redu shifts by more bits than a word has, and keeps most values
        // as they are; below the normal numbers it reads the exponent one off. Ours are 0 and right.
        let smallest = 2f32.powi(power.parse::<i32>()? - 8).max(f32::MIN_POSITIVE);
        let differ = (0..x.len())
            .filter(|&i| x[i].abs() >= smallest && found[i] != expected[i])
            .map(|i| (x[i], found[i], expected[i]));
        let differ: Vec<_> = differ.collect();
        assert!(differ.is_empty(), "{line}: {} of {}, {:?}", differ.len(), x.len(), &differ[..differ.len().min(5)]);
    }
    assert_eq!(text.lines().count(), 8);
    Ok(())
}
