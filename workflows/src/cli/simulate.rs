//! `trainyard simulate KIND`: a run with known truth.

use super::output::{print, print_json, table};
use super::{Exit, Failure};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;
use std::path::PathBuf;
use trainyard_codec::Codec;
use trainyard_format::words::{bytes, counted};
use trainyard_format::write::WrittenVersion;
use trainyard_simulate::{simulate, Detector, Kind, Lit, SimulationSpec, Truth, GEOMETRY_FILE, TRUTH_FILE};

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard simulate powder --output demo/r0001 --trains 10 --pulses 32
  trainyard simulate sfx --output demo/r0002 --detector jungfrau --hit-rate 0.1 --codec bitshuffle-lz4
  trainyard simulate powder --output demo/r0003 --raw --pulses 352 --lit-stride 8

The folder also gets `simulated.geom`, a CrystFEL geometry, and `simulation.json`: what is known of every frame.
Equal options give equal files.")]
pub struct SimulateOptions {
    /// what stands in the beam
    #[arg(value_name = "KIND", value_parser = kinds())]
    pub kind: Kind,
    /// run folder; it must be new or empty
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    #[arg(long, value_name = "NAME", default_value = "agipd", value_parser = detectors())]
    pub detector: Detector,
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub trains: u32,
    /// memory cells of a train, that is frames; 32, for JUNGFRAU 16, when left out
    #[arg(long, value_name = "N")]
    pub pulses: Option<u16>,
    /// decides every random number
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// data as recorded instead of corrected
    #[arg(long)]
    pub raw: bool,
    /// how pixels are compressed: `bitshuffle-lz4`, with a level `zstd:3`
    #[arg(long, value_name = "NAME", default_value = "none", value_parser = parse_codec)]
    pub codec: Codec,
    /// version of the file format: 1.2 or 1.3
    #[arg(long, value_name = "VERSION", default_value = "1.3", value_parser = parse_version)]
    pub format: WrittenVersion,
    /// module numbers, all when left out
    #[arg(long, value_name = "N,N,..", value_delimiter = ',')]
    pub modules: Option<Vec<u16>>,
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub trains_per_sequence: u32,
    /// X-rays in every N-th cell only, from cell 1; in all cells when left out
    #[arg(long, value_name = "N")]
    pub lit_stride: Option<u16>,
    /// at most N pulses a train
    #[arg(long, value_name = "N", requires = "lit_stride")]
    pub lit_pulses: Option<u16>,
    /// position of the first pulse in the bunch pattern table
    #[arg(long, value_name = "SLOT", requires = "lit_stride", default_value_t = 200)]
    pub first_pulse: u16,
    /// share of the lit frames that are hits (sfx, spi)
    #[arg(long, value_name = "SHARE", default_value_t = 0.3)]
    pub hit_rate: f64,
    /// factor on what the sample scatters
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub brightness: f64,
    /// relative standard deviation of the pulse energy; 0.15, for xpcs 0, when left out
    #[arg(long, value_name = "SHARE")]
    pub energy_spread: Option<f64>,
    /// xpcs: frames in which the correlation of the field falls to 1/e
    #[arg(long, value_name = "FRAMES", default_value_t = 10.0)]
    pub decay: f64,
    /// xpcs: modes; the contrast is 1/modes
    #[arg(long, value_name = "M", default_value_t = 1)]
    pub modes: u8,
    /// count photons and add readout noise: yes, but for corrected xpcs, when left out
    #[arg(long, value_name = "BOOL")]
    pub counting: Option<bool>,
    /// share of the pixels that are broken and masked
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    pub bad_pixels: f64,
    /// a module that lacks a train, by module number and position of the train; may be repeated
    #[arg(long, value_name = "MODULE:TRAIN", value_parser = parse_missing)]
    pub missing: Vec<(u16, u32)>,
    /// position of a train without pulses and frames; may be repeated
    #[arg(long, value_name = "TRAIN")]
    pub empty_train: Vec<u32>,
    #[arg(long, value_name = "ID", default_value_t = 10_001)]
    pub first_train: u64,
    #[arg(long, value_name = "N", default_value_t = 900_000)]
    pub proposal: u32,
    /// run number, as the file names show it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub run: u32,
    /// what was written as JSON
    #[arg(long)]
    pub json: bool,
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::name)).try_map(|name| name.parse::<Kind>())
}

fn detectors() -> impl TypedValueParser<Value = Detector> {
    PossibleValuesParser::new(Detector::ALL.map(Detector::name)).try_map(|name| name.parse::<Detector>())
}

/// `NAME` or `NAME:LEVEL`
fn parse_version(text: &str) -> Result<WrittenVersion, String> {
    [WrittenVersion::V1_2, WrittenVersion::V1_3]
        .into_iter()
        .find(|version| version.name() == text)
        .ok_or_else(|| format!("unknown format `{text}`: 1.2 and 1.3 can be written"))
}

fn parse_codec(text: &str) -> Result<Codec, String> {
    let value = match text.split_once(':') {
        Some((name, level)) => {
            let level: i64 = level.parse().map_err(|_| format!("`{level}` is no level"))?;
            json!({ name: { "level": level } })
        }
        None => json!(text),
    };
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// `MODULE:TRAIN`
fn parse_missing(text: &str) -> Result<(u16, u32), String> {
    let parts = text.split_once(':').and_then(|(module, train)| Some((module.parse().ok()?, train.parse().ok()?)));
    parts.ok_or_else(|| "expected MODULE:TRAIN, as in `5:0`".to_string())
}

impl SimulateOptions {
    /// The run that is asked for.
    pub fn specification(&self) -> SimulationSpec {
        let default = SimulationSpec::new(self.kind, self.detector);
        SimulationSpec {
            trains: self.trains,
            pulses: self.pulses.unwrap_or(default.pulses),
            seed: self.seed,
            corrected: !self.raw,
            codec: self.codec,
            version: self.format,
            modules: self.modules.clone(),
            trains_per_sequence: self.trains_per_sequence,
            lit: self.lit_stride.map(|stride| Lit {
                stride,
                first_pulse: self.first_pulse,
                pulses: self.lit_pulses,
                ..Lit::default()
            }),
            hit_rate: self.hit_rate,
            missing: self.missing.clone(),
            empty_trains: self.empty_train.clone(),
            first_train: self.first_train,
            proposal: self.proposal,
            run: self.run,
            brightness: self.brightness,
            energy_spread: self.energy_spread,
            decay: self.decay,
            modes: self.modes,
            counting: self.counting,
            bad_pixels: self.bad_pixels,
            ..default
        }
    }

    /// # Errors
    /// Options that make no sense, a folder that is not empty, a disk that fails.
    pub fn run(&self) -> Result<Exit, Failure> {
        let truth = simulate(&self.specification(), &self.output)?;
        let (files, size) = self.written();
        let lit = truth.frames.iter().filter(|frame| frame.lit).count();
        let hits = truth.frames.iter().filter(|frame| frame.hit == Some(true)).count();
        if self.json {
            print_json(&json!({
                "output": self.output,
                "detector": truth.detector_name,
                "modules": truth.sources.len(),
                "trains": truth.trains.len(),
                "frames": truth.frames.len(),
                "lit": lit,
                "hits": hits,
                "files": files,
                "bytes": size,
                "truth": self.output.join(TRUTH_FILE),
                "geometry": self.output.join(GEOMETRY_FILE),
            }))?;
        } else {
            print(&self.report(&truth, lit, hits, files, size))?;
        }
        Ok(Exit::Done)
    }

    /// Data files of the run, and their bytes.
    fn written(&self) -> (usize, u64) {
        let entries = std::fs::read_dir(&self.output).into_iter().flatten().flatten();
        let data = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "h5"));
        data.fold((0, 0), |(files, size), entry| (files + 1, size + entry.metadata().map_or(0, |data| data.len())))
    }

    fn report(&self, truth: &Truth, lit: usize, hits: usize, files: usize, size: u64) -> String {
        let hits = if self.kind.has_hits() { format!(", {hits} of them hits") } else { String::new() };
        let row = |name: &str, text: String| vec![name.to_string(), text];
        let rows = [
            row("run", format!("{}, {}, {}", self.output.display(), counted(files, "file"), bytes(size))),
            row("detector", format!("{}, {}", truth.detector_name, counted(truth.sources.len(), "module"))),
            row("trains", format!("{} from {}", truth.trains.len(), self.first_train)),
            row("frames", format!("{}, {lit} lit{hits}", truth.frames.len())),
            row("geometry", self.output.join(GEOMETRY_FILE).display().to_string()),
            row("truth", self.output.join(TRUTH_FILE).display().to_string()),
        ];
        table(&rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: SimulateOptions,
    }

    fn options(line: &str) -> Result<SimulateOptions, String> {
        let words = std::iter::once("simulate").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.options).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_of_the_command_line_are_those_of_the_specification() {
        for (kind, detector) in [(Kind::Sfx, Detector::Agipd), (Kind::Xpcs, Detector::Jungfrau)] {
            let line = format!("{} --output x --detector {}", kind.name(), detector.name());
            assert_eq!(options(&line).map(|options| options.specification()), Ok(SimulationSpec::new(kind, detector)));
        }
    }

    #[test]
    fn options_reach_the_specification() {
        let line = "spi --output x --raw --codec zstd:7 --modules 3,15 --missing 3:0 --missing 15:2 --lit-stride 4 --counting true";
        let spec = options(line).unwrap().specification();
        assert_eq!((spec.corrected, spec.codec, spec.counting), (false, Codec::Zstd { level: 7 }, Some(true)));
        assert_eq!((spec.modules, spec.missing), (Some(vec![3, 15]), vec![(3, 0), (15, 2)]));
        assert_eq!(spec.lit, Some(Lit { stride: 4, ..Lit::default() }));
    }

    #[test]
    fn mistakes_are_told() {
        let told = |line: &str, words: &str| {
            let text = options(line).expect_err(words);
            assert!(text.contains(words), "{text}");
        };
        told("powdr --output x", "a similar value exists: 'powder'");
        told("powder", "--output");
        told("powder --output x --codec zst", "unknown codec `zst`");
        told("powder --output x --codec zstd:99", "level 99");
        told("powder --output x --missing 5", "MODULE:TRAIN");
        told("powder --output x --lit-pulses 5", "--lit-stride");
    }
}
