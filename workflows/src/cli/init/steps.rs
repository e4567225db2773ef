//! Steps for each technique, the better ones first: where a run lacks what they need, the next are tried.

use super::found::Found;
use super::technique::Technique;
use crate::cli::{Exit, Failure};

/// AGIPD's inner modules, where particles scatter most.
const INNER: [u16; 4] = [3, 4, 8, 15];
/// Rings in mm that most detectors cover; the first set of which every ring has pixels is taken.
const RINGS: [&str; 3] =
    ["[[20, 30], [30, 40], [40, 50], [50, 60]]", "[[5, 10], [10, 15], [15, 20]]", "[[1, 2], [2, 4]]"];
/// What `correlate-times` takes when nothing is said.
const BUFFERS: u64 = 8;
const LEVELS: u32 = 7;

const LIT: &str = "\
  # which frames saw X-rays, by bunch pattern, pulse energy and detector timing; the others are not even read
  - lit-frames: {}
  - keep: lit
";

/// Lists of steps as they stand in a workflow.
///
/// # Errors
/// Something that only the user has and no workflow can do without.
pub fn variants(technique: Technique, found: &Found) -> Result<Vec<String>, Failure> {
    Ok(match technique {
        Technique::Powder => with_and_without_lit(powder(found)?),
        Technique::Sfx => with_and_without_lit(vec![sfx()]),
        Technique::Spi => with_and_without_lit(vec![spi(found)]),
        Technique::Xpcs => with_and_without_lit(xpcs(found)),
        Technique::DarkDeletion => {
            vec![format!("{LIT}  # `same` copies what is stored as it is\n  - write-frames: {{codec: same}}\n")]
        }
        Technique::Compress => vec![compress()],
    })
}

fn with_and_without_lit(all: Vec<String>) -> Vec<String> {
    let lit = all.iter().map(|steps| format!("{LIT}{steps}"));
    let commented = "  # the run lacks what tells lit from dark frames: every frame counts\n  # - lit-frames: {}\n  # - keep: lit\n";
    let dark = all.iter().map(|steps| format!("{commented}{steps}"));
    lit.chain(dark).collect()
}

fn powder(found: &Found) -> Result<Vec<String>, Failure> {
    if found.geometry.is_none() {
        let hint = "give a CrystFEL .geom or pyFAI .poni file: --geometry FILE";
        return Err(Failure::new(
            Exit::Workflow,
            "I(q) needs the geometry of the detector, which is not known",
            Some(hint),
        ));
    }
    let rest = "\
  # per: frame | train | run; splitting: no | bbox; error-model and polarisation: `trainyard algorithms integrate-azimuthally`
";
    let of = |unit: &str, why: &str| {
        format!("{rest}{why}  - integrate-azimuthally: {{unit: {unit}, bins: 500, per: train}}\n  # - write-frames: {{codec: bitshuffle-lz4}}   # the frames themselves too\n")
    };
    let why = "  # the geometry states no photon energy: radius in mm; `geometry: {file: FILE, energy: \"9.3 keV\"}` allows q_nm^-1\n";
    Ok(vec![of("q_nm^-1", ""), of("r_mm", why)])
}

fn sfx() -> String {
    "\
  # pixels above `threshold` (in the detector's unit) that touch; try it on some trains and look at peaks per frame
  - find-peaks: {method: connected, threshold: 8, min-pixels: 2, max-pixels: 50}
  # a hit has at least so many peaks
  - keep: peaks.count >= 15
  - write-frames: {codec: bitshuffle-lz4}
"
    .into()
}

fn spi(found: &Found) -> String {
    let present = found.modules();
    let inner = found.detector().kind == "AGIPD" && INNER.iter().all(|number| present.contains(number));
    let (modules, why) = match inner {
        true => (INNER.to_vec(), "the inner modules"),
        false => (present, "all modules; the inner ones alone see particles best"),
    };
    let modules: Vec<String> = modules.iter().map(u16::to_string).collect();
    format!(
        "\
  # pixels above `threshold` (photons) are lit; the score counts them in {why}
  # lower-quartile keeps the threshold right where many frames are hits
  - find-hits: {{method: lit-pixels, threshold: 0.7, modules: [{}], mode: adaptive, snr: 4, lower-quartile: true}}
  - keep: hit
  - write-frames: {{codec: bitshuffle-lz4}}
",
        modules.join(", ")
    )
}

fn xpcs(found: &Found) -> Vec<String> {
    // levels whose lags are longer than a train would have no pair
    let frames = found.frames_of_a_train();
    let levels = (1..=LEVELS).rev().find(|level| BUFFERS << (level - 1) <= frames).unwrap_or(1);
    let of = |rings: &str| {
        format!("  - correlate-times: {{method: multi-tau, buffers: {BUFFERS}, levels: {levels}{rings}, normalisation: roi}}\n")
    };
    let about = format!("  # a train has {frames} frames: lags count kept frames\n");
    let rings = RINGS.iter().filter(|_| found.geometry.is_some());
    let with = rings.map(|rings| {
        format!("{about}  # rings: two radii in mm each; set those of your q\n{}", of(&format!(", rings: {rings}")))
    });
    let without = format!("{about}  # rings need a geometry; without them g2 is that of the whole detector: rings: [[20, 30], [30, 40]]\n{}", of(""));
    with.chain([without]).collect()
}

fn compress() -> String {
    "\
  # without loss: bitshuffle-lz4 (fast), bitshuffle-zstd and zstd (smaller), deflate (read everywhere without a plug-in)
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}
"
    .into()
}
