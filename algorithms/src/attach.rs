//! `attach`: a value of another source as a column: a motor, a delay, the energy of each pulse. No pixel is read.

use crate::lit_pattern::{Instrument, Sase};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use trainyard_engine::algorithm::{
    Algorithm, ColumnDecl, Context, MetadataInput, MetadataStep, Problem, Step, TrainRows,
};
use trainyard_format::detector::{DetectorKind, FrameTable};
use trainyard_format::map::{AttributeValue, DatasetMap};
use trainyard_format::run::{KeyValues, Run};
use trainyard_format::{Error, Place, Result};

pub struct Attach;

/// Columns by name.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(extend("minProperties" = 1))]
pub struct Config(pub BTreeMap<String, Column>);

/// Where a column comes from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Column {
    /// source in the run: `SA1_XTD2_XGM/XGM/DOOCS:output`
    pub source: String,
    /// key of the source: `data.intensityTD`, `actualPosition.value`
    pub key: String,
    /// one value for all frames of a train, or one for each pulse
    #[serde(default)]
    pub by: By,
    /// symbol of the unit; what the key states when left out
    pub unit: Option<String>,
    /// which element of an array, from 0, for `by: train`
    pub element: Option<usize>,
    /// which element of a train's array belongs to a frame, for `by: pulse`
    #[serde(default)]
    pub index: Numbering,
    /// source of the bunch pattern table, for `pulse-index`; the run's only one when left out
    pub bunch_pattern: Option<String>,
    /// memory cell into which the first pulse of a train falls, for `pulse-index`
    #[serde(default = "one")]
    pub reference_frame: u16,
}

fn one() -> u16 {
    1
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    #[default]
    Train,
    Pulse,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Numbering {
    /// `pulse-id` where the source states pulse ids, `pulse-index` otherwise
    #[default]
    Auto,
    /// element j is of the j-th bunch that passes the instrument's beam line, as XGMs have it
    PulseIndex,
    /// the row with the frame's pulse id, or the element of that number
    PulseId,
}

/// A column that is configured.
struct Attached {
    source: String,
    key: String,
    element: usize,
    way: Way,
}

enum Way {
    Train,
    /// key with the pulse ids of the rows; `None`: elements are numbered by pulse id
    PulseId(Option<String>),
    PulseIndexed {
        sase: Sase,
        pattern: (String, String),
        reference_frame: u16,
    },
}

/// What an XGM's array holds behind the pulses.
const FILLER: f64 = 1.0;

impl Attached {
    fn values(&self, input: &MetadataInput<'_>, column: &mut [f64]) -> Result<()> {
        let of_key = |source: &str, key: &str| input.run.values_of(source, key, &input.frames.trains, input.pool);
        let values = of_key(&self.source, &self.key)?;
        match &self.way {
            Way::Train => self.by_train(&values, input.frames, column),
            Way::PulseId(ids) => {
                let ids = ids.as_ref().map(|key| of_key(&self.source, key)).transpose()?;
                each_train(input.frames, |train, frames| {
                    let Some(own) = values.of_train(train) else { return Ok(()) };
                    let ids = ids.as_ref().map(|ids| ids.of_train(train).unwrap_or_default());
                    if let Some(ids) = ids.filter(|ids| ids.len() != own.len()) {
                        let what = format!("{} values for {} pulse ids", own.len(), ids.len());
                        return Err(self.wrong(train, what));
                    }
                    for frame in frames {
                        let pulse = input.frames.pulse_id[frame];
                        let at = match ids {
                            Some(ids) => ids.iter().position(|id| *id == pulse as f64),
                            None => usize::try_from(pulse).ok(),
                        };
                        column[frame] = at.and_then(|at| own.get(at).copied()).unwrap_or(f64::NAN);
                    }
                    Ok(())
                })
            }
            Way::PulseIndexed { sase, pattern: (source, key), reference_frame } => {
                let tables = of_key(source, key)?;
                each_train(input.frames, |train, frames| {
                    let (Some(own), Some(table)) = (values.of_train(train), tables.of_train(train)) else {
                        return Ok(());
                    };
                    let table: Vec<u32> = table.iter().map(|&slot| slot as u32).collect();
                    let elements = elements(*sase, &table);
                    let line = Line::of(input.frames, frames.clone(), *reference_frame);
                    for frame in frames {
                        let place = line.place(input.frames.pulse_id[frame]);
                        let element = place.and_then(|place| elements.of(place));
                        column[frame] = element.and_then(|at| own.get(at).copied()).unwrap_or(f64::NAN);
                    }
                    Ok(())
                })
            }
        }?;
        if self.key.ends_with("TD") {
            column.iter_mut().filter(|value| **value == FILLER).for_each(|value| *value = f64::NAN);
        }
        Ok(())
    }

    fn by_train(&self, values: &KeyValues, frames: &FrameTable, column: &mut [f64]) -> Result<()> {
        let row: usize = values.row_shape.iter().product::<u64>() as usize;
        each_train(frames, |train, frames| {
            let Some(own) = values.of_train(train) else { return Ok(()) };
            if own.len() > row.max(1) {
                return Err(self
                    .wrong(train, format!("{} rows in a train, where one is wanted", own.len() / row.max(1)))
                    .with_hint("attach it `by: pulse`"));
            }
            column[frames].fill(own.get(self.element).copied().unwrap_or(f64::NAN));
            Ok(())
        })
    }

    fn wrong(&self, train: u64, what: String) -> Error {
        Error::input(what, Place::default().source(format!("{}/{}", self.source, self.key)).train(train))
    }
}

fn each_train(frames: &FrameTable, mut work: impl FnMut(u64, Range<usize>) -> Result<()>) -> Result<()> {
    frames.trains.iter().enumerate().try_for_each(|(t, &train)| work(train, frames.starts[t]..frames.starts[t + 1]))
}

/// Elements of an XGM's array by slot behind the instrument's first pulse.
struct Elements {
    first: usize,
    /// by slot of the table
    of_slot: Vec<Option<usize>>,
}

impl Elements {
    fn of(&self, place: u64) -> Option<usize> {
        *self.of_slot.get(self.first.checked_add(usize::try_from(place).ok()?)?)?
    }
}

fn elements(sase: Sase, table: &[u32]) -> Elements {
    let mut passed = 0;
    let of_slot = table.iter().map(|&slot| {
        let element = passed;
        passed += usize::from(sase.is_at_xgm(slot));
        sase.is_pulse(slot).then_some(element)
    });
    let of_slot: Vec<Option<usize>> = of_slot.collect();
    let first = of_slot.iter().position(Option::is_some).unwrap_or(table.len());
    Elements { first, of_slot }
}

/// Slots of the bunch pattern by pulse id: the detector's pulse ids count them, and the first pulse of the train has that of
/// the reference cell.
struct Line {
    first_pulse: Option<u64>,
}

impl Line {
    fn of(frames: &FrameTable, own: Range<usize>, reference: u16) -> Self {
        let id_and_cell = |frame: usize| (frames.pulse_id[frame], u64::from(frames.cell_id[frame]));
        let mut all = own.map(id_and_cell);
        let reference = u64::from(reference);
        let Some((id, cell)) = all.next() else { return Line { first_pulse: None } };
        let first_pulse = match all.find(|(_, other)| *other != cell) {
            // pulse ids grow evenly with the cell
            Some((other_id, other_cell)) => {
                let stride = (other_id as i64 - id as i64) / (other_cell as i64 - cell as i64);
                u64::try_from(id as i64 + (reference as i64 - cell as i64) * stride).ok()
            }
            None => (cell == reference).then_some(id),
        };
        Line { first_pulse }
    }

    fn place(&self, pulse: u64) -> Option<u64> {
        pulse.checked_sub(self.first_pulse?)
    }
}

struct AttachStep(Vec<Attached>);

impl MetadataStep for AttachStep {
    fn compute(&self, input: &MetadataInput<'_>, columns: &mut [Vec<f64>], _: &mut TrainRows) -> Result<()> {
        self.0.iter().zip(columns).try_for_each(|(attached, column)| attached.values(input, column))
    }
}

impl Algorithm for Attach {
    const NAME: &'static str = "attach";
    const SUMMARY: &'static str = "values of other sources as columns: motors, delays, energies of pulses";
    const DETAILS: &'static str = "\
`attach: {NAME: {source, key}}` makes the column NAME, for `keep`, `normalise-by` and `group-by`. `by: train`: the value of the
train, for all of its frames; of an array the `element`. `by: pulse`: `pulse-id` takes the row whose pulse id (the key
`pulseId` beside the key) is the frame's, or the element of that number; `pulse-index` takes element j for the j-th bunch that
passes the instrument's beam line, as XGM arrays (`data.intensityTD`) have it: bunch pattern table, destination bits 18-21; the
first pulse of the train falls into the cell `reference-frame`, as with `lit-frames`, and a frame without a pulse has no
value. In keys that end in TD the value 1.0 is filler and no value. A train without a row has no value. No pixel is read.";
    const EXAMPLE: &'static str = "\
- attach: {pulseEnergy: {source: 'SPB_XTD9_XGM/XGM/DOOCS:output', key: data.intensityTD, by: pulse, unit: uJ}}
- keep: pulseEnergy > \"100 uJ\"
- write-frames: {}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let (mut columns, mut attached, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for (name, column) in config.0 {
            let identifier = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(identifier) {
                let what = format!("`{name}` is no name of a column");
                problems.push(Problem::new(&[&name], what).with_hint("letters, digits and _, a letter first"));
            }
            match configured(&name, column, context) {
                Ok((decl, column)) => {
                    columns.push(decl);
                    attached.push(column);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(vec![Step::metadata("ATTACH", AttachStep(attached)).making(columns)])
    }
}

/// One column of what `source` tells by pulse, where it does, else by train; for steps that are given `SOURCE KEY`.
///
/// # Errors
/// What is wrong with source or key.
pub(crate) fn attach_as(name: &str, source: &str, key: &str, context: &Context) -> std::result::Result<Step, Problem> {
    let group = key.split('.').next().unwrap_or_default();
    let has_ids = context.run.key(source, &format!("{group}.pulseId")).is_ok();
    let parts = context.run.key(source, key).unwrap_or_default();
    let several = parts.first().is_some_and(|part| part.dataset.row_shape().iter().product::<u64>() > 1);
    let by = if has_ids || several { By::Pulse } else { By::Train };
    let column = Column {
        source: source.into(),
        key: key.into(),
        by,
        unit: None,
        element: None,
        index: Numbering::Auto,
        bunch_pattern: None,
        reference_frame: one(),
    };
    let (decl, attached) = configured(name, column, context)?;
    Ok(Step::metadata("ATTACH", AttachStep(vec![attached])).making([decl]))
}

fn configured(name: &str, column: Column, context: &Context) -> std::result::Result<(ColumnDecl, Attached), Problem> {
    let run = &*context.run;
    let at = |key: &str, e: &Error| Problem {
        hint: e.hint().map(String::from),
        ..Problem::new(&[name, key], e.to_string())
    };
    run.source(&column.source).map_err(|e| at("source", &e))?;
    let parts = run.key(&column.source, &column.key).map_err(|e| at("key", &e))?;
    let Some(dataset) = parts.first().map(|part| part.dataset) else {
        return Err(Problem::new(&[name, "key"], "no file has the key"));
    };
    let elements: u64 = dataset.row_shape().iter().product();
    let unit = column.unit.unwrap_or_else(|| stated_unit(dataset));
    let decl = ColumnDecl::number(name, &unit);
    let whole = |way, element| Attached { source: column.source.clone(), key: column.key.clone(), element, way };
    if column.by == By::Train {
        let element = match column.element {
            None if elements > 1 => {
                let what = format!("`{}` holds {elements} numbers a train", column.key);
                return Err(
                    Problem::new(&[name, "key"], what).with_hint("choose one with `element`, or attach `by: pulse`")
                );
            }
            element => element.unwrap_or(0),
        };
        if element as u64 >= elements.max(1) {
            let what = format!("`{}` has elements 0 to {}", column.key, elements.max(1) - 1);
            return Err(Problem::new(&[name, "element"], what));
        }
        return Ok((decl, whole(Way::Train, element)));
    }
    if column.element.is_some() {
        return Err(Problem::new(&[name, "element"], "`element` is of arrays by train"));
    }
    let group = column.key.split('.').next().unwrap_or_default();
    let ids = format!("{group}.pulseId");
    let has_ids = run.key(&column.source, &ids).is_ok() && elements <= 1;
    let way = match column.index {
        Numbering::PulseId => Way::PulseId(has_ids.then_some(ids)),
        Numbering::Auto if has_ids => Way::PulseId(Some(ids)),
        Numbering::Auto | Numbering::PulseIndex => {
            if context.detector.kind == DetectorKind::Camera {
                let what = format!("{} has no pulse ids, by which pulses are told", context.detector.name);
                return Err(Problem::new(&[name, "by"], what).with_hint("attach it `by: train`, with `element`"));
            }
            let sase = Instrument::of_source(&context.detector.name)
                .map_err(|e| Problem::new(&[name, "index"], e.to_string()))?
                .sase();
            let pattern = bunch_pattern(run, column.bunch_pattern.as_deref())
                .map_err(|problem| Problem { path: vec![name.into(), "bunch-pattern".into()], ..problem })?;
            Way::PulseIndexed { sase, pattern, reference_frame: column.reference_frame }
        }
    };
    Ok((decl, whole(way, 0)))
}

/// Source and key of the bunch pattern table.
fn bunch_pattern(run: &Run, wanted: Option<&str>) -> std::result::Result<(String, String), Problem> {
    const KEYS: [&str; 2] = ["data.bunchPatternTable", "bunchPatternTable.value"];
    let of = |source: &str| {
        let key = KEYS.iter().find(|key| run.key(source, key).is_ok())?;
        Some((source.to_string(), key.to_string()))
    };
    if let Some(source) = wanted {
        return of(source).ok_or_else(|| Problem::new(&[], format!("`{source}` has no bunch pattern table")));
    }
    let mut found: Vec<_> =
        run.sources.iter().filter(|(_, e)| e.legacy.is_none()).filter_map(|(source, _)| of(source)).collect();
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Problem::new(&[], "the run has no bunch pattern table, by which pulses are counted")
            .with_hint("give `run` the raw folder too, or take `index: pulse-id`")),
        _ => {
            let names: Vec<String> = found.into_iter().map(|(source, _)| source).collect();
            Err(Problem::new(&[], "several sources have a bunch pattern table")
                .with_hint(format!("name one of {}", names.join(", "))))
        }
    }
}

/// The symbol that the key's attributes give, with its prefix.
fn stated_unit(dataset: &DatasetMap) -> String {
    let text = |name: &str| {
        let attribute = dataset.attributes.iter().find(|a| a.name == name)?;
        match &attribute.value {
            AttributeValue::Text(text) => Some(text.clone()),
            _ => None,
        }
    };
    match text("unitSymbol") {
        Some(symbol) if !symbol.is_empty() => text("metricPrefixSymbol").unwrap_or_default() + &symbol,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_SPB: u32 = 4 << 18;
    const TO_SASE3: u32 = AT_SPB | 1 << 27;

    #[test]
    fn elements_count_all_bunches_of_the_beam_line_and_pulses_those_of_the_instrument() {
        let mut table = vec![0; 40];
        for slot in [10, 18, 26] {
            table[slot] = AT_SPB;
        }
        table[14] = TO_SASE3;
        let found = elements(Sase::Sase1, &table);
        assert_eq!([0, 4, 8, 16, 30, 4000].map(|place| found.of(place)), [Some(0), None, Some(2), Some(3), None, None]);
        let other = elements(Sase::Sase3, &table);
        assert_eq!([0, 4].map(|place| other.of(place)), [Some(1), None]);
        assert_eq!(elements(Sase::Sase2, &table).of(0), None);
    }

    #[test]
    fn the_first_pulse_falls_into_the_reference_cell() {
        let frames = |cells: &[u16]| FrameTable {
            trains: vec![1],
            starts: vec![0, cells.len()],
            pulse_id: cells.iter().map(|&cell| 100 + 4 * u64::from(cell)).collect(),
            cell_id: cells.to_vec(),
            third: vec![0; cells.len()],
            state: Vec::new(),
            rows: Vec::new(),
        };
        let place = |cells: &[u16], pulse| Line::of(&frames(cells), 0..cells.len(), 1).place(pulse);
        assert_eq!(place(&[0, 1, 2], 104), Some(0));
        assert_eq!(place(&[2, 3], 112), Some(8));
        assert_eq!(place(&[0, 1], 100), None, "before the first pulse");
        assert_eq!((place(&[1], 104), place(&[2], 108)), (Some(0), None));
        assert_eq!(place(&[], 104), None);
    }
}
