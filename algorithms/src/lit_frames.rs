//! `lit-frames`: which frames saw X-ray pulses, from bunch pattern, XGM and detector timing; no pixel is read.
//! The rules stand in [`crate::lit_pattern`].

use crate::lit_pattern::{
    Alignment, Fpga, FpgaValues, Instrument, LitFrameFinder, LitPattern, RepetitionRate, Xgm, CELLS, SLOTS,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{
    Algorithm, ColumnDecl, Context, MetadataInput, MetadataStep, OutputDecl, Problem, RowSink, Rows, RunValues, Step,
    TrainRows,
};
use trainyard_format::map::ElementType;
use trainyard_format::run::{KeyValues, Run};
use trainyard_format::{Error, Place, Result};

pub struct LitFrames;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Select {
    /// a frame is lit when its memory cell saw a pulse
    #[default]
    Cell,
}

/// Parameters of `lit-frames`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// SPB, FXE, SQS, SCS, MID or HED; `auto` takes it from the detector's name
    pub instrument: String,
    /// source of the bunch pattern table; the run's only one when left out
    pub bunch_pattern: Option<String>,
    /// source of the pulse energies; the instrument's XGM when left out
    pub xgm: Option<String>,
    /// source of the detector's timing; the run's only `FPGA_COMP` when left out
    pub fpga: Option<String>,
    /// cell that the first pulse falls into
    pub reference_frame: i16,
    /// what is lit together
    pub select: Select,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            instrument: "auto".into(),
            bunch_pattern: None,
            xgm: None,
            fpga: None,
            reference_frame: 1,
            select: Select::Cell,
        }
    }
}

/// A source and the key in it.
type KeyOf = (String, String);

struct LitFramesStep {
    finder: LitFrameFinder,
    pattern: Option<KeyOf>,
    intensity: Option<KeyOf>,
    sigma: Option<KeyOf>,
    parameters: RunValues,
}

impl LitFramesStep {
    fn values(&self, key: &Option<KeyOf>, input: &MetadataInput<'_>) -> Result<Option<KeyValues>> {
        let Some((source, key)) = key else { return Ok(None) };
        input.run.values_of(source, key, &input.frames.trains, input.pool).map(Some)
    }
}

impl MetadataStep for LitFramesStep {
    fn compute(&self, input: &MetadataInput<'_>, columns: &mut [Vec<f64>], trains: &mut TrainRows) -> Result<()> {
        let tables = self.values(&self.pattern, input)?;
        let intensities = self.values(&self.intensity, input)?;
        let sigmas = self.values(&self.sigma, input)?;
        let outputs = outputs();
        for (t, &train) in input.frames.trains.iter().enumerate() {
            let table: Option<Vec<u32>> =
                tables.as_ref().and_then(|v| v.of_train(train)).map(|v| v.iter().map(|&n| n as u32).collect());
            if self.pattern.is_some() && table.is_none() {
                // nothing is known of this train: its frames have no value
                continue;
            }
            let narrow = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
            let intensity = intensities.as_ref().and_then(|v| v.of_train(train)).map(narrow);
            let sigma = sigmas.as_ref().and_then(|v| v.of_train(train)).map(narrow);
            let sigma = sigma.or_else(|| intensity.as_ref().map(|i| vec![0.0; i.len()]));
            let xgm = match (&intensity, &sigma) {
                (Some(intensity), Some(sigma)) => Some(Xgm { intensity, sigma }),
                _ => None,
            };
            let found = self.finder.train(table.as_deref(), xgm).map_err(|e| {
                let source = self.pattern.as_ref().map(|p| p.0.clone()).unwrap_or_default();
                Error::input(e.to_string(), Place::default().source(source).train(train))
            })?;
            let frames = input.frames.starts[t]..input.frames.starts[t + 1];
            let cells = &input.frames.cell_id[frames.clone()];
            let energies = found.energy_for_cells(cells);
            let lit = found.data_for_cells(cells);
            for ((frame, lit), energy) in frames.zip(lit).zip(energies) {
                columns[0][frame] = f64::from(u8::from(lit));
                columns[1][frame] = f64::from(energy);
            }
            let mut bytes = Vec::new();
            let mut row = RowSink::new(&outputs, &mut bytes);
            put(&found, &mut row);
            row.end()?;
            trains.rows[t] = Some(bytes);
        }
        Ok(())
    }

    fn run_values(&self, values: &mut RunValues) -> Result<()> {
        values.values.extend(self.parameters.values.iter().cloned());
        Ok(())
    }
}

fn put(found: &LitPattern, row: &mut RowSink<'_>) {
    let padded = found.padded();
    row.u8(&padded.data_frame_pattern);
    row.u16(&padded.detector_pulse_id);
    row.f32(&padded.energy_per_frame);
    row.f32(&padded.energy_sigma);
    row.u16(&padded.master_pulse_id);
    row.u16(&[found.n_frame()]);
    row.u16(&padded.n_pulse_per_frame);
    row.u16(&padded.xgm_pulse_id);
    row.u16(&padded.lit_frames);
    row.u16(&padded.data_frames);
    row.u16(&[found.n_lit_frame()]);
    row.u16(&[found.n_data_frame()]);
    row.u16(&[found.n_pulse]);
}

/// The datasets of LITFRM; arrays are padded with zeros behind their valid length.
fn outputs() -> Vec<OutputDecl> {
    let output = |key: &str, element, length: usize, unit: &str, description: &str| OutputDecl {
        key: key.into(),
        element,
        shape: if length == 1 { Vec::new() } else { vec![length as u64] },
        unit: unit.into(),
        description: description.into(),
    };
    use ElementType::{F32, U16, U8};
    vec![
        output("dataFramePattern", U8, CELLS, "", "1 where the cell's frame is to be kept"),
        output("detectorPulseId", U16, CELLS, "", "slot of the bunch table in which each cell begins"),
        output("energyPerFrame", F32, CELLS, "uJ", "pulse energy that each cell saw"),
        output("energySigma", F32, CELLS, "uJ", "its deviation"),
        output("masterPulseId", U16, SLOTS, "", "slots of the exposed pulses"),
        output("nFrame", U16, 1, "", "cells recorded"),
        output("nPulsePerFrame", U16, CELLS, "", "pulses that each cell saw"),
        output("xgmPulseId", U16, SLOTS, "", "positions of the exposed pulses in the XGM's arrays"),
        output("litFrames", U16, CELLS, "", "cells that saw a pulse"),
        output("dataFrames", U16, CELLS, "", "cells to be kept"),
        output("nLitFrame", U16, 1, "", "valid entries of litFrames"),
        output("nDataFrame", U16, 1, "", "valid entries of dataFrames"),
        output("nPulse", U16, 1, "", "pulses of the train that reach the instrument"),
    ]
}

impl Algorithm for LitFrames {
    const NAME: &'static str = "lit-frames";
    const SUMMARY: &'static str = "finds the frames that saw X-rays, from bunch pattern, XGM and detector timing";
    const DETAILS: &'static str = "\
Columns `lit` (1 where the frame is to be kept: its cell saw a pulse, or the run is not an X-ray run) and `energy` (uJ that
the cell saw). No pixel is read, so `keep: lit` directly behind it spares reading dark frames. By train, under LITFRM:
`dataFramePattern`, `litFrames`, `nPulsePerFrame`, `energyPerFrame` and the others that the facility's own LITFRM writes.
Frames of a train without bunch pattern have no value.";
    const EXAMPLE: &'static str = "\
- lit-frames: {reference-frame: 1}
- keep: lit
- write-frames: {}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let mut problems = Vec::new();
        let run = &*context.run;
        let instrument = match config.instrument.as_str() {
            "auto" => Instrument::of_source(&context.detector.name),
            name => name.parse(),
        };
        let instrument = instrument.map_err(|e| problems.push(Problem::new(&["instrument"], e.to_string()))).ok();
        let mut find =
            |name: &str, wanted: &Option<String>, keys: &[&str], prefer: &dyn Fn(&str) -> bool| match find_key(
                run,
                wanted.as_deref(),
                keys,
                prefer,
            ) {
                Ok(found) => found,
                Err(problem) => {
                    problems.push(Problem { path: vec![name.into()], ..problem });
                    None
                }
            };
        let pattern_keys = ["data.bunchPatternTable", "bunchPatternTable.value"];
        let pattern = find("bunch-pattern", &config.bunch_pattern, &pattern_keys, &|_| true);
        let hall = context.detector.name.split('_').next().unwrap_or_default().to_string();
        let intensity = find("xgm", &config.xgm, &["data.intensityTD"], &|s| s.starts_with(&hall));
        let sigma = intensity
            .as_ref()
            .and_then(|(source, _)| find_key(run, Some(source), &["data.intensitySigmaTD"], &|_| true).ok().flatten());
        let fpga = fpga(&config, context).map_err(|p| problems.push(p)).ok();
        let alignment = Alignment::FirstPulse { reference_frame: config.reference_frame };
        let (Some(instrument), Some(fpga), true) = (instrument, fpga, problems.is_empty()) else {
            return Err(problems);
        };
        let finder =
            LitFrameFinder::new(instrument, fpga, &alignment).map_err(|e| vec![Problem::new(&[], e.to_string())])?;
        let mut parameters = RunValues::default();
        let text = |key: &Option<KeyOf>| key.as_ref().map(|k| k.0.clone()).unwrap_or_default();
        parameters.text("bunchPatternSource", text(&pattern));
        parameters.text("xgmSource", text(&intensity));
        parameters.text("alignment", "by first pulse");
        let step = LitFramesStep { finder, pattern, intensity, sigma, parameters };
        let columns = [ColumnDecl::boolean("lit"), ColumnDecl::number("energy", "uJ")];
        Ok(vec![Step::metadata("LITFRM", step).making(columns).with_rows(Rows::ByTrain(outputs()))])
    }
}

/// The source named, or the one source of the run that has one of `keys`; `None` when no source has.
fn find_key(
    run: &Run,
    wanted: Option<&str>,
    keys: &[&str],
    prefer: &dyn Fn(&str) -> bool,
) -> std::result::Result<Option<KeyOf>, Problem> {
    let has = |source: &str| {
        let entry = run.sources.get(source).filter(|e| e.legacy.is_none())?;
        let maps = entry.files.iter().filter_map(|(f, s)| run.files.get(*f)?.sources.get(*s));
        let groups: Vec<_> = maps.flat_map(|m| &m.groups).collect();
        keys.iter().find(|k| groups.iter().any(|g| g.dataset(k).is_some())).map(|k| (source.to_string(), k.to_string()))
    };
    if let Some(source) = wanted {
        let known = run
            .source(source)
            .map_err(|e| Problem { hint: e.hint().map(String::from), ..Problem::new(&[], e.to_string()) });
        known?;
        return has(source)
            .map(Some)
            .ok_or_else(|| Problem::new(&[], format!("source `{source}` has no key `{}`", keys[0])));
    }
    let mut found: Vec<KeyOf> = run.sources.keys().filter_map(|s| has(s)).collect();
    if found.len() > 1 && found.iter().any(|f| prefer(&f.0)) {
        found.retain(|f| prefer(&f.0));
    }
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => {
            let names: Vec<&str> = found.iter().map(|f| f.0.as_str()).collect();
            Err(Problem::new(&[], format!("several sources have `{}`", keys[0]))
                .with_hint(format!("name one of {}", names.join(", "))))
        }
    }
}

/// The detector's timing, from RUN values of its FPGA composite.
fn fpga(config: &Config, context: &Context) -> std::result::Result<Fpga, Problem> {
    let run = &*context.run;
    let problem = |what: String| Problem::new(&["fpga"], what);
    let source = match &config.fpga {
        Some(source) => {
            run.source(source)
                .map_err(|e| Problem { hint: e.hint().map(String::from), ..Problem::new(&["fpga"], e.to_string()) })?;
            source.clone()
        }
        None => {
            let mut found = run.sources.keys().filter(|s| s.contains("FPGA_COMP"));
            let first = found.next().ok_or_else(|| {
                problem("the run has no source of the detector's timing (`FPGA_COMP`)".into())
                    .with_hint("give `run` the raw folder too, or name the source with `fpga`")
            })?;
            if found.next().is_some() {
                return Err(
                    problem("several sources look like the detector's timing".into()).with_hint("name one with `fpga`")
                );
            }
            first.clone()
        }
    };
    let value = |key: &str| run.run_value(&source, key, &context.pool).map_err(|e| problem(e.to_string()));
    let number = |key: &str| -> std::result::Result<f64, Problem> {
        value(key)?.number().ok_or_else(|| problem(format!("`{key}` of `{source}` is not a number")))
    };
    let text = |key: &str| -> std::result::Result<String, Problem> {
        let found = value(key)?;
        found.text().map(String::from).ok_or_else(|| problem(format!("`{key}` of `{source}` is not a text")))
    };
    let class_id = text("classId")?;
    let second = class_id == "Agipd2Composite";
    let rate = value("bunchStructure.repetitionRate")?;
    let rate = match (rate.number(), rate.text()) {
        (Some(rate), _) => RepetitionRate::from_megahertz(rate),
        (None, Some(text)) => RepetitionRate::from_text(text),
        (None, None) => return Err(problem("the repetition rate is neither number nor text".into())),
    };
    let pattern_type = text(if second { "expType" } else { "patternType" })?;
    let values = FpgaValues {
        class_id: &class_id,
        pulses: number("bunchStructure.nPulses")? as i64,
        repetition_rate: rate.map_err(|e| problem(e.to_string()))?,
        first_pulse: if second { 0 } else { number("bunchStructure.firstPulse")? as i64 },
        integration_time: number("integrationTime")?,
        pattern_type: &pattern_type,
    };
    Fpga::new(&values).map_err(|e| problem(e.to_string()))
}
